//! The three sentences about a run, worked by hand, and that they read right whatever comes out.

use super::answer::sentences;
use super::tests::{amount, gates, outcome, summary};
use super::words;
use crate::analysis::{Estimate, Summary};

fn changed(change: impl FnOnce(&mut Summary)) -> [String; 3] {
    let mut summary = summary();
    change(&mut summary);
    sentences(&summary)
}

#[test]
fn the_three_sentences_say_what_the_summary_says() {
    // Rounded at the first digit of the error: 45,678 ± 310 is 45,700; 123,456.7 and 310,432 ± 1,234 are 123,000 and 310,000; 31.24%
    // ± 0.51% is 31.2%. Months count from January 2026, so the 7th is July and the 3rd March. Shares of gates have the error of 1,000
    // worlds at most: √(.45 × .55 / 1000) = 1.6% and √(.38 × .62 / 1000) = 1.5%. Of ignorance: .25 √(2 / 1000) = 1.1%.
    let expected = [
        "On average 45,700 H200 arrive by the end of 2026 and 123,000 (± 1,200) by the end of 2027; in nine histories out of ten the total \
         lies between 0 and 310,000, and the chance that none at all arrives is 31.2%.",
        "The first delivery comes by July 2026 in half of the histories (95% interval: July 2026 to August 2026), by March 2026 in one of \
         ten, and not before the end of 2027 in 31.2%.",
        "What holds back the most chips is most often Beijing’s answer at the end of 2026 (45% of histories) and Nvidia’s stock at the end \
         of 2027 (38% of histories); about 44% of the variance is ignorance, which research could remove, and the rest is luck.",
    ];
    assert_eq!(sentences(&summary()), expected);
}

#[test]
fn a_gate_that_binds_at_both_dates_is_named_once_and_a_free_month_is_called_so() {
    let binding = |first: &'static [(&'static str, f64)], last: &'static [(&'static str, f64)]| {
        let mut months: Vec<&[(&str, f64)]> = vec![&[]; 24];
        (months[11], months[23]) = (first, last);
        let text = changed(|s| (s.categories, s.outcomes) = (vec![gates(&months)], Vec::new()))[2].clone();
        text.trim_start_matches("What holds back the most chips is most often ").to_owned()
    };
    // √(.25 × .75 / 1000) = 1.4%.
    let still = "Beijing’s answer at the end of 2026 (100% of histories) and still at the end of 2027 (25% of histories; nothing in 75%).";
    assert_eq!(binding(&[("beijing", 1.0)], &[("beijing", 0.25)]), still);
    assert_eq!(
        binding(&[("stock", 1.0)], &[]),
        "Nvidia’s stock at the end of 2026 (100% of histories); nothing is held back at the end of 2027."
    );
    assert_eq!(binding(&[], &[]), "Nothing is held back at the end of 2026 and the end of 2027.");
}

#[test]
fn the_sentences_read_right_when_nothing_ever_arrives() {
    let said = changed(|s| {
        s.outcomes[1].estimate = Estimate { share_zero: Some(1.0), std_dev: Some(0.0), ..amount(0.0, 0.0, [0.0; 7]) };
        s.outcomes[1].ignorance_share = None;
        s.outcomes[2].estimate.quantiles = [None; 7];
        s.outcomes[2].share_censored = Some(1.0);
    });
    assert_eq!(said[0], "No H200 arrives by the end of 2027 in any of 50,000 simulated histories.");
    assert_eq!(said[1], "In all of them the first delivery lies beyond the end of 2027.");
    assert!(said[2].ends_with("at the end of 2027 (38% of histories)."), "{}", said[2]);
}

#[test]
fn the_sentences_read_right_when_all_is_certain() {
    let said = changed(|s| {
        let certain = |value: f64| Estimate { share_zero: Some(0.0), std_dev: Some(0.0), ..amount(value, 0.0, [value; 7]) };
        s.outcomes[1].estimate = certain(582_500.0);
        s.outcomes[2].estimate = certain(3.0);
        (s.outcomes[2].share_censored, s.outcomes[2].quantile_intervals[3]) = (Some(0.0), Some((3.0, 3.0)));
        s.header.months = 6;
        s.categories = vec![gates(&[&[] as &[_]; 6])];
        s.outcomes[1].ignorance_share = None;
    });
    assert_eq!(said[0], "Exactly 582,500 H200 arrive by the end of June 2026, the same number in each of 50,000 simulated histories.");
    assert_eq!(said[1], "The first delivery comes in March 2026 in every history.");
    assert_eq!(said[2], "Nothing is held back at the end of June 2026.");
}

#[test]
fn the_sentences_read_right_for_one_path_and_one_month() {
    let said = changed(|s| {
        (s.header.months, s.header.worlds, s.header.paths_per_world) = (1, 1, 1);
        let one = Estimate {
            paths: 1,
            std_dev: None,
            std_error: None,
            share_zero: Some(0.0),
            share_zero_std_error: None,
            ..amount(1_250.0, 0.0, [1_250.0; 7])
        };
        s.outcomes = vec![outcome("delivered_T", one.clone()), outcome("t_first", Estimate { quantiles: [Some(1.0); 7], ..one })];
        s.categories = vec![gates(&[&[("clearing", 1.0)]])];
    });
    // Without an error, two digits.
    assert_eq!(
        said[0],
        "About 1,300 H200 arrive by the end of January 2026 in the one history that was simulated; one history says nothing about chances."
    );
    assert_eq!(said[1], "Its first delivery comes in January 2026.");
    assert_eq!(said[2], "What holds back the most chips is the Chinese border at the end of January 2026.");
}

#[test]
fn the_sentences_read_right_when_little_arrives_and_when_nothing_is_known() {
    let said = changed(|s| {
        s.outcomes[2].estimate.quantiles = [Some(5.0), Some(9.0), None, None, None, None, None];
        s.outcomes[2].share_censored = Some(0.8);
        s.outcomes[1].ignorance_share = Some(-0.01);
    });
    // 80% is not the share of zero of the deliveries, so its error is unknown: two digits.
    assert_eq!(
        said[1],
        "In 80% of the histories the first delivery lies beyond the end of 2027, so that it has no median; in one of ten it comes by September 2026."
    );
    assert!(said[2].ends_with("; almost all of the spread is luck, and research could remove little of it."), "{}", said[2]);
    let said = changed(|s| (s.outcomes, s.categories) = (Vec::new(), Vec::new()));
    assert_eq!(said[0], "This run does not say how many H200 arrive by the end of 2027.");
    assert_eq!(said[1], "When the first of them arrives is not known from this run.");
    assert_eq!(said[2], "What decides it is not known from this run.");
}

#[test]
fn only_none_and_all_are_called_so() {
    let percent = |share, error| words::percent(share, Some(error));
    // .02% ± .14% would be 0.0%, 99.98% ± .14% would be 100.0%.
    assert_eq!([percent(0.000_2, 0.001_4), percent(0.999_8, 0.001_4)], ["<0.1%", ">99%"]);
    assert_eq!([percent(0.0, 0.0), percent(1.0, 0.0), percent(0.07, 0.0)], ["0%", "100%", "7%"]);
}
