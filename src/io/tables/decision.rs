//! The tables of a decision.

use super::{Column, Sheet, Table, TableError};
use crate::analysis::decision::Information;
use crate::analysis::{Valued, Worth, research};
use crate::domain::Grade;

/// All tables of a decision, in the order of their names.
///
/// # Errors
/// If a number is not finite.
pub fn tables(found: &Worth) -> Result<Vec<Table>, TableError> {
    Ok(vec![actions(found)?, information(found)?])
}

/// `actions`: how the actions compare.
fn actions(found: &Worth) -> Result<Table, TableError> {
    let numbers = ["net_benefit", "std_error", "behind", "behind_std_error"].map(Column::real);
    let columns = [Column::text("action")].into_iter().chain(numbers).chain([Column::real("best_in").unit("share")]);
    let mut sheet = Sheet::new("actions", columns.collect::<Vec<_>>());
    let verdict = &found.verdict;
    for (i, action) in found.decision.actions.iter().enumerate() {
        let (value, behind) = (verdict.actions[i], verdict.behind[i]);
        sheet.word(&action.name);
        for number in [value.value, value.std_error, behind.value, behind.std_error, verdict.best_in[i]] {
            sheet.number(known(number));
        }
        sheet.end_row();
    }
    sheet.finish()
}

/// `information`: what knowing more would be worth.
fn information(found: &Worth) -> Result<Table, TableError> {
    let mut columns: Vec<Column> = vec![Column::text("kind"), Column::text("what").or_empty(), Column::text("grade").or_empty()];
    columns.extend(["worth", "std_error", "low", "high", "shuffled", "shuffled_most"].map(Column::real));
    columns.extend([Column::text("stands_out").or_empty(), Column::real("research"), Column::text("inputs").or_empty()]);
    let mut sheet = Sheet::new("information", columns);
    let everything = [("everything", Some(found.verdict.evpi)), ("everything_at_least", found.verdict.evpi_at_least)];
    for (kind, worth) in everything.into_iter().filter_map(|(kind, worth)| Some((kind, worth?))) {
        sheet.word(kind).empty().empty();
        numbers(&mut sheet, worth);
        sheet.number(None).number(None).empty().number(None).empty().end_row();
    }
    for (name, keys, worth) in found.ranked_groups() {
        row(&mut sheet, "group", name, None, worth);
        sheet.number(None).word(&keys.join(" ")).end_row();
    }
    for (key, grade, worth) in found.ranked() {
        row(&mut sheet, "input", key, *grade, worth);
        sheet.number(Some(research(*grade, worth))).empty().end_row();
    }
    for (month, worth) in &found.waiting {
        row(&mut sheet, "until", &month.to_string(), None, worth);
        sheet.number(None).empty().end_row();
    }
    sheet.finish()
}

fn row(sheet: &mut Sheet, kind: &str, what: &str, grade: Option<Grade>, found: &Information) {
    sheet.word(kind).word(what);
    match grade {
        Some(grade) => sheet.word(grade.word()),
        None => sheet.empty(),
    };
    numbers(sheet, found.worth);
    let floor = [found.floor.0, found.floor.1].map(known);
    sheet.number(floor[0]).number(floor[1]).word(if found.stands_out() { "yes" } else { "no" });
}

fn numbers(sheet: &mut Sheet, worth: Valued) {
    let (low, high) = worth.interval();
    [worth.value, worth.std_error, low, high].into_iter().for_each(|number| _ = sheet.number(known(number)));
}

/// The error of a single world is not known.
fn known(number: f64) -> Option<f64> {
    Some(number).filter(|number| number.is_finite())
}
