//! Cost is known before it is paid: forecasts hold, and absurd requests cost nothing.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use support::{Home, SMALL, code, now, program, stderr};

fn scenario(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(format!("{name}.toml"))
}

/// The most memory a process has had so far, in bytes; nothing once it is over.
fn peak(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?;
    Some(kilobytes.parse::<u64>().ok()? << 10)
}

/// The number before ` MB of memory`, in bytes.
fn forecast(told: &str) -> u64 {
    let before = told.split(" MB of memory").next().unwrap();
    let digits: String = before.rsplit(' ').next().unwrap().replace(',', "");
    digits.parse::<u64>().unwrap_or_else(|_| panic!("{told}")) * 1_000_000
}

#[test]
fn memory_stays_within_a_quarter_and_64_mebibytes_of_the_forecast() {
    let home = Home::new();
    home.write("tiny.toml", SMALL.replace("months = 6", "months = 1").split("[buyers.beta]").next().unwrap());
    let (baseline, opens) = (scenario("baseline-dec-2025"), scenario("beijing-opens"));
    let (baseline, opens) = (baseline.to_str().unwrap(), opens.to_str().unwrap());
    let cases: [&[&str]; 9] = [
        &["run", "tiny.toml", "--threads", "1"],
        &["run", "tiny.toml", "--threads", "8"],
        &["run", "small.toml", "--threads", "16", "--no-charts"],
        &["run", "small.toml", "--worlds", "5000", "--threads", "2", "--no-charts", "--checkpoint-seconds", "0"],
        &["run", "small.toml", "--worlds", "5000", "--threads", "2", "--no-charts", "--samples", "--format", "both"],
        &["run", baseline, "--worlds", "100"],
        &["run", baseline, "--worlds", "1", "--paths-per-world", "6000", "--threads", "3", "--no-charts", "--checkpoint-seconds", "0"],
        &["run", baseline, "--worlds", "10", "--set", "months=120", "--no-charts"],
        &["compare", baseline, opens, "--worlds", "20", "--threads", "4"],
    ];
    for arguments in cases {
        let mut child = home.command().args(arguments).args(["--out", "out"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut most = 0;
        while child.try_wait().unwrap().is_none() {
            most = peak(child.id()).unwrap_or(0).max(most);
            std::thread::sleep(Duration::from_millis(1));
        }
        let output = child.wait_with_output().unwrap();
        let told = stderr(&output);
        assert_eq!(code(&output), 0, "{arguments:?}: {told}");
        assert!(most > 4 << 20, "{arguments:?}: a program takes more than {most} bytes");
        let bound = forecast(&told) * 5 / 4 + (64 << 20);
        assert!(most <= bound, "{arguments:?}: {most} bytes, and at most {bound} by the forecast: {told}");
        fs::remove_dir_all(home.path().join("out")).unwrap();
    }
}

#[test]
fn checkpoints_take_no_more_of_the_disk_than_was_forecast() {
    let home = Home::new();
    let baseline = scenario("baseline-dec-2025");
    for arguments in [["small.toml", "--worlds", "20000"], [baseline.to_str().unwrap(), "--worlds", "300"]] {
        let (mut most, mut told) = (0, String::new());
        loop {
            let more = ["--no-charts", "--max-seconds", "0", "--out", "out/run"];
            let output = home.run(&[&["run"], &arguments[..], &more].concat());
            told += &stderr(&output);
            if code(&output) != 75 {
                assert_eq!(code(&output), 0, "{told}");
                break;
            }
            most = fs::metadata(home.path().join("out/.run.checkpoint")).unwrap().len().max(most);
        }
        let megabytes = told.split(" MB for checkpoints").next().unwrap().rsplit(' ').next().unwrap();
        let forecast = megabytes.replace(',', "").parse::<u64>().unwrap() * 1_000_000;
        assert!(most > 10_000 && 2 * most <= forecast, "two of {most} bytes, and {forecast} by the forecast: {told}");
        fs::remove_dir_all(home.path().join("out")).unwrap();
    }
}

#[test]
fn absurd_requests_are_refused_within_a_second_and_64_mebibytes_with_the_arithmetic() {
    let home = Home::new();
    let baseline = scenario("baseline-dec-2025");
    let baseline = baseline.to_str().unwrap();
    let limited = |arguments: &[&str]| {
        let began = now();
        // All memory that the program may ask for, used or not.
        let script = "ulimit -v 65536; exec \"$0\" \"$@\"";
        let output = Command::new("sh").args(["-c", script, program()]).args(arguments).current_dir(home.path()).output().unwrap();
        (output, began.elapsed())
    };
    let cases: [(&[&str], &[&str]); 7] = [
        (&["run", "small.toml", "--worlds", "1000000000000"], &["1000000000000", "4000000000"]),
        (&["run", "small.toml", "--worlds", "1000000", "--paths-per-world", "1000000"], &["1000000000000 paths"]),
        (&["run", "small.toml", "--set", "months=1000000000"], &["1000000000", "600"]),
        (
            &["run", baseline, "--worlds", "400000000", "--paths-per-world", "10", "--set", "months=600"],
            &["400,000,000 worlds × 10 paths per world × 600 months × 10 buyers = 24,000,000,000,000 buyer-months"],
        ),
        (&["run", baseline, "--threads", "1024"], &["MB of memory, at most 12,885 MB"]),
        (&["run", "small.toml", "--worlds", "40000000", "--paths-per-world", "100", "--samples"], &["4,000,000,000 paths × ", " bytes = "]),
        (&["compare", baseline, "small.toml", "--worlds", "1000000000000"], &["1000000000000"]),
    ];
    for (arguments, says) in cases {
        let (output, time) = limited(arguments);
        let told = stderr(&output);
        assert_eq!(code(&output), 4, "{arguments:?}: {told}");
        assert!(says.iter().all(|part| told.contains(part)), "{arguments:?}: {told}");
        assert!(time < Duration::from_secs(1), "{arguments:?}: {time:?}");
    }
    assert_eq!(home.names("."), ["small.toml"]);
    assert!(!limited(&["run", "small.toml"]).0.status.success(), "the limit is felt by those who do work");
}
