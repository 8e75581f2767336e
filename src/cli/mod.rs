//! The command line: one file per command, wiring only.
//!
//! Standard output carries the product and nothing else; progress, forecasts and errors go to standard error.

mod anchor;
mod bench;
pub mod check;
mod checkpoints;
mod compare;
mod completions;
mod decide;
mod discover;
mod ensemble;
mod exit;
pub mod explain;
mod findings;
mod forecast;
mod insight;
mod ledger;
pub mod list;
pub mod new;
mod options;
mod paired;
mod precision;
mod publish;
mod repeat;
mod replay;
mod report;
mod run;
mod samples;
pub mod schema;
mod score;
mod sensitivity;
pub mod show;
mod signals;
mod simulate;
mod sweep;
mod update;
mod verify;
mod watch;

pub use exit::{Exit, Failure};
pub use insight::insight;
pub use paired::PairedWatch;
pub use precision::{Search, Settled, Unsettled};
pub use sensitivity::drivers;
pub use simulate::{contrast, summarise};

use clap::{CommandFactory, Parser, Subcommand};
use std::ffi::OsString;
use std::io::{Write, stderr, stdout};
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("GREENLIGHT_COMMIT"), ")");

/// Nvidia H200 supply, Chinese orders and two governments' approvals, as a distribution.
#[derive(Parser, Debug)]
#[command(name = "greenlight", version = VERSION, max_term_width = 120, after_help = EXIT_CODES)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// Print an error as one line of JSON
    #[arg(long, global = true)]
    json_errors: bool,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Simulate scenarios and write their results
    #[command(after_help = run::HELP)]
    Run(run::Args),
    /// Compare scenarios on the same luck
    #[command(after_help = compare::HELP)]
    Compare(compare::Args),
    /// Condition a scenario on facts that became known: prior beside posterior
    #[command(after_help = update::HELP)]
    Update(update::Args),
    /// Weigh a scenario so that stated probabilities hold, and tell what had to change
    #[command(after_help = anchor::HELP)]
    Anchor(anchor::Args),
    /// Find out what would have to be true for something to happen
    #[command(after_help = discover::HELP)]
    Discover(discover::Args),
    /// Keep what is forecast today of what may be scored later
    #[command(after_help = ledger::HELP)]
    Ledger(ledger::Args),
    /// Score forecasts that were kept on facts that came later, beside rivals
    #[command(after_help = score::HELP)]
    Score(score::Args),
    /// Tell which uncertain inputs drive the outcomes
    #[command(after_help = sensitivity::HELP)]
    Sensitivity(sensitivity::Args),
    /// Vary one or more values of a scenario and tell what happens
    #[command(after_help = sweep::HELP)]
    Sweep(sweep::Args),
    /// Tell which action of a decision is best, and what knowing more would be worth
    #[command(after_help = decide::HELP)]
    Decide(decide::Args),
    /// Tell every problem of scenario files, with line and column
    #[command(after_help = "Example:\n  greenlight check --strict scenarios/*.toml")]
    Check {
        /// Scenario files
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Also list numbers without a source or grade, and sources younger than the information date
        #[arg(long)]
        strict: bool,
    },
    /// Show every value of a scenario after inheritance, and where it comes from
    #[command(after_help = "Example:\n  greenlight show scenarios/beijing-opens.toml --set supply.stock_chips=200000")]
    Show {
        /// Scenario file
        file: PathBuf,
        /// Replace one value
        #[arg(long, value_name = "KEY=VALUE", value_parser = options::assignment)]
        set: Vec<String>,
    },
    /// Write a small scenario file that extends another
    #[command(after_help = "Example:\n  greenlight new my-view --from baseline-dec-2025")]
    New {
        /// Name of the new scenario
        name: String,
        /// Scenario to extend
        #[arg(long, value_name = "NAME", default_value = "baseline-dec-2025")]
        from: String,
        /// Folder of both
        #[arg(long, value_name = "DIR", default_value = "scenarios")]
        dir: PathBuf,
    },
    /// Print the JSON Schema of scenario files, for editors
    #[command(after_help = "Example:\n  greenlight schema > schemas/scenario.schema.json")]
    Schema,
    /// List the scenarios of a folder with their titles
    #[command(after_help = "Example:\n  greenlight list scenarios")]
    List {
        /// The folder
        #[arg(value_name = "DIR", default_value = "scenarios")]
        dir: PathBuf,
    },
    /// Tell whether output folders are exactly what their runs wrote
    #[command(after_help = "Example:\n  greenlight verify output/baseline-dec-2025")]
    Verify(verify::Args),
    /// Run finished runs again and tell whether the results are equal
    #[command(after_help = repeat::HELP)]
    Repeat(repeat::Args),
    /// Tell one path of a finished run as a dated log
    #[command(after_help = replay::HELP)]
    Replay(replay::Args),
    /// Fill the figures of a text, or check them against a run
    #[command(after_help = report::HELP)]
    Report(report::Args),
    /// Tell how fast this machine simulates, and what limits it
    #[command(after_help = bench::HELP)]
    Bench(bench::Args),
    /// Print completions for a shell
    #[command(after_help = "Example:\n  greenlight completions bash > ~/.local/share/bash-completion/completions/greenlight")]
    Completions(completions::Args),
}

const EXIT_CODES: &str = "\
Exit codes:
  0 done   1 bug   2 usage   3 scenario   4 limit   5 output   6 folder in use   7 input file
  8 checkpoint   9 check failed   10 numeric   11 threads, handles or memory   75 stopped by --max-seconds
  129, 130, 131, 143 stopped by a signal";

/// What the first panic said.
static PANIC: Mutex<Option<String>> = Mutex::new(None);

/// Runs the program with the process's own arguments and streams.
pub fn main() -> Exit {
    panic::set_hook(Box::new(|info| {
        PANIC.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| info.to_string());
    }));
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let as_json = arguments.iter().any(|argument| argument == "--json-errors");
    let outcome = panic::catch_unwind(AssertUnwindSafe(|| run(&arguments, &mut stdout(), &mut stderr())));
    let result = outcome.unwrap_or_else(|_| Err(bug(&arguments)));
    result.unwrap_or_else(|failure| {
        // Nobody is left to tell if standard error is closed too.
        let _ = stderr().write_all(failure.render(as_json).as_bytes());
        failure.exit
    })
}

/// Runs one command.
///
/// # Errors
/// A [`Failure`] holds the exit code and what to tell the user.
pub fn run(arguments: &[OsString], out: &mut dyn Write, err: &mut dyn Write) -> Result<Exit, Failure> {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) if !error.use_stderr() => return exit::say(out, &error.render().to_string()).map(|()| Exit::Ok),
        Err(error) => {
            let text = error.render().to_string();
            let lines: Vec<String> = text.strip_prefix("error: ").unwrap_or(&text).lines().map(shown).collect();
            return Err(Failure::new(Exit::Usage, lines.join("\n").trim_end()));
        }
    };
    match &cli.command {
        Command::Run(args) => run::run(args, out, err),
        Command::Compare(args) => compare::run(args, out, err),
        Command::Update(args) => update::run(args, out, err),
        Command::Anchor(args) => anchor::run(args, out, err),
        Command::Ledger(args) => ledger::run(args, out),
        Command::Score(args) => score::run(args, out),
        Command::Discover(args) => discover::run(args, out, err),
        Command::Sensitivity(args) => sensitivity::run(args, out, err),
        Command::Decide(args) => decide::run(args, out, err),
        Command::Sweep(args) => sweep::run(args, out, err),
        Command::Check { files, strict } => check::check(files, *strict, out),
        Command::Show { file, set } => show::show(file, set, out),
        Command::New { name, from, dir } => new::new(name, from, dir, out),
        Command::Schema => schema::schema(out),
        Command::List { dir } => list::list(dir, out),
        Command::Verify(args) => verify::run(args, out),
        Command::Repeat(args) => repeat::run(args, out),
        Command::Replay(args) => replay::run(args, out, err),
        Command::Report(args) => report::run(args, out),
        Command::Bench(args) => bench::run(args, out),
        Command::Completions(args) => completions::run(args, &mut Cli::command(), out),
    }
}

/// A line about the arguments: no character of theirs may hide or turn around what is said, and none of them is endless.
fn shown(line: &str) -> String {
    const ENDS: usize = 150;
    let escaped: Vec<char> = crate::scenario::escape(line).chars().collect();
    match escaped.len() {
        // What is wrong stands at the beginning, and what to do at the end.
        long if long > 2 * ENDS => escaped[..ENDS].iter().chain(['…'].iter()).chain(&escaped[long - ENDS..]).collect(),
        _ => escaped.iter().collect(),
    }
}

/// What to say about a panic.
fn bug(arguments: &[OsString]) -> Failure {
    let what = PANIC.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default();
    let command: Vec<String> = arguments.iter().map(|a| a.to_string_lossy().escape_debug().to_string()).collect();
    let what = what.replace('\n', " ");
    let message = format!(
        "internal error: {what}\nthis is a bug in greenlight {VERSION}; no unfinished result was kept\nplease report it; replay it with: {}",
        command.join(" ")
    );
    Failure::new(Exit::Internal, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bug_is_told_in_whole_sentences_with_a_way_to_replay_it() {
        *PANIC.lock().unwrap() = Some("panicked at src/x.rs:1:2:\nindex out of bounds".into());
        let failure = bug(&["greenlight".into(), "run".into(), "odd\u{1b}[2J.toml".into()]);
        assert_eq!(failure.exit, Exit::Internal);
        let text = failure.render(false);
        assert!(text.starts_with("error: internal error: panicked at src/x.rs:1:2: index out of bounds\n"), "{text}");
        assert!(text.ends_with("replay it with: greenlight run odd\\u{1b}[2J.toml\n"), "{text}");
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
