//! How the program ends (`promises.md`, exit codes).

/// The exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// Everything asked for is done.
    Ok = 0,
    /// A bug of ours.
    Internal = 1,
    /// Flags or arguments.
    Usage = 2,
    /// A scenario breaks a rule of its language.
    Scenario = 3,
    /// More is asked for than the program will do.
    Limit = 4,
    /// Something could not be written.
    Output = 5,
    /// The output exists, or another run holds it.
    Conflict = 6,
    /// A named file is missing, unreadable or not a regular file.
    Input = 7,
    /// A checkpoint is damaged, foreign or newer.
    Checkpoint = 8,
    /// A check found something.
    CheckFailed = 9,
    /// Overflow, a non-finite value or broken books during a run.
    Numeric = 10,
    /// The system refused threads, handles or memory.
    Resources = 11,
}
