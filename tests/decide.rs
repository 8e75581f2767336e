//! Decisions: against answers on paper, and as a user meets them.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop")]

mod support;

use std::fs;
use std::path::Path;
use support::{Home, code, stderr, stdout};

/// One buyer takes all there is: 50,000 or 150,000 chips, each with one half. To open costs 90,000; to stay shut, nothing.
const DECISION: &str = r#"
schema  = 1
extends = "quiet.toml"

[supply]
stock_chips = { choice = { 50_000 = 0.5, 150_000 = 0.5 }, grade = "judgement" }

[decisions.open_up]
title       = "Open or stay shut?"
net_benefit = "delivered_T - 90_000 * (delivered_T > 0)"
actions     = ["open:", "shut: beijing.start = frozen"]
"#;

fn stage() -> Home {
    let home = Home::new();
    let quiet = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/oracles/quiet.toml");
    home.write("quiet.toml", &fs::read_to_string(quiet).unwrap());
    home.write("open.toml", &DECISION.replace("beijing.start = frozen", "beijing.start = \\\"frozen\\\""));
    home
}

fn ran(home: &Home, arguments: &[&str]) -> String {
    let output = home.run(arguments);
    assert_eq!(code(&output), 0, "{arguments:?}: {}", stderr(&output));
    stdout(&output)
}

fn rows(home: &Home, table: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(home.path().join(table)).unwrap();
    csv::Reader::from_reader(text.as_bytes()).records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[test]
fn the_best_action_and_the_worth_of_knowing_are_those_of_paper() {
    let home = stage();
    let told = ran(&home, &["decide", "open.toml", "--worlds", "2000", "--paths-per-world", "2", "--until", "2026-03", "--out", "d"]);
    assert!(told.starts_with("Open or stay shut?\n"), "{told}");
    // Open: ½ (−40,000) + ½ 60,000 = 10,000 ± 50,000 / √2,000 = 1,118. Shut: 0 always. Of the worlds half are better shut.
    let actions = rows(&home, "d/actions.csv");
    let number = |text: &str| text.parse::<f64>().unwrap();
    assert_eq!([&actions[0][0], &actions[1][0]], ["open", "shut"]);
    assert!((number(&actions[0][1]) - 10_000.0).abs() < 4.0 * 1_118.0, "{actions:?}");
    assert!((number(&actions[0][2]) / 1_118.0 - 1.0).abs() < 0.02, "{actions:?}");
    assert_eq!((number(&actions[1][1]), number(&actions[0][3])), (0.0, 0.0));
    assert!((number(&actions[0][5]) - 0.5).abs() < 4.0 * 0.0112, "{actions:?}");
    // Knowing the stock, one opens only if it is large: ½ 60,000 − 10,000 = 20,000, in all and of the one input. There is no chance,
    // so both bounds agree. Beijing's type and what is seen by March tell nothing.
    let information = rows(&home, "d/information.csv");
    let worth = |kind: &str, what: &str| information.iter().find(|row| row[0] == kind && row[1] == what).expect(kind).clone();
    for (kind, what) in [("everything", ""), ("everything_at_least", ""), ("input", "supply.stock_chips")] {
        let row = worth(kind, what);
        assert!((number(&row[3]) - 20_000.0).abs() < 4.0 * number(&row[4]) && number(&row[4]) < 600.0, "{row:?}");
    }
    assert_eq!(worth("input", "supply.stock_chips")[9], "yes");
    assert_eq!(
        worth("input", "supply.stock_chips")[10].parse::<f64>().unwrap(),
        number(&worth("input", "supply.stock_chips")[3]) - number(&worth("input", "supply.stock_chips")[7])
    );
    assert_eq!(number(&worth("until", "2026-03")[3]), 0.0);
    // Nvidia's only input is the stock, and Beijing's is its type: together they are worth what they are alone.
    let group = worth("group", "Nvidia");
    assert_eq!(group[3..10], worth("input", "supply.stock_chips")[3..10]);
    assert_eq!((&group[10][..], &group[11][..]), ("", "supply.stock_chips"));
    assert_eq!((&worth("group", "Beijing")[11][..], number(&worth("group", "Beijing")[3])), ("beijing.types", 0.0));
    assert!(home.is_intact("d"));
}

#[test]
fn two_inputs_of_one_group_are_worth_together_what_neither_is_alone() {
    // Revenue is stock times price: 1, 1.5, 3 or 4.5 bn, each in a quarter of the worlds. To open costs 3.5 bn, so it is worse by 1 bn on
    // average. Who knows both opens in one world of four and gains 1 bn there: .25 bn, all that perfect information is worth. Who knows that
    // the stock is large gains .25 bn in half of the worlds: .125 bn. Who knows the price alone never opens.
    let home = stage();
    let text = fs::read_to_string(home.path().join("open.toml")).unwrap();
    let price = "[money]\nprice_usd = { choice = { 20_000 = 0.5, 30_000 = 0.5 }, grade = \"judgement\" }\n\n[decisions";
    let text =
        text.replacen("[decisions", price, 1).replace("delivered_T - 90_000 * (delivered_T > 0)", "revenue - 3.5e9 * (delivered_T > 0)");
    home.write("open.toml", &text);
    let told = ran(&home, &["decide", "open.toml", "--worlds", "2000", "--paths-per-world", "2", "--out", "d"]);
    assert!(told.contains("knowing all 2 uncertain inputs of Nvidia is worth "), "{told}");
    let information = rows(&home, "d/information.csv");
    let worth = |kind: &str, what: &str| {
        let row = information.iter().find(|row| row[0] == kind && row[1] == what).expect(kind);
        [&row[3], &row[4]].map(|text| text.parse::<f64>().unwrap())
    };
    for (kind, what, truth) in [
        ("everything", "", 0.25e9),
        ("group", "Nvidia", 0.25e9),
        ("input", "supply.stock_chips", 0.125e9),
        ("input", "money.price_usd", 0.0),
    ] {
        let [value, error] = worth(kind, what);
        assert!((value - truth).abs() <= 4.0 * error && error < 0.02e9, "{kind} {what}: {value} ± {error}");
    }
    assert_eq!(worth("group", "Nvidia"), worth("everything", ""));
}

#[test]
fn a_decision_has_the_same_bytes_on_any_number_of_threads() {
    let home = stage();
    for (threads, out) in [("1", "a"), ("3", "b")] {
        let counts = ["--worlds", "50", "--paths-per-world", "60", "--quiet"];
        ran(&home, &[&["decide", "open.toml", "--threads", threads, "--out", out], &counts[..]].concat());
    }
    assert_eq!(home.tree("a"), home.tree("b"));
}

#[test]
fn what_is_no_decision_is_refused_before_anything_is_touched() {
    let home = stage();
    let replaced =
        |from: &str, to: &str| home.write("open.toml", &fs::read_to_string(home.path().join("open.toml")).unwrap().replace(from, to));
    let refused = |arguments: &[&str], expected: i32, why: &str| {
        let output = home.run(&[&["decide"], arguments].concat());
        assert_eq!(code(&output), expected, "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(why), "{arguments:?}: {}", stderr(&output));
    };
    refused(&["small.toml"], 2, "has no decisions");
    refused(&["open.toml", "--decision", "open_upp"], 2, "did you mean \"open_up\"?");
    refused(&["open.toml", "--until", "2030-01"], 2, "from 2026-01 to 2027-12");
    refused(&["open.toml", "--until", "soon"], 2, "YYYY-MM");
    for (from, to, why) in [
        ("delivered_T - 90_000", "deliverd_T - 90_000", "did you mean `delivered_T`?"),
        ("deliverd_T - 90_000", "t_first - 90_000", "may never end"),
        ("t_first - 90_000", "delivered_T - 2 * 3 *", "is no term"),
        ("delivered_T - 2 * 3 *", "delivered_T - 90_000", ""),
        ("shut: beijing.start", "shut: beijing.stat", "did you mean `start`?"),
        ("shut: beijing.stat", "shut: months = 3; beijing.start", "cannot be compared"),
        ("\"open:\"", "\"open\"", "NAME: KEY = VALUE"),
    ] {
        replaced(from, to);
        if !why.is_empty() {
            refused(&["open.toml"], 3, why);
        }
    }
    assert_eq!(home.names("."), ["open.toml", "quiet.toml", "small.toml"]);
}
