//! Sweeps: against runs, against closed forms, and as a user meets them.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop")]

mod support;

use std::fs;
use std::path::Path;
use support::{Home, code, stderr, stdout};

/// A home with the stage on which nothing moves, one buyer who is always stocked, and Beijing case by case.
fn stage() -> Home {
    let home = Home::new();
    let quiet = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/oracles/quiet.toml");
    home.write("quiet.toml", &fs::read_to_string(quiet).unwrap());
    home.write(
        "waiting.toml",
        "schema = 1\nextends = \"quiet.toml\"\n[supply]\nstock_chips = 1_000_000_000\n[beijing]\nstart = \"case_by_case\"\n",
    );
    home
}

fn ran(home: &Home, arguments: &[&str]) -> String {
    let output = home.run(arguments);
    assert_eq!(code(&output), 0, "{arguments:?}: {}", stderr(&output));
    stdout(&output)
}

/// The rows of a table, without the head, by the names of its columns.
fn rows(home: &Home, table: &str, columns: &[&str]) -> Vec<Vec<String>> {
    let text = fs::read_to_string(home.path().join(table)).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let head: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let places: Vec<usize> = columns.iter().map(|name| head.iter().position(|h| h == name).expect(name)).collect();
    reader.records().map(|row| row.map(|row| places.iter().map(|place| row[*place].to_owned()).collect()).unwrap()).collect()
}

const APPROVE: &str = "beijing.regimes.case_by_case.approve_per_month";

#[test]
fn a_combination_is_what_a_run_with_these_values_finds() {
    let home = Home::new();
    let counts = ["--worlds", "30", "--paths-per-world", "25", "--quiet"];
    let sweep = ["sweep", "small.toml", "--vary", "supply.stock_chips=10000,90000", "--outcome", "delivered_T", "--outcome", "revenue"];
    ran(&home, &[&sweep[..], &["--outcome", "delivered_T(beta)", "--out", "s"], &counts].concat());
    for stock in ["10000", "90000"] {
        let out = format!("r{stock}");
        ran(&home, &[&["run", "small.toml", "--set", &format!("supply.stock_chips={stock}"), "--out", &out], &counts[..]].concat());
        let run = rows(
            &home,
            &format!("{out}/outcomes.csv"),
            &["outcome", "buyer", "mean", "std_error", "std_dev", "share_zero", "p05", "p50", "p95"],
        );
        let of = |name: &str, buyer: &str| run.iter().find(|row| row[0] == name && row[1] == buyer).unwrap()[2..].to_vec();
        let found = rows(
            &home,
            "s/sweep.csv",
            &["supply.stock_chips", "measure", "mean", "std_error", "std_dev", "share_zero", "p05", "p50", "p95"],
        );
        let at = |measure: &str| found.iter().find(|row| row[0] == stock && row[1] == measure).unwrap()[2..].to_vec();
        assert_eq!(at("delivered_T"), of("delivered_T", "total"));
        assert_eq!(at("revenue"), of("revenue", "total"));
        assert_eq!(at("delivered_T(beta)"), of("delivered_T", "beta"));
    }
    assert!(home.is_intact("s"));
}

#[test]
fn a_chance_and_its_threshold_are_those_of_the_closed_form() {
    let home = stage();
    // Approval with chance p in each month, delivered the month after: P(first delivery by month 4) = 1 − (1 − p)^3,
    // which is .142625, .488, .784 and reaches one half at 1 − .5^(1/3) = .2062995.
    let vary = format!("{APPROVE}=0.05,0.2,0.4");
    let counts = ["--worlds", "4000", "--paths-per-world", "1", "--quiet", "--out", "s"];
    ran(&home, &[&["sweep", "waiting.toml", "--vary", &vary, "--outcome", "t_first <= 4", "--level", "0.5"], &counts[..]].concat());
    let found = rows(&home, "s/sweep.csv", &["mean", "std_error"]);
    for (row, expected) in found.iter().zip([0.142_625, 0.488, 0.784_f64]) {
        let (mean, error): (f64, f64) = (row[0].parse().unwrap(), row[1].parse().unwrap());
        // The binomial error.
        assert!((error / (expected * (1.0 - expected) / 4000.0_f64).sqrt() - 1.0).abs() < 0.05, "{row:?}");
        assert!((mean - expected).abs() <= 4.0 * error, "{row:?} is not {expected}");
    }
    let row = &rows(&home, "s/thresholds.csv", &["value", "low", "high", "remark"])[0];
    let [value, low, high] = [0, 1, 2].map(|i| row[i].parse::<f64>().unwrap());
    // Slope 3 (1 − p)^2 = 1.88988 there, so that the interval is ±1.96 × .0079057 / 1.88988 = ±.0081989.
    assert!(((high - low) / (2.0 * 0.008_198_9) - 1.0).abs() < 0.15, "{row:?}");
    assert!((value - 0.206_299_5).abs() <= 4.0 * (high - low) / 3.92, "{row:?}");
    assert_eq!(row[3], "reached");
}

#[test]
fn two_keys_are_combined_and_the_bytes_do_not_depend_on_threads() {
    let home = Home::new();
    let sweep = ["sweep", "small.toml", "--quiet", "--worlds", "20", "--paths-per-world", "20", "--outcome", "delivered_T >= 20_000"];
    let vary = ["--vary", "supply.stock_chips=10000..90000:3", "--vary", "shipping.rationing=proportional,uniform", "--level", "0.5"];
    for (threads, out) in [("1", "a"), ("3", "b")] {
        ran(&home, &[&sweep[..], &vary, &["--threads", threads, "--out", out]].concat());
    }
    assert_eq!(home.tree("a"), home.tree("b"));
    let places = rows(&home, "a/sweep.csv", &["supply.stock_chips", "shipping.rationing"]);
    assert_eq!(
        places.iter().map(|row| row.join(" ")).collect::<Vec<_>>()[..3],
        ["10000 proportional", "10000 uniform", "50000 proportional"]
    );
    assert_eq!(rows(&home, "a/thresholds.csv", &["shipping.rationing"]), [["proportional"], ["uniform"]]);
    let mut files = home.names("a/charts");
    files.retain(|name| name.ends_with(".png"));
    assert_eq!(files, ["sweep.png", "thresholds.png"]);
}

#[test]
fn counts_that_are_said_hold_however_they_are_said() {
    let home = Home::new();
    home.write("small.toml", &support::SMALL.replace("worlds          = 40", "worlds          = 400"));
    let sweep = ["sweep", "small.toml", "--vary", "supply.stock_chips=10000,90000", "--quiet", "--no-charts", "--out"];
    let paths = |out: &str, more: &[&str]| {
        ran(&home, &[&sweep[..], &[out], more].concat());
        rows(&home, &format!("{out}/sweep.csv"), &["paths"])[0][0].parse::<u64>().unwrap()
    };
    // Unsaid: 250 of 400 worlds and all 5 paths. Said, as an option or as a key: so many, and the other count as before.
    assert_eq!(paths("a", &[]), 250 * 5);
    assert_eq!(paths("b", &["--worlds", "300"]), 300 * 5);
    assert_eq!(paths("c", &["--set", "simulation.worlds = 300"]), 300 * 5);
    assert_eq!(paths("d", &["--paths-per-world", "30"]), 250 * 30);
}

#[test]
fn what_cannot_be_swept_is_refused_before_anything_is_touched() {
    let home = Home::new();
    let many = "a.b=0..1:200";
    for (arguments, expected, why) in [
        (&["--vary", "supply.stock_chips"][..], 2, "KEY=LOW..HIGH:POINTS"),
        (&["--vary", "supply.stock_chip=1,2"], 3, "stock_chips"),
        (&["--vary", "supply.stock_chips=1,-2"], 3, "-2"),
        (&["--vary", "supply.stock_chips=1,2", "--outcome", "deliverd_T"], 2, "did you mean `delivered_T`?"),
        (&["--vary", "supply.stock_chips=1,2", "--level", "0.5"], 2, "delivered_T >= 250000"),
        (&["--vary", "supply.stock_chips=1,2", "--outcome", "revenue > 0", "--level", "5"], 2, "between 0 and 1"),
        (&["--vary", "shipping.rationing=uniform,linear", "--outcome", "revenue > 0", "--level", "0.5"], 2, "rising numbers"),
        (&["--vary", "supply.stock_chips=1,2", "--vary", "supply.stock_chips=3,4"], 2, "named twice"),
        (&["--vary", many, "--vary", "c=0..1:100"], 4, "200 × 100"),
    ] {
        let output = home.run(&[&["sweep", "small.toml"], arguments].concat());
        assert_eq!(code(&output), expected, "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(why), "{arguments:?}: {}", stderr(&output));
    }
    assert_eq!(home.names("."), ["small.toml"]);
}

/// small.toml with two sweeps.
const KEPT: &str = r#"schema = 1
extends = "small.toml"
title = "Kept"

[[sweep]]
name = "stock"
vary = ["supply.stock_chips = 10_000..90_000:3"]
outcomes = ["delivered_T", "delivered_T >= 20_000"]
level = 0.5

[[sweep]]
name = "rules"
vary = ["shipping.rationing = proportional, uniform", "supply.stock_chips = 10_000, 90_000"]
"#;

#[test]
fn sweeps_that_a_scenario_keeps_are_those_of_the_command_line() {
    let home = Home::new();
    home.write("kept.toml", KEPT);
    let counts = ["--worlds", "20", "--paths-per-world", "20", "--quiet", "--no-charts", "--out"];
    ran(&home, &[&["sweep", "kept.toml"], &counts[..], &["all"]].concat());
    assert_eq!(home.names("all"), ["rules", "stock"]);
    let typed = [
        (
            "stock",
            &["--vary=supply.stock_chips=10000..90000:3", "--outcome=delivered_T", "--outcome=delivered_T >= 20_000", "--level=0.5"][..],
        ),
        ("rules", &["--vary=shipping.rationing=proportional,uniform", "--vary=supply.stock_chips=10000,90000"]),
    ];
    for (name, options) in typed {
        ran(&home, &[&["sweep", "kept.toml"], options, &counts, &[&format!("typed-{name}")]].concat());
        // One by name, and again from the scenario that its folder holds.
        ran(&home, &[&["sweep", "kept.toml", "--sweep", name], &counts[..], &[&format!("one-{name}")]].concat());
        let again = format!("one-{name}/scenario.resolved.toml");
        ran(&home, &[&["sweep", &again, "--sweep", name], &counts[..], &[&format!("again-{name}")]].concat());
        let table = |folder: &str, table: &str| fs::read(home.path().join(folder).join(table)).ok();
        for other in [format!("typed-{name}"), format!("one-{name}"), format!("again-{name}")] {
            assert!(home.is_intact(&other) && table(&other, "sweep.csv").is_some());
            for file in ["sweep.csv", "thresholds.csv"] {
                assert_eq!(table(&other, file), table(&format!("all/{name}"), file), "{other}/{file}");
            }
        }
    }
    assert!(home.path().join("all/stock/thresholds.csv").is_file());
    // A child's list replaces its parent's, and a list that is removed is none.
    home.write("child.toml", "schema = 1\nextends = \"kept.toml\"\nremove = [\"sweep\"]\ntitle = \"Child\"\n");
    let output = home.run(&["sweep", "child.toml"]);
    assert!(code(&output) == 2 && stderr(&output).contains("no [[sweep]] table"), "{}", stderr(&output));
    let output = home.run(&["sweep", "kept.toml", "--sweep", "stok"]);
    assert!(code(&output) == 2 && stderr(&output).contains("did you mean \"stock\"?"), "{}", stderr(&output));
    let output = home.run(&["sweep", "kept.toml", "--level", "0.5"]);
    assert_eq!(code(&output), 2, "{}", stderr(&output));
}

#[test]
fn what_is_wrong_with_a_kept_sweep_is_told_with_its_place() {
    let home = Home::new();
    let base = "[[sweep]]\nname = \"a\"\nvary = [\"supply.stock_chips = 1, 2\"]\n";
    for (text, why) in [
        ("[[sweep]]\nname = \"a\"\nvarry = [\"supply.stock_chips = 1, 2\"]\n", "bad.toml:6:1: unknown key `varry`"),
        ("[[sweep]]\nname = \"a\"\nvarry = [\"supply.stock_chips = 1, 2\"]\n", "did you mean `vary`?"),
        ("[[sweep]]\nvary = [\"supply.stock_chips = 1, 2\"]\n", "`name` is missing"),
        ("[[sweep]]\nname = \"a b\"\nvary = [\"supply.stock_chips = 1, 2\"]\n", "bad.toml:5:8: sweep[1].name"),
        ("[[sweep]]\nname = \"a\"\nvary = [\n  \"supply.stock_chips = 9..1:3\",\n]\n", "bad.toml:7:3: sweep[1].vary"),
        ("[[sweep]]\nname = \"a\"\nvary = [\"supply.stock_chips = 9..1:3\"]\n", "the first end must be below the second"),
        ("[[sweep]]\nname = \"a\"\nvary = [\"supply.stok_chips = 1..9:3\"]\n", "did you mean `supply.stock_chips`?"),
        ("[[sweep]]\nname = \"a\"\nvary = [\"supply = 1..9:3\"]\n", "`supply` is a table"),
        ("[[sweep]]\nname = \"a\"\nvary = [\"supply.stock_chips = -5..9:3\"]\n", "-5 lies outside the values of supply.stock_chips"),
        ("[[sweep]]\nname = \"a\"\nvary = [\"supply.stock_chips = 1.5, 2\"]\n", "takes whole numbers"),
        ("[[sweep]]\nname = \"a\"\nvary = [\"supply.stock_chips = 1, 2\", \"supply.stock_chips = 1, 2\"]\n", "named twice"),
        (&format!("{base}{base}"), "bad.toml:8:8: sweep[2].name = \"a\": is the name of another sweep"),
        (&format!("{base}level = 1.5\n"), "must be above 0 and at most 1"),
        (&format!("{base}level = 0.5\n"), "[[sweep]] a: --level is a chance to be reached"),
        (&format!("{base}outcomes = [\"deliverd_T\"]\n"), "did you mean `delivered_T`?"),
    ] {
        home.write("bad.toml", &format!("schema = 1\nextends = \"small.toml\"\ntitle = \"Bad\"\n{text}"));
        let output = home.run(&["check", "bad.toml"]);
        assert_eq!(code(&output), 3, "{text}{}", stderr(&output));
        assert!(stderr(&output).contains(why), "{text}{}", stderr(&output));
    }
    home.write("kept.toml", KEPT);
    assert_eq!(code(&home.run(&["check", "kept.toml"])), 0);
}
