//! The tables of an update or an anchoring: a number before beside the same number after.

use super::tables::{Column, Sheet, Table, TableError, quantile};
use crate::analysis::{Conditioning, Marginal, Moved, PROBABILITIES, RANKED, Reweighting, Tilt, WithError, digits};
use crate::scenario::Statement;
use crate::scenario::facts::Fact;

/// What tables and columns mean, for `columns.md`.
pub const MEANINGS: &[(&str, &str)] = &[
    ("facts", "One row per fact of the file, in the order in which they became known; those that are not used last."),
    ("types", "One row per hidden type of Beijing."),
    ("inputs", "One row per uncertain input, the most shifted first; `prior` is before, `posterior` after."),
    ("updated", "Two rows per observable, with equal weights (`prior`) and with the new ones (`posterior`)."),
    ("statements", "One row per statement; all hold together under the new weights."),
    ("event", "what is to have a probability"),
    ("before", "its probability with equal weights"),
    ("asked_low", "the least probability that was asked for"),
    ("asked_high", "the greatest"),
    ("after", "its probability with the new weights"),
    ("tilt", "λ: the weight of a history is exp of the sum of the tilts of the events that happen in it, times a constant"),
    ("relative_entropy", "Kullback-Leibler divergence of the new weights from equal ones, in nats; one number for all statements"),
    ("fact", "key of the fact in its file"),
    ("known", "day on which it could first be known"),
    ("observable", "what was observed, or what is told"),
    ("seen", "what was seen of it"),
    ("error", "standard deviation of the observation, in the unit of the observable"),
    ("sure", "probability that the report is right"),
    ("grade", "how good the source is"),
    ("source", "key of the source in the file of facts"),
    ("holds", "share of histories that agree with it, all counting alike; those near a number with an error count in part"),
    ("holds_after", "the same share of the weight once all facts are known"),
    ("effective_alone", "effective worlds if it were the only fact"),
    ("effective_so_far", "effective worlds after it and all facts before it"),
    ("not_used", "why it is not used; empty if it is"),
    ("type", "the type"),
    ("prior", "share of worlds, all counting alike"),
    ("posterior", "share of the weight"),
    ("prior_std_error", "Monte Carlo standard error of it"),
    ("posterior_std_error", "Monte Carlo standard error of it; worlds count as much as their weight"),
    ("input", "key of the input"),
    ("shift", "change of the mean in standard deviations of the prior"),
    ("shift_std_error", "Monte Carlo standard error of the shift"),
    ("divergence", "Kullback-Leibler divergence from prior to posterior over ten bins of equal prior probability, in nats"),
    ("prior_mean", "mean before"),
    ("posterior_mean", "mean after"),
    ("unit", "unit of the numbers in this row"),
    ("weights", "`prior` or `posterior`"),
    ("mean", "mean; empty for a wait that does not end in every history"),
    ("std_error", "Monte Carlo standard error of the mean, of weighted histories that are alike within a world"),
    ("share_zero", "share at exactly zero"),
    ("share_zero_std_error", "Monte Carlo standard error of that share"),
];

/// `facts`: what each fact says and what it costs.
///
/// # Errors
/// If a number is not finite.
pub fn facts(used: &[&Fact], unused: &[(&Fact, String)], conditioning: &Conditioning) -> Result<Table, TableError> {
    let mut columns: Vec<Column> = ["fact", "known", "observable", "seen"].map(Column::text).into();
    columns.extend([Column::real("error"), Column::real("sure").unit("probability"), Column::text("grade"), Column::text("source")]);
    columns.extend(["holds", "holds_after"].map(|name| Column::real(name).unit("share")));
    columns.extend(["effective_alone", "effective_so_far"].map(|name| Column::real(name).unit("worlds")));
    columns.push(Column::text("not_used").or_empty());
    let mut sheet = Sheet::new("facts", columns);
    for (fact, step) in used.iter().zip(&conditioning.steps) {
        said(&mut sheet, fact);
        sheet.number(step.holds.0).number(step.holds_after.0).number(step.alone).number(step.so_far).empty().end_row();
    }
    for (fact, why) in unused {
        said(&mut sheet, fact);
        sheet.empty().empty().empty().empty().word(why).end_row();
    }
    sheet.finish()
}

fn said(sheet: &mut Sheet, fact: &Fact) {
    sheet.word(&fact.id).word(&fact.known.to_string()).word(&fact.observable.to_string()).word(&fact.condition.seen());
    sheet.number(fact.error).number(fact.sure).word(fact.grade.word()).word(&fact.source);
}

/// `statements`: what was asked, and how far weights had to move for it.
///
/// # Errors
/// If a number is not finite.
pub fn statements(statements: &[Statement], tilt: &Tilt) -> Result<Table, TableError> {
    let shares = ["before", "asked_low", "asked_high", "after"].map(|name| Column::real(name).unit("probability"));
    let columns: Vec<Column> =
        [Column::text("event")].into_iter().chain(shares).chain([Column::real("tilt"), Column::real("relative_entropy")]).collect();
    let mut sheet = Sheet::new("statements", columns);
    for (statement, (before, after, lambda)) in statements.iter().zip(&tilt.moved) {
        let (low, high) = (statement.probability - statement.margin, statement.probability + statement.margin);
        sheet.word(&statement.event.to_string()).number(*before).number(low.max(0.0)).number(high.min(1.0)).number(*after);
        sheet.number(*lambda).number(tilt.divergence).end_row();
    }
    sheet.finish()
}

/// The same for the terminal.
pub fn statement_lines(statements: &[Statement], tilt: &Tilt) -> String {
    let line = |(statement, (before, after, _)): (&Statement, &(f64, f64, f64))| {
        format!("{}: {} before, {} after\n", statement.event, digits::rounded(*before, 1e-4), digits::rounded(*after, 1e-4))
    };
    let lines: String = statements.iter().zip(&tilt.moved).map(line).collect();
    format!("{lines}relative entropy {} nats\n", digits::rounded(tilt.divergence, 1e-4))
}

/// `inputs`, `types` and `updated`.
///
/// # Errors
/// If a number is not finite.
pub fn tables(found: &Reweighting) -> Result<[Table; 3], TableError> {
    Ok([inputs(found)?, types(found)?, updated(found)?])
}

fn types(found: &Reweighting) -> Result<Table, TableError> {
    let shares = ["prior", "prior_std_error", "posterior", "posterior_std_error"].map(|name| Column::real(name).unit("share"));
    let mut sheet = Sheet::new("types", [Column::text("type")].into_iter().chain(shares).collect::<Vec<_>>());
    for share in &found.types {
        sheet.word(share.kind.word());
        estimated(&mut sheet, Some(share.prior));
        estimated(&mut sheet, Some(share.posterior));
        sheet.end_row();
    }
    sheet.finish()
}

fn inputs(found: &Reweighting) -> Result<Table, TableError> {
    let mut columns = vec![Column::text("input")];
    columns.extend(["shift", "shift_std_error", "divergence", "prior_mean", "posterior_mean"].map(Column::real));
    let both = ["prior", "posterior"];
    columns.extend(both.iter().flat_map(|which| PROBABILITIES.map(|p| Column::real(format!("{which}_{}", quantile(p))))));
    columns.extend(RANKED.map(|p| Column::real(format!("rank_{}", quantile(p))).unit("share")));
    let mut sheet = Sheet::new("inputs", columns);
    for input in &found.inputs {
        let Moved { name, prior, posterior, .. } = &input.moved;
        sheet.word(name).number(known(input.shift.0)).number(known(input.shift.1)).number(known(input.divergence));
        sheet.number(prior.mean.map(|m| m.0)).number(posterior.mean.map(|m| m.0));
        for quantile in [prior, posterior].into_iter().flat_map(|marginal| marginal.quantiles) {
            sheet.number(quantile.map(|q| q.value));
        }
        for rank in input.ranks {
            sheet.number(rank);
        }
        sheet.end_row();
    }
    sheet.finish()
}

fn updated(found: &Reweighting) -> Result<Table, TableError> {
    let mut columns: Vec<Column> = ["observable", "unit", "weights"].map(Column::text).into();
    columns.extend(["mean", "std_error"].map(Column::real));
    columns.extend(["share_zero", "share_zero_std_error"].map(|name| Column::real(name).unit("share")));
    columns.extend(PROBABILITIES.iter().flat_map(|p| ["", "_low", "_high"].map(|end| Column::real(quantile(*p) + end))));
    let mut sheet = Sheet::new("updated", columns);
    for moved in found.outcomes.iter().chain(&found.deliveries) {
        for (which, marginal) in [("prior", &moved.prior), ("posterior", &moved.posterior)] {
            sheet.word(&moved.name).word(moved.unit).word(which);
            numbers(&mut sheet, marginal);
            sheet.end_row();
        }
    }
    sheet.finish()
}

fn numbers(sheet: &mut Sheet, marginal: &Marginal) {
    estimated(sheet, marginal.mean);
    estimated(sheet, marginal.share_zero);
    for quantile in marginal.quantiles {
        sheet.number(quantile.map(|q| q.value)).number(quantile.and_then(|q| q.low)).number(quantile.and_then(|q| q.high));
    }
}

fn estimated(sheet: &mut Sheet, estimated: Option<WithError>) {
    let (value, error) = estimated.unzip();
    sheet.number(value.and_then(known)).number(error.and_then(known));
}

/// Unknown is empty: the error of one cluster is not known.
fn known(x: f64) -> Option<f64> {
    Some(x).filter(|x| x.is_finite())
}
