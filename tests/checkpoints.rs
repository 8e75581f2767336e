//! Interrupted and resumed equals never interrupted; and no checkpoint is used that is not this very run's.
//!
//! The tests marked as ignored take minutes; `just nightly` runs them.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop")]

mod support;
mod told;

use greenlight::io::checkpoint::{Identity, read};
use greenlight::io::scenario_files::load;
use sha2::{Digest, Sha256};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;
use support::{Home, SMALL, code, now, stderr, stdout};

/// A quarter of a second of work on two cores, with checkpoints as often as the program lets them cost.
const RUN: [&str; 7] = ["run", "small.toml", "--no-charts", "--checkpoint-seconds", "0", "--out", "out/run"];
/// The checkpoint of that run.
const CHECKPOINT: &str = "out/.run.checkpoint";
/// No checkpoint of a test is larger.
const MOST_BYTES: u64 = 1 << 24;

/// A home whose scenario takes so long.
fn home() -> Home {
    let home = Home::new();
    home.write("small.toml", &scenario());
    home
}

fn scenario() -> String {
    SMALL.replace("worlds          = 40", "worlds          = 5000")
}

/// The digest of a finished run's manifest, which holds the hash of every other file.
fn digest(home: &Home) -> Vec<u8> {
    assert!(home.is_intact("out/run"));
    Sha256::digest(fs::read(home.path().join("out/run/manifest.json")).unwrap()).to_vec()
}

/// A run with more arguments that must end well.
fn finish(home: &Home, more: &[&str]) -> String {
    let output = home.run(&[&RUN[..], more].concat());
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(home.names("out"), ["run"], "a finished run leaves neither checkpoint nor lock");
    stderr(&output)
}

/// Leaves the checkpoint of a run that was stopped as early as can be.
fn interrupted() -> Home {
    stopped(home())
}

fn stopped(home: Home) -> Home {
    let output = home.run(&[&RUN[..], &["--max-seconds", "0"]].concat());
    assert_eq!(code(&output), 75, "{}", stderr(&output));
    assert_eq!(home.names("out"), [".run.checkpoint"]);
    home
}

/// Runs, sends a signal after a while, and waits. Also says how long the run lived on.
fn interrupt(home: &Home, threads: &str, signal: &str, after: Duration) -> (ExitStatus, Duration) {
    // The shell that started the tests may ignore signals; `env` gives the program the usual ones and becomes it.
    let mut command = Command::new("env");
    command.args(["--default-signal=INT,TERM", support::program()]).args(RUN).args(["--threads", threads]);
    let mut child = command.current_dir(home.path()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    std::thread::sleep(after);
    assert!(Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap().success());
    let sent = now();
    (child.wait().unwrap(), sent.elapsed())
}

/// Interrupts runs at spread-out moments, each once or twice, and resumes them on another number of threads.
fn interruptions(wanted: u32) {
    let home = home();
    let began = now();
    finish(&home, &["--threads", "2"]);
    // A machine that others use is slower or faster from one run to the next, so the span of the moments follows what came of them.
    let mut span = began.elapsed();
    let expected = digest(&home);
    let (mut interruptions, mut resumed) = (0, 0);
    // The golden ratio spreads the moments evenly however many there are.
    for k in 0.. {
        fs::remove_dir_all(home.path().join("out")).unwrap();
        for part in 0..1 + k % 2 {
            let (signal, codes) = [("KILL", [None, None]), ("TERM", [Some(143), None]), ("INT", [Some(130), None])][(k % 3) as usize];
            let moment = span.mul_f64((f64::from(k + 7 * part) * 0.618_033_988_75).fract());
            let (status, lived_on) = interrupt(&home, ["1", "2", "3"][((k + part) % 3) as usize], signal, moment);
            if home.path().join("out/run").exists() {
                // It came too late: the run was done, and at most had to remove its checkpoint yet.
                assert!(status.success() || status.signal().is_some(), "{signal}: {status}");
                span = span.mul_f64(0.8);
                break;
            }
            // A signal that comes before the program listens ends it like any other program.
            assert!(codes.contains(&status.code()) && (status.code().is_some() || status.signal().is_some()), "{signal}: {status}");
            assert!(lived_on < Duration::from_secs(5), "{signal}: {lived_on:?}");
            if status.code().is_some() {
                let left = home.names("out");
                assert!(left.is_empty() || left == [".run.checkpoint"], "{signal}: {left:?}");
            }
            interruptions += 1;
        }
        if !home.path().join("out/run").exists() {
            let went_on = finish(&home, &["--threads", ["2", "3", "1", "7"][(k % 4) as usize]]).contains("going on after");
            resumed += u32::from(went_on);
            span = span.mul_f64(if went_on { 1.0 } else { 1.2 });
        }
        assert!(digest(&home) == expected, "run {k} has other results");
        if interruptions >= wanted {
            break;
        }
        assert!(k < 4 * wanted, "{interruptions} interruptions in {k} runs");
    }
    assert!(resumed >= wanted / 4, "{resumed} of {interruptions} interruptions left a checkpoint");
    told::figure(format_args!(
        "{interruptions} interruptions by KILL, TERM and INT; {resumed} runs went on from a checkpoint; all digests equal"
    ));
}

#[test]
fn interrupted_and_resumed_equals_never_interrupted() {
    interruptions(20);
}

#[test]
#[ignore = "minutes: for just nightly"]
fn three_hundred_times_interrupted_and_resumed_equals_never_interrupted() {
    interruptions(300);
}

#[test]
fn a_run_out_of_time_is_exit_75_and_the_same_command_goes_on_to_the_same_bytes() {
    let home = home();
    finish(&home, &[]);
    let expected = digest(&home);
    fs::remove_dir_all(home.path().join("out")).unwrap();
    let mut stops = 0;
    loop {
        let output = home.run(&[&RUN[..], &["--max-seconds", "0.1", "--threads", ["1", "2", "5"][stops % 3]]].concat());
        let told = stderr(&output);
        assert_eq!(told.contains("going on after"), stops > 0, "{told}");
        if code(&output) == 0 {
            break;
        }
        assert_eq!(code(&output), 75, "{told}");
        assert!(told.contains("--max-seconds") && told.contains("the same command goes on after"), "{told}");
        assert_eq!((home.names("out"), stdout(&output)), (vec![".run.checkpoint".to_owned()], String::new()));
        stops += 1;
    }
    assert!(stops >= 2, "{stops} stops");
    assert!(digest(&home) == expected);
    assert_eq!(home.names("out"), ["run"]);
}

#[test]
fn several_scenarios_and_comparisons_go_on_where_they_were() {
    let home = home();
    home.write("more.toml", "schema = 1\nextends = \"small.toml\"\ntitle = \"More\"\n[supply]\nstock_chips = 900000\n");
    for command in ["run", "compare"] {
        let arguments = |out| [command, "small.toml", "more.toml", "--no-charts", "--checkpoint-seconds", "0", "--out", out];
        assert_eq!(code(&home.run(&arguments("expected"))), 0);
        let (mut stops, mut told) = (0, String::new());
        loop {
            let output = home.run(&[&arguments("resumed")[..], &["--max-seconds", "0"]].concat());
            told += &stderr(&output);
            match code(&output) {
                0 => break,
                75 => stops += 1,
                code => panic!("exit {code}: {told}"),
            }
        }
        assert!(stops >= 2 && told.contains("going on after"), "{command}: {told}");
        assert_eq!(told.contains("small: finished before the interruption"), command == "run", "{told}");
        assert!(home.tree("resumed") == home.tree("expected"), "{command}");
        for folder in ["resumed", "expected"] {
            fs::remove_dir_all(home.path().join(folder)).unwrap();
        }
    }
    assert_eq!(home.names("."), ["more.toml", "small.toml"]);
}

#[test]
fn a_checkpoint_of_the_end_saves_the_simulation_when_writing_was_interrupted() {
    let home = interrupted();
    // Nothing can be written but small files: the run simulates to its end, keeps that, and fails.
    let script = format!("trap '' XFSZ; ulimit -f 3000; exec {} {} --samples", support::program(), RUN.join(" "));
    let output = Command::new("sh").args(["-c", &script]).current_dir(home.path()).output().unwrap();
    assert_eq!(code(&output), 5, "{}", stderr(&output));
    assert!(stderr(&output).contains("the same command goes on after 25000 of 25000 paths"), "{}", stderr(&output));
    assert_eq!(home.names("out"), [".run.checkpoint"]);
    assert!(finish(&home, &[]).contains("going on after 25000 of 25000 paths"));
    let resumed = digest(&home);
    fs::remove_dir_all(home.path().join("out")).unwrap();
    finish(&home, &[]);
    assert!(digest(&home) == resumed);
}

/// The run must refuse what is beside its folder, keep it, and say why and how to go on.
#[track_caller]
fn refuses(home: &Home, more: &[&str], because: &str) {
    let left = home.tree("out");
    let output = home.run(&[&RUN[..], more].concat());
    let told = stderr(&output);
    assert_eq!(code(&output), 8, "{because}: {told}");
    assert!(told.contains(CHECKPOINT) && told.contains(because) && told.contains("--fresh"), "{because}: {told}");
    assert!(home.tree("out") == left, "{because}: the checkpoint was touched");
}

#[test]
fn a_checkpoint_of_another_run_is_refused_and_kept_until_it_is_discarded() {
    let home = interrupted();
    refuses(&home, &["--seed", "8"], "its seed is 7, and that of this run 8");
    refuses(&home, &["--worlds", "9999"], "its number of worlds is 5000, and that of this run 9999");
    refuses(&home, &["--paths-per-world", "6"], "its number of paths per world is 5");
    refuses(&home, &["--set", "supply.stock_chips=1"], "its scenario has other values");
    home.write("small.toml", &scenario().replace("3_000", "3_001"));
    refuses(&home, &[], "its scenario has other values");
    home.write("small.toml", &scenario().replace("3_000", "3_000.0 # the same"));
    assert!(finish(&home, &[]).contains("going on after"), "a remark is no other value");

    let home = interrupted();
    refuses(&home, &["--seed", "8"], "seed");
    assert!(!finish(&home, &["--seed", "8", "--fresh"]).contains("going on after"));
}

/// Changes the first lines of a checkpoint and makes its digest right again.
fn reseal(home: &Home, from: &str, to: &str) {
    let path = home.path().join(CHECKPOINT);
    let bytes = fs::read(&path).unwrap();
    let content = &bytes[..bytes.len() - 32];
    let head = content.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(1).unwrap().0;
    let text = std::str::from_utf8(&content[..head]).unwrap();
    assert!(text.contains(from), "{text}");
    let mut changed = [text.replacen(from, to, 1).as_bytes(), &content[head..]].concat();
    changed.extend_from_slice(&Sha256::digest(&changed));
    fs::write(path, changed).unwrap();
}

#[test]
fn a_checkpoint_of_another_program_is_refused() {
    let version = format!("\"{} (", env!("CARGO_PKG_VERSION"));
    for (from, to, because) in [
        ("checkpoint 1\n", "checkpoint 2\n", "it has format 2, and this program reads format 1"),
        (version.as_str(), "\"9.9.9 (", "it was written by greenlight 9.9.9 ("),
        ("\"stream_version\":", "\"stream_version\":7", "its law of draws is 7"),
        ("\"model_version\":", "\"model_version\":7", "its version of the model is 7"),
        ("\"seed\":", "\"sead\":", "damaged"),
        ("\"finished\":{}", "\"finished\":3", "damaged"),
        ("{", "[", "damaged"),
    ] {
        let home = interrupted();
        reseal(&home, from, to);
        refuses(&home, &[], because);
    }
}

#[test]
fn what_is_no_checkpoint_is_refused() {
    let home = interrupted();
    let path = home.path().join(CHECKPOINT);
    let good = fs::read(&path).unwrap();
    let put = |bytes: &[u8]| fs::write(&path, bytes).unwrap();
    for end in [0, 1, 22, 30, good.len() / 2, good.len() - 1] {
        put(&good[..end]);
        refuses(&home, &[], "damaged");
    }
    put(&[&good[..], b"\n"].concat());
    refuses(&home, &[], "damaged");
    // An endless number where the format stands, and a sparse file of a tebibyte.
    put(&[b"greenlight checkpoint ", &[b'9'; 1000][..]].concat());
    refuses(&home, &[], "damaged");
    fs::File::options().write(true).open(&path).unwrap().set_len(1 << 40).unwrap();
    let output = home.run(&RUN);
    assert!(code(&output) == 8 && stderr(&output).contains("larger than any of this run"), "{}", stderr(&output));
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    refuses(&home, &[], "not a regular file");
    fs::remove_dir(&path).unwrap();
    fs::write(home.path().join("elsewhere"), &good).unwrap();
    std::os::unix::fs::symlink(home.path().join("elsewhere"), &path).unwrap();
    refuses(&home, &[], "not a regular file");
    finish(&home, &["--fresh"]);
    assert!(fs::read(home.path().join("elsewhere")).unwrap() == good, "only the link was discarded");
}

/// The identity of the run, and where its checkpoint is.
fn identity(home: &Home) -> Identity {
    let scenario = load(&home.path().join("small.toml"), &[]).unwrap();
    Identity::of(scenario.simulation, [&scenario])
}

/// Whether a checkpoint beside the folder would be used.
fn is_used(target: &Path, identity: &Identity) -> bool {
    matches!(read(target, identity, MOST_BYTES), Ok(Some(_)))
}

#[test]
fn edits_of_one_byte_all_over_a_checkpoint_are_refused() {
    let home = interrupted();
    let path = home.path().join(CHECKPOINT);
    let good = fs::read(&path).unwrap();
    let (target, identity) = (home.path().join("out/run"), identity(&home));
    assert!(is_used(&target, &identity), "before it is edited");
    // A prime step visits every kind of place.
    for (n, i) in (0..good.len()).step_by(509).chain([good.len() - 1]).enumerate() {
        let mut edited = good.clone();
        edited[i] ^= 1 << (n % 8);
        fs::write(&path, &edited).unwrap();
        assert!(!is_used(&target, &identity), "byte {i}");
        if n % 16 == 0 {
            refuses(&home, &[], "");
        }
    }
    fs::write(&path, &good).unwrap();
    assert!(finish(&home, &[]).contains("going on after"));
}

#[test]
#[ignore = "minutes: for just nightly"]
fn every_edit_of_one_byte_of_a_checkpoint_is_refused() {
    // Few outcomes, so that a checkpoint has all its parts and not millions of bytes.
    let home = home();
    let few = "worlds          = 5000\noutcomes = [\"delivered_T\", \"t_first\", \"delivered\"]";
    home.write("small.toml", &scenario().replace("worlds          = 5000", few));
    let home = stopped(home);
    let path = home.path().join(CHECKPOINT);
    let good = fs::read(&path).unwrap();
    let (target, identity) = (home.path().join("out/run"), identity(&home));
    for i in 0..good.len() {
        for flip in [1, 0x80, 0xFF] {
            let mut edited = good.clone();
            edited[i] ^= flip;
            fs::write(&path, &edited).unwrap();
            assert!(!is_used(&target, &identity), "byte {i} changed by {flip}");
        }
    }
    told::figure(format_args!("{} edits of one byte of a checkpoint: all refused", 3 * good.len()));
}

#[test]
#[ignore = "needs strace, minutes: for just nightly"]
fn a_checkpoint_that_cannot_be_written_stops_the_run_and_leaves_the_last_one() {
    let home = home();
    finish(&home, &[]);
    let expected = digest(&home);
    for (call, error) in [("write", "ENOSPC"), ("fsync", "EIO"), ("rename", "EIO"), ("rename", "EACCES")] {
        for k in 1.. {
            fs::remove_dir_all(home.path().join("out")).unwrap();
            let inject = format!("inject={call}:error={error}:when={k}");
            let mut strace = Command::new("strace");
            strace.args(["-f", "-qq", "-o", "trace", "-e", &format!("trace={call}"), "-e", &inject, support::program()]);
            let output = strace.args(RUN).arg("--quiet").current_dir(home.path()).output().expect("strace is installed");
            let trace = fs::read_to_string(home.path().join("trace")).unwrap();
            if !trace.contains("(INJECTED)") {
                assert!(k > 1 && output.status.success(), "{call} {k} was never reached: {}", stderr(&output));
                break;
            }
            assert_eq!(code(&output), 5, "{call} {k} with {error}: {}", stderr(&output));
            let left = home.names("out");
            assert!(left.iter().all(|name| ["run", ".run.checkpoint"].contains(&name.as_str())), "{call} {k}: {left:?}");
            // Only what comes after the folder has its name can fail and leave it, complete.
            if !home.path().join("out/run").exists() {
                finish(&home, &[]);
            }
            assert!(digest(&home) == expected, "{call} {k} with {error}");
        }
    }
}

#[test]
fn a_run_that_breaks_a_law_leaves_no_checkpoint_that_would_bar_the_way() {
    let home = home();
    // One world in two thousand has needs beyond what can be counted; with this seed world 4,828 is the first, long after the
    // first checkpoint of fifty paths a world.
    let needs = "need_per_month = { choice = { 3000 = 0.9995, 1000000000 = 0.0005 } }";
    let slow = scenario().replace("paths_per_world = 5", "paths_per_world = 50").replace("= 7\n", "= 38\n");
    home.write("small.toml", &slow.replace("need_per_month = 3_000", needs));
    let output = home.run(&[&RUN[..], &["--max-seconds", "0"]].concat());
    assert_eq!(code(&output), 75, "{}", stderr(&output));
    assert_eq!(home.names("out"), [".run.checkpoint"]);
    let output = home.run(&RUN);
    assert_eq!(code(&output), 10, "{}", stderr(&output));
    assert!(stderr(&output).contains("replay it") && home.names("out").is_empty(), "{:?}: {}", home.names("out"), stderr(&output));
    home.write("small.toml", &scenario());
    finish(&home, &[]);
}

#[test]
fn results_that_are_refused_as_not_converged_leave_no_checkpoint_and_nothing_else() {
    let home = home();
    let few = ["--worlds", "20", "--paths-per-world", "10000", "--strict"];
    let mut refused = home.run(&[&RUN[..], &few, &["--max-seconds", "0"]].concat());
    assert_eq!(code(&refused), 75, "{}", stderr(&refused));
    while code(&refused) == 75 {
        refused = home.run(&[&RUN[..], &few].concat());
    }
    assert_eq!(code(&refused), 9, "{}", stderr(&refused));
    assert!(stderr(&refused).contains("not converged") && home.names("out").is_empty(), "{}", stderr(&refused));
    finish(&home, &["--strict"]);
}

#[test]
fn what_begins_anew_each_time_has_no_time_limit() {
    let home = home();
    let output = home.run(&["compare", "small.toml", "small.toml", "--explain", "--max-seconds", "1"]);
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    for seconds in ["-1", "nan", "inf", "1e400", "soon", ""] {
        assert_eq!(code(&home.run(&["run", "small.toml", "--max-seconds", seconds])), 2, "{seconds}");
    }
}
