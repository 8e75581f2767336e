//! What is left when the system refuses, kills or races a run: nothing, or everything.
//!
//! The tests marked as ignored take minutes or need `strace`; `just nightly` runs them.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop")]

mod support;
mod told;

use std::fs;
use std::process::{Command, Output, Stdio};
use support::{Home, code, now, program, stderr};

const RUN: &str = "run small.toml --quiet --threads 2 --out out/run";

/// Runs the program from a shell that first takes something away.
fn limited(home: &Home, limit: &str) -> Output {
    Command::new("sh").arg("-c").arg(format!("{limit}; exec {} {RUN}", program())).current_dir(home.path()).output().unwrap()
}

/// Exit 0 means complete; the given failures mean that there is nothing, not even hidden.
fn check(home: &Home, output: &Output, failures: &[i32], what: &str) -> bool {
    let code = code(output);
    if code == 0 {
        assert!(home.is_intact("out/run"), "{what}");
        assert_eq!(home.names("out"), ["run"], "{what}");
        fs::remove_dir_all(home.path().join("out")).unwrap();
        return true;
    }
    assert!(failures.contains(&code), "{what}: exit {code}: {}", stderr(output));
    assert!(home.names("out").is_empty(), "{what}: {:?}", home.names("out"));
    assert!(stderr(output).starts_with("error: "), "{what}: {}", stderr(output));
    false
}

#[test]
fn files_that_cannot_grow_are_reported_and_leave_nothing() {
    let home = Home::new();
    // Blocks of 512 or 1024 bytes, as the shell likes it; the signal is ignored so that write() fails instead.
    let outcomes = [0, 1, 2, 4, 8, 16, 32, 64, 1 << 20].map(|blocks| {
        let output = limited(&home, &format!("trap '' XFSZ; ulimit -f {blocks}"));
        check(&home, &output, &[5], &format!("{blocks} blocks"))
    });
    assert!(!outcomes[0] && outcomes[8], "the smallest limit fails, the largest does not: {outcomes:?}");
}

#[test]
fn too_few_file_handles_are_reported_and_leave_nothing() {
    let home = Home::new();
    let outcomes = [4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 64].map(|handles| {
        let output = limited(&home, &format!("ulimit -n {handles}"));
        // Which phase first runs out decides: reading the scenario, listening to signals, writing.
        check(&home, &output, &[5, 7, 11], &format!("{handles} handles"))
    });
    assert!(!outcomes[0] && outcomes[10], "the smallest limit fails, the largest does not: {outcomes:?}");
}

#[test]
fn of_rival_processes_exactly_one_wins() {
    races(3);
}

#[test]
#[ignore = "minutes: for just nightly"]
fn of_rival_processes_exactly_one_wins_two_hundred_times() {
    races(200);
}

fn races(rounds: usize) {
    let home = Home::new();
    for round in 0..rounds {
        let rivals: Vec<_> = (0..2 + round % 7)
            .map(|_| home.command().args(RUN.split(' ')).arg("--no-charts").stderr(Stdio::piped()).spawn().unwrap())
            .collect();
        let mut codes: Vec<i32> = rivals.into_iter().map(|rival| code(&rival.wait_with_output().unwrap())).collect();
        codes.sort_unstable();
        assert!(codes[0] == 0 && codes[1..].iter().all(|code| *code == 6), "round {round}: {codes:?}");
        assert!(home.is_intact("out/run"));
        fs::remove_dir_all(home.path().join("out")).unwrap();
    }
    told::figure(format_args!("{rounds} races of 2 to 8 runs for one folder: one wins, the rest exit 6"));
}

/// Kills runs at spread-out moments. The folder is absent or intact, and the next run is not hindered.
fn kill_runs(kills: u32) {
    let home = Home::new();
    let began = now();
    assert!(home.run(&RUN.split(' ').collect::<Vec<_>>()).status.success());
    let whole_run = began.elapsed();
    fs::remove_dir_all(home.path().join("out")).unwrap();
    let mut survivors = 0;
    for k in 0..kills {
        let mut child = home.command().args(RUN.split(' ')).spawn().unwrap();
        // The golden ratio spreads the moments evenly however many there are.
        std::thread::sleep(whole_run.mul_f64(1.2 * (f64::from(k) * 0.618_033_988_75).fract()));
        child.kill().unwrap();
        child.wait().unwrap();
        if home.path().join("out/run").exists() {
            assert!(home.is_intact("out/run"), "kill {k}");
            survivors += 1;
            fs::remove_dir_all(home.path().join("out/run")).unwrap();
        }
    }
    assert!(survivors < kills, "no kill came in time");
    told::figure(format_args!("{kills} kills, after {survivors} of which the folder was there and intact: 0 half folders"));
    assert!(home.run(&RUN.split(' ').collect::<Vec<_>>()).status.success(), "leftovers of the dead do not hinder");
    assert_eq!(home.names("out"), ["run"]);
}

#[test]
fn killed_runs_leave_an_intact_folder_or_none() {
    kill_runs(20);
}

#[test]
#[ignore = "minutes: for just nightly"]
fn a_thousand_killed_runs_leave_an_intact_folder_or_none() {
    kill_runs(1000);
}

#[test]
#[ignore = "needs strace, minutes: for just nightly"]
fn no_failing_system_call_is_silent() {
    let calls: [(&str, &[&str]); 5] = [
        ("write", &["EIO", "ENOSPC", "EDQUOT"]),
        ("fsync", &["EIO", "ENOSPC"]),
        ("mkdir", &["EACCES", "ENOSPC"]),
        ("openat", &["EMFILE", "EACCES"]),
        ("renameat2", &["EIO", "EACCES"]),
    ];
    for (call, errors) in calls {
        for error in errors {
            for for_good in [false, true] {
                let injected = (1..).take_while(|k| survives(call, error, *k, for_good)).count();
                assert!(injected > 0, "no {call} was ever reached");
                told::figure(format_args!("{call} with {error}{}: {injected} faults", if for_good { " for good" } else { "" }));
            }
        }
    }
}

/// Fails the `k`-th call of a kind, and with `for_good` all later ones, and looks at what is left.
/// False once there are fewer than `k` such calls.
fn survives(call: &str, error: &str, k: usize, for_good: bool) -> bool {
    let home = Home::new();
    let what = format!("{call} {k}{} with {error}", if for_good { " and later" } else { "" });
    let when = format!("inject={call}:error={error}:when={k}{}", if for_good { "+" } else { "" });
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-o", "trace", "-e", &format!("trace={call}"), "-e", &when, program()]).args(RUN.split(' '));
    let output = strace.current_dir(home.path()).output().expect("strace is installed");
    if !fs::read_to_string(home.path().join("trace")).unwrap().contains("(INJECTED)") {
        assert!(output.status.success() && home.is_intact("out/run"), "{what}");
        return false;
    }
    // 127 is the loader's, before the program begins.
    assert!([0, 5, 7, 11, 127].contains(&code(&output)), "{what}: {}", stderr(&output));
    let is_there = home.path().join("out/run").exists();
    assert!(is_there || code(&output) != 0, "{what}: silent");
    assert!(!is_there || home.is_intact("out/run"), "{what}: incomplete");
    if !for_good {
        // What fails for good also hinders the cleaning; the next run does it.
        assert_eq!(home.names("out").len(), usize::from(is_there), "{what}: {:?}", home.names("out"));
    }
    true
}

#[test]
#[ignore = "needs mounts in a user namespace: for just nightly"]
fn a_full_file_system_is_reported_and_leaves_nothing() {
    let home = Home::new();
    let script = format!(
        "mkdir small && mount -t tmpfs -o size=$0k none small && {} run small.toml --quiet --out small/run; code=$?; ls -A small; exit $code",
        program()
    );
    let mut outcomes = Vec::new();
    for kilobytes in [8, 16, 32, 64, 128, 256, 512, 1024, 2048, 65536] {
        let output =
            Command::new("unshare").args(["-rm", "sh", "-c", &script, &kilobytes.to_string()]).current_dir(home.path()).output().unwrap();
        let left = support::stdout(&output);
        match code(&output) {
            0 => assert_eq!(left, "run\n", "{kilobytes} kB"),
            // 4 where the forecast already sees that there is no room.
            code => assert!([4, 5].contains(&code) && left.is_empty(), "{kilobytes} kB: exit {code}, {left}, {}", stderr(&output)),
        }
        outcomes.push(output.status.success());
        fs::remove_dir(home.path().join("small")).unwrap();
    }
    assert!(!outcomes[0] && outcomes[9], "{outcomes:?}");
    told::figure(format_args!("file systems of {} sizes: 0 half folders", outcomes.len()));
}

#[test]
fn memory_that_is_refused_is_reported_and_leaves_nothing() {
    let home = Home::new();
    let outcomes = [30_000, 60_000, 90_000, 120_000, 150_000, 200_000, 300_000, 500_000, 4_000_000].map(|kilobytes| {
        let output = limited(&home, &format!("ulimit -v {kilobytes}"));
        // Below the size of the program itself the loader gives up.
        code(&output) != 127 && check(&home, &output, &[4, 11], &format!("{kilobytes} kB"))
    });
    assert!(!outcomes[1] && outcomes[8], "the second smallest limit fails, the largest does not: {outcomes:?}");
    told::figure(format_args!("{} limits of memory: exit 0, 4 or 11, nothing left behind", outcomes.len()));
}
