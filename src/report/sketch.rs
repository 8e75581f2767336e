//! A distribution as a picture the size of a word: its shape between the 1% and 99% quantiles, with the median.
//!
//! The picture has no scale and is for eyes only; the numbers stand beside it.

use maud::{Markup, html};
use std::fmt::Write;

use crate::random::Distribution;

const WIDTH: f64 = 132.0;
const HEIGHT: f64 = 30.0;
/// Space for the lines.
const EDGE: f64 = 2.0;
/// Equal steps along the axis.
const STEPS: usize = 40;
/// Fixed ranks at which a list of values is read.
const RANKS: usize = 400;

/// The picture; nothing where the shape cannot be drawn.
pub fn sketch(distribution: &Distribution) -> Markup {
    let columns = if distribution.is_discrete() { bars(distribution) } else { density(distribution) };
    let Some((path, median)) = columns else { return html! {} };
    html! {
        svg.sketch viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } width=(WIDTH) height=(HEIGHT) aria-hidden="true" {
            path.sketch-area d=(path) {}
            line.sketch-base x1="0" y1=(HEIGHT - 1.0) x2=(WIDTH) y2=(HEIGHT - 1.0) {}
            line.sketch-median x1=(median) y1=(HEIGHT - 9.0) x2=(median) y2=(HEIGHT) {}
        }
    }
}

/// Where `x` lies between `low` and `high`, in the picture.
fn place(x: f64, low: f64, high: f64) -> String {
    format!("{:.1}", EDGE + (x - low) / (high - low) * (WIDTH - 2.0 * EDGE))
}

fn height(part: f64) -> String {
    format!("{:.1}", HEIGHT - 1.0 - part * (HEIGHT - 4.0))
}

/// The area under the density, from the chances of equal steps.
fn density(distribution: &Distribution) -> Option<(String, String)> {
    let (low, high) = (distribution.quantile(0.01), distribution.quantile(0.99));
    if !(low.is_finite() && high.is_finite() && low < high) {
        return None;
    }
    let at = |step: usize| low + (high - low) * step as f64 / STEPS as f64;
    let chances: Vec<f64> = (0..STEPS).map(|step| distribution.cdf(at(step + 1)) - distribution.cdf(at(step))).collect();
    let most = chances.iter().copied().fold(0.0, f64::max);
    if most <= 0.0 {
        return None;
    }
    let mut path = format!("M{} {}", place(low, low, high), height(0.0));
    // The ends keep the height of their steps, so that a uniform stays a box.
    let _ = write!(path, "L{} {}", place(low, low, high), height(chances[0] / most));
    for (step, chance) in chances.iter().enumerate() {
        let _ = write!(path, "L{} {}", place(at(step) + (high - low) / (2 * STEPS) as f64, low, high), height(chance / most));
    }
    let _ = write!(path, "L{} {}", place(high, low, high), height(chances[STEPS - 1] / most));
    let _ = write!(path, "L{} {}Z", place(high, low, high), height(0.0));
    Some((path, place(distribution.quantile(0.5), low, high)))
}

/// A bar for each value of a list, as high as its share of fixed ranks.
fn bars(distribution: &Distribution) -> Option<(String, String)> {
    let values: Vec<f64> = (0..RANKS).map(|rank| distribution.quantile((rank as f64 + 0.5) / RANKS as f64)).collect();
    let mut counts: Vec<(f64, usize)> = Vec::new();
    for value in values {
        match counts.last_mut() {
            Some((same, count)) if *same == value => *count += 1,
            _ => counts.push((value, 1)),
        }
    }
    let (low, high) = (counts.first()?.0, counts.last()?.0);
    let most = counts.iter().map(|(_, count)| *count).max()? as f64;
    // A single value has its bar in the middle; others have room for half a bar on either side.
    let reach = if low < high { (high - low) * 0.06 } else { 1.0 };
    let (left, right) = (low - reach, high + reach);
    let half = if counts.len() > 20 { 0.6 } else { 2.5 };
    let mut path = String::new();
    for (value, count) in &counts {
        let middle = EDGE + (value - left) / (right - left) * (WIDTH - 2.0 * EDGE);
        let (top, bottom) = (height(*count as f64 / most), height(0.0));
        let _ = write!(path, "M{:.1} {bottom}V{top}H{:.1}V{bottom}Z", middle - half, middle + half);
    }
    Some((path, place(distribution.quantile(0.5), left, right)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uniform_is_a_box_with_its_median_in_the_middle() {
        let (path, median) = density(&Distribution::uniform(0.0, 10.0).unwrap()).unwrap();
        // From 2 to 130 along the axis and from 29 up to 3: (132 - 2 - 2) / 2 + 2 = 66.
        assert_eq!(median, "66.0");
        assert!(path.starts_with("M2.0 29.0L2.0 3.0L") && path.ends_with("L130.0 3.0L130.0 29.0Z"), "{path}");
    }

    #[test]
    fn a_choice_has_bars_as_high_as_its_chances() {
        let (path, _) = bars(&Distribution::choice(&[(5.0, 0.25), (7.0, 0.5), (9.0, 0.25)]).unwrap()).unwrap();
        // Heights of 26 of which the middle bar has all and the others half: 29 - 26 = 3 and 29 - 13 = 16.
        assert_eq!(path.matches('Z').count(), 3);
        assert_eq!((path.matches("V3.0").count(), path.matches("V16.0").count()), (1, 2), "{path}");
    }

    #[test]
    fn every_shape_is_finite() {
        let heavy = Distribution::metalog(1.0, 5.0, 100.0, 0.0, f64::INFINITY);
        let all = [heavy, Distribution::normal(0.0, 1e-9), Distribution::beta(0.01, 0.01, 0.0, 1.0), Distribution::choice(&[(3.0, 1.0)])];
        for distribution in all {
            let text = sketch(&distribution.unwrap()).into_string();
            assert!(text.contains("<path") && !text.contains("NaN") && !text.contains("inf"), "{text}");
        }
    }
}
