//! One path told as a dated log of events.

use crate::domain::Month;

/// Something that happened in a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub month: Month,
    /// What, in a sentence with its numbers. Names come from the scenario: escape it before it enters a page.
    pub text: String,
}
