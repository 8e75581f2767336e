//! Direct labels: beside the end of a line, or inside an area, never on top of each other.

use super::canvas::{self, Align, Canvas, Span, line_width};
use super::theme::{AXIS, Type};
use plotters::style::RGBColor;

/// Room between the panel and the labels at its right.
pub const LEAD: f64 = 16.0;

/// A band this many times thicker than a label is as good as any thicker one.
const AMPLE: f64 = 3.0;

/// A label beside the right edge of a panel.
#[derive(Clone, Debug, PartialEq)]
pub struct EndLabel {
    /// The value it belongs to.
    pub value: f64,
    /// What it says.
    pub spans: Vec<Span>,
    /// The colour of what it names, if its place alone does not say.
    pub swatch: Option<RGBColor>,
}

/// How much room the labels take at the right of a panel.
pub fn room(labels: &[EndLabel]) -> f64 {
    labels.iter().map(|l| line_width(&l.spans) + l.indent()).fold(0.0, f64::max) + LEAD
}

/// Writes the labels, listed from the top, at the right of `x`, each as near to the place of its value as the others allow, and no lower than `floor`.
pub fn write_at_end(canvas: &mut Canvas<'_>, x: f64, (ceiling, floor): (f64, f64), labels: &[EndLabel], place: impl Fn(f64) -> f64) {
    let mut order: Vec<&EndLabel> = labels.iter().collect();
    order.sort_by(|a, b| place(a.value).total_cmp(&place(b.value)));
    let wanted: Vec<f64> = order.iter().map(|l| place(l.value)).collect();
    let gap = order.iter().flat_map(|l| &l.spans).map(|s| s.style.line_height()).fold(0.0, f64::max);
    for ((label, y), from) in order.iter().zip(spread(&wanted, gap, ceiling, floor)).zip(wanted) {
        if (y - from).abs() > 4.0 {
            canvas.rule((x + 2.0, from), (x + LEAD - 3.0, y), AXIS, 0.75);
        }
        if let Some(ink) = label.swatch {
            canvas.swatch((x + LEAD + 5.0, y), ink);
        }
        canvas.text(x + LEAD + label.indent(), y, Align::Left, &label.spans);
    }
}

impl EndLabel {
    fn indent(&self) -> f64 {
        if self.swatch.is_some() { 17.0 } else { 0.0 }
    }
}

/// The places nearest to the wanted ones, in the same order, at least `gap` apart and between `low` and `high` if they can be.
pub fn spread(wanted: &[f64], gap: f64, low: f64, high: f64) -> Vec<f64> {
    // Neighbours that would collide form a block around the mean of what they want, less their own offset in the block.
    let mut blocks: Vec<(f64, usize)> = Vec::new();
    for (i, want) in wanted.iter().enumerate() {
        let mut block = (want - gap * i as f64, 1);
        while let Some((mean, size)) = blocks.pop_if(|(mean, _)| *mean > block.0) {
            block = ((mean * size as f64 + block.0 * block.1 as f64) / (size + block.1) as f64, size + block.1);
        }
        blocks.push(block);
    }
    let last = high - gap * wanted.len().saturating_sub(1) as f64;
    let means = blocks.iter().flat_map(|(mean, size)| std::iter::repeat_n(*mean, *size));
    means.enumerate().map(|(i, mean)| mean.min(last).max(low) + gap * i as f64).collect()
}

/// Where in a band a text of `width` and `height` fits best, if anywhere: where it is thick, and near the middle of the picture.
///
/// The band is given in picture units as (x, upper y, lower y) of columns from left to right; each reaches to the x of the next.
pub fn inside(columns: &[(f64, f64, f64)], end: f64, width: f64, height: f64) -> Option<(f64, f64)> {
    let right = |i: usize| columns.get(i + 1).map_or(end, |c| c.0);
    let middle = columns.first().map_or(end, |c| (c.0 + end) / 2.0);
    let mut best: Option<((f64, f64), (f64, f64))> = None;
    for first in 0..columns.len() {
        let Some(last) = (first..columns.len()).find(|i| right(*i) - columns[first].0 >= width) else { break };
        let top = columns[first..=last].iter().map(|c| c.1).fold(f64::MIN, f64::max);
        let bottom = columns[first..=last].iter().map(|c| c.2).fold(f64::MAX, f64::min);
        let thickness = bottom - top;
        let place = ((columns[first].0 + right(last)) / 2.0, (top + bottom) / 2.0);
        let merit = (thickness.min(AMPLE * height), -(place.0 - middle).abs());
        if thickness >= height && best.is_none_or(|(most, _)| merit > most) {
            best = Some((merit, place));
        }
    }
    best.map(|(_, place)| place)
}

/// The visible text of at most `width`; what does not fit ends in an ellipsis.
pub fn shortened(text: &str, style: Type, width: f64) -> Span {
    let mut span = Span::new(canvas::visible(text), style);
    let mut kept = span.text.clone();
    while span.width() > width && kept.pop().is_some() {
        span.text = format!("{}…", kept.trim_end());
    }
    span
}

/// The visible text in one or two lines of at most `width`, broken after a space if there is one; what does not fit ends in an ellipsis.
pub fn in_two(text: &str, style: Type, width: f64) -> Vec<Span> {
    let whole = Span::new(canvas::visible(text), style);
    if whole.width() <= width {
        return vec![whole];
    }
    let ends = whole.text.char_indices().map(|(at, c)| at + c.len_utf8());
    let fitting = ends.take_while(|end| Span::new(whole.text[..*end].trim_end(), style).width() <= width).last().unwrap_or(0);
    let space = whole.text[..fitting].rfind(' ').map(|at| at + 1).filter(|at| *at > fitting / 3);
    let (first, rest) = whole.text.split_at(space.unwrap_or(fitting));
    vec![Span::new(first.trim_end(), style), shortened(rest.trim_start(), style, width)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_that_do_not_collide_stay_where_they_are() {
        assert_eq!(spread(&[10.0, 40.0, 80.0], 20.0, 0.0, 100.0), [10.0, 40.0, 80.0]);
    }

    #[test]
    fn labels_that_collide_move_apart_evenly() {
        // Three that want 50 and keep 20 apart: their mean stays 50.
        assert_eq!(spread(&[50.0, 50.0, 50.0], 20.0, 0.0, 100.0), [30.0, 50.0, 70.0]);
        // At the floor they pile upwards.
        assert_eq!(spread(&[100.0, 100.0], 20.0, 0.0, 100.0), [80.0, 100.0]);
        // At the ceiling downwards.
        assert_eq!(spread(&[0.0, 1.0, 90.0], 20.0, 0.0, 100.0), [0.0, 20.0, 90.0]);
    }

    #[test]
    fn a_label_goes_where_its_band_is_thick_or_nowhere() {
        let band = [(0.0, 90.0, 100.0), (50.0, 50.0, 100.0), (100.0, 40.0, 100.0)];
        assert_eq!(inside(&band, 150.0, 45.0, 20.0), Some((125.0, 70.0)));
        assert_eq!(inside(&band, 150.0, 90.0, 20.0), Some((100.0, 75.0)));
        assert_eq!(inside(&band, 150.0, 45.0, 10.0), Some((75.0, 75.0)), "thick enough, so in the middle");
        assert_eq!(inside(&band, 150.0, 45.0, 80.0), None);
        assert_eq!(inside(&band, 150.0, 200.0, 5.0), None);
        assert_eq!(inside(&[], 150.0, 1.0, 1.0), None);
    }

    #[test]
    fn a_name_too_long_ends_in_an_ellipsis() {
        use super::super::theme::PLAIN;
        assert_eq!(shortened("ByteDance", PLAIN, 200.0).text, "ByteDance");
        // Every Chinese character is an em of 15 wide, and the ellipsis less than one: five and an ellipsis fit in 90, six do not.
        assert_eq!(shortened("阿里巴巴集团控股", PLAIN, 90.0).text, "阿里巴巴集…");
        assert_eq!(shortened("", PLAIN, 90.0).text, "");
        assert_eq!(shortened("阿里", PLAIN, 0.0).text, "…");
        let lines = |text, width| in_two(text, PLAIN, width).into_iter().map(|s| s.text).collect::<Vec<_>>();
        assert_eq!(lines("ByteDance", 90.0), ["ByteDance"]);
        assert_eq!(lines("State-funded data centres", 120.0), ["State-funded", "data centres"]);
        assert_eq!(lines("阿里巴巴集团控股有限公司北京分公司", 90.0), ["阿里巴巴集团", "控股有限公…"]);
    }
}
