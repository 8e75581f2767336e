//! Uncertain inputs as quantile functions (`model.md` 4.14).

/// Stand-in until the distributions land.
#[derive(Clone, Debug, PartialEq)]
pub struct Distribution;
