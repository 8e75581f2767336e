//! The tables of a scoring.

use super::tables::{Column, Sheet, Table, TableError};
use crate::analysis::Scoreboard;

/// What tables and columns mean, for `columns.md`.
pub const MEANINGS: &[(&str, &str)] = &[
    ("scores", "One row per fact and forecast."),
    (
        "means",
        "Means of each forecast: over the facts that all speak of (`common`), over its own (`all`), and of the common ones by horizon.",
    ),
    ("forecast", "name of the forecast's file"),
    ("kind", "`ours` or `rival`"),
    ("as_of", "day on which the forecast could be made"),
    ("fact", "key of the fact"),
    ("observable", "what was observed"),
    ("seen", "what was seen of it"),
    ("sure", "probability that the report is right; scores take it as right"),
    ("known", "day on which it became known"),
    ("horizon", "months from the forecast's month to the observed month; empty for an outcome"),
    ("common", "1 if every forecast speaks of it"),
    ("probability", "probability the forecast gave to what was seen, kept away from 0 and 1 by half a value of its sample"),
    ("log_score", "minus the natural logarithm of that; less is better"),
    ("brier", "squared distance of that from 1; less is better"),
    ("value", "the number that was seen; the middle of a narrow range"),
    ("p05", "5% quantile of the forecast"),
    ("p50", "its median"),
    ("p95", "its 95% quantile"),
    ("crps", "continuous ranked probability score, in the unit of the number; less is better"),
    ("pit_low", "share of the forecast below the number"),
    ("pit_high", "share at or below it"),
    ("in_50", "1 if the middle half of the forecast holds it; of means, the share"),
    ("in_90", "1 if the middle nine tenths hold it; of means, the share"),
    ("over", "which facts"),
    ("facts", "how many"),
    ("numbers", "how many of them are numbers of delivered chips; the next four are over these"),
    ("mean_pit", "mean of the middles of the PIT; one half if the forecast is neither high nor low"),
    (
        "first_delivery_rps",
        "ranked probability score of the month of the first delivery, in months: the sum over months of the squared distance between the probability of nothing \
         so far and what was so; less is better",
    ),
    ("first_delivery_months", "months it counts: those that all forecasts speak of, or this one, and that the facts settle"),
];

/// `means` and `scores`.
///
/// # Errors
/// If a number is not finite.
pub fn tables(board: &Scoreboard) -> Result<Vec<Table>, TableError> {
    Ok(vec![means(board)?, scores(board)?])
}

fn scores(board: &Scoreboard) -> Result<Table, TableError> {
    let mut columns: Vec<Column> = ["forecast", "kind", "as_of", "fact", "observable", "seen", "known"].map(Column::text).into();
    columns.extend([Column::real("sure").unit("probability"), Column::whole("horizon").unit("months").or_empty(), Column::whole("common")]);
    columns.extend(["probability", "log_score", "brier", "value", "p05", "p50", "p95", "crps", "pit_low", "pit_high"].map(Column::real));
    columns.extend(["in_50", "in_90"].map(|name| Column::whole(name).or_empty()));
    let mut sheet = Sheet::new("scores", columns);
    for scored in &board.scored {
        let forecaster = &board.forecasters[scored.forecaster];
        sheet.word(&forecaster.name).word(if forecaster.is_ours { "ours" } else { "rival" }).word(&forecaster.as_of.to_string());
        sheet.word(&scored.fact).word(&scored.observable).word(&scored.seen).word(&scored.known.to_string());
        sheet.number(scored.sure).count(scored.horizon.map(i64::from)).count(i64::from(scored.is_common));
        let (score, number) = (&scored.score, scored.score.number);
        sheet.number(score.probability).number(score.log).number(score.brier).number(number.map(|n| n.seen));
        for quantile in scored.quantiles {
            sheet.number(Some(quantile).filter(|x| x.is_finite()));
        }
        sheet.number(number.map(|n| n.crps)).number(number.map(|n| n.pit.0)).number(number.map(|n| n.pit.1));
        sheet.count(number.map(|n| i64::from(n.in_half))).count(number.map(|n| i64::from(n.in_ninety))).end_row();
    }
    sheet.finish()
}

fn means(board: &Scoreboard) -> Result<Table, TableError> {
    let mut columns = vec![Column::text("forecast"), Column::text("over"), Column::whole("facts")];
    columns.extend(["log_score", "brier"].map(Column::real));
    columns.push(Column::whole("numbers"));
    columns.extend(["crps", "in_50", "in_90", "mean_pit"].map(Column::real));
    columns.extend([Column::real("first_delivery_rps").unit("months"), Column::whole("first_delivery_months").or_empty()]);
    let mut sheet = Sheet::new("means", columns);
    for m in board.means() {
        sheet.word(&board.forecasters[m.forecaster].name).word(&m.over).count(m.facts as i64).number(m.log).number(m.brier);
        sheet.count(m.numbers as i64).number(m.crps).number(m.in_half).number(m.in_ninety).number(m.pit);
        sheet.number(m.first_delivery.map(|first| first.score)).count(m.first_delivery.map(|first| first.months as i64)).end_row();
    }
    sheet.finish()
}
