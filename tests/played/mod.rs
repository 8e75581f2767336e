//! What fuzzing does with its inputs, for `tests/fuzz.rs` and for the targets in `fuzz/`.

#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "each of its users uses its own part, and stops where it cannot go on"
)]

use greenlight::analysis::{Header, shape, summarise};
use greenlight::io::tables::tables;
use greenlight::model::{Audit, Model};
use greenlight::scenario::{Document, ErrorKind, Library, Refusal, Scenario, read, rows};
use greenlight::stats::{Recorder, Tally, TallyShape};
use sha2::{Digest, Sha256};

/// More months times buyers than this are not run.
const SMALL_RUN: usize = 700;
/// The stage on which the oracles play: every key, and nothing that moves.
const QUIET: &str = include_str!("../../scenarios/oracles/quiet.toml");

/// Files that extend others find those that ship.
pub struct Shelf(pub Vec<(String, String)>);

impl Library for Shelf {
    fn open(&mut self, _: &Document, name: &str) -> Result<Document, Refusal> {
        let name = name.rsplit('/').next().unwrap_or(name);
        let found = self.0.iter().find(|(known, _)| known == name);
        let refusal = || Refusal { kind: ErrorKind::Input, rule: format!("`{name}` is not here"), hint: String::new() };
        found.map(|(name, text)| document(name, text.clone())).ok_or_else(refusal)
    }
}

pub fn document(name: &str, text: String) -> Document {
    Document { shown: name.to_owned(), path: name.to_owned(), sha256: String::new(), text }
}

/// Reads a scenario, and runs it if that is soon done. What it is refused for must be said in clean sentences.
pub fn play(bytes: &[u8], shelf: &mut Shelf) -> Option<Scenario> {
    let text = String::from_utf8(bytes.to_vec()).ok()?;
    match read("fuzz", document("fuzz.toml", text), &[], shelf) {
        Ok(scenario) => {
            run(&scenario);
            Some(scenario)
        }
        Err(error) => {
            let told = error.to_string();
            assert!(!told.is_empty() && told.lines().count() <= 21 && !told.chars().any(|c| c.is_control() && c != '\n'), "{told:?}");
            None
        }
    }
}

/// Two paths, to tables without a number that is none. A path may only stop with a law that it breaks.
fn run(scenario: &Scenario) {
    if scenario.months * scenario.buyers.len() > SMALL_RUN {
        return;
    }
    let Ok(model) = Model::new(scenario.clone(), Audit::EachMonth) else { return };
    let layout = model.layout();
    let mut recorder = Recorder::new(shape(layout, 1));
    let mut workspace = model.workspace();
    for world in 0..2 {
        let Ok(record) = model.simulate(world, 0, &mut workspace) else { return };
        if recorder.push(world, 0, record).is_err() {
            return;
        }
    }
    let header = Header {
        name: scenario.name.clone(),
        title: scenario.title.clone(),
        story: String::new(),
        as_of: scenario.as_of,
        start: scenario.start,
        months: scenario.months,
        buyers: scenario.buyers.iter().map(|buyer| (buyer.key.clone(), buyer.name.clone())).collect(),
        worlds: 2,
        paths_per_world: 1,
        seed: 0,
        sampling: greenlight::domain::Sampling::Random,
    };
    tables(&summarise(header, layout, &recorder.finish().unwrap())).expect("every number is finite");
}

/// Settings of a scenario from any bytes, three for each: which key, which kind of value, and which value.
pub fn play_settings(bytes: &[u8]) -> Option<Scenario> {
    let quiet = read("quiet", document("quiet.toml", QUIET.to_owned()), &[], &mut Shelf(Vec::new())).unwrap();
    let rows = rows(&quiet);
    let setting = |three: &[u8]| {
        let row = &rows[usize::from(three[0]) % rows.len()];
        let x = f64::from(three[2]);
        let value = match three[1] % 12 {
            0 => format!("{}", three[2]),
            1 => format!("{}", x / 255.0),
            2 => format!("{}e{}", three[2], three[1] / 12),
            3 => format!("-{x}"),
            4 => "\"unlimited\"".into(),
            5 => format!("{{ uniform = [0, {x}] }}"),
            6 => format!("{{ pert = [0.0, {}, 1.0] }}", x / 255.0),
            7 => format!("{{ lognormal = {{ p10 = {x}, p90 = {} }} }}", 3.0 * x + 1.0),
            8 => format!("{{ metalog = {{ p10 = {}, p50 = {x}, p90 = {} }} }}", x / 2.0, 2.0 * x),
            9 => format!("{{ choice = {{ 0 = 0.5, {} = 0.5 }} }}", three[2]),
            10 => format!("{{ normal = [{x}, 1.0], truncate = [0, {}] }}", x + 1.0),
            _ => row.value.clone(),
        };
        format!("{}={value}", row.key)
    };
    let settings: Vec<String> = bytes.chunks_exact(3).take(60).map(setting).collect();
    let scenario = read("fuzz", document("fuzz.toml", QUIET.to_owned()), &settings, &mut Shelf(Vec::new())).ok()?;
    run(&scenario);
    Some(scenario)
}

/// A tally of a few paths of a real model, with a world that misses some.
pub fn tally() -> (Tally, TallyShape) {
    let scenario = read(
        "quiet",
        document("quiet.toml", QUIET.to_owned()),
        &["months=3".into(), "supply.stock_chips=50".into()],
        &mut Shelf(Vec::new()),
    );
    let model = Model::new(scenario.unwrap(), Audit::EachPath).unwrap();
    let shape = shape(model.layout(), 3);
    let mut recorder = Recorder::new(shape.clone());
    let mut workspace = model.workspace();
    for path in 0..11 {
        recorder.push(path / 3, path % 3, model.simulate(path / 3, path % 3, &mut workspace).unwrap()).unwrap();
    }
    (recorder.finish().unwrap(), shape)
}

/// Reads the content of a tally, with its right digest behind it if it is to be `honest`. What is read can be written and read again.
pub fn play_tally(content: &[u8], honest: bool, shape: &TallyShape) -> Option<Tally> {
    let mut bytes = content.to_vec();
    if honest {
        bytes.extend_from_slice(&Sha256::digest(content));
    }
    let tally = Tally::from_bytes(&bytes, shape).ok()?;
    assert!(Tally::from_bytes(&tally.to_bytes(), shape).is_ok());
    Some(tally)
}
