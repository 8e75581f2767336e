//! Writes `docs/verification.md` from the log of a test run: each promise, its tests, what they tried, and how to try it again.
//!
//! `just nightly` runs it on its own log; `cargo run --release --example verification -- LOG` on any log of `cargo test … -- --show-output`.
//! No figure of the page is written here: a test tells what it has tried, and one that is not in the log has not been run.
#![allow(clippy::print_stdout, reason = "an example talks to its user")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

/// A promise, and the tests that prove it as `file::name`, or `file::` for all of a file.
struct Promise {
    name: &'static str,
    says: &'static str,
    tests: &'static [&'static str],
}

/// Does the program do what the contract says?
const CODE: [Promise; 11] = [
    Promise {
        name: "P1",
        says: "The same bytes on any number of threads, under any load, in any order of blocks.",
        tests: &[
            "determinism::sleeping_threads_and_other_instructions_change_no_bit",
            "determinism::six_scenarios_on_six_numbers_of_threads_under_load_are_the_same_every_time",
            "determinism::a_generator_of_each_thread_is_noticed",
            "cli::every_byte_is_the_same_on_any_number_of_threads_and_in_any_folder",
            "laws::paths_side_by_side_are_bit_for_bit_the_paths_alone",
        ],
    },
    Promise {
        name: "P2",
        says: "The same bytes in any build, on any day, in any place.",
        tests: &[
            "golden::",
            "determinism::language_time_zone_home_folder_and_other_surroundings_change_no_byte",
            "cli::every_set_of_instructions_gives_the_same_results_and_one_that_is_not_here_is_refused",
        ],
    },
    Promise {
        name: "P3",
        says: "Any path replays alone; adding things moves nothing else.",
        tests: &[
            "determinism::more_worlds_repeat_those_there_were",
            "replay::every_path_replays_as_the_run_counted_it_and_a_row_that_differs_is_named",
            "laws::any_path_replays_alone",
            "laws::adding_removing_or_reordering_buyers_moves_nobody_elses_luck",
            "laws::every_input_and_only_it_moves_when_it_becomes_uncertain",
            "statistics::skipping_or_adding_draws_moves_no_other_draw",
        ],
    },
    Promise {
        name: "P6",
        says: "The model equals the closed form where one exists, and its books always balance.",
        tests: &["oracles::", "mechanisms::", "laws::books_balance_in_every_month_of_random_valid_scenarios", "comparison::"],
    },
    Promise {
        name: "P8",
        says: "A run folder is all or nothing, against kill -9, a full disk, a rival run.",
        tests: &[
            "faults::killed_runs_leave_an_intact_folder_or_none",
            "faults::a_thousand_killed_runs_leave_an_intact_folder_or_none",
            "faults::of_rival_processes_exactly_one_wins",
            "faults::of_rival_processes_exactly_one_wins_two_hundred_times",
            "lib::io::staging::",
        ],
    },
    Promise {
        name: "P9",
        says: "No I/O error is silent: exit 0 means that every byte is there.",
        tests: &[
            "faults::no_failing_system_call_is_silent",
            "faults::a_full_file_system_is_reported_and_leaves_nothing",
            "faults::files_that_cannot_grow_are_reported_and_leave_nothing",
            "faults::too_few_file_handles_are_reported_and_leave_nothing",
        ],
    },
    Promise { name: "P10", says: "Interrupted and resumed equals never interrupted.", tests: &["checkpoints::"] },
    Promise {
        name: "P11",
        says: "Cost is known before it is paid.",
        tests: &["cost::", "faults::memory_that_is_refused_is_reported_and_leaves_nothing", "lib::cli::forecast::"],
    },
    Promise {
        name: "P12",
        says: "No input crashes or hangs the program; no NaN or infinity leaves in a result.",
        tests: &["corpus::", "fuzz::"],
    },
    Promise { name: "P13", says: "Names and paths in a scenario are inert.", tests: &["hostile::"] },
    Promise {
        name: "P14",
        says: "Every number can be traced and repeated.",
        tests: &["repeat::", "lib::io::verify::", "lib::io::manifest::"],
    },
];

/// Are the equations solved well enough, and is the error told honestly?
const SOLUTION: [Promise; 3] = [
    Promise { name: "P4", says: "The numbers are good within and across paths.", tests: &["battery::", "lib::random::address::"] },
    Promise {
        name: "P5",
        says: "Every sampler draws what it names.",
        tests: &["statistics::", "lib::random::distribution_tests::", "lib::random::points::"],
    },
    Promise {
        name: "P7",
        says: "Stated uncertainty is honest.",
        tests: &[
            "coverage::",
            "precision::",
            "sampling::",
            "lib::stats::scrambles::",
            "lib::stats::sample::",
            "lib::analysis::convergence::",
            "lib::analysis::sensitivity::",
            "lib::analysis::decision::",
        ],
    },
];

const HEAD: &str = "\
# Verification

Written by `cargo run --release --example verification` from the log of a test run; no figure is typed by hand. Each promise stands with the tests that
prove it, what they tried in that run, and the command that tries it again. *Planted* faults are bugs put in on purpose that the test must notice.
Expected values come from paper, from another program or from the model's contract, with the derivation beside the test.
";

const VALIDATION: &str = "\
## Validation: does the model describe the world?

This is the part that no test proves. What has been done:

- every input is written beside its source or marked as judgement (`greenlight check --strict` lists what lacks one), with the date on which it was known;
- the scenarios that use later knowledge are kept apart from those that do not, and say so.

**What is not validated**

- The chances by which governments move are judgement; nine months of reports cannot fit four regimes.
- How buyers order under rationing follows a theory (best replies with a cost of ordering) that was never fitted to these buyers.
- The hidden type of Beijing, the lots and the share of grants that survives the terms were put into the model after some of what happened was known.
- Stock, line and capacity of H200 come from press reports; nobody outside the companies has seen the books.
- Domestic chips, the grey market and seizures rest on a few published estimates that differ by a factor of ten.
- One forecast, that of December 2025, has been scored against what came afterwards (`greenlight score`), and the structure it used was partly chosen after the events:
  its probabilities are conditional on its assumptions, not calibrated.
- Months are the smallest step: what happens and is undone within one does not exist.
- Independence where no dependence is written: a scenario without `dependence` treats its uncertain inputs as unrelated.

## What the proofs do not cover

- Intervals of quantiles count how alike the paths of a world are about being below that value, in 16 paths of each of the first 1,024 worlds. With very many
  paths in a world that are hardly alike, that is known less well than the quantile itself, and the interval may be too wide.
- Power loss is tested by killing the process and by failing every write, fsync and rename, not by cutting the power of a disk.
- One operating system (Linux) and one family of processors (x86-64) were at hand.
- The generator passes our own battery and has known answers; the large public batteries were not run here.
- Advisories on dependencies need a network and are looked at by hand.
";

/// What a log says of one test.
#[derive(Default)]
struct Outcome {
    status: String,
    figures: Vec<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let log = env::args().nth(1).ok_or("name the log of `cargo test --release -- --include-ignored --show-output`")?;
    let log = fs::read_to_string(log)?;
    let outcomes = read(&log);
    let mut page = String::from(HEAD);
    if let Some(run) = log.lines().find_map(|line| line.strip_prefix("run: ")) {
        write!(page, "\nThe run: {run}.\n")?;
    }
    let failed: Vec<&String> = outcomes.iter().filter(|(_, outcome)| outcome.status == "FAILED").map(|(name, _)| name).collect();
    let passed = outcomes.values().filter(|outcome| outcome.status == "ok").count();
    writeln!(page, "It passed {passed} tests{}.", if failed.is_empty() { String::new() } else { format!(" and **failed {failed:?}**") })?;
    chapter(&mut page, "Code verification: is the contract implemented?", &CODE, &outcomes)?;
    page += SHIPPED;
    chapter(&mut page, "Solution verification: are the numbers accurate, and is their error told honestly?", &SOLUTION, &outcomes)?;
    page += "\n";
    page += VALIDATION;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/verification.md");
    fs::write(&path, page)?;
    println!("{} from {} tests", path.display(), outcomes.len());
    Ok(())
}

const SHIPPED: &str = "
### P15. What ships is what was reviewed

- `unsafe_code = \"forbid\"` for the whole crate, `overflow-checks = true` in release: `Cargo.toml`. Layers and their imports: `tests/architecture.rs`.
- Licences, bans and sources of every dependency: `cargo deny check licenses bans sources`. Every dependency has its reason in `Cargo.toml`.
- A bill of materials (CycloneDX) of exactly what the lock file names: `just sbom`.
";

/// Tests by `file::name`.
fn read(log: &str) -> BTreeMap<String, Outcome> {
    let mut outcomes: BTreeMap<String, Outcome> = BTreeMap::new();
    let (mut file, mut told) = (String::new(), None);
    for line in log.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["Running", "unittests", "src/lib.rs", ..] => file = "lib".into(),
            ["Running", source, ..] => {
                file = Path::new(source).file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned())
            }
            ["test", name, "...", status] => outcomes.entry(format!("{file}::{name}")).or_default().status = (*status).to_owned(),
            ["----", name, "stdout", "----"] => told = Some(format!("{file}::{name}")),
            ["figure:", ..] => {
                let figure = line.trim_start().trim_start_matches("figure: ").to_owned();
                if let Some(outcome) = told.as_ref().and_then(|name| outcomes.get_mut(name)) {
                    outcome.figures.push(figure);
                }
            }
            _ => {}
        }
    }
    outcomes
}

fn chapter(page: &mut String, title: &str, promises: &[Promise], outcomes: &BTreeMap<String, Outcome>) -> Result<(), Box<dyn Error>> {
    write!(page, "\n## {title}\n")?;
    for promise in promises {
        write!(page, "\n### {}. {}\n\n", promise.name, promise.says)?;
        for wanted in promise.tests {
            let found: Vec<(&String, &Outcome)> = outcomes
                .iter()
                .filter(|(name, _)| if wanted.ends_with("::") { name.starts_with(wanted) } else { name == wanted })
                .collect();
            if found.is_empty() {
                writeln!(page, "- **not run**: {}", command(wanted))?;
                continue;
            }
            let count = |status: &str| found.iter().filter(|(_, outcome)| outcome.status.starts_with(status)).count();
            let (ok, all) = (count("ok"), found.len());
            let verdict = match (ok == all, count("ignored")) {
                (true, _) if all == 1 => "passed".to_owned(),
                (true, _) => format!("{all} tests passed"),
                (false, ignored) => format!("**{ok} of {all} passed, {ignored} not run**"),
            };
            writeln!(page, "- {verdict}: {}", command(wanted))?;
            for figure in found.iter().filter(|(_, outcome)| outcome.status == "ok").flat_map(|(_, outcome)| &outcome.figures) {
                writeln!(page, "  - {figure}")?;
            }
        }
    }
    Ok(())
}

/// The command that runs a test again.
fn command(wanted: &str) -> String {
    let (file, name) = wanted.split_once("::").unwrap_or((wanted, ""));
    let target = if file == "lib" { "--lib".to_owned() } else { format!("--test {file}") };
    let filter = if name.is_empty() { String::new() } else { format!("{} ", name.trim_end_matches("::")) };
    format!("`cargo test --release {target} -- {filter}--include-ignored`")
}
