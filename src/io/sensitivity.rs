//! The tables of a sensitivity analysis.

use super::tables::{Column, Sheet, TOTAL, Table, TableError};
use crate::analysis::Valued;
use crate::analysis::sensitivity::{Effect, Named, Sensitivity, place, ranked};

/// All tables, in the order of their names.
///
/// # Errors
/// If a number is not finite.
pub fn tables(found: &Sensitivity) -> Result<Vec<Table>, TableError> {
    Ok(vec![dead(found)?, groups(found)?, indices(found)?, over_time(found)?, tornado(found)?, variance(found)?])
}

/// A value with its interval.
fn interval(name: &str, unit: &'static str) -> [Column; 3] {
    ["", "_low", "_high"].map(|end| Column::real(format!("{name}{end}")).unit(unit).or_empty())
}

fn measured(sheet: &mut Sheet, measure: Option<Valued>, scale: f64) {
    let (low, high) = measure.map(|measure| measure.interval()).unzip();
    for value in [measure.map(|measure| measure.value), low, high] {
        sheet.number(value.map(|value| value * scale));
    }
}

fn effect(sheet: &mut Sheet, effect: Option<Effect>) {
    let (low, high) = effect.map(|effect| effect.interval).unzip();
    sheet.number(effect.map(|effect| effect.value)).number(low).number(high);
}

/// `indices`: one row for each outcome and input, in the order of the total index.
fn indices(found: &Sensitivity) -> Result<Table, TableError> {
    let mut columns: Vec<Column> = ["outcome", "input", "decider", "place"].map(Column::text).into();
    for name in ["total", "first", "rank_correlation", "partial_rank_correlation", "pawn"] {
        columns.extend(interval(name, "ratio"));
    }
    columns.push(Column::real("pawn_floor").unit("ratio"));
    let mut sheet = Sheet::new("indices", columns);
    for (named, effects) in found.names.iter().zip(&found.outcomes) {
        for position in ranked(&effects.inputs) {
            let (input, own) = (&found.inputs[position], &effects.inputs[position]);
            sheet.word(&named.name).word(&input.key).word(&found.groups[input.group]).word(&place(own.place));
            measured(&mut sheet, own.total, 1.0);
            measured(&mut sheet, own.first, 1.0);
            effect(&mut sheet, own.rank);
            effect(&mut sheet, own.partial);
            measured(&mut sheet, own.pawn, 1.0);
            sheet.number(own.pawn_floor).end_row();
        }
    }
    sheet.finish()
}

/// `tornado`: one row for each outcome and input, in the order of the language.
fn tornado(found: &Sensitivity) -> Result<Table, TableError> {
    let mut columns: Vec<Column> = ["outcome", "unit", "input"].map(Column::text).into();
    columns.push(Column::text("input_unit").or_empty());
    columns.extend(["at_10", "at_90"].map(Column::text));
    for name in ["change_at_10", "change_at_90", "change"] {
        columns.extend(interval(name, ""));
    }
    let mut sheet = Sheet::new("tornado", columns);
    for (Named { name, unit, scale, .. }, effects) in found.names.iter().zip(&found.outcomes) {
        for (input, own) in found.inputs.iter().zip(&effects.inputs) {
            sheet.word(name).word(unit).word(&input.key);
            if input.unit.is_empty() {
                sheet.empty()
            } else {
                sheet.word(&input.unit)
            };
            input.ends.iter().for_each(|end| _ = sheet.word(end));
            for change in [own.tornado.map(|t| t.low), own.tornado.map(|t| t.high), own.tornado.map(|t| t.change)] {
                measured(&mut sheet, change, *scale);
            }
            sheet.end_row();
        }
    }
    sheet.finish()
}

/// `groups`: one row for each outcome and who decides.
fn groups(found: &Sensitivity) -> Result<Table, TableError> {
    let mut columns: Vec<Column> = ["outcome", "decider", "inputs"].map(Column::text).into();
    columns.extend(interval("shapley", "share"));
    columns.push(Column::real("floor").unit("share").or_empty());
    let mut sheet = Sheet::new("groups", columns);
    for (named, effects) in found.names.iter().zip(&found.outcomes) {
        for (position, (group, own)) in found.groups.iter().zip(&effects.groups).enumerate() {
            let keys: Vec<&str> = found.inputs.iter().filter(|input| input.group == position).map(|input| input.key.as_str()).collect();
            sheet.word(&named.name).word(group).word(&keys.join(" "));
            measured(&mut sheet, own.share, 1.0);
            sheet.number(own.floor).end_row();
        }
    }
    sheet.finish()
}

/// `over_time`: month by month, shares of the variance of the deliveries since the start.
fn over_time(found: &Sensitivity) -> Result<Table, TableError> {
    let mut columns: Vec<Column> = ["month", "part"].map(Column::text).into();
    columns.extend(interval("share", "share"));
    let mut sheet = Sheet::new("over_time", columns);
    for (month, shares) in found.over_time.iter().enumerate() {
        let month = found.header.start.plus(month as i32).to_string();
        let luck = shares.as_ref().map(|shares| shares.luck);
        let groups = found.groups.iter().enumerate().map(|(i, name)| (name.as_str(), shares.as_ref().map(|shares| shares.groups[i])));
        for (part, share) in [("luck", luck)].into_iter().chain(groups) {
            sheet.word(&month).word(part);
            measured(&mut sheet, share, 1.0);
            sheet.end_row();
        }
    }
    sheet.finish()
}

/// `variance`: one row for each outcome.
fn variance(found: &Sensitivity) -> Result<Table, TableError> {
    let mut columns: Vec<Column> = ["outcome", "unit"].map(Column::text).into();
    columns.extend(["worlds", "paths_per_world"].map(|name| Column::whole(name).unit(name.split('_').next().unwrap_or(name))));
    columns.extend(interval("mean", ""));
    columns.push(Column::real("std_dev"));
    columns.extend(interval("ignorance_share", "share"));
    let mut sheet = Sheet::new("variance", columns);
    for (Named { name, unit, scale, .. }, effects) in found.names.iter().zip(&found.outcomes) {
        sheet.word(name).word(unit).count(found.header.worlds as i64).count(found.header.paths_per_world as i64);
        measured(&mut sheet, Some(effects.mean), *scale);
        sheet.number(effects.std_dev * scale);
        measured(&mut sheet, effects.ignorance, 1.0);
        sheet.end_row();
    }
    sheet.finish()
}

/// `dead`: for each input how many outcomes it ever moved, and for each outcome how many inputs ever moved it.
fn dead(found: &Sensitivity) -> Result<Table, TableError> {
    let words = ["kind", "name", "buyer", "verdict"].map(Column::text);
    let mut columns: Vec<Column> = words.into();
    columns.extend(["moved", "of"].map(Column::whole));
    let mut sheet = Sheet::new("dead", columns);
    let cells = &found.audit.cells;
    for (position, input) in found.inputs.iter().enumerate() {
        let moved = cells.iter().filter(|cell| cell.moved_by[position]).count();
        let verdict = if moved == 0 { "dead" } else { "alive" };
        sheet.word("input").word(&input.key).word(TOTAL).word(verdict).count(moved as i64).count(cells.len() as i64).end_row();
    }
    for (named, cell) in found.audited.iter().zip(cells) {
        let moved = cell.moved_by.iter().filter(|moved| **moved).count();
        let verdict = match (cell.varies, moved) {
            (_, 1..) => "alive",
            (true, 0) => "luck alone",
            (false, 0) => "constant",
        };
        sheet.word("outcome").word(&named.name).word(named.buyer.as_deref().unwrap_or(TOTAL)).word(verdict);
        sheet.count(moved as i64).count(found.inputs.len() as i64).end_row();
    }
    sheet.finish()
}
