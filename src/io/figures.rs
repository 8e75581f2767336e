//! Every figure of a finished run that a text can name.

use crate::analysis::bound::{Figure, Figures};
use crate::analysis::{PROBABILITIES, digits};
use crate::domain::Month;
use crate::io::scenario_files::{is_safe_name, load};
use crate::io::tables::TOTAL;
use crate::io::{FolderError, RunFolder};
use crate::model::{Layout, Outcome};
use std::collections::BTreeMap;
use std::fs;

/// The table that has the figures.
const OUTCOMES: &str = "outcomes.csv";
/// Histogram bins of outcomes in an octave; recorded integers below twice as many have a bin of their own.
const BINS_PER_OCTAVE: f64 = 128.0;

/// The figures of `outcomes.csv`, such as `delivered_2026.median` or `delivered_T[bytedance].mean`, and of the run itself.
///
/// # Errors
/// If the folder lacks the table, or holds another than this program writes.
pub fn figures(folder: &RunFolder) -> Result<Figures, FolderError> {
    let damaged = |rule: String| FolderError::Damaged(vec![format!("{:?}: {rule}", folder.path)]);
    let table = fs::read(folder.path.join(OUTCOMES))
        .map_err(|error| FolderError::Unreadable(format!("{:?}: cannot read {OUTCOMES}: {error}", folder.path)))?;
    let scenario = load(&folder.scenario_file(), &[]).map_err(|error| damaged(error.to_string()))?;
    let layout = Layout::new(&scenario);
    let mut figures = of_run(folder).ok_or_else(|| damaged("the manifest's scenario or version is not a name".into()))?;
    let mut reader = csv::Reader::from_reader(table.as_slice());
    for row in reader.deserialize() {
        let cells: BTreeMap<String, String> = row.map_err(|error| damaged(format!("{OUTCOMES}: {error}")))?;
        let row = Row { cells, start: scenario.start, last: scenario.start.plus(scenario.months as i32 - 1), worlds: folder.worlds };
        let (name, buyer) = (row.word("outcome"), row.word("buyer"));
        let owner = if buyer == TOTAL { name.to_owned() } else { format!("{name}[{buyer}]") };
        let found = match layout.outcomes.iter().find(|outcome| outcome.name == name) {
            Some(outcome) if outcome.censored_at.is_some() => row.of_wait(),
            outcome => row.of_amount(outcome),
        };
        figures.extend(found.into_iter().map(|(field, figure)| (format!("{owner}.{field}"), figure)));
    }
    Ok(figures)
}

/// What the manifest says of the run; `None` if its words could do harm in a text.
fn of_run(folder: &RunFolder) -> Option<Figures> {
    let word = |word: &str| is_safe_name(word).then(|| Figure::Word(word.to_owned()));
    let paths = folder.worlds as f64 * folder.paths_per_world as f64;
    let figures = [
        ("scenario", word(&folder.scenario)?),
        ("version", word(&folder.version)?),
        ("seed", Figure::Word(folder.seed.to_string())),
        ("paths", Figure::Number { value: paths, error: 0.0 }),
    ];
    Some(figures.map(|(field, figure)| (field.to_owned(), figure)).into())
}

/// `p05` for the 5% quantile.
fn quantile_name(probability: f64) -> String {
    format!("p{:02}", (probability * 100.0).round())
}

/// One row of the table.
struct Row {
    cells: BTreeMap<String, String>,
    start: Month,
    last: Month,
    worlds: u64,
}

/// Figures by the part of the field behind the outcome.
type Found = Vec<(String, Figure)>;

impl Row {
    fn word(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }

    fn number(&self, column: &str) -> Option<f64> {
        self.word(column).parse().ok().filter(|number: &f64| number.is_finite())
    }

    /// A number with the error in another column.
    fn with_error(&self, column: &str, error: &str) -> Figure {
        self.number(column).map_or(Figure::Undefined, |value| match self.number(error) {
            Some(error) => Figure::Number { value, error },
            None => Figure::rough(value),
        })
    }

    fn moments(&self) -> Found {
        let std_error = self.number("std_error").map_or(Figure::Undefined, |value| {
            // The error of a standard deviation over W worlds, were they normal.
            let error = if self.worlds > 1 { value / (2.0 * (self.worlds - 1) as f64).sqrt() } else { digits::rough_error(value) };
            Figure::Number { value, error }
        });
        // A deviation is known about as well as its mean: √2 better in a normal distribution, worse in one with long tails.
        let moments = [("mean", self.with_error("mean", "std_error")), ("std_dev", self.with_error("std_dev", "std_error"))];
        moments.into_iter().chain([("std_error", std_error)]).map(|(field, figure)| (field.to_owned(), figure)).collect()
    }

    /// Something for each quantile, by name; the median has two.
    fn quantiles(prefix: &str, of: impl Fn(usize, &str) -> Figure) -> Found {
        let mut found = Vec::new();
        for (i, probability) in PROBABILITIES.into_iter().enumerate() {
            let name = quantile_name(probability);
            let figure = of(i, &name);
            if probability == 0.5 {
                found.push((format!("{prefix}median"), figure.clone()));
            }
            found.push((format!("{prefix}{name}"), figure));
        }
        found
    }

    fn ends(&self, quantile: &str) -> (Option<f64>, Option<f64>) {
        (self.number(&format!("{quantile}_low")), self.number(&format!("{quantile}_high")))
    }

    /// The figures of a waiting time: its quantiles are calendar months.
    fn of_wait(&self) -> Found {
        let is_censored = self.number("share_censored").is_some_and(|share| share > 0.0);
        let quantiles = Self::quantiles("", |_, name| match self.number(name) {
            Some(months) => Figure::wait(months, self.ends(name), self.start),
            None if is_censored => Figure::After { last: self.last },
            None => Figure::Undefined,
        });
        [self.moments(), quantiles].concat()
    }

    /// The figures of anything else.
    fn of_amount(&self, outcome: Option<&Outcome>) -> Found {
        let scale = outcome.map_or(1.0, |outcome| outcome.scale);
        let bin = |value: f64| if value.abs() < 2.0 * BINS_PER_OCTAVE * scale { 0.0 } else { value.abs() / BINS_PER_OCTAVE };
        let quantile = |_: usize, name: &str| self.number(name).map_or(Figure::Undefined, |x| Figure::quantile(x, self.ends(name), bin(x)));
        let conditional = PROBABILITIES.map(|p| self.number(&format!("if_positive_{}", quantile_name(p))));
        let zero = (self.number("share_zero").unwrap_or(0.0), self.number("share_zero_std_error").unwrap_or(0.0));
        let if_positive = |i: usize, name: &str| {
            let Some(value) = conditional[i] else { return Figure::Undefined };
            // Where no path is zero, it is the plain quantile.
            match Figure::conditional(&conditional, i, self.number("paths").unwrap_or(0.0), zero, bin(value)) {
                Some(figure) => figure,
                None if zero.0 == 0.0 => quantile(i, name),
                None => Figure::rough(value),
            }
        };
        let share_zero = self.with_error("share_zero", "share_zero_std_error");
        let any = match share_zero {
            Figure::Number { value, error } => Figure::Number { value: 1.0 - value, error },
            _ => Figure::Undefined,
        };
        let shares = vec![("share_zero".to_owned(), share_zero), ("chance_of_any".to_owned(), any)];
        [self.moments(), Self::quantiles("", quantile), Self::quantiles("if_positive.", if_positive), shares].concat()
    }
}
