//! A shortened list of what is recorded: its tables are those of the whole run with lines left out, and everything else still works.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod support;

use std::fs;
use support::{Home, code, stderr, stdout};

/// What is asked for: outcomes and monthly series, one name of which is of both, and all that begin alike.
const LIST: &str = "delivered_2026,delivered,unmet_training,revenue*";

fn is_listed(name: &str) -> bool {
    ["delivered_2026", "delivered", "unmet_training"].contains(&name) || name.starts_with("revenue")
}

/// The lines of a table of which the first field satisfies a rule, with the head.
fn lines(home: &Home, table: &str, keep: impl Fn(&str) -> bool) -> Vec<String> {
    let text = fs::read_to_string(home.path().join(table)).unwrap();
    let kept = text.lines().enumerate().filter(|(i, line)| *i == 0 || keep(line.split(',').next().unwrap_or_default()));
    kept.map(|(_, line)| line.to_owned()).collect()
}

fn ran(home: &Home, arguments: &[&str]) -> String {
    let output = home.run(arguments);
    assert_eq!(code(&output), 0, "{arguments:?}: {}", stderr(&output));
    stdout(&output)
}

#[test]
fn a_shortened_run_has_the_same_lines_and_no_others() {
    let home = Home::new();
    // Blocks of paths, and paths alone where a world has few.
    for (paths, name) in [("5", "few"), ("30", "many")] {
        let (whole, short) = (format!("output/{name}-whole"), format!("output/{name}-short"));
        let counts = ["run", "small.toml", "--quiet", "--samples", "--paths-per-world", paths, "--out"];
        ran(&home, &[&counts[..], &[&whole]].concat());
        ran(&home, &[&counts[..], &[&short, "--outcomes", LIST]].concat());
        for table in ["outcomes.csv", "monthly.csv"] {
            let found = lines(&home, &format!("{short}/{table}"), |_| true);
            assert!(found.len() > 7, "{found:?}");
            assert_eq!(found, lines(&home, &format!("{whole}/{table}"), is_listed), "{table}");
        }
        let head = fs::read_to_string(home.path().join(&short).join("samples.csv")).unwrap();
        let head = head.lines().next().unwrap();
        assert!(head.contains("revenue_2026q1") && !head.contains("t_first") && !head.contains("bullwhip"), "{head}");
        let codebook = fs::read_to_string(home.path().join(&short).join("columns.md")).unwrap();
        assert!(codebook.contains("delivered_2026") && !codebook.contains("`bullwhip`"), "{codebook}");
        assert!(home.is_intact(&short));
        ran(&home, &["repeat", &short, "--threads", "2"]);
        ran(&home, &["report", &short, "--text", "small.toml"]);
    }
}

#[test]
fn a_shortened_comparison_has_the_same_lines_and_no_others() {
    let home = Home::new();
    home.write("other.toml", "schema = 1\nextends = \"small.toml\"\n[supply]\nstock_chips = 100_000\n");
    let compare = ["compare", "small.toml", "other.toml", "--quiet", "--out"];
    ran(&home, &[&compare[..], &["whole"]].concat());
    ran(&home, &[&compare[..], &["short", "--outcomes", LIST]].concat());
    let mut tables: Vec<String> = home.names("short").into_iter().filter(|name| name.ends_with(".csv")).collect();
    tables.retain(|table| table.starts_with("differences"));
    assert!(!tables.is_empty());
    for table in tables {
        let whole = fs::read_to_string(home.path().join("whole").join(&table)).unwrap();
        let short = fs::read_to_string(home.path().join("short").join(&table)).unwrap();
        let fields = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
        let kept = |line: &&str| fields(line).iter().take(3).any(|field| is_listed(field));
        let expected: Vec<&str> = whole.lines().take(1).chain(whole.lines().skip(1).filter(kept)).collect();
        assert_eq!(short.lines().collect::<Vec<_>>(), expected, "{table}");
        assert!(expected.len() > 3, "{short}");
    }
}

#[test]
fn a_name_that_nothing_has_is_refused_with_the_nearest() {
    let home = Home::new();
    for command in [&["run", "small.toml"][..], &["check", "listed.toml"]] {
        home.write("listed.toml", "schema = 1\nextends = \"small.toml\"\n[simulation]\noutcomes = [\"revenu\"]\n");
        let more = if command[0] == "run" { &["--outcomes", "revenu"][..] } else { &[] };
        let output = home.run(&[command, more].concat());
        assert_eq!(code(&output), 3, "{}", stderr(&output));
        assert!(stderr(&output).contains("did you mean \"revenue\"?"), "{}", stderr(&output));
    }
    let output = home.run(&["run", "small.toml", "--outcomes", "zzz*"]);
    assert_eq!((code(&output), stderr(&output).contains("columns.md")), (3, true), "{}", stderr(&output));
    let output = home.run(&["run", "small.toml", "--set", "simulation.outcomes=[]"]);
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    assert_eq!(home.names("."), ["listed.toml", "small.toml"]);
}
