//! Numbers, lists and states as the chronicle says them.

use crate::domain::{Beijing, Chips, Gate, PolicyType, Washington};

/// With more buyers than this in one sentence, the smaller ones are counted together.
const MOST_NAMES: usize = 4;
/// How many are named then.
const NAMES_BEFORE_OTHERS: usize = 3;

/// A whole number with commas between thousands.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::from(if number < 0 { "-" } else { "" });
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// So many chips, without the word.
pub fn chips(chips: Chips) -> String {
    grouped(chips.whole())
}

/// `1 month`, `3 months`.
pub fn count(number: usize, thing: &str) -> String {
    format!("{number} {thing}{}", if number == 1 { "" } else { "s" })
}

/// A share as a whole percentage.
pub fn percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}

/// `a`, `a and b`, `a, b and c`.
pub fn joined(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Buyers with a text for each, the largest first; beyond four, three are named and `others` speaks for the rest.
pub fn listed<T>(buyers: &[T], each: impl Fn(&T) -> String, others: impl Fn(&[T]) -> String) -> String {
    let named = if buyers.len() > MOST_NAMES { NAMES_BEFORE_OTHERS } else { buyers.len() };
    let mut parts: Vec<String> = buyers[..named].iter().map(each).collect();
    if named < buyers.len() {
        parts.push(others(&buyers[named..]));
    }
    joined(&parts)
}

/// A regime as it is spoken: `case by case`.
pub fn spoken(word: &str) -> String {
    word.replace('_', " ")
}

/// What Beijing really wants, for the start of a sentence.
pub fn intent(kind: PolicyType) -> &'static str {
    match kind {
        PolicyType::Stonewall => "puts self-reliance first (the stonewall type)",
        PolicyType::Drip => "lets in small lots, case by case (the drip type)",
        PolicyType::Quota => "manages volume by assessed demand (the quota type)",
        PolicyType::Open => "gives way to the compute shortage (the open type)",
    }
}

/// What a regime of Beijing's means for buyers.
pub fn meaning(regime: Beijing) -> &'static str {
    match regime {
        Beijing::Frozen => "nobody may ask, and nothing clears the border",
        Beijing::Pending => "no official answer, and requests do not bind",
        Beijing::CaseByCase => "requests are reviewed one by one, and lots cleared one by one",
        Beijing::Open => "imports are allowed",
    }
}

/// What a regime of Washington's means for buyers.
pub fn licensing(regime: Washington) -> &'static str {
    match regime {
        Washington::Revoked => "nothing may ship",
        Washington::Waiting => "the rule is announced but not in force",
        Washington::Licensing => "licences are decided buyer by buyer",
    }
}

/// Why approved chips do not ship, for the gates between an order and the way.
pub fn obstacle(gate: Gate) -> Option<&'static str> {
    Some(match gate {
        Gate::Licence => "their buyers have no US licence",
        Gate::Lot => "Nvidia ships no further ahead of what the border lets in",
        Gate::CustomerCap => "the US cap per customer is reached",
        Gate::Pairing => "the paired domestic chips have not been bought",
        Gate::Stock => "Nvidia has no more, US customers being served first",
        Gate::UsCeiling => "China's share of US volume is used up",
        Gate::Laboratory => "the US test laboratory is full",
        Gate::Request | Gate::Beijing | Gate::Confirmation | Gate::Clearing => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        let texts = [0, 7, 999, 1_000, 1_234_567, -12_345].map(grouped);
        assert_eq!(texts, ["0", "7", "999", "1,000", "1,234,567", "-12,345"]);
    }

    #[test]
    fn four_buyers_are_named_and_of_five_the_last_two_are_counted() {
        let say = |buyers: &[i64]| listed(buyers, |b| format!("{b}"), |rest| format!("{} others", rest.len()));
        assert_eq!(say(&[]), "");
        assert_eq!(say(&[9]), "9");
        assert_eq!(say(&[9, 8, 7, 6]), "9, 8, 7 and 6");
        assert_eq!(say(&[9, 8, 7, 6, 5]), "9, 8, 7 and 2 others");
    }
}
