//! The tables and sentences of a discovery.

use super::tables::{Column, Sheet, Table, TableError};
use crate::analysis::digits;
use crate::analysis::prim::{Factor, Found};
use crate::scenario::Happening;

/// What tables and columns mean, for `columns.md`; those of `types`, `inputs` and `updated` are as in an update, `posterior` meaning "given that it happens".
pub const MEANINGS: &[(&str, &str)] = &[
    ("box", "One row per edge of the box, the most stable first."),
    ("trajectory", "The boxes on the way from all worlds to the smallest."),
    ("input", "key of the input; beijing.type is the hidden type, from 0 for stonewall to 3 for open"),
    ("side", "`at least` or `at most`"),
    ("value", "the edge; it lies inside"),
    ("rank", "share of worlds below it"),
    ("stability", "share of boxes of resampled worlds that have an edge on this side of this input"),
    ("rank_low", "5% quantile of the ranks of those edges"),
    ("rank_high", "95% quantile"),
    ("density", "share of cases among the worlds of the box"),
    ("coverage", "share of all cases that lie in the box"),
    ("mass", "share of worlds that lie in the box"),
    ("base", "share of cases among all worlds"),
    ("types", "One row per hidden type of Beijing."),
    ("inputs", "One row per uncertain input, the most shifted first: before, and given that it happens (`posterior`)."),
    ("updated", "Two rows per observable: `prior`, and given that it happens (`posterior`)."),
    ("type", "the type"),
    ("prior", "share of worlds"),
    ("posterior", "share of the histories in which it happens"),
    ("prior_std_error", "Monte Carlo standard error of it"),
    ("posterior_std_error", "Monte Carlo standard error of it"),
    ("shift", "change of the mean in standard deviations of the prior"),
    ("shift_std_error", "Monte Carlo standard error of the shift"),
    ("divergence", "Kullback-Leibler divergence from prior to posterior over ten bins of equal prior probability, in nats"),
    ("prior_mean", "mean before"),
    ("posterior_mean", "mean given that it happens"),
    ("observable", "what is told"),
    ("unit", "unit of the numbers in this row"),
    ("weights", "`prior` or `posterior`"),
    ("mean", "mean; empty for a wait that does not end in every history"),
    ("std_error", "Monte Carlo standard error of the mean"),
    ("share_zero", "share at exactly zero"),
    ("share_zero_std_error", "Monte Carlo standard error of that share"),
];

/// `box`: its edges.
///
/// # Errors
/// If a number is not finite.
pub fn edges(factors: &[Factor], found: &Found) -> Result<Table, TableError> {
    let mut columns = vec![Column::text("input"), Column::text("side")];
    columns.extend(["value", "rank", "stability", "rank_low", "rank_high", "density", "coverage", "mass", "base"].map(Column::real));
    let mut sheet = Sheet::new("box", columns);
    for edge in &found.edges {
        sheet.word(&factors[edge.factor].key).word(if edge.is_lower { "at least" } else { "at most" });
        sheet.number(edge.value).number(edge.rank).number(edge.stability).number(edge.spread.0).number(edge.spread.1);
        sheet.number(found.density).number(found.coverage).number(found.mass).number(found.base).end_row();
    }
    sheet.finish()
}

/// `trajectory`: coverage against density.
///
/// # Errors
/// If a number is not finite.
pub fn trajectory(found: &Found) -> Result<Table, TableError> {
    let mut sheet = Sheet::new("trajectory", ["coverage", "density"].map(Column::real));
    for (coverage, density) in &found.trajectory {
        sheet.number(*coverage).number(*density).end_row();
    }
    sheet.finish()
}

/// The box in sentences.
pub fn sentences(event: &Happening, factors: &[Factor], found: &Found) -> Vec<String> {
    let percent = |share: f64| format!("{}%", digits::rounded(100.0 * share, 0.5));
    let mut sentences = vec![format!("{event} happens in {} of histories.", percent(found.base))];
    if found.edges.is_empty() {
        sentences.push("No range of the uncertain inputs makes it more frequent: it is left to chance, or to all of them alike.".into());
        return sentences;
    }
    sentences.push(format!(
        "It happens in {} of those of the {} of worlds in which all of these hold; they cover {} of all cases:",
        percent(found.density),
        percent(found.mass),
        percent(found.coverage)
    ));
    sentences.extend(found.edges.iter().map(|edge| {
        let share = if edge.is_lower { 1.0 - edge.rank } else { edge.rank };
        format!(
            "  {} (so in {} of worlds; {} of resampled boxes have this edge)",
            edge.sentence(factors),
            percent(share),
            percent(edge.stability)
        )
    }));
    sentences
}
