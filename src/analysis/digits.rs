//! Numbers for people, cut to the digits that the Monte Carlo error allows.

/// The value, rounded at the first digit of its standard error, with thousands separators.
///
/// An error of zero leaves the value as it is; an error that is no number leaves it two digits.
pub fn rounded(value: f64, std_error: f64) -> String {
    if std_error == 0.0 {
        return separated(&value.to_string());
    }
    let place = if std_error.is_finite() { leading_place(std_error) } else { leading_place(value) - 1 };
    at_place(value, place)
}

/// A standard error itself: two digits.
pub fn error(std_error: f64) -> String {
    if std_error == 0.0 {
        return "0".to_owned();
    }
    at_place(std_error, leading_place(std_error) - 1)
}

/// The error to assume of a value of which none is known: a unit of its second digit.
pub fn rough_error(value: f64) -> f64 {
    format!("1e{}", leading_place(value) - 1).parse().unwrap_or(f64::NAN)
}

/// The power of ten of the first digit; 0 for zero.
fn leading_place(value: f64) -> i32 {
    // Scientific notation is exact where a logarithm could be one off.
    format!("{value:e}").split_once('e').and_then(|(_, place)| place.parse().ok()).unwrap_or(0)
}

fn at_place(value: f64, place: i32) -> String {
    if place <= 0 {
        return separated(&format!("{value:.*}", place.unsigned_abs() as usize));
    }
    let unit = (0..place).fold(1.0, |unit, _| unit * 10.0);
    separated(&format!("{:.0}", (value / unit).round() * unit))
}

/// Commas between thousands. Zero has no sign.
fn separated(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("-", digits));
    let sign = if digits.bytes().all(|byte| matches!(byte, b'0' | b'.')) { "" } else { sign };
    let (whole, fraction) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut text = sign.to_owned();
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text + fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_end_where_their_error_begins() {
        assert_eq!(rounded(1_234_567.0, 1_234.0), "1,235,000");
        assert_eq!(rounded(123_456.0, 9_999.0), "123,000");
        assert_eq!(rounded(123_456.0, 1.0), "123,456");
        assert_eq!(rounded(0.312_41, 0.005_1), "0.312");
        assert_eq!(rounded(12.5, 0.1), "12.5");
        assert_eq!(rounded(-45_678.0, 310.0), "-45,700");
        assert_eq!(rounded(999_999.0, 100.0), "1,000,000");
    }

    #[test]
    fn a_value_below_its_error_is_zero_without_a_sign() {
        assert_eq!(rounded(-400.0, 1_200.0), "0");
        assert_eq!(rounded(-0.000_4, 0.01), "0.00");
    }

    #[test]
    fn without_an_error_the_value_is_exact_and_with_an_unknown_one_it_is_rough() {
        assert_eq!(rounded(582_500.0, 0.0), "582,500");
        assert_eq!(rounded(0.25, 0.0), "0.25");
        assert_eq!(rounded(123_456.0, f64::NAN), "120,000");
        assert_eq!(rounded(0.0, f64::NAN), "0.0");
    }

    #[test]
    fn a_rough_error_is_a_unit_of_the_second_digit() {
        assert_eq!([12_345.0, -99.0, 0.034, 0.0].map(rough_error), [1_000.0, 1.0, 0.001, 0.1]);
    }

    #[test]
    fn errors_have_two_digits() {
        assert_eq!(error(1_234.0), "1,200");
        assert_eq!(error(0.005_14), "0.0051");
        assert_eq!(error(7.0), "7.0");
        assert_eq!(error(0.0), "0");
    }
}
