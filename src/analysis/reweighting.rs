//! The short table of what new weights do: a number before, beside the same number after.

use std::fmt;

use super::{Conditioning, Header, Marginal, Moved, PROBABILITIES, Reweighting, WithError, digits};
use crate::stats::{Interval, Z95};

const LOW: usize = 0;
const MEDIAN: usize = 3;
const HIGH: usize = PROBABILITIES.len() - 1;

/// The table; `Display` writes it with aligned columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BeforeAfter {
    /// What the weights rest on.
    pub basis: String,
    /// Label, before, after.
    pub rows: Vec<[String; 3]>,
}

/// The table of an update, or of an anchoring if there is no evidence.
pub fn before_after(found: &Reweighting, conditioning: Option<&Conditioning>) -> BeforeAfter {
    let header = &found.header;
    let whole = |x: f64| digits::rounded(x.floor(), 0.0);
    let mut basis = format!(
        "{} effective worlds of {}, {} effective histories of {}",
        whole(found.effective_worlds),
        whole(header.worlds as f64),
        whole(found.effective_paths),
        whole(header.paths() as f64)
    );
    if let Some(Conditioning { evidence: (value, error), .. }) = conditioning {
        basis += &format!("; mean likelihood of the facts {} ± {}", digits::rounded(*value, *error), digits::error(*error));
    }
    let mut rows = Vec::new();
    for share in &found.types {
        rows.push([format!("Beijing is of type {}", share.kind.word()), percent(share.prior), percent(share.posterior)]);
    }
    for moved in &found.outcomes {
        rows.extend(of_outcome(moved, header));
    }
    BeforeAfter { basis, rows }
}

fn of_outcome(moved: &Moved, header: &Header) -> Vec<[String; 3]> {
    let (label, both) = (&moved.name, [&moved.prior, &moved.posterior]);
    let line = |label: String, of: &dyn Fn(&Marginal) -> String| [label, of(both[0]), of(both[1])];
    if moved.name.starts_with("t_") {
        let month = |q: &Option<Interval>| match q {
            Some(q) => header.start.plus(q.value as i32 - 1).to_string(),
            None => "later".to_owned(),
        };
        let range =
            |m: &Marginal| format!("{} ({} to {})", month(&m.quantiles[MEDIAN]), month(&m.quantiles[LOW]), month(&m.quantiles[HIGH]));
        return vec![line(format!("{label}, median (5% to 95%)"), &range)];
    }
    let scale = if moved.unit == "ratio" { 100.0 } else { 1.0 };
    let label = if moved.unit == "ratio" { format!("{label}, %") } else { label.clone() };
    let mean = |m: &Marginal| {
        m.mean.map_or(String::new(), |(x, e)| format!("{} ± {}", digits::rounded(x * scale, e * scale), digits::error(e * scale)))
    };
    let range = |m: &Marginal| {
        let error = m.mean.map_or(f64::NAN, |(_, e)| e * scale);
        let at = |q: usize| m.quantiles[q].map(|q| digits::rounded(q.value * scale, error));
        at(MEDIAN).zip(at(LOW).zip(at(HIGH))).map_or(String::new(), |(median, (low, high))| format!("{median} ({low} to {high})"))
    };
    let mut rows = vec![line(format!("{label}, mean"), &mean), line("  median (5% to 95%)".into(), &range)];
    if both.iter().any(|m| m.share_zero.is_some_and(|(share, _)| share > 0.0)) {
        rows.push(line("  chance of none".into(), &|m| m.share_zero.map_or(String::new(), percent)));
    }
    rows
}

/// A share with its standard error, in per cent.
pub fn percent((share, error): WithError) -> String {
    if !share.is_finite() {
        return String::new();
    }
    let error = error * 100.0;
    let text = digits::rounded(share * 100.0, error);
    if error > 0.0 { format!("{text}% ± {}", digits::error(error)) } else { format!("{text}%") }
}

/// Whether a shift is more than its Monte Carlo error.
pub fn is_moved((shift, error): WithError) -> bool {
    shift.abs() > Z95 * error
}

impl fmt::Display for BeforeAfter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = [String::new(), "before".into(), "after".into()];
        let width = |column: usize| self.rows.iter().chain([&title]).map(|row| row[column].chars().count()).max().unwrap_or(0);
        let (label, before) = (width(0), width(1));
        writeln!(f, "{}; ± is the Monte Carlo standard error", self.basis)?;
        for row in [&title].into_iter().chain(&self.rows) {
            writeln!(f, "{}", format!("{:label$}  {:before$}  {}", row[0], row[1], row[2]).trim_end())?;
        }
        Ok(())
    }
}
