//! Bad inputs, one file each, with how loading must end in `tests/corpus/expect.toml`; those too large or too odd
//! for a file are made here.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failed unwrap is a failed test

mod told;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use greenlight::io::scenario_files::load;
use greenlight::scenario::ErrorKind;
use tempfile::TempDir;

const VALID: &str = "schema = 1\ntitle = \"x\"\nas_of = 2025-12-10\nstart = \"2026-01\"\n\n[buyers.one]\nneed_per_month = 1\n";
/// Even the worst input is answered in this time; the slowest takes a tenth of it.
const PATIENCE: Duration = Duration::from_secs(10);

/// The exit code of a load, and its message.
fn outcome(path: &Path, sets: &[String]) -> (i64, String) {
    match load(path, sets) {
        Ok(_) => (0, String::new()),
        Err(error) => {
            let exit = match error.kind {
                ErrorKind::Scenario => 3,
                ErrorKind::Limit => 4,
                ErrorKind::Input => 7,
            };
            (exit, error.to_string())
        }
    }
}

/// Copies a folder, so that no folder above it decides what its root is.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn every_file_of_the_corpus_ends_as_expected() {
    let folder = tempfile::tempdir().unwrap();
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus"), folder.path());
    let expect: toml::Table = fs::read_to_string(folder.path().join("expect.toml")).unwrap().parse().unwrap();
    let cases = expect["case"].as_array().unwrap();
    assert!(cases.len() >= 60);
    let mut wrong = Vec::new();
    for case in cases {
        let file = case["file"].as_str().unwrap();
        let (exit, message) = outcome(&folder.path().join(file), &[]);
        let says = case.get("says").map(|says| says.as_array().unwrap().clone()).unwrap_or_default();
        let missing: Vec<_> = says.iter().filter(|part| !message.contains(part.as_str().unwrap())).collect();
        let raw = message.chars().any(|c| c.is_control() && c != '\n');
        if exit != case["exit"].as_integer().unwrap() || !missing.is_empty() || raw {
            wrong.push(format!("{file}: exit {exit}, missing {missing:?}\n{message}\n"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    told::figure(format_args!("{} files end as expected", cases.len()));
}

/// A folder with one file.
fn one(text: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.toml");
    fs::write(&path, text).unwrap();
    (folder, path)
}

/// Loads a generated text within the limits of patience.
fn generated(text: impl AsRef<[u8]>) -> (i64, String) {
    let (_folder, path) = one(text);
    #[allow(clippy::disallowed_methods)] // the clock decides no result, only whether the reader was quick
    let start = Instant::now();
    let outcome = outcome(&path, &[]);
    assert!(start.elapsed() < PATIENCE, "took {:?}", start.elapsed());
    outcome
}

#[test]
fn files_too_large_are_refused_before_they_are_parsed() {
    let large = [
        format!("{VALID}story = \"{}\"\n", "x".repeat(50_000_000)),
        format!("{VALID}# {}\n", "x".repeat(5_000_000)),
        (0..500_000).map(|i| format!("[t{i}]\n")).collect(),
    ];
    for text in large {
        let (exit, message) = generated(text);
        assert_eq!(exit, 4, "{message}");
        assert!(message.contains("larger than 1048576 bytes"), "{message}");
    }
}

#[test]
fn a_sparse_file_of_one_tebibyte_is_refused() {
    let (_folder, path) = one(VALID);
    if fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(1 << 40).is_ok() {
        assert_eq!(outcome(&path, &[]).0, 4);
    }
}

#[test]
fn files_just_under_the_size_limit_cannot_exhaust_time_or_stack() {
    let fill = |part: &dyn Fn(usize) -> String| -> String {
        let mut text = VALID.to_owned();
        let mut i = 0;
        while text.len() < 1_000_000 {
            text += &part(i);
            i += 1;
        }
        text
    };
    let cases: [(&str, String, i64); 11] = [
        ("empty tables", fill(&|i| format!("[t{i}]\n")), 3),
        ("unknown keys", fill(&|i| format!("[supply{i}]\na=1\n")), 3),
        ("100,000 buyers", fill(&|i| format!("[buyers.b{i}]\n")), 4),
        ("events", fill(&|_| "[[events]]\nmonth=\"2026-01\"\nbeijing=\"open\"\n".to_owned()), 4),
        ("dependence", fill(&|_| "[[dependence]]\n".to_owned()), 4),
        ("nested lists", format!("{VALID}x = {}", "[".repeat(20_000)), 4),
        ("nested tables", format!("{VALID}x = {}", "{a=".repeat(20_000)), 4),
        ("nested tables with dotted keys", format!("{VALID}x = {}", format!("{{{}=", ["a"; 20].join(".")).repeat(20)), 3),
        ("one line", format!("{VALID}x = [{}]", "\"é\",".repeat(190_000)), 3),
        ("a long key", format!("{VALID}{} = 1", "k".repeat(1_000_000)), 3),
        ("errors on one line", format!("{VALID}x = [{}]", "1e400 2,".repeat(100_000)), 3),
    ];
    for (what, text, exit) in cases {
        let (got, message) = generated(text);
        assert_eq!(got, exit, "{what}: {message}");
        assert!(message.lines().count() <= 21 && message.len() < 20_000, "{what}: {} bytes", message.len());
    }
}

#[test]
fn a_missing_file_and_a_folder_are_input_errors() {
    let (folder, path) = one(VALID);
    assert_eq!(outcome(&path, &[]).0, 0);
    let (exit, message) = outcome(&folder.path().join("no.toml"), &[]);
    assert!(exit == 7 && message.contains("no.toml: no such file"), "{message}");
    let (exit, message) = outcome(folder.path(), &[]);
    assert!(exit == 7 && message.contains("is a folder"), "{message}");
}

#[cfg(unix)]
#[test]
fn pipes_devices_and_unreadable_files_are_refused_without_being_opened() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = one(VALID);
    let pipe = folder.path().join("pipe.toml");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for odd in [pipe.as_path(), Path::new("/dev/zero")] {
        let (exit, message) = outcome(odd, &[]);
        assert!(exit == 7 && message.contains("is a pipe, a device or a socket"), "{message}");
    }
    fs::write(folder.path().join("child.toml"), "schema = 1\nextends = \"pipe.toml\"\n").unwrap();
    assert_eq!(outcome(&folder.path().join("child.toml"), &[]).0, 7);

    fs::set_permissions(&path, fs::Permissions::from_mode(0o0)).unwrap();
    // The superuser may read everything.
    if fs::File::open(&path).is_err() {
        let (exit, message) = outcome(&path, &[]);
        assert!(exit == 7 && message.contains("may not be read"), "{message}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_may_not_lead_out_of_the_tree_nor_hide_a_circle() {
    use std::os::unix::fs::symlink;
    let (outside, secret) = one(VALID);
    let (folder, path) = one("schema = 1\nextends = \"link.toml\"\n");
    symlink(&secret, folder.path().join("link.toml")).unwrap();
    let (exit, message) = outcome(&path, &[]);
    assert!(exit == 3 && message.contains("leads out of the folder tree of the scenario through a link"), "{message}");

    fs::remove_file(folder.path().join("link.toml")).unwrap();
    symlink(outside.path(), folder.path().join("sub")).unwrap();
    fs::write(&path, "schema = 1\nextends = \"sub/x.toml\"\n").unwrap();
    assert_eq!(outcome(&path, &[]).0, 3);

    symlink(&path, folder.path().join("link.toml")).unwrap();
    fs::write(&path, "schema = 1\nextends = \"link.toml\"\n").unwrap();
    let (exit, message) = outcome(&path, &[]);
    assert!(exit == 3 && message.contains("the file extends itself"), "{message}");
}

#[test]
fn a_tree_called_scenarios_may_be_crossed_but_not_left() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("scenarios/oracles");
    fs::create_dir_all(&inner).unwrap();
    fs::write(folder.path().join("outside.toml"), VALID).unwrap();
    fs::write(folder.path().join("scenarios/base.toml"), VALID).unwrap();
    let path = inner.join("child.toml");
    fs::write(&path, "schema = 1\nextends = \"../base.toml\"\n").unwrap();
    let scenario = load(&path, &[]).unwrap();
    let paths: Vec<_> = scenario.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(paths, ["oracles/child.toml", "base.toml"]);
    fs::write(&path, "schema = 1\nextends = \"../../outside.toml\"\n").unwrap();
    assert_eq!(outcome(&path, &[]).0, 3);
}

#[test]
fn more_than_64_files_and_samples_beyond_ten_thousand_are_limits() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = VALID.to_owned();
    let keys = ["need_per_month", "training_share", "us_denial", "discretion_share", "grey_share_per_month"];
    for buyer in 0..14 {
        text += &format!("[buyers.b{buyer}]\n");
        for key in keys {
            fs::write(folder.path().join(format!("{buyer}-{key}.csv")), "0.5\n0.6\n").unwrap();
            text += &format!("{key} = {{ empirical = \"{buyer}-{key}.csv\" }}\n");
        }
    }
    let path = folder.path().join("x.toml");
    fs::write(&path, text).unwrap();
    let (exit, message) = outcome(&path, &[]);
    assert!(exit == 4 && message.contains("made of more than 64 files"), "{message}");

    let (exit, message) = {
        fs::write(folder.path().join("long.csv"), "0.5\n".repeat(10_001)).unwrap();
        fs::write(&path, format!("{VALID}training_share = {{ empirical = \"long.csv\" }}\n")).unwrap();
        outcome(&path, &[])
    };
    assert!(exit == 4 && message.contains("has 10001 values; at most 10000"), "{message}");
}
