//! Tells the program which commit it was built from, so that a manifest can say so.

use std::io::{Write, stdout};
use std::path::Path;
use std::process::Command;

/// What a build depends on; only changes here make the commit untrue.
const SOURCES: [&str; 5] = ["src", "assets", "Cargo.toml", "Cargo.lock", "build.rs"];

fn main() -> std::io::Result<()> {
    let mut out = stdout().lock();
    let git_files = ["HEAD", "logs/HEAD"].iter().filter_map(|name| git(&["rev-parse", "--git-path", name]));
    // A path that does not exist would make cargo run this before every build.
    for path in SOURCES.map(str::to_owned).into_iter().chain(git_files).filter(|path| Path::new(path).exists()) {
        writeln!(out, "cargo::rerun-if-changed={path}")?;
    }
    writeln!(out, "cargo::rustc-env=GREENLIGHT_COMMIT={}", commit().unwrap_or_else(|| "unknown".to_owned()))
}

/// The commit, if this very folder is the top of a git work tree: a packaged copy may lie inside another project's.
fn commit() -> Option<String> {
    git(&["rev-parse", "--show-prefix"]).filter(String::is_empty)?;
    let commit = git(&["rev-parse", "HEAD"])?;
    let changes = git(&[&["status", "--porcelain", "--"], &SOURCES[..]].concat())?;
    Some(if changes.is_empty() { commit } else { commit + "+changes" })
}

/// What git says, if there is a git and it agrees.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
