//! Months, quarters and days of the calendar, without a clock.

use std::fmt;

/// One calendar month, ordered in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    /// Months since January of year 0.
    index: i32,
}

/// One calendar quarter, ordered in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quarter {
    /// Calendar year.
    pub year: i32,
    /// 1 to 4.
    pub quarter: u32,
}

/// One day, ordered in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    /// Calendar year.
    pub year: i32,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
}

impl Month {
    /// A month of the years 1 to 9999; `month` from 1.
    pub fn new(year: i32, month: u32) -> Option<Self> {
        let valid = (1..=9999).contains(&year) && (1..=12).contains(&month);
        valid.then(|| Self { index: year * 12 + month as i32 - 1 })
    }

    /// Reads `YYYY-MM`.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let digits = |s: &str, n: usize| s.len() == n && s.bytes().all(|b| b.is_ascii_digit());
        if !digits(year, 4) || !digits(month, 2) {
            return None;
        }
        Self::new(year.parse().ok()?, month.parse().ok()?)
    }

    /// The month `months` later.
    pub fn plus(self, months: i32) -> Self {
        Self { index: self.index + months }
    }

    /// How many months `self` lies after `earlier`; negative if before.
    pub fn since(self, earlier: Self) -> i32 {
        self.index - earlier.index
    }

    /// Calendar year.
    pub fn year(self) -> i32 {
        self.index.div_euclid(12)
    }

    /// 1 to 12.
    pub fn month(self) -> u32 {
        self.index.rem_euclid(12) as u32 + 1
    }

    /// The quarter this month lies in.
    pub fn quarter(self) -> Quarter {
        Quarter { year: self.year(), quarter: (self.month() - 1) / 3 + 1 }
    }
}

impl Date {
    /// Reads `YYYY-MM-DD`, a day that the calendar has.
    pub fn parse(text: &str) -> Option<Self> {
        let (month, day) = text.rsplit_once('-')?;
        let month = Month::parse(month)?;
        let day: u32 = (day.len() == 2 && day.bytes().all(|b| b.is_ascii_digit())).then(|| day.parse().ok())??;
        let leap = |year: i32| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month.month() {
            2 if leap(month.year()) => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            _ => 31,
        };
        (1..=days).contains(&day).then_some(Self { year: month.year(), month: month.month(), day })
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year(), self.month())
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-Q{}", self.year, self.quarter)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_only_if_the_calendar_has_it() {
        assert_eq!(Date::parse("2026-06-01"), Some(Date { year: 2026, month: 6, day: 1 }));
        assert_eq!(Date::parse("2028-02-29").map(|date| date.to_string()).as_deref(), Some("2028-02-29"));
        for text in ["2026-02-29", "2100-02-29", "2026-04-31", "2026-6-1", "2026-06-00", "2026-13-01", "today", "2026-06-1x", ""] {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }
}
