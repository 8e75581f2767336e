//! `greenlight check`: every problem of every file.

use std::io::Write;
use std::path::PathBuf;

use super::exit::{Exit, Failure, say};
use super::{options, sweep};
use crate::io::scenario_files::load;
use crate::scenario::unsupported;

/// Prints a line for every file that is in order.
///
/// # Errors
/// Every problem of the others. With `strict` also the numbers that rest on nothing, or on something younger
/// than the information date; these alone end with [`Exit::CheckFailed`].
pub fn check(paths: &[PathBuf], strict: bool, out: &mut dyn Write) -> Result<Exit, Failure> {
    let (mut broken, mut unsound) = (Vec::new(), Vec::new());
    for path in paths {
        let model = load(path, &[]).map_err(Failure::from).and_then(|scenario| options::model(scenario, path));
        match model.and_then(|model| sweep::check(path, model.scenario()).map(|()| model)) {
            Err(failure) => broken.push(failure),
            Ok(model) => {
                let scenario = model.scenario();
                let found = if strict { unsupported(scenario) } else { Vec::new() };
                if found.is_empty() {
                    say(out, &format!("{}: ok\n", crate::scenario::escape(&path.display().to_string())))?;
                }
                unsound.extend(found.iter().map(|number| format!("{}: {} {}", scenario.place(number.origin), number.key, number.lack)));
            }
        }
    }
    if !unsound.is_empty() {
        broken.push(Failure::new(Exit::CheckFailed, unsound.join("\n")));
    }
    Failure::all(broken).map(|()| Exit::Ok)
}
