//! The values of one key along an edge of a chart.

use super::super::axes::Scale;
use crate::analysis::{Axis, plain};

/// Where the values lie between 0 and 1, and what is written where.
pub struct Along {
    /// One per value.
    pub places: Vec<f64>,
    /// (place, text).
    pub ticks: Vec<(f64, String)>,
    /// Whether places are those of numbers, so that a line between them means something.
    pub is_number: bool,
}

/// From one step to the next of what counts as rising by steps of one ratio.
const SAME: f64 = 1e-6;

impl Along {
    /// Numbers to scale, or to the scale of their logarithms if they rise by one ratio; words side by side.
    pub fn new(axis: &Axis) -> Self {
        let Some(numbers) = &axis.numbers else { return Self::side_by_side(axis) };
        let [Some(&low), Some(&high)] = [numbers.first(), numbers.last()] else { return Self::side_by_side(axis) };
        let ratio = numbers[1] / low;
        let is_log = numbers.len() > 2 && low > 0.0 && numbers.windows(2).all(|pair| (pair[1] / pair[0] / ratio - 1.0).abs() < SAME * 1e3);
        if is_log {
            let at = |x: f64| libm::log(x / low) / libm::log(high / low);
            let ticks = numbers.iter().map(|x| (at(*x), short(*x))).collect();
            return Self { places: numbers.iter().map(|x| at(*x)).collect(), ticks, is_number: true };
        }
        let at = |x: f64| (x - low) / (high - low);
        let inside = |x: &f64| (low - SAME * (high - low)..=high + SAME * (high - low)).contains(x);
        let ticks = Scale::covering(low, high).ticks().filter(inside).map(|x| (at(x), short(x))).collect();
        Self { places: numbers.iter().map(|x| at(*x)).collect(), ticks, is_number: true }
    }

    /// Every value in a column of its own, whatever it is.
    pub fn side_by_side(axis: &Axis) -> Self {
        let count = axis.values.len() as f64;
        let places: Vec<f64> = (0..axis.values.len()).map(|i| (i as f64 + 0.5) / count).collect();
        let text =
            |i: usize| axis.numbers.as_ref().map_or_else(|| axis.values[i].trim_matches('"').to_owned(), |numbers| short(numbers[i]));
        Self { ticks: places.iter().enumerate().map(|(i, place)| (*place, text(i))).collect(), places, is_number: false }
    }
}

/// A number for an axis: commas between thousands, or at most four digits.
fn short(x: f64) -> String {
    if x.abs() >= 1000.0 {
        return super::super::words::grouped(x);
    }
    plain(format!("{x:.3e}").parse().unwrap_or(x))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn along(text: &str) -> Along {
        Along::new(&Axis::parse(text).unwrap())
    }

    #[test]
    fn numbers_lie_to_scale_and_words_side_by_side() {
        let even = along("a=0.2..1:3");
        assert!(even.is_number && even.places.iter().zip([0.0, 0.5, 1.0]).all(|(a, b)| (a - b).abs() < 1e-12), "{:?}", even.places);
        assert!(even.ticks.iter().any(|(_, text)| text == "0.4") && even.ticks.iter().all(|(place, _)| (0.0..=1.0).contains(place)));
        let ratio = along("a=1..10000:3:log");
        assert!(ratio.places.iter().zip([0.0, 0.5, 1.0]).all(|(a, b)| (a - b).abs() < 1e-12), "{:?}", ratio.places);
        assert_eq!(ratio.ticks.iter().map(|tick| tick.1.as_str()).collect::<Vec<_>>(), ["1", "100", "10,000"]);
        let words = along("a=x,y");
        assert_eq!((words.places, words.is_number), (vec![0.25, 0.75], false));
    }
}
