//! How the program ends: one code per kind of failure, the same everywhere.

use crate::io::checkpoint::CheckpointError;
use crate::io::tables::TableError;
use crate::io::{DiskError, FolderError, OutputError, is_out_of_resources};
use crate::scenario::{ErrorKind, Problem, ScenarioError};
use serde_json::json;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::io;

/// Exit codes. The phases of a command are ordered usage, input, scenario, limit, conflict, run,
/// output; the first that fails decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Everything asked for is committed.
    Ok = 0,
    /// A bug of ours.
    Internal = 1,
    /// Flags or arguments.
    Usage = 2,
    /// The scenario breaks a rule of its language.
    Scenario = 3,
    /// More was asked for than the program will ever do.
    Limit = 4,
    /// The disk or another output failed.
    Output = 5,
    /// The output folder exists or another run holds it.
    Conflict = 6,
    /// A named file is missing, unreadable or not a regular file.
    Input = 7,
    /// A damaged, foreign or newer checkpoint.
    Checkpoint = 8,
    /// What was asked to be checked does not hold.
    CheckFailed = 9,
    /// An overflow, a number that is not finite, or a broken law of conservation.
    Numeric = 10,
    /// The system refused threads, file handles or memory.
    Resources = 11,
    /// Stopped by `--max-seconds`, after a checkpoint.
    Resumable = 75,
    /// Stopped by HUP, after cleaning up.
    Hangup = 129,
    /// Stopped by INT, after cleaning up.
    Interrupt = 130,
    /// Stopped by QUIT, after cleaning up.
    Quit = 131,
    /// Stopped by TERM, after cleaning up.
    Terminate = 143,
}

impl Exit {
    /// One word for machines.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Internal => "internal",
            Self::Usage => "usage",
            Self::Scenario => "scenario",
            Self::Limit => "limit",
            Self::Output => "output",
            Self::Conflict => "conflict",
            Self::Input => "input",
            Self::Checkpoint => "checkpoint",
            Self::CheckFailed => "check failed",
            Self::Numeric => "numeric",
            Self::Resources => "resources",
            Self::Resumable => "resumable",
            Self::Hangup | Self::Interrupt | Self::Quit | Self::Terminate => "signal",
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// As many lines of several failures are told.
const MOST_LINES: usize = 20;

/// Why a command did not do what it was asked.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// For people; one line per problem.
    pub message: String,
    /// The same with its places, where a scenario is at fault.
    pub problems: Vec<Problem>,
}

impl Failure {
    /// A failure said in one or more lines.
    pub fn new(exit: Exit, message: impl Display) -> Self {
        Self { exit, message: message.to_string(), problems: Vec::new() }
    }

    /// What is told of a table that cannot be made.
    pub fn of_table(scenario: &str, error: &TableError) -> Self {
        match error {
            TableError::NotFinite { .. } => Self::new(Exit::Numeric, format!("{scenario}: {error}")),
            TableError::Writer(_) => Self::new(Exit::Internal, error),
        }
    }

    /// The text for standard error: lines for people, or one JSON object.
    pub fn render(&self, as_json: bool) -> String {
        if as_json {
            let place = |p: &Problem| json!({ "file": p.file, "line": p.line, "column": p.column, "key": p.key, "value": p.value, "rule": p.rule, "hint": p.hint });
            let problems: Vec<_> = self.problems.iter().map(place).collect();
            return format!(
                "{}\n",
                json!({ "exit": self.exit as u8, "name": self.exit.name(), "message": self.message, "problems": problems })
            );
        }
        self.message.lines().filter(|line| !line.trim().is_empty()).map(|line| format!("error: {line}\n")).collect()
    }

    /// Several failures of one phase or more: all are told, each line and problem once, and the first phase decides.
    /// Scenarios that share a parent share its faults.
    pub fn all(failures: Vec<Self>) -> Result<(), Self> {
        const PHASES: [Exit; 5] = [Exit::Usage, Exit::Input, Exit::Scenario, Exit::Limit, Exit::Conflict];
        let phase = |exit: Exit| PHASES.iter().position(|phase| *phase == exit).unwrap_or(PHASES.len());
        let Some(exit) = failures.iter().map(|f| f.exit).min_by_key(|exit| phase(*exit)) else { return Ok(()) };
        let (mut lines, mut places) = (BTreeSet::new(), BTreeSet::new());
        let mut told: Vec<&str> = failures.iter().flat_map(|f| f.message.lines()).filter(|line| lines.insert(*line)).collect();
        let more = told.len().saturating_sub(MOST_LINES);
        told.truncate(MOST_LINES);
        let mut message = told.join("\n");
        if more > 0 {
            message += &format!("\nand {more} more");
        }
        let problems = failures.iter().flat_map(|f| &f.problems).filter(|problem| places.insert(problem.to_string())).cloned().collect();
        Err(Self { exit, message, problems })
    }
}

impl From<ScenarioError> for Failure {
    fn from(error: ScenarioError) -> Self {
        let exit = match error.kind {
            ErrorKind::Input => Exit::Input,
            ErrorKind::Scenario => Exit::Scenario,
            ErrorKind::Limit => Exit::Limit,
        };
        Self { exit, message: error.to_string(), problems: error.problems }
    }
}

impl From<FolderError> for Failure {
    fn from(error: FolderError) -> Self {
        match error {
            FolderError::Unreadable(what) => Self::new(Exit::Input, what),
            FolderError::Damaged(problems) => Self::new(Exit::CheckFailed, problems.join("\n")),
        }
    }
}

impl From<OutputError> for Failure {
    fn from(error: OutputError) -> Self {
        match error {
            OutputError::Conflict { .. } => Self::new(Exit::Conflict, error),
            OutputError::Disk(error) => error.into(),
        }
    }
}

impl From<DiskError> for Failure {
    fn from(error: DiskError) -> Self {
        Self::new(if is_out_of_resources(&error.source) { Exit::Resources } else { Exit::Output }, error)
    }
}

impl From<CheckpointError> for Failure {
    fn from(error: CheckpointError) -> Self {
        Self::new(Exit::Checkpoint, error)
    }
}

/// Hands product text to standard output. Whoever closed it early has seen enough: that is no error.
pub fn say(out: &mut dyn io::Write, text: &str) -> Result<(), Failure> {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::new(Exit::Output, format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_phase_that_fails_decides_and_every_failure_is_told() {
        let failures = [Exit::Limit, Exit::Scenario, Exit::Input, Exit::Conflict].map(|exit| Failure::new(exit, exit.name()));
        let failure = Failure::all(failures.to_vec()).unwrap_err();
        assert_eq!(failure.exit, Exit::Input);
        assert_eq!(failure.render(false), "error: limit\nerror: scenario\nerror: input\nerror: conflict\n");
        assert!(Failure::all(Vec::new()).is_ok());
    }

    #[test]
    fn a_failure_for_machines_is_one_line_of_json() {
        let text = Failure::new(Exit::Usage, "two\nlines").render(true);
        assert_eq!(text.lines().count(), 1);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value, json!({ "exit": 2, "name": "usage", "message": "two\nlines", "problems": [] }));
    }

    #[test]
    fn a_closed_standard_output_is_no_error_and_a_full_one_is() {
        struct Refusing(io::ErrorKind);
        impl io::Write for Refusing {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(self.0.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        assert!(say(&mut Refusing(io::ErrorKind::BrokenPipe), "x").is_ok());
        assert_eq!(say(&mut Refusing(io::ErrorKind::StorageFull), "x").unwrap_err().exit, Exit::Output);
    }
}
