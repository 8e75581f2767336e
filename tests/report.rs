//! The page of a run and of a comparison against the tables beside it, as the program writes them.
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "a test that cannot go on should stop")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use support::{Home, code, stderr};

/// The rows of a table, each a map from column to text.
fn rows(home: &Home, table: &str) -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_path(home.path().join(table)).unwrap().deserialize().map(Result::unwrap).collect()
}

fn number(row: &BTreeMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap()
}

/// A scenario that ships.
fn shipped(name: &str) -> String {
    format!("{}/scenarios/{name}.toml", env!("CARGO_MANIFEST_DIR"))
}

/// A value cut at the first digit of its error, with commas: written anew here, to check the program's.
fn cut(value: f64, error: f64) -> String {
    let place = error.log10().floor() as i32;
    let rounded = (value / 10_f64.powi(place)).round() * 10_f64.powi(place);
    let digits = format!("{:.*}", usize::try_from(-place).unwrap_or(0), rounded.abs());
    let (whole, fraction) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let groups: Vec<&str> = whole.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap()).collect();
    format!("{}{}{fraction}", if rounded < 0.0 { "−" } else { "" }, groups.join(","))
}

/// The text of a page: tags and style left out, characters as they are read.
fn text_of(page: &str) -> String {
    let body = page.split_once("<body>").unwrap().1;
    let mut text = String::new();
    let mut inside = false;
    for c in body.chars() {
        match c {
            '<' => inside = true,
            '>' => inside = false,
            c if !inside => text.push(c),
            _ => {}
        }
    }
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

#[test]
fn the_numbers_of_the_page_are_those_of_the_table() {
    let home = Home::new();
    let output = home.run(&["run", &shipped("baseline-dec-2025"), "--worlds", "60", "--paths-per-world", "5", "--out", "run"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let page = fs::read_to_string(home.path().join("run/report.html")).unwrap();
    let text = text_of(&page);
    let outcomes = rows(&home, "run/outcomes.csv");
    let total = |name: &str| outcomes.iter().find(|row| row["outcome"] == name && row["buyer"] == "total").unwrap();
    for name in ["delivered_T", "revenue", "us_take", "grey_units"] {
        let row = total(name);
        let (mean, error) = (number(row, "mean"), number(row, "std_error"));
        assert!(error > 0.0 && text.contains(&cut(mean, error)), "{name}: {mean} ± {error} as {}", cut(mean, error));
        let low_high = format!("{} to {}", cut(number(row, "p05"), error), cut(number(row, "p95"), error));
        assert!(text.contains(&low_high), "{name}: {low_high}");
    }
    let row = total("delivered_T");
    let chance = cut(number(row, "share_zero") * 100.0, number(row, "share_zero_std_error") * 100.0);
    assert!(text.contains(&format!("the chance that none at all arrives is {chance}%")), "{chance}");
    // How to repeat it, and what the manifest says.
    let manifest = fs::read_to_string(home.path().join("run/manifest.json")).unwrap();
    let digest = manifest.split("\"results_sha256\": \"").nth(1).unwrap().split('"').next().unwrap();
    assert!(text.contains(digest) && text.contains("greenlight run baseline-dec-2025.toml --set simulation.worlds=60"));
}

#[test]
fn the_numbers_of_a_comparison_are_those_of_the_table() {
    let home = Home::new();
    // Only the supply of this scenario differs from the baseline's.
    let (reference, other) = (shipped("baseline-dec-2025"), shipped("tsmc-ramp"));
    let output = home.run(&["compare", &reference, &other, "--explain", "--worlds", "60", "--paths-per-world", "5", "--out", "pair"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let text = text_of(&fs::read_to_string(home.path().join("pair/report.html")).unwrap());
    let differences = rows(&home, "pair/differences.csv");
    let total = |name: &str| differences.iter().find(|row| row["kind"] == "outcome" && row["metric"] == name && row["buyer"] == "total");
    let row = total("delivered_T").unwrap();
    let (mean, error) = (number(row, "mean"), number(row, "std_error"));
    assert!(mean > 5.0 * error, "{mean} ± {error}: the scenarios were meant to differ");
    assert!(text.contains(&format!("delivers {} H200 more", cut(mean, error))), "{mean} ± {error}");
    let interval = format!("+{} to +{}", cut(number(row, "low"), error), cut(number(row, "high"), error));
    assert!(text.contains(&interval), "{interval}");
    // One table was changed, so it makes the whole difference; and on the same draws it is the same number.
    let explanation = rows(&home, "pair/explanation.csv");
    assert_eq!(explanation.iter().map(|row| row["group"].as_str()).collect::<Vec<_>>(), ["supply", "total"]);
    assert_eq!((&explanation[0]["mean"], &explanation[0]["std_error"]), (&explanation[1]["mean"], &explanation[1]["std_error"]));
    assert!((number(&explanation[1], "mean") - mean).abs() < 1e-9 * mean);
}

#[test]
fn the_page_is_the_same_wherever_and_however_it_is_made() {
    let home = Home::new();
    fs::create_dir(home.path().join("elsewhere")).unwrap();
    fs::copy(home.path().join("small.toml"), home.path().join("elsewhere/small.toml")).unwrap();
    let page = |file: &str, out: &str, threads: &str| {
        let output = home.run(&["run", file, "--out", out, "--threads", threads]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        fs::read_to_string(home.path().join(out).join("report.html")).unwrap()
    };
    assert_eq!(page("small.toml", "a", "1"), page("elsewhere/small.toml", "b", "2"));
}

#[test]
fn hostile_words_leave_as_text() {
    let home = Home::new();
    let evil = "<script>alert(1)</script>\\\"><img src=x onerror=alert(2)>' onmouseover='alert(3)";
    home.write(
        "evil.toml",
        &format!("schema = 1\nextends = \"small.toml\"\ntitle = \"{evil}\"\nstory = \"{evil}\"\n[buyers.alpha]\nname = \"{evil}\"\n"),
    );
    for arguments in [&["run", "evil.toml"][..], &["compare", "small.toml", "evil.toml", "--set", "supply.stock_chips=400000"]] {
        let output = home.run(arguments);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
    }
    for folder in ["evil", "compare-small-evil"] {
        let page = fs::read_to_string(home.path().join("output").join(folder).join("report.html")).unwrap();
        let lower = page.to_lowercase();
        assert!(!lower.contains("<script") && !lower.contains("<img"), "{folder}");
        assert!(page.contains("default-src &#39;none&#39;") || page.contains("default-src 'none'"), "{folder}");
        for (name, bytes) in home.tree(&format!("output/{folder}")) {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            if name.extension().is_some_and(|e| e == "svg" || e == "html") {
                assert!(!text.contains("<script"), "{folder}/{}", name.display());
            }
        }
    }
}

#[test]
fn the_numbers_of_a_decision_are_those_of_the_tables() {
    let home = Home::new();
    let file = shipped("decisions");
    let output = home.run(&["decide", &file, "--worlds", "200", "--paths-per-world", "4", "--until", "2026-12", "--out", "d"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let page = fs::read_to_string(home.path().join("d/report.html")).unwrap();
    let text = text_of(&page);
    assert!(page.contains("<svg") && text.contains("How far should Nvidia build ahead of approvals?"));
    let actions = rows(&home, "d/actions.csv");
    for row in &actions {
        let (value, error) = (number(row, "net_benefit"), number(row, "std_error"));
        assert!(error > 0.0 && text.contains(&cut(value, error)), "{row:?}");
        let (behind, error) = (number(row, "behind"), number(row, "behind_std_error"));
        assert!(error == 0.0 || text.contains(&cut(behind, error)), "{row:?}");
    }
    let best = actions.iter().find(|row| number(row, "behind") == 0.0).unwrap();
    assert!(text.contains(&format!("The best action is “{}”", best["action"])), "{best:?}");
    let information = rows(&home, "d/information.csv");
    for row in information.iter().filter(|row| number(row, "std_error") > 0.0) {
        assert!(text.contains(&cut(number(row, "worth"), number(row, "std_error"))), "{row:?}");
    }
    assert!(text.contains("both governments until December 2026"));
    // What to research next: all of it that could teach something, the most first.
    let mut next: Vec<_> = information.iter().filter(|row| row["kind"] == "input" && number(row, "research") > 0.0).collect();
    next.sort_by(|a, b| number(b, "research").total_cmp(&number(a, "research")));
    let mut rest = text.split("What to research next").last().unwrap();
    for row in next {
        let name = row["what"].rsplit('.').next().unwrap().replace('_', " ");
        let name = if name == "types" { "Beijing’s hidden type".to_owned() } else { name };
        let (before, after) = rest.split_once(&name).unwrap_or_else(|| panic!("{name} in {rest}"));
        assert!(!before.contains("How to repeat it"), "{name}");
        rest = after;
        assert!(rest.contains(&cut(number(row, "research"), number(row, "std_error"))), "{row:?}");
    }
    assert!(text.contains("greenlight decide decisions.toml"), "how to repeat it");
}

#[test]
fn one_page_holds_the_run_and_the_questions_that_were_asked() {
    let home = Home::new();
    assert_eq!(code(&home.run(&["run", "small.toml", "--out", "run"])), 0);
    assert_eq!(code(&home.run(&["discover", "small.toml", "--when", "delivered_T >= 1000", "--worlds", "200", "--out", "box"])), 0);
    assert_eq!(code(&home.run(&["run", "small.toml", "--no-charts", "--out", "bare"])), 0);
    let joined = home.run(&["report", "run", "--with", "box", "--out", "page.html"]);
    assert_eq!(code(&joined), 0, "{}", stderr(&joined));
    let read = |file: &str| fs::read_to_string(home.path().join(file)).unwrap();
    let (page, run, text) = (read("page.html"), read("run/report.html"), text_of(&read("page.html")));
    assert!(page.len() > run.len() && page.contains("<h2 id=\"question-1\">What would have to be true?</h2>"));
    assert!(text.contains("It happens in") && text.starts_with(&text_of(&run)[..200]));
    assert!(home.is_intact("run") && home.is_intact("box"));
    let refused = |arguments: &[&str], status: i32, why: &str| {
        let output = home.run(&[&["report"], arguments].concat());
        assert!(code(&output) == status && stderr(&output).contains(why), "{arguments:?}: {}", stderr(&output));
    };
    refused(&["run", "--with", "box", "--out", "page.html"], 6, "page.html");
    refused(&["run", "--with", "box", "--out", "box/page.html"], 2, "no longer be what its run wrote");
    refused(&["run", "--with", "box"], 2, "--out");
    refused(&["run", "--with", "bare", "--out", "other.html"], 2, "it has no report.html");
    refused(&["run", "--with", "nowhere", "--out", "other.html"], 7, "cannot read the folder");
    refused(&["box", "--with", "run", "--out", "other.html"], 9, "box");
    fs::write(home.path().join("box/report.html"), page).unwrap();
    refused(&["run", "--with", "box", "--out", "other.html"], 9, "report.html");
    assert!(!home.path().join("other.html").exists());
}
