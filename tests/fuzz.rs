//! No damaged input crashes or hangs the program: files of the corpus and of the shipped scenarios, damaged in many ways, and
//! checkpoints whose digests were made right again. What is let through runs, to finite numbers.
//!
//! The same targets are in `fuzz/` for `cargo fuzz`, which finds its way by what is executed; what either finds becomes a file of
//! `tests/corpus/`. The tests marked as ignored take minutes; `just nightly` runs them.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should stop")]

mod played;
mod told;

use greenlight::random::{Draws, PathKey, Stream, Tag};
use played::{Shelf, play, play_settings, play_tally, tally};
use rand::Rng;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// Far more than the slowest damaged input takes.
const PATIENCE: Duration = Duration::from_secs(10);

struct Die(Stream);

impl Die {
    fn new(seed: u64, what: &str) -> Self {
        Self(Draws::new(PathKey::path(20_251_210, 0, seed), Tag::new("fuzz", what)).stream(0, 0))
    }

    fn below(&mut self, n: usize) -> usize {
        (self.0.next_u64() % n.max(1) as u64) as usize
    }
}

/// Every scenario file below a folder of the repository, as bytes.
fn files(folder: &str) -> Vec<(String, Vec<u8>)> {
    let (mut found, mut open) = (Vec::new(), vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)]);
    while let Some(folder) = open.pop() {
        let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            match path.is_dir() {
                true => open.push(path),
                false => found.push((path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(path).unwrap())),
            }
        }
    }
    found
}

/// A few edits: bytes changed, dropped, doubled, and pieces of another file put in.
fn damage(die: &mut Die, bytes: &[u8], other: &[u8]) -> Vec<u8> {
    let mut damaged = bytes.to_vec();
    for _ in 0..=die.below(3) {
        let at = die.below(damaged.len());
        match die.below(8) {
            _ if damaged.is_empty() => damaged.push(die.below(256) as u8),
            0 => damaged[at] = b"\"'[]{}=.,#\n\\ e-_09\xFF"[die.below(19)],
            1 => damaged[at] ^= 1 << die.below(8),
            2 => drop(damaged.remove(at)),
            3 => damaged.truncate(at.max(1)),
            4 => damaged.insert(at, die.below(256) as u8),
            5 => {
                // A number becomes another one.
                let digits = ["0", "-1", "1e308", "nan", "99999999999999999999", "0.5", "1e-320", "1_0", "true", "[]"][die.below(10)];
                let end = damaged[at..].iter().position(|b| !b.is_ascii_digit()).map_or(damaged.len(), |n| at + n);
                damaged.splice(at..end, digits.bytes());
            }
            6 => {
                let from = die.below(other.len());
                let piece = other[from..].iter().take(1 + die.below(200)).copied().collect::<Vec<_>>();
                damaged.splice(at..at, piece);
            }
            _ => {
                let lines: Vec<&[u8]> = damaged.split(|b| *b == b'\n').collect();
                let (a, b) = (die.below(lines.len()), die.below(lines.len()));
                let mut moved = lines.clone();
                moved.swap(a, b);
                damaged = moved.join(&b'\n');
            }
        }
    }
    damaged
}

/// How many of so many damaged scenarios were let through.
#[expect(clippy::disallowed_methods, reason = "the clock decides no result, only whether the reader was quick")]
fn damaged_scenarios(cases: u64) -> usize {
    let (shipped, corpus) = (files("scenarios"), files("tests/corpus"));
    let text = |(name, bytes): &(String, Vec<u8>)| Some((name.clone(), String::from_utf8(bytes.clone()).ok()?));
    let mut shelf = Shelf(shipped.iter().filter_map(text).collect());
    let all: Vec<&(String, Vec<u8>)> = shipped.iter().chain(&corpus).collect();
    let mut accepted = 0;
    for case in 0..cases {
        let mut die = Die::new(case, "scenario");
        // Half of them begin as scenarios that run.
        let one = if die.below(2) == 0 { die.below(shipped.len()) } else { die.below(all.len()) };
        let other = die.below(all.len());
        let damaged = damage(&mut die, &all[one].1, &all[other].1);
        let began = Instant::now();
        accepted += usize::from(play(&damaged, &mut shelf).is_some());
        assert!(began.elapsed() < PATIENCE, "case {case} of {} took {:?}", all[one].0, began.elapsed());
    }
    told::figure(format_args!("{cases} damaged scenarios of {} files: {accepted} let through and run, no crash, no hang", all.len()));
    accepted
}

#[test]
fn damaged_scenarios_are_refused_in_clean_sentences_or_run() {
    let accepted = damaged_scenarios(3_000);
    assert!((150..2_850).contains(&accepted), "{accepted} of 3,000 were let through");
}

#[test]
#[ignore = "ten minutes: for just nightly"]
fn a_hundred_thousand_damaged_scenarios_are_refused_in_clean_sentences_or_run() {
    let accepted = damaged_scenarios(100_000);
    assert!((5_000..95_000).contains(&accepted), "{accepted} of 100,000 were let through");
}

/// How many of so many scenarios with random settings were valid.
fn random_settings(cases: u64) -> usize {
    let mut valid = 0;
    for case in 0..cases {
        let mut die = Die::new(case, "settings");
        let bytes: Vec<u8> = (0..3 * (1 + die.below(3))).map(|_| die.below(256) as u8).collect();
        valid += usize::from(play_settings(&bytes).is_some());
    }
    told::figure(format_args!("{cases} scenarios of random settings: {valid} valid and run, no crash, no number that is none"));
    valid
}

#[test]
fn random_settings_are_refused_or_run() {
    let valid = random_settings(2_000);
    assert!((200..1_900).contains(&valid), "{valid} of 2,000 are valid");
}

#[test]
#[ignore = "minutes: for just nightly"]
fn a_hundred_thousand_random_settings_are_refused_or_run() {
    random_settings(100_000);
}

/// How many of so many damaged tallies were read; each of those can be written and read again.
fn damaged_tallies(cases: u64) -> usize {
    let (tally, shape) = tally();
    let good = tally.to_bytes();
    let content = &good[..good.len() - 32];
    let mut read = 0;
    for case in 0..cases {
        let mut die = Die::new(case, "tally");
        let damaged = damage(&mut die, content, &content[..64]);
        // Half of them are honest about their bytes.
        read += usize::from(play_tally(&damaged, die.below(2) == 0, &shape).is_some());
    }
    told::figure(format_args!("{cases} damaged tallies, half of them with right digests: {read} read, no crash"));
    read
}

#[test]
fn damaged_tallies_with_right_digests_are_refused_or_read() {
    let read = damaged_tallies(5_000);
    assert!((10..4_000).contains(&read), "{read} of 5,000 were read");
}

#[test]
#[ignore = "minutes: for just nightly"]
fn a_million_damaged_tallies_with_right_digests_are_refused_or_read() {
    damaged_tallies(1_000_000);
}
