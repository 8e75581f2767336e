//! `greenlight sensitivity` as a user meets it, and the design on the model itself.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on should stop")]

mod common;
mod support;

use greenlight::analysis::Valued;
use greenlight::analysis::sensitivity::Sensitivity;
use greenlight::cli::drivers;
use greenlight::engine::{Pool, Stop};
use greenlight::model::{Audit, Model};
use std::num::NonZeroUsize;
use support::{Home, code, stderr, stdout};

/// A scenario with a pair of inputs that depend on each other.
const TIED: &str = r#"
schema = 1
extends = "small.toml"
title = "Tied"

[supply]
stock_chips = { uniform = [1_000, 200_000] }
yield_share = { uniform = [0.5, 0.9] }

[money]
price_usd = { uniform = [20_000, 30_000] }

[[dependence]]
between = ["supply.stock_chips", "money.price_usd"]
rank_correlation = 0.8
"#;

fn found(model: &Model, outcomes: &[&str], threads: usize) -> Sensitivity {
    let outcomes: Vec<String> = outcomes.iter().map(|name| (*name).to_owned()).collect();
    let pool = Pool::new(NonZeroUsize::new(threads).unwrap()).unwrap();
    drivers(model, &outcomes, &pool, &|_| (), &Stop::default()).unwrap_or_else(|failure| panic!("{}", failure.message))
}

#[test]
fn it_writes_a_complete_folder_and_says_what_drives_the_outcomes() {
    let home = Home::new();
    let output = home.run(&["sensitivity", "small.toml"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let text = stdout(&output);
    assert!(text.starts_with("delivered_T (mean ") && text.contains("beijing.types") && text.contains("who decides (Shapley): "), "{text}");
    assert!(text.ends_with("output/sensitivity-small\n"), "{text}");
    let names = home.names("output/sensitivity-small");
    for name in [
        "dead.csv",
        "groups.csv",
        "indices.csv",
        "over_time.csv",
        "tornado.csv",
        "variance.csv",
        "columns.md",
        "report.html",
        "manifest.json",
    ] {
        assert!(names.iter().any(|there| there == name), "{name} of {names:?}");
    }
    for name in ["sobol", "tornado", "shapley", "over_time"] {
        assert!(home.names("output/sensitivity-small/charts").contains(&format!("{name}.png")), "{name}");
    }
    assert_eq!(code(&home.run(&["verify", "output/sensitivity-small"])), 0);
    // It is not the folder of a run that could be repeated or compared.
    assert_eq!(code(&home.run(&["repeat", "output/sensitivity-small"])), 9);
    assert_eq!(code(&home.run(&["sensitivity", "small.toml"])), 6);
}

#[test]
fn every_byte_is_the_same_on_any_number_of_threads() {
    let home = Home::new();
    home.write("tied.toml", TIED);
    for threads in ["1", "3"] {
        let output =
            home.run(&["sensitivity", "tied.toml", "--threads", threads, "--out", &format!("output/{threads}"), "--format", "both"]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
    }
    assert_eq!(home.tree("output/1"), home.tree("output/3"));
}

#[test]
fn what_cannot_be_analysed_is_refused_with_the_reason() {
    let home = Home::new();
    for (arguments, expected, text) in [
        (&["--outcome", "deliverd_T"][..], 2, "did you mean `delivered_T`?"),
        (&["--outcome", "approval_yield"], 2, "`approval_yield` is not defined in every path"),
        (&["--worlds", "19"], 2, "give at least --worlds 20"),
        (&["--paths-per-world", "1"], 2, "give at least --paths-per-world 2"),
        (&["--worlds", "700000000"], 4, "350000000 pairs of worlds would take"),
        (&["--out", "/"], 2, "--out must end in the name of a folder"),
        (&["--set", "supply.stock_chip=3"], 3, "did you mean `stock_chips`?"),
    ] {
        let output = home.run(&[&["sensitivity", "small.toml", "--quiet"], arguments].concat());
        assert_eq!(code(&output), expected, "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(text), "{arguments:?}: {}", stderr(&output));
    }
    assert_eq!(home.names("."), ["output", "small.toml"]);
    assert!(home.names("output").is_empty());
    assert_eq!(code(&home.run(&["sensitivity", "none.toml"])), 7);
}

#[test]
fn a_revenue_of_the_model_has_the_indices_of_model_o26_and_what_cannot_matter_is_dead() {
    // On the quiet stage everything in stock is delivered, so that revenue is price times stock, in whole chips and dollars.
    let stock = "supply.stock_chips={ lognormal = { p10 = 100_000, p90 = 800_000 } }";
    let quiet = common::quiet(&[stock, "money.price_usd={ lognormal = { p10 = 20_000, p90 = 31_000 } }"]);
    let mut scenario = quiet.scenario().clone();
    (scenario.simulation.worlds, scenario.simulation.paths_per_world) = (1_200, 2);
    let model = Model::new(scenario, Audit::EachPath).unwrap();
    let found = found(&model, &["revenue", "delivered_T"], 2);
    let keys: Vec<&str> = found.inputs.iter().map(|input| input.key.as_str()).collect();
    assert_eq!(keys, ["supply.stock_chips", "money.price_usd", "beijing.types"]);
    let near = |measure: Option<Valued>, truth: f64| {
        let Valued { value, std_error } = measure.unwrap();
        assert!((value - truth).abs() <= 4.0 * std_error + 1e-9 && std_error < 0.1, "{value} ± {std_error} instead of {truth}");
    };
    let [revenue, delivered] = &found.outcomes[..] else { panic!("two outcomes") };
    for (input, first, total) in [(0, 0.942_042, 0.969_991), (1, 0.030_009, 0.057_958)] {
        near(revenue.inputs[input].first, first);
        near(revenue.inputs[input].total, total);
    }
    near(revenue.groups[0].share, 1.0);
    // Nothing is luck, and of 700,000 chips between the ends rounding takes one at most.
    assert_eq!(revenue.ignorance.unwrap().value, 1.0);
    assert!((delivered.inputs[0].tornado.unwrap().change.value - 700_000.0).abs() <= 1.0, "{delivered:?}");
    assert_eq!(delivered.inputs[1].total.unwrap(), Valued { value: 0.0, std_error: 0.0 });
    let moved = |input: usize| found.audit.cells.iter().filter(|cell| cell.moved_by[input]).count();
    assert!(moved(0) > moved(1) && moved(1) > 0 && moved(2) == 0, "{} {} {}", moved(0), moved(1), moved(2));
    // The worlds A and B are those of the run: the mean is that of its worlds.
    let (mut sum, mut paths) = (0.0, 0.0);
    let cell = model.layout().outcomes.iter().find(|outcome| outcome.name == "delivered_T").unwrap().cell;
    common::each_path(&model, 1_200, 2, |record, _| {
        sum += record.outcomes[cell] as f64;
        paths += 1.0;
    });
    assert!((delivered.mean.value / (sum / paths) - 1.0).abs() < 1e-12, "{} {}", delivered.mean.value, sum / paths);
}
