//! A net benefit: a sum of outcomes with factors, as a scenario writes it.

use crate::analysis::{Measure, MeasureError};
use crate::model::Model;
use crate::scenario::excerpt;
use std::fmt;

/// A sum of measures with factors.
#[derive(Clone, Debug, PartialEq)]
pub struct Benefit {
    /// Its terms: factor and measure.
    pub terms: Vec<(f64, Measure)>,
    /// What is added to them.
    pub constant: f64,
}

/// Why a text is no net benefit.
#[derive(Clone, Debug, PartialEq)]
pub enum BenefitError {
    /// A term measures nothing known.
    Measure(MeasureError),
    /// It is not written as a sum.
    Form(String),
}

impl fmt::Display for BenefitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Measure(error) => error.fmt(f),
            Self::Form(rule) => f.write_str(rule),
        }
    }
}

impl std::error::Error for BenefitError {}

impl Benefit {
    /// Reads a sum such as `revenue - 4_250 * stranded + 2e9 * (delivered_T >= 250000) - 1e9`.
    ///
    /// # Errors
    /// If it is not written like this, or a term measures nothing known.
    pub fn parse(text: &str, model: &Model) -> Result<Self, BenefitError> {
        let mut benefit = Self { terms: Vec::new(), constant: 0.0 };
        for (sign, term) in terms(text) {
            let number = |text: &str| text.trim().replace('_', "").parse::<f64>().ok().filter(|n| n.is_finite());
            let inner =
                |text: &str| text.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(text.trim()).to_owned();
            let measure = |text: &str| Measure::parse(&inner(text), model).map_err(BenefitError::Measure);
            let parts: Vec<&str> = outside(&term, '*');
            match (parts.as_slice(), parts.first().and_then(|part| number(part)), parts.last().and_then(|part| number(part))) {
                ([_], Some(constant), _) => benefit.constant += sign * constant,
                ([only], None, _) => benefit.terms.push((sign, measure(only)?)),
                ([_, factor], Some(number), None) => benefit.terms.push((sign * number, measure(factor)?)),
                ([factor, _], None, Some(number)) => benefit.terms.push((sign * number, measure(factor)?)),
                _ => {
                    let rule = format!("\"{}\" is no term: write NUMBER * OUTCOME", excerpt(term.trim()));
                    return Err(BenefitError::Form(rule));
                }
            }
        }
        if let Some((_, wait)) = benefit.terms.iter().find(|(_, measure)| measure.censored_at().is_some()) {
            let rule = format!("{} may never end, and has no mean: make it a condition, such as ({} <= 12)", wait.text, wait.text);
            return Err(BenefitError::Form(rule));
        }
        if benefit.terms.is_empty() {
            return Err(BenefitError::Form(format!("\"{}\" names no outcome", excerpt(text))));
        }
        Ok(benefit)
    }

    /// What it measures.
    pub fn measures(&self) -> Vec<Measure> {
        self.terms.iter().map(|(_, measure)| measure.clone()).collect()
    }

    /// Its value from the means of its measures, each in its own unit.
    pub fn of(&self, means: &[f64]) -> f64 {
        self.terms.iter().zip(means).fold(self.constant, |sum, ((factor, _), mean)| sum + factor * mean)
    }
}

/// The parts of a text between a sign, outside brackets.
fn outside(text: &str, sign: char) -> Vec<&str> {
    let (mut parts, mut depth, mut from) = (Vec::new(), 0_i32, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            c if c == sign && depth == 0 => {
                parts.push(&text[from..at]);
                from = at + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

/// The terms of a sum with their signs. A sign inside a number (`1e-9`) or brackets is none.
fn terms(text: &str) -> Vec<(f64, String)> {
    let (mut found, mut depth, mut term, mut sign) = (Vec::new(), 0_i32, String::new(), 1.0);
    let chars: Vec<char> = text.chars().collect();
    for (i, c) in chars.iter().enumerate() {
        depth += i32::from(matches!(c, '(' | '[')) - i32::from(matches!(c, ')' | ']'));
        let before = chars[..i].iter().rev().find(|c| !c.is_whitespace());
        let is_inside = i > 0 && !chars[i - 1].is_whitespace() && chars.get(i + 1).is_some_and(char::is_ascii_digit);
        let is_sign = matches!(c, '+' | '-') && depth == 0 && !(is_inside && before.is_some_and(char::is_ascii_alphanumeric));
        if !is_sign {
            term.push(*c);
            continue;
        }
        if !term.trim().is_empty() {
            found.push((sign, std::mem::take(&mut term)));
            sign = 1.0;
        }
        sign = if *c == '-' { -sign } else { sign };
        term.clear();
    }
    found.push((sign, term));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_read_with_their_signs() {
        let read = |text: &str| terms(text).into_iter().map(|(sign, term)| (sign, term.trim().to_owned())).collect::<Vec<_>>();
        assert_eq!(read("revenue - 4_250 * stranded"), [(1.0, "revenue".to_owned()), (-1.0, "4_250 * stranded".to_owned())]);
        assert_eq!(read("-a + b"), [(-1.0, "a".to_owned()), (1.0, "b".to_owned())]);
        assert_eq!(read("1e-9 * a - delivered(2026-06)"), [(1.0, "1e-9 * a".to_owned()), (-1.0, "delivered(2026-06)".to_owned())]);
        assert_eq!(read("2*(t_first <= 12)+1"), [(1.0, "2*(t_first <= 12)".to_owned()), (1.0, "1".to_owned())]);
    }
}
