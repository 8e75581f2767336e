//! `greenlight new`: a small file that extends another.

use std::io::Write;
use std::path::Path;

use super::exit::{Exit, Failure, say};
use crate::io::scenario_files::{is_safe_name, load, write_new};
use crate::scenario::quoted;

/// Writes `dir/name.toml`, which extends `dir/from.toml`.
///
/// # Errors
/// If the name is unsafe, the parent is not a valid scenario, or the file exists.
pub fn new(name: &str, from: &str, dir: &Path, out: &mut dyn Write) -> Result<Exit, Failure> {
    let (name, from) = (name.trim_end_matches(".toml"), from.trim_end_matches(".toml"));
    for word in [name, from] {
        if !is_safe_name(word) {
            let message =
                format!("`{}` cannot name a scenario: use letters, digits, - _ and ., such as my-view", crate::scenario::escape(word));
            return Err(Failure::new(Exit::Usage, message));
        }
    }
    let parent = format!("{from}.toml");
    load(&dir.join(&parent), &[])?;
    let path = dir.join(format!("{name}.toml"));
    let text = format!(
        "schema = 1\nextends = {}\ntitle = {}\n\n# Below, only what differs; `greenlight show {}` lists every key.\n",
        quoted(&parent),
        quoted(&name.replace(['-', '_'], " ")),
        path.display()
    );
    write_new(&path, &text).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Failure::new(Exit::Conflict, format!("{} exists already; choose another name", path.display()))
        }
        _ => Failure::new(Exit::Output, format!("cannot write {}: {error}", path.display())),
    })?;
    say(out, &format!("{}\n", path.display()))?;
    Ok(Exit::Ok)
}
