//! Numbers, months and states as people read them.

use crate::analysis::{Z95, digits};
use crate::domain::{Date, Month};

const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/// A whole number with commas between thousands.
pub fn grouped(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::from(if value < 0.0 && digits != "0" { "−" } else { "" });
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count cut to `digits` digits that mean something: 431,529 is 432,000.
pub fn count(value: f64, digits: i32) -> String {
    if value == 0.0 {
        return "0".into();
    }
    if value.abs() < 1.0 {
        return "<1".into();
    }
    let order = libm::floor(libm::log10(value.abs())) as i32 + 1 - digits;
    let unit = libm::pow(10.0, f64::from(order.max(0)));
    grouped(libm::round(value / unit) * unit)
}

/// A number in a large unit cut to `digits` digits that mean something, with decimals where it is small: 0.0344, 5.3, 1,200.
pub fn significant(value: f64, digits: i32) -> String {
    if value == 0.0 {
        return "0".into();
    }
    let decimals = digits - 1 - libm::floor(libm::log10(value.abs())) as i32;
    match usize::try_from(decimals) {
        Ok(decimals) if decimals > 0 => format!("{value:.*}", decimals.min(6)).replace('-', "−"),
        _ => count(value, digits),
    }
}

/// A number on an axis whose steps are this far apart: with the decimals that tell steps apart.
pub fn plain(value: f64, step: f64) -> String {
    let decimals = -libm::floor(libm::log10(step) + 1e-9);
    // Steps of 2.5 have a digit more than their size.
    let finer = if libm::fabs(libm::fmod(step * libm::pow(10.0, decimals) + 1e-9, 1.0)) > 1e-6 { 1.0 } else { 0.0 };
    match decimals + finer {
        d if d > 0.0 => format!("{value:.*}", d as usize).replace('-', "−"),
        _ => grouped(value),
    }
}

/// A whole number of paths, worlds or the like.
pub fn whole(value: u64) -> String {
    grouped(value as f64)
}

/// A number with its sign: a plus for what is more than nothing, and a minus sign for a hyphen.
pub fn signed(number: &str) -> String {
    let number = number.replace('-', "−");
    let is_nothing = !number.contains(|c: char| ('1'..='9').contains(&c));
    if is_nothing || number.starts_with(['−', '<']) { number } else { format!("+{number}") }
}

/// A number cut to the digits that its standard error allows, or to two if the error is not known.
pub fn measured(value: f64, std_error: Option<f64>) -> String {
    let error = std_error.unwrap_or(if value == 0.0 { 0.0 } else { f64::NAN });
    digits::rounded(value, error).replace('-', "−")
}

/// A mean difference times `scale` with its 95% interval, cut to the digits that its standard error allows.
pub fn change(mean: f64, std_error: Option<f64>, scale: f64) -> String {
    let error = std_error.filter(|e| e.is_finite()).map(|e| e * scale);
    let number = signed(&measured(mean * scale, error));
    match error.filter(|e| *e > 0.0) {
        Some(error) => format!("{number} ±{}", digits::error(Z95 * error)),
        None => number,
    }
}

/// A share as a percentage; only none and all are called 0% and 100%.
pub fn percent(share: f64) -> String {
    match share * 100.0 {
        p if p > 0.0 && p < 0.5 => "<1%".into(),
        p if (99.5..100.0).contains(&p) => ">99%".into(),
        p => format!("{p:.0}%"),
    }
}

/// A share on an axis.
pub fn percent_tick(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}

/// `January 2026`.
pub fn month(month: Month) -> String {
    format!("{} {}", MONTHS[month.month() as usize - 1], month.year())
}

/// `Jan`.
pub fn short_month(month: Month) -> &'static str {
    &MONTHS[month.month() as usize - 1][..3]
}

/// `10 December 2025`.
pub fn date(date: Date) -> String {
    let name = usize::try_from(date.month).ok().and_then(|m| MONTHS.get(m.wrapping_sub(1)));
    name.map_or_else(|| date.to_string(), |name| format!("{} {name} {}", date.day, date.year))
}

/// The word of a state as a label: `case_by_case` is `Case by case`.
pub fn label(word: &str) -> String {
    let mut text = word.replace('_', " ");
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(["0", "999", "1,000", "1,234,567", "−12,000"], [0.0, 999.0, 1e3, 1_234_567.0, -12_000.0].map(grouped));
    }

    #[test]
    fn counts_keep_the_digits_asked_for_and_never_call_something_nothing() {
        assert_eq!(count(431_529.0, 3), "432,000");
        assert_eq!(count(431_529.0, 2), "430,000");
        assert_eq!(count(99_960.0, 3), "100,000");
        assert_eq!(count(84.4, 3), "84");
        assert_eq!(count(0.2, 3), "<1");
        assert_eq!(count(0.0, 3), "0");
    }

    #[test]
    fn small_numbers_in_a_large_unit_keep_their_decimals() {
        let said = [0.0, 0.034_4, 0.674_4, 5.27, 12.3, 1_234.0].map(|v| significant(v, 2));
        assert_eq!(said, ["0", "0.034", "0.67", "5.3", "12", "1,200"]);
        assert_eq!(significant(0.999, 2), "1.00");
    }

    #[test]
    fn only_none_and_all_are_called_so() {
        assert_eq!([0.0, 0.001, 0.31, 0.999, 1.0].map(percent), ["0%", "<1%", "31%", ">99%", "100%"]);
    }

    #[test]
    fn changes_have_a_sign_and_the_digits_their_error_allows() {
        // 1.96 × 3,000 = 5,880, two digits: 5,900. 1.96 × 0.04 = 0.078.
        assert_eq!(change(288_400.0, Some(3_000.0), 1.0), "+288,000 ±5,900");
        assert_eq!(change(-1.234, Some(0.04), 1.0), "−1.23 ±0.078");
        assert_eq!([change(0.0, Some(0.0), 1.0), change(0.0, None, 1.0)], ["0", "0"]);
        assert_eq!(change(-5_120_000_000.0, None, 1e-9), "−5.1");
        assert_eq!([signed("0.0"), signed("-0.5"), signed("<1")], ["0.0", "−0.5", "<1"]);
    }

    #[test]
    fn dates_and_states_are_written_out() {
        assert_eq!(date(Date { year: 2025, month: 12, day: 10 }), "10 December 2025");
        assert_eq!(date(Date { year: 2025, month: 13, day: 10 }), "2025-13-10");
        assert_eq!(label("case_by_case"), "Case by case");
        assert_eq!(month(Month::new(2027, 2).unwrap()), "February 2027");
    }
}
