//! `samples`: one row per path, with what its world is like and how it ended.
//!
//! A row says nothing that [`Model::inputs`] and [`Model::simulate`] do not say of the same path.

use super::{Column, Sheet};
use crate::analysis::recorded_value;
use crate::domain::PolicyType;
use crate::model::{Model, Outcome, names};
use crate::scenario::parameters::{Field, Parameters};
use crate::scenario::{Input, Value};
use crate::stats::Record;

/// File name without its ending.
pub const NAME: &str = "samples";

/// What all paths of a world have in common.
#[derive(Clone, Debug)]
pub struct WorldDraws {
    /// Number of the world.
    pub world: u64,
    /// Its uncertain inputs.
    pub inputs: Vec<f64>,
    /// What Beijing is up to in it.
    pub policy_type: PolicyType,
}

impl WorldDraws {
    /// The draws of a world.
    pub fn of(model: &Model, world: u64) -> Self {
        Self { world, inputs: model.inputs(world), policy_type: model.world(world).policy_type }
    }
}

/// The uncertain inputs of a scenario with their declarations, in the order of [`Model::inputs`].
pub fn inputs(model: &Model) -> Vec<(&Input, &'static Field)> {
    let scenario = model.scenario();
    let buyers: Vec<String> = scenario.buyers.iter().map(|buyer| buyer.key.clone()).collect();
    let (mut fields, mut inputs) = (Vec::new(), Vec::new());
    // Both walks visit the numbers in one order.
    Parameters::build(&buyers, &mut |_, field, _| fields.push(field));
    scenario.parameters.each(|input| inputs.push(input));
    inputs.into_iter().zip(fields).filter(|(input, _)| matches!(input.value, Value::Uncertain(_))).collect()
}

/// The outcomes of which each path tells.
fn outcomes(model: &Model) -> impl Iterator<Item = &Outcome> {
    model.layout().outcomes.iter().filter(|outcome| names(&model.scenario().outcomes, &outcome.name))
}

/// The columns of a scenario.
pub fn columns(model: &Model) -> Vec<Column> {
    let mut columns = vec![Column::whole("world"), Column::whole("path"), Column::text("beijing_type")];
    columns.extend(
        inputs(model).iter().map(|(input, field)| Column { may_be_empty: false, ..Column::real(&input.key).unit(field.unit).with_point() }),
    );
    columns.extend(outcomes(model).map(|outcome| {
        let name = match outcome.buyer {
            None => outcome.name.clone(),
            Some(buyer) => format!("{}.{}", outcome.name, model.scenario().buyers[buyer].key),
        };
        let column = if is_whole(outcome) { Column::whole(name) } else { Column::real(name).with_point() };
        column.unit(outcome.unit).or_empty()
    }));
    columns
}

/// Adds the row of one path.
pub fn row(sheet: &mut Sheet, model: &Model, draws: &WorldDraws, path: u64, record: &Record) {
    // Both counts were allowed by the limits on work.
    sheet.count(draws.world as i64).count(path as i64).word(draws.policy_type.word());
    for input in &draws.inputs {
        sheet.number(*input);
    }
    for outcome in outcomes(model) {
        let recorded = record.outcomes[outcome.cell];
        let value = recorded_value(outcome, recorded);
        match is_whole(outcome) {
            true => sheet.count(value.map(|_| recorded)),
            false => sheet.number(value),
        };
    }
    sheet.end_row();
}

/// Whether what is recorded is the value in its unit, a whole number.
fn is_whole(outcome: &Outcome) -> bool {
    outcome.scale == 1.0
}
