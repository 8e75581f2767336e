//! Draws the gallery: every shipped scenario, and some of them side by side, into `docs/gallery.md` and `docs/images/`.
//!
//! One command renews it: `cargo run --release --example gallery`.
#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use greenlight::analysis::Summary;
use greenlight::charts::{self, Chart};
use greenlight::cli::{contrast, summarise};
use greenlight::engine::{Pool, Stop};
use greenlight::io::scenario_files;
use greenlight::model::{Audit, Model};
use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write;
use std::fs;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;

/// The scenario that is shown whole.
const BASELINE: &str = "baseline-dec-2025";

/// Comparisons: what the chapter is called, the scenarios (the first is the reference; none for all), and the charts shown.
const COMPARISONS: [(&str, &[&str], &[&str]); 3] = [
    ("What hindsight is worth: the baseline beside the strict one", &[BASELINE, "baseline-strict"], &["overlay", "difference"]),
    (
        "What if Beijing opens, supply doubles, or Washington turns?",
        &[BASELINE, "beijing-opens", "tsmc-ramp", "us-reversal"],
        &["overlay", "difference", "forest", "first_delivery"],
    ),
    ("All scenarios against the baseline", &[], &["multiples", "forest"]),
];

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let pool = Pool::new(available_parallelism().unwrap_or(NonZeroUsize::MIN))?;
    let mut gallery = Gallery { folder: root.join("docs/images"), files: BTreeSet::new(), page: String::from(INTRODUCTION) };
    let mut models = Vec::new();
    for file in scenario_files::in_folder(&root.join("scenarios"))? {
        models.push(Model::new(scenario_files::load(&file, &[])?, Audit::EachPath)?);
    }
    // Decisions and sweeps stand on the baseline itself: nothing to see twice.
    models.retain(|model| model.scenario().decisions.is_empty() && model.scenario().sweeps.is_empty());
    // The baseline first: it is the reference.
    models.sort_by_key(|model| model.scenario().name != BASELINE);

    let run = |model: &Model| summarise(model, &pool, &|_| {}, &Stop::default()).map_err(|halt| halt.to_string());
    let charts = charts::draw(&run(&models[0])?);
    gallery.chapter(&format!("The baseline in {} charts", charts.len()));
    for chart in &charts {
        gallery.show(BASELINE, chart)?;
    }
    for (title, names, shown) in COMPARISONS {
        let wanted = |model: &&Model| names.is_empty() || names.contains(&model.scenario().name.as_str());
        let chosen: Vec<Model> = models.iter().filter(wanted).cloned().collect();
        let counts = chosen[0].scenario().simulation;
        let comparison = contrast(&chosen, counts, &pool, &|_| {}, &Stop::default()).map_err(|halt| halt.to_string())?;
        gallery.chapter(title);
        for chart in charts::draw_comparison(&comparison, None).iter().filter(|chart| shown.contains(&chart.name)) {
            gallery.show(&format!("compare-{}", chosen.len()), chart)?;
        }
    }
    gallery.chapter("Every scenario");
    for model in &models {
        let summary: Summary = run(model)?;
        let header = &summary.header;
        writeln!(gallery.page, "\n### {}\n\n{}\n", header.title, header.story)?;
        let charts = charts::draw(&summary);
        let chart = charts.iter().find(|chart| chart.name == "deliveries").ok_or("no chart of deliveries")?;
        gallery.show(&header.name, chart)?;
    }
    gallery.finish(root)
}

const INTRODUCTION: &str = "<!-- Written by `cargo run --release --example gallery`; edit that, not this. -->\n\n# Gallery\n
Every picture comes out of `greenlight run` and `greenlight compare` on the scenarios in `scenarios/`, at their default size.
`cargo run --release --example gallery` draws them again.\n";

/// The page and its pictures so far.
struct Gallery {
    folder: PathBuf,
    files: BTreeSet<String>,
    page: String,
}

impl Gallery {
    fn chapter(&mut self, title: &str) {
        println!("{title}");
        self.page += &format!("\n## {title}\n\n");
    }

    /// Writes the picture, once, and shows it.
    fn show(&mut self, of: &str, chart: &Chart) -> Result<(), Box<dyn Error>> {
        let file = format!("{of}-{}.png", chart.name);
        if self.files.insert(file.clone()) {
            fs::write(self.folder.join(&file), charts::thumbnail(chart)?)?;
        }
        let alt = chart.alt.replace(['[', ']', '\n'], " ");
        writeln!(self.page, "![{alt}](images/{file})\n")?;
        Ok(())
    }

    /// Writes the page and removes pictures that it no longer shows.
    fn finish(self, root: &Path) -> Result<(), Box<dyn Error>> {
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            // Pictures of the README's questions come from their commands.
            if !self.files.contains(&name) && !name.starts_with("question-") {
                fs::remove_file(path)?;
            }
        }
        fs::write(root.join("docs/gallery.md"), self.page.trim_end().to_owned() + "\n")?;
        Ok(())
    }
}
