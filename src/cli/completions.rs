//! `greenlight completions SHELL`: completions for a shell, on standard output.

use super::exit::{Exit, Failure, say};
use clap_complete::Shell;
use std::io::Write;

/// Arguments of `completions`.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Which shell
    shell: Shell,
}

/// Prints the completion script.
pub fn run(args: &Args, command: &mut clap::Command, out: &mut dyn Write) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, command, "greenlight", &mut script);
    say(out, &String::from_utf8_lossy(&script))?;
    Ok(Exit::Ok)
}
