//! The program as a user meets it: exit codes, messages, and what is left on the disk.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop")]

mod support;

use greenlight::lanes::Isa;
use std::fs::{self, File};
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use support::{Home, SMALL, code, now, stderr, stdout};

#[test]
fn a_wrong_command_line_is_exit_2_and_touches_nothing() {
    let home = Home::new();
    for arguments in [
        &[][..],
        &["frobnicate"],
        &["run"],
        &["run", "small.toml", "--frobnicate"],
        &["run", "small.toml", "--threads", "0"],
        &["run", "small.toml", "--threads", "1025"],
        &["run", "small.toml", "--threads", "many"],
        &["run", "small.toml", "--isa", "sse9"],
        &["run", "small.toml", "--worlds", "0"],
        &["run", "small.toml", "--paths-per-world", "-1"],
        &["run", "small.toml", "--seed", "9223372036854775808"],
        &["run", "small.toml", "--set", "supply.stock_chips"],
        &["run", "small.toml", "./small.toml"],
        &["run", "small.toml", "--out", "/"],
        &["completions", "klingon"],
        &["verify"],
    ] {
        let output = home.run(arguments);
        assert_eq!(code(&output), 2, "{arguments:?}: {}", stderr(&output));
        assert_eq!(stdout(&output), "", "{arguments:?}");
        assert!(!stderr(&output).is_empty(), "{arguments:?}");
    }
    assert_eq!(home.names("."), ["small.toml"]);
}

#[test]
fn a_misspelt_flag_is_answered_with_the_nearest_one() {
    let output = Home::new().run(&["run", "small.toml", "--world", "10"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).starts_with("error: ") && stderr(&output).contains("--worlds"), "{}", stderr(&output));
}

#[test]
fn a_fault_of_a_shared_parent_is_told_once() {
    let home = Home::new();
    home.write("bad.toml", &SMALL.replace("months = 6", "months = \"six\""));
    for child in ["a.toml", "b.toml"] {
        home.write(child, "schema = 1\nextends = \"bad.toml\"\n[supply]\nnot_a_key = 1\n");
    }
    let files = ["bad.toml", "a.toml", "b.toml"];
    let output = home.run(&[&["check"], &files[..]].concat());
    let told = stderr(&output);
    assert_eq!((code(&output), files.map(|file| told.matches(file).count())), (3, [1, 1, 1]), "{told}");
    let output = home.run(&[&["check", "--json-errors"], &files[..]].concat());
    let json: serde_json::Value = serde_json::from_str(&stderr(&output)).unwrap();
    assert_eq!(json["problems"].as_array().unwrap().len(), 3, "{json}");
}

#[test]
fn the_first_phase_that_fails_decides_and_all_files_are_told_of() {
    let home = Home::new();
    home.write("bad.toml", &SMALL.replace("months = 6", "months = \"six\""));
    let huge = &["--worlds", "1000000000000"][..];

    let scenario = home.run(&[&["run", "small.toml", "bad.toml"], huge].concat());
    assert_eq!(code(&scenario), 3, "{}", stderr(&scenario));
    assert!(stderr(&scenario).contains("bad.toml:6:"), "{}", stderr(&scenario));

    let input = home.run(&[&["run", "bad.toml", "absent.toml", "small.toml"], huge].concat());
    assert_eq!(code(&input), 7, "{}", stderr(&input));
    assert!(stderr(&input).contains("bad.toml:6:") && stderr(&input).contains("absent.toml"), "{}", stderr(&input));

    fs::create_dir(home.path().join("folder.toml")).unwrap();
    assert_eq!(code(&home.run(&["run", "folder.toml"])), 7);
    assert!(!home.path().join("output").exists());
}

#[test]
fn absurd_work_is_refused_at_once_with_the_arithmetic() {
    let home = Home::new();
    let began = now();
    let output = home.run(&["run", "small.toml", "--worlds", "4000000000", "--paths-per-world", "250"]);
    assert_eq!(code(&output), 4, "{}", stderr(&output));
    let text = stderr(&output);
    assert!(["4000000000", "250", "1000000000000"].iter().all(|number| text.contains(number)), "{text}");
    for more in [["--worlds", "1000000000000"], ["--set", "months=1000000000"]] {
        let output = home.run(&[&["run", "small.toml"], &more[..]].concat());
        assert_eq!(code(&output), 4, "{more:?}: {}", stderr(&output));
    }
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    assert!(!home.path().join("output").exists());
}

#[test]
fn an_error_for_machines_is_one_json_object_with_the_place() {
    let home = Home::new();
    home.write("bad.toml", &SMALL.replace("months = 6", "month = 6"));
    let output = home.run(&["--json-errors", "run", "bad.toml"]);
    let value: serde_json::Value = serde_json::from_str(&stderr(&output)).unwrap();
    assert_eq!((value["exit"].as_i64(), value["name"].as_str()), (Some(3), Some("scenario")), "{value}");
    let problems = value["problems"].as_array().unwrap();
    assert!(problems.iter().any(|p| p["file"] == "bad.toml" && p["line"] == 6), "{value}");

    let usage = home.run(&["run", "--json-errors"]);
    let value: serde_json::Value = serde_json::from_str(&stderr(&usage)).unwrap();
    assert_eq!(value["exit"], 2, "{value}");
}

#[test]
fn a_run_writes_the_promised_files_and_says_where() {
    let home = Home::new();
    let output = home.run(&["run", "small.toml"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).trim_end().ends_with("output/small"), "{}", stdout(&output));
    assert!(stderr(&output).contains("40 worlds × 5 paths × 6 months × 2 buyers = 2,400 buyer-months"), "{}", stderr(&output));
    let names = home.names("output/small");
    let files = ["columns.md", "gates.csv", "manifest.json", "monthly.csv", "outcomes.csv", "regimes.csv", "scenario.resolved.toml"];
    assert!(files.iter().all(|file| names.contains(&(*file).to_owned())), "{names:?}");
    let charts = home.names("output/small/charts");
    assert!(charts.iter().any(|c| c.ends_with(".svg")) && charts.iter().any(|c| c.ends_with(".png")), "{charts:?}");
    assert_eq!(home.names("output"), ["small"], "no lock or partial folder stays");
}

#[test]
fn quiet_runs_say_nothing_and_charts_can_be_left_out() {
    let home = Home::new();
    let output = home.run(&["run", "small.toml", "--quiet", "--no-charts"]);
    assert_eq!((code(&output), stdout(&output), stderr(&output)), (0, String::new(), String::new()));
    assert!(!home.path().join("output/small/charts").exists());
    assert!(home.is_intact("output/small"));
}

#[test]
fn every_byte_is_the_same_on_any_number_of_threads_and_in_any_folder() {
    let (home, other) = (Home::new(), Home::new());
    let absolute = other.path().join("small.toml");
    for (home, file, threads) in [(&home, "small.toml", "1"), (&home, "./small.toml", "2"), (&other, absolute.to_str().unwrap(), "7")] {
        let output = home.run(&["run", file, "--threads", threads, "--out", threads, "--quiet"]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
    }
    let one = home.tree("1");
    assert!(one.len() > 7);
    for (threads, tree) in [("2", home.tree("2")), ("7", other.tree("7"))] {
        assert!(one.keys().eq(tree.keys()), "{threads} threads");
        for (name, bytes) in &one {
            assert!(tree[name] == *bytes, "{name:?} differs on {threads} threads");
        }
    }
}

/// The digest of a folder's results.
fn digest(home: &Home, folder: &str) -> String {
    let manifest: serde_json::Value = serde_json::from_slice(&fs::read(home.path().join(folder).join("manifest.json")).unwrap()).unwrap();
    manifest["results_sha256"].as_str().unwrap().to_owned()
}

#[test]
fn a_benchmark_tells_speed_scaling_parts_and_limits_for_people_and_for_programs() {
    let home = Home::new();
    home.write("small.toml", SMALL);
    let told = home.run(&["bench", "small.toml", "--seconds", "0.01", "--threads", "2"]);
    assert_eq!(code(&told), 0, "{}", stderr(&told));
    for part in ["side by side, the events alone", "one path at a time", "2 threads against one", "E13", "a random word drawn", "to memory"]
    {
        assert!(stdout(&told).contains(part), "{part} is not in:\n{}", stdout(&told));
    }
    let report: serde_json::Value =
        serde_json::from_str(&stdout(&home.run(&["bench", "small.toml", "--seconds", "0.01", "--json"]))).unwrap();
    let engine =
        report["ns_per_buyer_month"].as_array().unwrap().iter().filter(|case| case["name"].as_str().unwrap().starts_with("the engine"));
    assert!(engine.clone().count() > 0 && engine.into_iter().all(|case| case["cpu_ns"].as_f64().unwrap() > 0.0), "{report}");
    let shares = report["parts"].as_array().unwrap().iter().map(|part| part["share"].as_f64().unwrap());
    assert!((shares.sum::<f64>() - 1.0).abs() < 1e-9);
    let plain = stdout(&home.run(&["bench", "small.toml", "--seconds", "0.01", "--isa", "baseline"]));
    assert!(plain.contains("a second on one thread (baseline)"), "{plain}");
    assert_eq!(code(&home.run(&["bench", "small.toml", "--isa", "sse9"])), 2);
    assert_eq!(code(&home.run(&["bench", "small.toml", "--seconds", "0"])), 2);
    assert_eq!(code(&home.run(&["bench", "nowhere.toml"])), 7);
}

#[test]
fn every_set_of_instructions_gives_the_same_results_and_one_that_is_not_here_is_refused() {
    let home = Home::new();
    restocked(&home);
    // 30 paths of each world are enough for a block.
    let commands: [&[&str]; 2] = [&["run", "small.toml", "--paths-per-world", "30"], &["compare", "small.toml", "more.toml"]];
    let here: Vec<&str> = Isa::here().map(Isa::word).collect();
    for command in commands {
        assert_eq!(code(&home.run(&[command, &["--out", "any", "--no-charts", "--overwrite"]].concat())), 0);
        for set in Isa::ALL.map(Isa::word) {
            let output = home.run(&[command, &["--isa", set, "--out", set, "--no-charts", "--overwrite"]].concat());
            if here.contains(&set) {
                assert_eq!(code(&output), 0, "{command:?} {set}: {}", stderr(&output));
                assert_eq!(digest(&home, set), digest(&home, "any"), "{command:?} {set}");
            } else {
                assert_eq!(code(&output), 2, "{command:?} {set}: {}", stderr(&output));
                assert!(stderr(&output).contains(&here.join(", ")), "{}", stderr(&output));
            }
        }
    }
}

#[test]
fn the_command_line_decides_counts_seed_and_values_and_the_manifest_says_so() {
    let home = Home::new();
    let arguments =
        ["--worlds", "10", "--paths-per-world", "3", "--seed", "99", "--set", "supply.stock_chips=123", "--out", "set", "--quiet"];
    let output = home.run(&[&["run", "small.toml"], &arguments[..]].concat());
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let manifest: serde_json::Value = serde_json::from_slice(&fs::read(home.path().join("set/manifest.json")).unwrap()).unwrap();
    let counts = ["worlds", "paths_per_world", "paths", "seed"].map(|key| manifest[key].as_u64().unwrap());
    assert_eq!(counts, [10, 3, 30, 99]);
    assert!(manifest["overrides"].to_string().contains("supply.stock_chips=123"), "{manifest}");
    assert!(fs::read_to_string(home.path().join("set/scenario.resolved.toml")).unwrap().contains("stock_chips = 123"));
    let outcomes = fs::read_to_string(home.path().join("set/outcomes.csv")).unwrap();
    assert!(outcomes.lines().skip(1).any(|line| line.split(',').nth(3) == Some("30")), "30 paths: {outcomes}");
}

#[test]
fn the_digest_in_the_manifest_is_that_of_all_tables_one_after_another() {
    let home = Home::new();
    assert_eq!(code(&home.run(&["run", "small.toml", "--no-charts"])), 0);
    let shell = Command::new("sh")
        .arg("-c")
        .arg("cat output/small/*.csv | sha256sum")
        .current_dir(home.path())
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&fs::read(home.path().join("output/small/manifest.json")).unwrap()).unwrap();
    assert_eq!(stdout(&shell).split(' ').next(), manifest["results_sha256"].as_str());
}

#[test]
fn several_scenarios_get_a_folder_each_inside_out() {
    let home = Home::new();
    home.write("other.toml", "schema = 1\nextends = \"small.toml\"\ntitle = \"Other\"\n");
    let output = home.run(&["run", "small.toml", "other.toml", "--out", "both", "--no-charts"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(home.names("both"), ["other", "small"]);
    // The same numbers, as they differ only in the title.
    let tables = |name: &str| fs::read(home.path().join("both").join(name).join("outcomes.csv")).unwrap();
    assert!(tables("other") == tables("small"));
}

#[test]
fn a_taken_folder_is_exit_6_before_anything_runs_and_stays_as_it_is() {
    let home = Home::new();
    assert_eq!(code(&home.run(&["run", "small.toml", "--no-charts"])), 0);
    home.write("other.toml", &SMALL.replace("Small", "Other"));
    let before = home.tree(".");
    let output = home.run(&["run", "other.toml", "small.toml", "--seed", "1"]);
    assert_eq!(code(&output), 6, "{}", stderr(&output));
    assert!(stderr(&output).contains("output/small") && stderr(&output).contains("--overwrite"), "{}", stderr(&output));
    assert!(home.tree(".") == before, "nothing was touched, and the free folder was not written either");

    assert_eq!(code(&home.run(&["run", "small.toml", "--seed", "1", "--no-charts", "--overwrite"])), 0);
    assert!(home.tree("output/small") != before, "the new seed replaced the old results");
    assert!(home.is_intact("output/small"));
    assert_eq!(home.names("output"), ["small"]);
}

#[test]
fn overwrite_never_destroys_a_folder_that_no_run_wrote() {
    let home = Home::new();
    fs::create_dir_all(home.path().join("output/small")).unwrap();
    home.write("output/small/thesis.txt", "years of work");
    let output = home.run(&["run", "small.toml", "--overwrite"]);
    assert_eq!(code(&output), 6, "{}", stderr(&output));
    assert_eq!(fs::read_to_string(home.path().join("output/small/thesis.txt")).unwrap(), "years of work");
}

#[test]
fn verify_finds_an_edit_a_loss_and_an_addition() {
    let home = Home::new();
    assert_eq!(code(&home.run(&["run", "small.toml"])), 0);
    let intact = home.run(&["verify", "output/small"]);
    assert_eq!(code(&intact), 0);
    assert!(stdout(&intact).contains("is intact"), "{}", stdout(&intact));

    for (name, bytes) in home.tree("output/small") {
        let path = home.path().join("output/small").join(&name);
        if path.is_dir() {
            continue;
        }
        for place in [0, bytes.len() / 2, bytes.len() - 1] {
            let mut edited = bytes.clone();
            edited[place] ^= 1;
            fs::write(&path, &edited).unwrap();
            let output = home.run(&["verify", "output/small"]);
            assert_eq!(code(&output), 9, "byte {place} of {name:?}");
            assert!(stderr(&output).contains(name.to_str().unwrap()), "{}", stderr(&output));
        }
        fs::write(&path, &bytes).unwrap();
    }
    assert!(home.is_intact("output/small"));
    home.write("output/small/extra.txt", "");
    assert_eq!(code(&home.run(&["verify", "output/small"])), 9);
    fs::remove_file(home.path().join("output/small/extra.txt")).unwrap();
    fs::remove_file(home.path().join("output/small/gates.csv")).unwrap();
    assert_eq!(code(&home.run(&["verify", "output/small"])), 9);
    assert_eq!(code(&home.run(&["verify", "output/nowhere"])), 7);
}

#[test]
fn a_reader_that_leaves_early_costs_nothing_and_a_full_standard_output_is_exit_5() {
    let home = Home::new();
    let mut child = home.command().args(["run", "small.toml"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{told}");
    assert!(!told.contains("error"), "{told}");
    assert!(home.is_intact("output/small"));

    let full = || File::options().write(true).open("/dev/full").unwrap();
    let output = home.command().args(["run", "small.toml", "--out", "full", "--no-charts"]).stdout(full()).output().unwrap();
    assert_eq!(code(&output), 5);
    assert!(stderr(&output).contains("standard output"), "{}", stderr(&output));
    assert!(home.is_intact("full"), "the results do not depend on who reads the summary");
    let help = home.command().arg("--help").stdout(full()).output().unwrap();
    assert_eq!(code(&help), 5);
    let silent = home.command().args(["run", "small.toml", "--out", "silent", "--no-charts"]).stderr(full()).output().unwrap();
    assert_eq!(code(&silent), 0, "a full standard error loses the forecast and nothing else");
}

#[test]
fn an_output_that_cannot_be_made_is_exit_5_and_names_the_place() {
    let home = Home::new();
    home.write("file", "");
    for (target, place) in [("file/run", "\"file"), ("/proc/greenlight", "\"/proc/")] {
        let output = home.run(&["run", "small.toml", "--out", target]);
        assert_eq!(code(&output), 5, "{target}: {}", stderr(&output));
        assert!(stderr(&output).contains(place), "{}", stderr(&output));
    }
    assert_eq!(home.names("."), ["file", "small.toml"]);
}

#[test]
fn numbers_legal_alone_that_overflow_together_are_exit_10_with_a_way_to_see_it_again() {
    let home = Home::new();
    let overflow = ["--set", "needs.scale=1000", "--set", "buyers.alpha.need_per_month=1000000000"];
    let output = home.run(&[&["run", "small.toml", "--seed", "5"], &overflow[..]].concat());
    assert_eq!(code(&output), 10, "{}", stderr(&output));
    let text = stderr(&output);
    assert!(text.contains("path 0 of world 0") && text.contains("--seed 5 --worlds 1 --paths-per-world 1"), "{text}");
    assert!(home.names("output").is_empty(), "{:?}", home.names("output"));
}

/// Starts a run of hours and waits until it is under way.
fn long_run(home: &Home) -> Child {
    // The shell that started the tests may ignore signals; `env` gives the program the usual ones.
    let mut command = Command::new("env");
    command.args(["--default-signal=HUP,INT,QUIT,TERM", support::program(), "run", "small.toml", "--worlds", "400000000"]);
    let child = command.current_dir(home.path()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    for _ in 0..1000 {
        if home.names("output").iter().any(|name| name.contains("partial")) {
            return child;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("the run did not begin: {:?}", child.wait_with_output());
}

fn signal(child: &Child, name: &str) {
    assert!(Command::new("kill").args(["-s", name, &child.id().to_string()]).status().unwrap().success());
}

#[test]
fn a_signal_stops_the_run_within_a_second_and_leaves_nothing() {
    for (name, expected) in [("HUP", 129), ("INT", 130), ("QUIT", 131), ("TERM", 143)] {
        let home = Home::new();
        let mut child = long_run(&home);
        signal(&child, name);
        // Five seconds, as the machine may be busy with other tests; the run itself reacts within one.
        let ended = (0..500).find_map(|_| {
            std::thread::sleep(Duration::from_millis(10));
            child.try_wait().unwrap()
        });
        let Some(status) = ended else {
            child.kill().unwrap();
            panic!("{name} did not stop the run");
        };
        assert_eq!(status.code(), Some(expected), "{name}");
        assert!(home.names("output").is_empty(), "{name}: {:?}", home.names("output"));
    }
}

#[test]
fn help_and_version_go_to_standard_output_and_every_command_has_an_example() {
    let home = Home::new();
    let help = stdout(&home.run(&["help"]));
    let commands = help.split("Commands:").nth(1).unwrap().split("Options:").next().unwrap();
    let commands: Vec<&str> = commands.lines().filter_map(|line| line.strip_prefix("  ")?.split_whitespace().next()).collect();
    assert!(commands.contains(&"run") && commands.contains(&"verify"), "{commands:?}");
    for command in commands.iter().filter(|command| **command != "help") {
        let output = home.run(&["help", command]);
        assert!(stdout(&output).contains("Example") && stdout(&output).contains(&format!("greenlight {command}")), "{command}");
        assert_eq!((code(&output), stderr(&output)), (0, String::new()), "{command}");
    }
    assert!(stdout(&home.run(&["--version"])).starts_with(concat!("greenlight ", env!("CARGO_PKG_VERSION"))));
}

#[test]
fn completions_name_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = Home::new().run(&["completions", shell]);
        assert_eq!(code(&output), 0);
        assert!(stdout(&output).contains("verify") && stdout(&output).contains("paths-per-world"), "{shell}");
    }
}

#[test]
fn nothing_written_to_a_pipe_has_an_escape_sequence() {
    let home = Home::new();
    let arguments: [&[&str]; 4] = [&["run", "small.toml", "--no-charts"], &["run", "--wrong"], &["--help"], &["verify", "output/none"]];
    for arguments in arguments {
        let output = home.run(arguments);
        assert!(!stdout(&output).contains('\u{1b}') && !stderr(&output).contains('\u{1b}'), "{arguments:?}");
    }
}

/// The small scenario with another stock.
fn restocked(home: &Home) {
    home.write("more.toml", "schema = 1\nextends = \"small.toml\"\ntitle = \"More\"\n[supply]\nstock_chips = 900000\n");
}

#[test]
fn files_and_finished_folders_compare_to_the_same_bytes() {
    let home = Home::new();
    restocked(&home);
    assert_eq!(code(&home.run(&["run", "small.toml", "more.toml", "--no-charts"])), 0);
    let files = home.run(&["compare", "small.toml", "more.toml", "--out", "a", "--no-charts", "--threads", "1"]);
    assert_eq!(code(&files), 0, "{}", stderr(&files));
    let folders = home.run(&["compare", "output/small", "output/more", "--out", "b", "--no-charts", "--threads", "2"]);
    assert_eq!(code(&folders), 0, "{}", stderr(&folders));
    let table = |folder: &str| fs::read_to_string(home.path().join(folder).join("differences.csv")).unwrap();
    assert_eq!(table("a"), table("b"));
    assert!(fs::read_to_string(home.path().join("a/changes.csv")).unwrap().contains("more,supply.stock_chips,chips,"));
    assert_eq!(code(&home.run(&["verify", "a", "b"])), 0);
    // The folder of a comparison is no run's folder.
    let nested = home.run(&["compare", "a", "b"]);
    assert_eq!(code(&nested), 9, "{}", stderr(&nested));
    assert!(stderr(&nested).contains("comparison"), "{}", stderr(&nested));
}

#[test]
fn what_cannot_be_compared_is_refused_with_the_reason() {
    let home = Home::new();
    restocked(&home);
    home.write("other-seed.toml", "schema = 1\nextends = \"small.toml\"\ntitle = \"Other\"\n[simulation]\nseed = 99\n");
    assert_eq!(code(&home.run(&["run", "small.toml", "--no-charts"])), 0);
    let refused = |arguments: &[&str], exit: i32, because: &str| {
        let output = home.run(arguments);
        assert_eq!(code(&output), exit, "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(because), "{arguments:?}: {}", stderr(&output));
        assert!(!home.path().join("output/compare-small-more").exists());
    };
    refused(&["compare", "small.toml"], 2, "FILE_OR_DIR");
    refused(&["compare", "small.toml", "more.toml", "--out", "/"], 2, "--out");
    refused(&["compare", "small.toml", "more.toml", "small.toml", "--explain"], 2, "just two");
    refused(&["compare", "small.toml", "more.toml", "--explain=delivered"], 2, "delivered_T");
    refused(&["compare", "small.toml", "absent.toml"], 7, "absent.toml");
    refused(&["compare", "small.toml", "other-seed.toml"], 3, "--seed");
    refused(&["compare", "output/small", "other-seed.toml"], 3, "seed is");
    refused(&["compare", "output/small", "more.toml", "--worlds", "3"], 2, "finished");
    refused(&["compare", "small.toml", "more.toml", "--worlds", "4000000000"], 4, "worlds");
    fs::create_dir(home.path().join("empty")).unwrap();
    refused(&["compare", "small.toml", "empty"], 9, "manifest.json");
    let table = home.path().join("output/small/outcomes.csv");
    fs::write(&table, fs::read_to_string(&table).unwrap().replace('1', "2")).unwrap();
    refused(&["compare", "small.toml", "output/small"], 9, "outcomes.csv");
}

#[test]
fn two_runs_of_one_scenario_are_told_apart_by_their_folders() {
    let home = Home::new();
    assert_eq!(code(&home.run(&["run", "small.toml", "--no-charts"])), 0);
    assert_eq!(code(&home.run(&["run", "small.toml", "--no-charts", "--set", "supply.stock_chips=900000", "--out", "output/large"])), 0);
    let output = home.run(&["compare", "output/small", "output/large", "--no-charts"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains("large against small"), "{}", stdout(&output));
    assert!(home.path().join("output/compare-small-large/manifest.json").exists());
}
