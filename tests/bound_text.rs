//! `greenlight report`: figures in prose come from the run's tables, and are noticed when they move.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod support;

use std::fs;
use std::process::Command;
use support::{Home, SMALL, code, stderr, stdout};

/// A home with a run in `output/small`.
fn home() -> Home {
    let home = Home::new();
    let output = home.run(&["run", "small.toml", "--no-charts", "--quiet"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    home
}

/// A cell of the run's outcomes.csv, as it is written.
fn cell(home: &Home, folder: &str, outcome: &str, buyer: &str, column: &str) -> String {
    let text = fs::read_to_string(home.path().join(folder).join("outcomes.csv")).unwrap();
    let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
    let column = lines.next().unwrap().iter().position(|head| *head == column).unwrap();
    lines.find(|row| row[0] == outcome && row[1] == buyer).unwrap()[column].to_owned()
}

#[test]
fn figures_come_from_the_tables_and_a_filled_text_holds_against_its_own_run() {
    let home = home();
    let template = "# About {{scenario}}, seed {{seed}}, {{paths}} paths, {{version}}\r\n\r\n\
                    Requests: {{requested_T.mean}} ({{requested_T[beta].mean|exact}} by Beta), chance of any delivery {{delivered_T.chance_of_any|percent}}.\r\n\
                    First delivery {{t_first.median}}, at the latest {{t_first.p95}}; median {{requested_T.median|thousands}} thousand <b onclick=x>.\r\n";
    home.write("note.md", template);
    let output = home.run(&["report", "output/small", "--text", "note.md", "--out", "filled.md"]);
    assert_eq!((code(&output), stdout(&output), stderr(&output)), (0, String::new(), String::new()));
    let filled = fs::read_to_string(home.path().join("filled.md")).unwrap();
    assert_eq!(home.names("."), ["filled.md", "note.md", "output", "small.toml"], "nothing half-written stays");

    // 40 worlds × 5 paths, seed 7: see the scenario.
    let head = format!(
        "# About small<!--{{{{scenario}}}} small-->, seed 7<!--{{{{seed}}}} 7-->, 200<!--{{{{paths}}}} 200 ± 0--> paths, {0}<!--{{{{version}}}} {0}-->\r\n",
        env!("CARGO_PKG_VERSION")
    );
    assert!(filled.starts_with(&head), "{filled}");
    assert!(filled.ends_with(" thousand <b onclick=x>.\r\n"), "{filled}");
    let bound = |field: &str, value: String, error: String| {
        let comment = format!("<!--{{{{{field}}}}} {value} ± {error}-->");
        assert!(filled.contains(&comment), "{comment} in {filled}");
    };
    let table = |outcome, buyer, column| cell(&home, "output/small", outcome, buyer, column);
    bound("requested_T.mean", table("requested_T", "total", "mean"), table("requested_T", "total", "std_error"));
    bound("requested_T[beta].mean|exact", table("requested_T", "beta", "mean"), table("requested_T", "beta", "std_error"));
    let zero: f64 = table("delivered_T", "total", "share_zero").parse().unwrap();
    bound("delivered_T.chance_of_any|percent", (1.0 - zero).to_string(), table("delivered_T", "total", "share_zero_std_error"));
    // A month counted from 1 is a month of 2026; a wait that has not ended is after the sixth.
    let first = table("t_first", "total", "p50").parse::<u32>().map_or("after 2026-06".to_owned(), |month| format!("2026-{month:02}"));
    assert!(filled.contains(&format!("First delivery {first}<!--")), "{first} in {filled}");

    let output = home.run(&["report", "output/small", "--check", "filled.md"]);
    assert_eq!((code(&output), stdout(&output).trim_end()), (0, "filled.md: all 10 figures hold in output/small"), "{}", stderr(&output));
    // Without --out the same text goes to standard output.
    assert_eq!(stdout(&home.run(&["report", "output/small", "--text", "note.md"])), filled);
    assert!(home.is_intact("output/small"));
}

#[test]
fn another_seed_moves_nothing_and_another_supply_is_told_line_by_line() {
    let home = home();
    home.write("note.md", "One\n{{requested_T.mean}} and {{seed}}\n\n{{stranded.mean}}\n");
    assert_eq!(code(&home.run(&["report", "output/small", "--text", "note.md", "--out", "filled.md"])), 0);
    let run = |out: &str, arguments: &[&str]| {
        let output = home.run(&[&["run", "small.toml", "--no-charts", "--quiet", "--out", out], arguments].concat());
        assert_eq!(code(&output), 0, "{}", stderr(&output));
    };
    // Ten times the stock leaves some 9 × 350,000 more chips unsold; the seed's line names the seed only.
    run("rich", &["--set", "supply.stock_chips=3500000"]);
    let output = home.run(&["report", "rich", "--check", "filled.md"]);
    assert_eq!(code(&output), 9, "{}", stdout(&output));
    let was = cell(&home, "output/small", "stranded", "total", "mean");
    let now = cell(&home, "rich", "stranded", "total", "mean");
    let told = stderr(&output);
    let line = told.lines().find(|line| line.contains("filled.md:4:")).unwrap();
    assert!(
        line.contains("stranded.mean was ") && line.contains(&format!("({was} ± ")) && line.contains(&format!("against {now} ± ")),
        "{line}"
    );
    assert!(!told.contains("seed"), "{told}");

    run("reseeded", &["--seed", "8"]);
    let told = stderr(&home.run(&["report", "reseeded", "--check", "filled.md"]));
    assert!(told.starts_with("error: filled.md:2:") && told.contains("seed was 7 and is 8") && told.lines().count() == 1, "{told}");

    let filled = fs::read_to_string(home.path().join("filled.md")).unwrap();
    home.write("edited.md", &filled.replacen("7<!--", "9<!--", 1));
    let output = home.run(&["report", "output/small", "--check", "edited.md"]);
    assert!(
        code(&output) == 9 && stderr(&output).contains("edited.md:2:") && stderr(&output).contains("edited by hand"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn what_cannot_be_filled_is_told_and_nothing_is_written() {
    let home = home();
    let refused = |arguments: &[&str], exit: i32, text: &str| {
        let before = home.tree(".");
        let output = home.run(&[&["report"], arguments].concat());
        assert_eq!(code(&output), exit, "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(text) && stdout(&output).is_empty(), "{arguments:?}: {}", stderr(&output));
        assert!(home.tree(".") == before, "{arguments:?} wrote something");
    };
    home.write("note.md", "Fine.\nThe median {{delivered_T.meidan}} of {{delivered_T[gamma].mean}}\n");
    refused(
        &["output/small", "--text", "note.md", "--out", "x.md"],
        3,
        "note.md:2:12: the run has no figure `delivered_T.meidan`; the nearest is `delivered_T.median`",
    );
    refused(&["output/small", "--text", "note.md"], 3, "note.md:2:38: ");
    refused(&["output/small", "--text", "absent.md"], 7, "absent.md: cannot read the file");
    refused(&["output/small", "--text", "output"], 7, "not a regular file");
    refused(&["absent", "--text", "note.md"], 7, "cannot read the folder");
    refused(&["output/small", "--check", "note.md"], 9, "no bound figures");
    refused(&["output/small"], 2, "--text");
    refused(&["output/small", "--text", "note.md", "--check", "note.md"], 2, "--check");
    fs::write(home.path().join("latin.md"), b"caf\xe9").unwrap();
    refused(&["output/small", "--text", "latin.md"], 3, "not UTF-8");
    fs::write(home.path().join("large.md"), vec![b'x'; (1 << 20) + 1]).unwrap();
    refused(&["output/small", "--text", "large.md"], 4, "larger than 1048576 bytes");

    home.write("good.md", "{{seed}}");
    home.write("taken.md", "mine");
    refused(&["output/small", "--text", "good.md", "--out", "taken.md"], 6, "--overwrite");
    refused(&["output/small", "--text", "good.md", "--out", "good.md", "--overwrite"], 2, "the text itself");
    refused(&["output/small", "--text", "good.md", "--out", "output/small/note.md"], 2, "in the folder of the run");
    refused(&["output/small", "--text", "good.md", "--out", "output", "--overwrite"], 6, "not a regular file");
    refused(&["output/small", "--text", "good.md", "--out", "no/such/folder.md"], 5, "cannot create");
    refused(&["output/small", "--text", "good.md", "--out", "good.md/folder.md"], 5, "cannot create");
    assert_eq!(code(&home.run(&["report", "output/small", "--text", "good.md", "--out", "taken.md", "--overwrite"])), 0);
    assert_eq!(fs::read_to_string(home.path().join("taken.md")).unwrap(), "7<!--{{seed}} 7-->");

    home.write("output/small/outcomes.csv", "outcome,buyer\n");
    refused(&["output/small", "--text", "good.md"], 9, "outcomes.csv");
}

#[test]
fn a_hostile_folder_or_text_brings_nothing_to_life() {
    let home = Home::new();
    home.write(
        "small.toml",
        &SMALL.replace("Small", "<script>alert(1)</script> {{seed}}").replace("\"Beta\"", "\"--><img src=x onerror=y>\""),
    );
    assert_eq!(code(&home.run(&["run", "small.toml", "--no-charts", "--quiet"])), 0);
    home.write("note.md", "{{delivered_T[beta].mean}} {{\u{1b}[2J\u{202e}--><script>}}");
    let output = home.run(&["report", "output/small", "--text", "note.md"]);
    let told = stderr(&output);
    assert!(code(&output) == 3 && !told.contains('\u{1b}') && !told.contains('\u{202e}'), "{told:?}");
    home.write("note.md", "{{delivered_T[beta].mean}}");
    let filled = stdout(&home.run(&["report", "output/small", "--text", "note.md"]));
    assert!(!filled.contains("script") && !filled.contains("img") && filled.matches("-->").count() == 1, "{filled}");
}

#[test]
fn the_page_about_bound_numbers_shows_what_the_program_does() {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/bound-numbers.md")).unwrap();
    let home = home();
    // Every field of its table can be filled.
    let fields: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("| `{{")?.split_once("}}`")).map(|(field, _)| field).collect();
    assert!(fields.len() > 10, "{fields:?}");
    let text: String = fields.iter().map(|field| format!("{{{{{}}}}}\n", field.replace("[bytedance]", "[alpha]"))).collect();
    home.write("note.md", &text);
    let output = home.run(&["report", "output/small", "--text", "note.md"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let help = Command::new(support::program()).args(["report", "--help"]).output().unwrap();
    assert!(stdout(&help).contains("docs/bound-numbers.md"));
}
