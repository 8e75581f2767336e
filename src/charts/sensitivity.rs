//! What the charts of a sensitivity analysis have in common: its first outcome, the names of inputs, and who decides them.

use plotters::style::RGBColor;

use super::outcomes::{self, Reading};
use super::page::Origin;
use super::theme::{BLUES, BUYER_GATES, DOORS, INK, LOSSES, OTHERS, STOCK_GATE};
use super::words;
use crate::analysis::sensitivity::{Named, OutcomeEffects, Sensitivity};

/// More inputs than this are left to the table.
pub const MOST: usize = 12;
/// Room for names at the left.
pub const NAMES: f64 = 330.0;
/// Tallest row.
pub const TALLEST: f64 = 62.0;

/// The outcome that the charts of inputs are about.
pub struct Lead<'a> {
    /// What drives it.
    pub effects: &'a OutcomeEffects,
    /// How to write it.
    pub reading: Reading,
    /// What is estimated times this is in the unit of the reading.
    pub scale: f64,
}

/// The first outcome, if there is one.
pub fn leading(found: &Sensitivity) -> Option<Lead<'_>> {
    let (named, effects) = found.names.first().zip(found.outcomes.first())?;
    let reading = read(found, named, effects);
    Some(Lead { effects, scale: named.scale * reading.scale, reading })
}

/// How to write an outcome.
pub fn read(found: &Sensitivity, named: &Named, effects: &OutcomeEffects) -> Reading {
    outcomes::reading(&named.name, named.unit, effects.mean.value.abs() * named.scale, found.header.axis().last())
}

/// What a chart rests on.
pub fn origin(found: &Sensitivity) -> Origin {
    let (rows, each) = (found.header.worlds / 2, found.header.paths_per_world);
    let text = format!(
        "{} simulated paths ({} worlds × {}), {} independent pairs of worlds and their mixes.",
        words::whole(found.worlds_played * each),
        words::whole(found.worlds_played),
        words::whole(each),
        words::whole(rows)
    );
    Origin::from(&found.header).resting_on(text)
}

/// An input as people call it: the last part of its key, with what tells it apart.
pub fn name(key: &str) -> String {
    if key == "beijing.types" {
        return "Beijing’s hidden policy type".into();
    }
    words::label(key.rsplit('.').next().unwrap_or(key))
}

/// The colour of who decides, by name; others by their place.
pub fn ink(group: &str, place: usize) -> RGBColor {
    match group {
        "Beijing" => DOORS[0],
        "Washington" => BLUES[4],
        "Nvidia" => STOCK_GATE,
        "TSMC and suppliers" => BLUES[2],
        "US customers" => BLUES[1],
        "Chinese buyers" => DOORS[1],
        "Domestic makers" => OTHERS,
        "Grey-market dealers" => BUYER_GATES[1],
        _ => [INK, LOSSES[1]][place % 2],
    }
}
