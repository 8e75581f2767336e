//! `update`, `anchor`, `discover` and `score` as a user meets them, against answers from paper.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop")]

mod support;

use std::collections::BTreeMap;
use std::path::Path;
use support::{Home, code, stderr, stdout};

/// A home with the shipped oracles and facts.
fn home() -> Home {
    let home = Home::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["quiet.toml", "oracle-12-beijing-chain.toml", "oracle-14-hidden-types.toml"] {
        let from = root.join("scenarios/oracles").join(name);
        std::fs::copy(from, home.path().join(name)).unwrap();
    }
    home
}

/// The rows of a table by their first field.
fn rows(home: &Home, file: &str) -> BTreeMap<String, Vec<String>> {
    let mut reader = csv::Reader::from_path(home.path().join(file)).unwrap();
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()).map(|row| (row[0].clone(), row)).collect()
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is no number"))
}

const SHUT: &str = r#"
schema = 1
title  = "A shut door"

[sources.paper]
title  = "model.md, O14"
outlet = "The contract"
date   = 2026-07-01

[facts.shut]
known      = 2026-07-01
observable = "beijing(2026-01..2026-06)"
is         = "frozen or pending"
source     = "paper"
grade      = "filing"
"#;

#[test]
fn six_months_without_an_open_door_speak_for_the_types_as_on_paper() {
    // model.md O14: likelihoods of never visiting C or O in six months .66175, .24267, .24267, .02805; evidence .34693;
    // posterior .5722, .2448, .1749, .0081.
    let home = home();
    home.write("facts.toml", SHUT);
    let arguments = ["--worlds", "40000", "--paths-per-world", "1", "--no-charts", "--out", "out"];
    let output = home.run(&[&["update", "oracle-14-hidden-types.toml", "--facts", "facts.toml"], &arguments[..]].concat());
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let types = rows(&home, "out/types.csv");
    let expected = [("stonewall", 0.30, 0.5722), ("drip", 0.35, 0.2448), ("quota", 0.25, 0.1749), ("open", 0.10, 0.0081)];
    for (kind, prior, posterior) in expected {
        let row: Vec<f64> = types[kind][1..].iter().map(|field| number(field)).collect();
        assert!((row[0] - prior).abs() <= 4.0 * row[1], "{kind} before: {row:?}");
        // The paper has four digits.
        assert!((row[2] - posterior).abs() <= 4.0 * row[3] + 0.00005, "{kind} after: {row:?}");
        assert!(row[3] < 0.01, "{kind}: {row:?}");
    }
    let fact = &rows(&home, "out/facts.csv")["shut"];
    // 40,000 worlds: the standard error of the evidence is √(.34693 × .65307 / 40000) = .00238.
    assert!((number(&fact[8]) - 0.34693).abs() <= 4.0 * 0.00238, "{fact:?}");
    assert_eq!(number(&fact[9]), 1.0);
    // The weights are 0 or 1, so that Kish's number is a count, with the same error: 40,000 × .34693 = 13,877 ± 380.
    assert!((number(&fact[11]) - 13_877.0).abs() <= 380.0, "{fact:?}");
}

#[test]
fn an_update_has_the_same_bytes_on_any_number_of_threads() {
    let home = home();
    home.write("facts.toml", SHUT);
    let update = |threads: &str, out: &str| {
        let arguments = [
            "update",
            "oracle-14-hidden-types.toml",
            "--facts",
            "facts.toml",
            "--worlds",
            "1000",
            "--threads",
            threads,
            "--out",
            out,
            "--quiet",
        ];
        let output = home.run(&arguments);
        assert_eq!((code(&output), stdout(&output).as_str()), (0, ""), "{}", stderr(&output));
    };
    update("1", "one");
    update("3", "three");
    assert_eq!(home.tree("one"), home.tree("three"));
    assert!(home.is_intact("one"));
    let names: Vec<String> = home.tree("one").into_keys().map(|name| name.display().to_string()).collect();
    for name in ["facts.csv", "inputs.csv", "types.csv", "updated.csv", "columns.md", "report.html", "manifest.json", "charts/types.png"] {
        assert!(names.iter().any(|there| there == name), "{name} is missing: {names:?}");
    }
    let columns = std::fs::read_to_string(home.path().join("one/columns.md")).unwrap();
    assert!(!columns.contains("|  |\n"), "a column without a meaning: {columns}");
}

#[test]
fn facts_that_leave_too_little_are_refused_with_advice() {
    let home = home();
    home.write("facts.toml", SHUT);
    let output = home.run(&["update", "oracle-14-hidden-types.toml", "--facts", "facts.toml", "--worlds", "200", "--out", "out"]);
    let told = stderr(&output);
    assert_eq!(code(&output), 9, "{told}");
    assert!(told.contains("fewer than --min-ess 400") && told.contains("try --worlds ") && told.contains("`shut`"), "{told}");
    home.write("facts.toml", &SHUT.replace("frozen or pending", "open"));
    let told = stderr(&home.run(&[
        "update",
        "oracle-14-hidden-types.toml",
        "--facts",
        "facts.toml",
        "--worlds",
        "3",
        "--paths-per-world",
        "1",
        "--out",
        "out",
    ]));
    assert!(told.contains("no history agrees with all of them"), "{told}");
    assert!(!home.path().join("out").exists());
}

#[test]
fn a_mistake_in_facts_is_told_with_its_place_and_what_was_meant() {
    let home = home();
    let told = |from: &str, to: &str| {
        assert!(SHUT.contains(from));
        home.write("facts.toml", &SHUT.replace(from, to));
        let output = home.run(&["update", "oracle-14-hidden-types.toml", "--facts", "facts.toml", "--out", "out"]);
        (code(&output), stderr(&output))
    };
    for (from, to, expected) in [
        ("observable =", "observible =", "facts.toml:12:1: unknown key `observible` in [facts.shut]; did you mean `observable`?"),
        (
            "or pending",
            "or pendin",
            "facts.toml:13:14: facts.shut.is = \"frozen or pendin\": `pendin` is no regime; must be one of frozen, pending, case_by_case, open; did you mean `pending`?",
        ),
        (
            "\"paper\"\ngrade",
            "\"papers\"\ngrade",
            "facts.toml:14:14: facts.shut.source = \"papers\": names no table in [sources]; did you mean `paper`?",
        ),
        (
            "beijing(",
            "bejing(",
            "facts.toml:10:8: facts.shut = bejing(2026-01..2026-06): no monthly series is called `bejing`; did you mean `beijing`?",
        ),
        (
            "2026-06)\"",
            "2026-6)\"",
            "facts.toml:12:14: facts.shut.observable = \"beijing(2026-01..2026-6)\": `2026-6` is not a month; write year and month, such as 2026-05",
        ),
        (
            "is         = \"frozen or pending\"\n",
            "",
            "facts.toml:10:8: [facts.shut] must say what was seen; write one of `value`, `at_least` and `at_most`, or `is`",
        ),
        ("schema = 1", "schema = 2", "facts.toml:2:10: schema = 2: must lie in 1..=1"),
        ("known      = 2026-07-01", "known = 2026-07-01\nsure = 0.3", "facts.shut.sure = 0.3: must be above 0.5 and at most 1"),
        ("known      = 2026-07-01", "known = 2026-07-01\nreplaces = \"shot\"", "names no fact of this file; did you mean `shut`?"),
    ] {
        let (code, told) = told(from, to);
        assert_eq!(code, 3, "{told}");
        assert!(told.contains(expected), "expected {expected}\n     told {told}");
    }
    // A fact outside the months is not used; then there is nothing to update.
    let (code, told) = told("2026-01..2026-06", "2024-01..2024-06");
    assert_eq!(code, 2, "{told}");
}

#[test]
fn the_shipped_facts_are_read_whole_and_used_as_they_became_known() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let home = Home::new();
    let update = |as_of: &str, out: &str| {
        let (scenario, facts) = (root.join("scenarios/baseline-dec-2025.toml"), root.join("facts/h200-2026.toml"));
        let arguments = ["--worlds", "300", "--min-ess", "1", "--no-charts", "--quiet", "--as-of", as_of, "--out", out];
        let output = home.command().arg("update").arg(scenario).arg("--facts").arg(facts).args(arguments).output().unwrap();
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        rows(&home, &format!("{out}/facts.csv"))
    };
    let june = update("2026-06-01", "june");
    assert_eq!(june.values().filter(|row| row[12].is_empty()).count(), 14);
    assert_eq!(june["august-total"][12], "became known after 2026-06-01");
    // Exact facts hold in every history that is left.
    for fact in ["us-rule", "first-licence", "nothing-by-april", "no-revenue-by-april"] {
        assert_eq!(number(&june[fact][9]), 1.0, "{fact}");
    }
    // Nothing by April implies no revenue by April: the second costs nothing.
    assert_eq!(june["nothing-by-april"][11], june["no-revenue-by-april"][11]);
    let autumn = update("2026-10-01", "autumn");
    assert_eq!(autumn["first-delivery-in-july"][12], "july-bound makes it superfluous");
}

#[test]
fn a_discovery_finds_what_was_planted_in_a_scenario() {
    // Beijing opens in the first month of every world or never does; with stock there are deliveries of about as many chips. So more than 100,000
    // arrive where stock is more than that, whatever else is drawn: the box is stock ≥ 100,000 alone, with a density of nearly 1.
    let home = home();
    home.write(
        "planted.toml",
        "schema = 1\nextends = \"quiet.toml\"\ntitle = \"Planted\"\n[supply]\nstock_chips = { uniform = [0, 400_000] }\nyield_share = { uniform = [0.5, 0.9] }\n",
    );
    let arguments = ["--worlds", "1000", "--paths-per-world", "1", "--no-charts", "--out", "out"];
    let output = home.run(&[&["discover", "planted.toml", "--when", "delivered_T >= 100000"], &arguments[..]].concat());
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let edges = rows(&home, "out/box.csv");
    assert_eq!(edges.keys().collect::<Vec<_>>(), ["supply.stock_chips"], "{edges:?}");
    let row = &edges["supply.stock_chips"];
    assert_eq!(row[1], "at least");
    // The edge lies within a slice of 5% of 400,000 above or below; three quarters of worlds are cases.
    assert!((number(&row[2]) - 100_000.0).abs() <= 20_000.0, "{row:?}");
    assert!(number(&row[7]) > 0.97 && number(&row[8]) > 0.5 && (number(&row[10]) - 0.75).abs() < 0.06, "{row:?}");
    let told = stderr(&home.run(&["discover", "planted.toml", "--when", "delivered_T >= 900000", "--worlds", "50", "--out", "no"]));
    assert!(told.contains("happens in no history"), "{told}");
}

#[test]
fn a_forecast_is_kept_once_and_scored_as_on_paper() {
    // Deliveries by June are even on 0 … 400,000 (all stock arrives); 100,000 exactly come. Of a uniform forecast on 0 … a the CRPS at y is
    // a ((y/a)³ + (1 − y/a)³)/3: at a quarter 400,000 × (1/64 + 27/64)/3 = 58,333. A rival who says 40,000 … 60,000 even misses by
    // 10,000 more than a point at the mean would: 100,000 − 50,000 − 20,000/6 = 46,667.
    let home = home();
    home.write("even.toml", "schema = 1\nextends = \"quiet.toml\"\ntitle = \"Even\"\n[supply]\nstock_chips = { uniform = [0, 400_000] }\n");
    let facts =
        SHUT.replace("beijing(2026-01..2026-06)", "delivered(2026-06)").replace("is         = \"frozen or pending\"", "value = 100_000");
    home.write("facts.toml", &facts);
    let keep = || home.run(&["ledger", "even.toml", "--facts", "facts.toml", "--worlds", "20000", "--paths-per-world", "1"]);
    std::fs::create_dir_all(home.path().join("forecasts/rivals")).unwrap();
    let kept = keep();
    assert_eq!((code(&kept), stdout(&kept).as_str()), (0, "forecasts/even.toml\n"), "{}", stderr(&kept));
    assert_eq!(code(&keep()), 6, "a kept forecast is never overwritten");
    home.write(
        "forecasts/rivals/low.toml",
        "schema = 1\nkind = \"rival\"\ntitle = \"Low\"\nas_of = 2025-12-01\n[observables.\"delivered(2026-06)\"]\nlevels = [0, 1]\nvalues = [40000, 60000]\n",
    );
    let output = home.run(&["score", "--facts", "facts.toml", "--out", "out"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains("Hindsight, declared"), "{}", stdout(&output));
    let twice = home.run(&["score", "forecasts/even.toml", "forecasts/even.toml", "--facts", "facts.toml", "--out", "twice"]);
    assert!(code(&twice) == 2 && stderr(&twice).contains("two forecasts are called even"), "{}", stderr(&twice));
    let scores = rows(&home, "out/scores.csv");
    let column = |name: &str, wanted: &str| {
        let header = std::fs::read_to_string(home.path().join("out/scores.csv")).unwrap();
        let place = header.lines().next().unwrap().split(',').position(|column| column == wanted).unwrap();
        number(&scores[name][place])
    };
    // The sample of 20,000 worlds has a standard error of 400,000 √(1/12/20000) = 816 in its mean, and moves the CRPS by less.
    assert!((column("even", "crps") - 58_333.0).abs() < 1_200.0, "{scores:?}");
    assert!((column("low", "crps") - 46_667.0).abs() < 1.0, "{scores:?}");
    assert!((column("even", "pit_low") - 0.25).abs() < 0.02 && column("low", "pit_low") == 1.0);
    assert_eq!([column("even", "in_90"), column("low", "in_90"), column("even", "horizon")], [1.0, 0.0, 6.0]);
    // Both know that something arrives by June, the one month of which both speak.
    let means = std::fs::read_to_string(home.path().join("out/means.csv")).unwrap();
    assert!(
        means.contains("first_delivery_rps,first_delivery_months") && means.contains("low,common,1,") && means.contains(",0,1\n"),
        "{means}"
    );
    // Nobody's 200 values are exactly 100,000: ½ of 201.
    assert!((column("low", "log_score") - libm::log(402.0)).abs() < 1e-9);
    assert!(home.is_intact("out"));
}

#[test]
fn an_anchor_meets_its_statements_and_says_what_moved() {
    // Beijing's chain from pending: open at the end of month 6 with .130314 (O12). Anchored to .3 ± .05, it is met at .25.
    let home = home();
    let statement = "beijing(2026-06) in open = 0.30 ± 0.05";
    let output = home.run(&[
        "anchor",
        "oracle-14-hidden-types.toml",
        "--probability",
        statement,
        "--worlds",
        "4000",
        "--paths-per-world",
        "20",
        "--no-charts",
        "--out",
        "out",
    ]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let row = &rows(&home, "out/statements.csv")["beijing(2026-06) in open"];
    let [before, after, tilt] = [1, 4, 5].map(|i| number(&row[i]));
    assert!((after - 0.25).abs() < 1e-9, "{row:?}");
    // One event: λ = logit(after) − logit(before).
    let logit = |p: f64| libm::log(p / (1.0 - p));
    assert!((tilt - (logit(0.25) - logit(before))).abs() < 1e-9, "{row:?}");
    // The open type makes it likelier than stonewall does, and so gains.
    let types = rows(&home, "out/types.csv");
    let gain = |kind: &str| number(&types[kind][3]) - number(&types[kind][1]);
    assert!(gain("open") > 0.02 && gain("stonewall") < -0.02, "{types:?}");
    for (statement, exit, expected) in [
        ("beijing(2026-06) in opn = 0.3", 2, "`opn` is none of frozen, pending, case_by_case, open; did you mean `open`?"),
        ("beijing(2026-06) in open", 2, "has no `= probability`"),
        ("delivered_T >= 1 = 0.5", 9, "happens in no history"),
        ("delivered_T >= 0 = 0.5", 9, "happens in every history"),
        ("beijing(2026-06) in open = 1", 2, "is to be certain"),
        ("delivered = 0.5", 2, "`delivered` needs a month"),
        ("delivered(2030-01) = 0.5", 2, "lies outside the simulated months, 2026-01 to 2027-12"),
    ] {
        let output = home.run(&["anchor", "oracle-14-hidden-types.toml", "--worlds", "100", "--probability", statement, "--out", "no"]);
        let told = stderr(&output);
        assert_eq!(code(&output), exit, "{statement}: {told}");
        assert!(told.contains(expected), "{statement}: {told}");
    }
}
