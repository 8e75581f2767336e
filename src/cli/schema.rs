//! `greenlight schema`: the JSON Schema of scenario files.

use std::io::Write;

use super::exit::{Exit, Failure, say};
use crate::scenario::json_schema;

/// Prints the schema.
///
/// # Errors
/// If standard output fails.
pub fn schema(out: &mut dyn Write) -> Result<Exit, Failure> {
    say(out, &json_schema()).map(|()| Exit::Ok)
}
