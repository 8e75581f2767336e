//! The model: one month, thirteen events, whole numbers.

mod layout;

pub use layout::{BINDING_GATES, CATEGORIES, Category, Layout, Metric, Outcome, Series};
