//! Counts instructions, which repeat where nanoseconds do not, and holds them to `benches/instructions.txt`: 3% more is a failure.
//!
//! The program runs itself under valgrind, over few worlds and over more; the difference leaves start-up out. Without valgrind it
//! says so and fails nobody. `GREENLIGHT_BLESS=1 cargo bench --bench instructions` renews the file.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use greenlight::analysis::shape;
use greenlight::io::scenario_files::load;
use greenlight::lanes::Isa;
use greenlight::model::{Audit, Model};
use greenlight::stats::Recorder;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::{env, fs, io};

/// What is counted, on which instructions. valgrind knows no AVX-512.
const CASES: [(&str, Isa); 5] =
    [("alone", Isa::Baseline), ("events", Isa::Baseline), ("record", Isa::Baseline), ("events", Isa::Avx2), ("record", Isa::Avx2)];
/// What this program is told when it is to be counted.
const PLAY: &str = "play";
const WORLDS: [u64; 2] = [8, 24];
const MOST_GROWTH: f64 = 0.03;

fn main() -> ExitCode {
    if let [_, PLAY, form, isa, worlds] = env::args().collect::<Vec<_>>().iter().map(String::as_str).collect::<Vec<_>>()[..] {
        play(form, isa, worlds.parse().expect("a number of worlds"));
        return ExitCode::SUCCESS;
    }
    if let Err(error) = Command::new("valgrind").arg("--version").output() {
        assert_eq!(error.kind(), io::ErrorKind::NotFound, "valgrind cannot be run: {error}");
        println!("instructions are not counted: there is no valgrind here");
        return ExitCode::SUCCESS;
    }
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/instructions.txt");
    let stored = fs::read_to_string(&file).unwrap_or_default();
    let (mut text, mut grown) = (String::new(), false);
    for (form, isa) in CASES.into_iter().filter(|(_, isa)| isa.is_here()) {
        let name = format!("{form} {}", isa.word());
        let [few, many] = WORLDS.map(|worlds| instructions(form, isa, worlds));
        let found = (many - few) as f64 / buyer_months(&model(isa), WORLDS[1] - WORLDS[0]) as f64;
        let before = stored.lines().find_map(|line| line.strip_prefix(&name)?.trim().parse::<f64>().ok());
        let growth = before.map(|before| found / before - 1.0);
        let told = growth.map_or("not stored".into(), |growth| format!("{:+.2}%", 100.0 * growth));
        println!("{name:<16} {found:>7.1} instructions a buyer-month, {told}");
        text += &format!("{name:<16} {found:>7.1}\n");
        grown |= growth.is_none_or(|growth| growth > MOST_GROWTH);
    }
    if env::var_os("GREENLIGHT_BLESS").is_some() {
        fs::write(&file, text).expect("the file can be written");
    } else if grown {
        println!(
            "more than {:.0}% too many, or not stored; if that is meant, see the head of benches/instructions.rs",
            100.0 * MOST_GROWTH
        );
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Instructions of this program while it plays so many worlds.
fn instructions(form: &str, isa: Isa, worlds: u64) -> u64 {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(env::current_exe().unwrap());
    let output = command.args([PLAY, form, isa.word(), &worlds.to_string()]).output().expect("valgrind runs");
    let told = String::from_utf8_lossy(&output.stderr);
    let count = told.lines().find_map(|line| line.split_once("Collected : ")?.1.trim().parse().ok());
    count.filter(|_| output.status.success()).unwrap_or_else(|| panic!("{form} {}: {told}", isa.word()))
}

fn model(isa: Isa) -> Model {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/baseline-dec-2025.toml");
    Model::new(load(&file, &[]).expect("a shipped scenario loads"), Audit::EachPath).expect("its correlations fit").with_isa(isa)
}

fn buyer_months(model: &Model, worlds: u64) -> u64 {
    let scenario = model.scenario();
    worlds * scenario.simulation.paths_per_world * (scenario.months * scenario.buyers.len()) as u64
}

fn play(form: &str, isa: &str, worlds: u64) {
    let model = model(Isa::here().find(|here| here.word() == isa).expect("instructions of this machine"));
    let paths = model.scenario().simulation.paths_per_world;
    let (mut workspace, shape) = (model.workspace(), shape(model.layout(), paths));
    let mut recorder = Recorder::new(shape).with_isa(model.isa());
    for world in 0..worlds {
        match form {
            "alone" => (0..paths).for_each(|path| {
                let record = model.simulate(world, path, &mut workspace).expect("the books balance");
                recorder.push(world, path, record).expect("a new path");
            }),
            "events" => model.simulate_block(world, 0..paths, &mut workspace, &mut ()).expect("the books balance"),
            _ => {
                recorder.open_block(world, 0, paths as usize).expect("a new world");
                model.simulate_block(world, 0..paths, &mut workspace, &mut recorder).expect("the books balance");
                recorder.close_block().expect("the record can be counted");
            }
        }
    }
}
