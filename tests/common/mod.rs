//! What the model's tests share: scenarios by name, paths one after another.
#![allow(dead_code, clippy::unwrap_used, clippy::panic)]

use greenlight::io::scenario_files::load;
use greenlight::model::{Audit, Layout, Model};
use greenlight::stats::Record;
use std::path::{Path, PathBuf};

/// A shipped scenario with settings changed as by `--set`, audited every month.
pub fn model(name: &str, sets: &[&str]) -> Model {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(format!("{name}.toml"));
    let sets: Vec<String> = sets.iter().map(|s| (*s).to_string()).collect();
    let scenario = load(&path, &sets).unwrap_or_else(|error| panic!("{error}"));
    Model::new(scenario, Audit::EachMonth).unwrap()
}

/// The stage on which nothing moves, with these things switched on.
pub fn quiet(sets: &[&str]) -> Model {
    model("oracles/quiet", sets)
}

/// Every scenario file that ships, oracles included.
pub fn shipped() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let mut files: Vec<PathBuf> = [folder.clone(), folder.join("oracles")]
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .collect();
    files.sort();
    files
}

/// Runs paths and hands over each record. Worlds are numbered from 0; the books are audited every month.
pub fn each_path(model: &Model, worlds: u64, paths: u64, mut see: impl FnMut(&Record, &Layout)) {
    let mut workspace = model.workspace();
    for world in 0..worlds {
        for path in 0..paths {
            let record =
                model.simulate(world, path, &mut workspace).unwrap_or_else(|broken| panic!("world {world}, path {path}: {broken}"));
            see(record, model.layout());
        }
    }
}

/// A sample mean against an exact answer: passes within four standard errors, which a right model misses once in 16,000.
#[derive(Default)]
pub struct Mean {
    count: f64,
    sum: f64,
    squares: f64,
}

impl Mean {
    pub fn push(&mut self, value: f64) {
        self.count += 1.0;
        self.sum += value;
        self.squares += value * value;
    }

    pub fn mean(&self) -> f64 {
        self.sum / self.count
    }

    pub fn variance(&self) -> f64 {
        (self.squares - self.sum * self.sum / self.count) / (self.count - 1.0)
    }

    pub fn std_error(&self) -> f64 {
        (self.variance() / self.count).sqrt()
    }

    #[track_caller]
    pub fn is(&self, expected: f64, what: &str) {
        let (off, error) = ((self.mean() - expected).abs(), self.std_error());
        assert!(off <= 4.0 * error, "{what}: {} is {:.1} standard errors of {error} from {expected}", self.mean(), off / error);
    }
}
