//! Who decides an input, and the short table after the command.

use super::{InputEffects, Sensitivity, Valued};
use crate::analysis::{HALF_OF_95, digits};

/// Who decides the input of this key, or knows it best.
pub fn decider(key: &str) -> &'static str {
    /// What Nvidia decides or owns, of the table whose rest its suppliers decide.
    const OF_NVIDIA: [&str; 7] = [
        "stock_chips",
        "minimum_starts_per_month",
        "newer_chips_share_at_start",
        "newer_chips_share_later",
        "build_ahead_share",
        "us_cover_months",
        "pause_share_when_frozen",
    ];
    let (table, rest) = key.split_once('.').unwrap_or((key, ""));
    match table {
        "washington" => "Washington",
        "beijing" => "Beijing",
        "diplomacy" => "Both governments",
        "supply" if OF_NVIDIA.contains(&rest) => "Nvidia",
        "supply" => "TSMC and suppliers",
        "us_market" => "US customers",
        "buyers" | "needs" | "requests" => "Chinese buyers",
        "domestic" => "Domestic makers",
        "grey_market" => "Grey-market dealers",
        "compute" => "Users of the chips",
        _ => "Nvidia",
    }
}

/// The group of each key, and the groups' names in the order in which they first come.
pub fn by_decider<'a>(keys: impl Iterator<Item = &'a str>) -> (Vec<usize>, Vec<String>) {
    let mut names: Vec<String> = Vec::new();
    let group = |key: &str| {
        let name = decider(key);
        names.iter().position(|known| known == name).unwrap_or_else(|| {
            names.push(name.to_owned());
            names.len() - 1
        })
    };
    (keys.map(group).collect(), names)
}

/// A value that is known exactly, in three digits.
pub fn short(value: f64) -> String {
    let text = digits::rounded(value, value.abs() / 100.0);
    // It is exact: a zero behind the point says nothing.
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// The positions of the inputs by total index, the largest first; those without one last.
pub fn ranked(inputs: &[InputEffects]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..inputs.len()).collect();
    let size = |i: &usize| inputs[*i].total.map_or(f64::NEG_INFINITY, |total| total.value);
    order.sort_by(|a, b| size(b).total_cmp(&size(a)));
    order
}

/// `3` or `2–4`: the places that an input may have.
pub fn place((best, worst): (usize, usize)) -> String {
    if best == worst { best.to_string() } else { format!("{best}–{worst}") }
}

/// The short table: for each outcome the inputs that matter, then the groups.
pub fn table(found: &Sensitivity) -> String {
    const SHOWN: usize = 8;
    let mut text = String::new();
    for (named, effects) in found.names.iter().zip(&found.outcomes) {
        let ignorance = effects.ignorance.map_or_else(|| "none".into(), share);
        let mean = digits::rounded(effects.mean.value * named.scale, effects.mean.std_error * named.scale);
        text += &format!("{} (mean {mean} {}; share of the variance that is not luck: {ignorance})\n", named.name, named.unit);
        let mut lines = vec![["place", "input", "total Sobol index", "first order", "PAWN", "mean at 90% less at 10%"].map(str::to_owned)];
        for input in ranked(&effects.inputs).into_iter().take(SHOWN) {
            let effect = &effects.inputs[input];
            let or_none = |measure: Option<Valued>| measure.map_or_else(String::new, share);
            let change = effect.tornado.map_or_else(String::new, |tornado| tornado.change.with_reach(named.scale));
            let key = found.inputs[input].key.clone();
            lines.push([place(effect.place), key, or_none(effect.total), or_none(effect.first), or_none(effect.pawn), change]);
        }
        let widths: Vec<usize> = (0..lines[0].len()).map(|i| lines.iter().map(|line| line[i].chars().count()).max().unwrap_or(0)).collect();
        for line in &lines {
            let cells: Vec<String> = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
            text += &format!("  {}\n", cells.join("  ").trim_end());
        }
        let shares: Vec<(&String, Valued)> = found.groups.iter().zip(&effects.groups).filter_map(|(g, e)| Some((g, e.share?))).collect();
        let mut groups: Vec<String> = Vec::new();
        let mut order: Vec<usize> = (0..shares.len()).collect();
        order.sort_by(|a, b| shares[*b].1.value.total_cmp(&shares[*a].1.value));
        groups.extend(order.into_iter().map(|i| format!("{} {}", shares[i].0, share(shares[i].1))));
        text += &format!("  who decides (Shapley): {}\n\n", groups.join(", "));
    }
    text + HALF_OF_95
}

fn share(measure: Valued) -> String {
    measure.with_reach(1.0)
}
