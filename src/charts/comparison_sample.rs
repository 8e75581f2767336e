//! Made-up comparisons to draw in tests, and the cases every chart of a comparison must survive.

use super::sample::{assert_texts_are_apart, assert_well_formed, baseline, words_of};
use super::{Chart, draw_comparison};
use crate::analysis::{
    Averaging, Comparison, Contrast, Contribution, Difference, Estimate, Explanation, MonthlyDifference, OutcomeDifference, OutcomeSummary,
    PROBABILITIES, Summary,
};
use crate::domain::{Date, Month};
use crate::model::{Metric, Outcome};

static DELIVERED: Metric = Metric { name: "delivered", unit: "chips", meaning: "", scale: 1.0 };

/// Title and how much of the reference's deliveries each scenario makes.
const SCENARIOS: [(&str, f64); 16] = [
    ("Baseline, as known on 10 December 2025", 1.0),
    ("Beijing opens", 2.2),
    ("Blackwell first", 0.99),
    ("Washington turns", 0.4),
    ("Open and ramp", 3.1),
    ("Case by case, drop by drop", 0.6),
    ("Customs freeze", 0.3),
    ("Domestic surge", 0.8),
    ("Cap of 75,000 per customer", 0.9),
    ("Full prepayment", 0.85),
    ("Hong Kong corridor", 1.3),
    ("Quiet buying", 1.05),
    ("TSMC ramps", 1.15),
    ("Strict baseline, without hindsight", 0.95),
    ("As known on 1 February 2026", 0.5),
    ("Everything at once", 4.0),
];

/// Outcomes: name, unit, mean in the reference, its standard error.
const OUTCOMES: [(&str, &str, f64, f64); 10] = [
    ("delivered_2026", "chips", 83_000.0, 2_800.0),
    ("delivered_T", "chips", 190_000.0, 5_100.0),
    ("t_first", "month", 11.0, 0.1),
    ("revenue", "USD", 5.1e9, 1.4e8),
    ("us_take", "USD", 1.26e9, 3.4e7),
    ("nvidia_share", "ratio", 0.119, 0.003),
    ("grey_units", "chips", 175_000.0, 4_200.0),
    ("domestic_share", "ratio", 0.74, 0.004),
    ("unmet_training", "H200-equivalents", -12_000.0, 700.0),
    ("stranded", "chips", 0.0, 0.0),
];

/// A comparison of the first `scenarios` of the list over `months` months.
pub fn comparison(months: usize, scenarios: usize) -> Comparison {
    let wanted = || SCENARIOS.iter().take(scenarios);
    Comparison {
        scenarios: wanted().map(|(title, strength)| summary(months, title, *strength)).collect(),
        contrasts: wanted().skip(1).map(|(_, strength)| contrast(months, strength - 1.0)).collect(),
    }
}

fn summary(months: usize, title: &str, strength: f64) -> Summary {
    let mut summary = baseline(months);
    summary.header.title = title.into();
    summary.header.name = title.to_lowercase().replace(' ', "-");
    for month in summary.monthly.iter_mut().flat_map(|s| &mut s.months) {
        month.quantiles = month.quantiles.map(|q| q.map(|v| (v * strength).round()));
        // Richer scenarios begin in more paths.
        month.share_zero = month.share_zero.map(|zero| libm::pow(zero, (0.5 + 0.5 * strength).min(2.0)));
    }
    let outcome = |(name, unit, mean, error): &(&str, &'static str, f64, f64)| {
        let estimate = Estimate {
            paths: 50_000,
            mean: Some(mean * if *name == "stranded" { 1.0 } else { strength }),
            std_dev: Some(1.0),
            std_error: Some(*error),
            share_zero: Some(0.25),
            share_zero_std_error: Some(0.004),
            quantiles: PROBABILITIES.map(|p| Some((mean * 2.0 * p).round())),
        };
        OutcomeSummary {
            outcome: Outcome {
                name: (*name).into(),
                unit,
                meaning: String::new(),
                buyer: None,
                cell: 0,
                scale: 1.0,
                censored_at: name.starts_with("t_").then_some(months as i64 + 1),
            },
            estimate,
            quantile_intervals: [None; 7],
            conditional_quantiles: [None; 7],
            share_censored: None,
            ignorance_share: None,
            exceedance: Vec::new(),
        }
    };
    summary.outcomes = OUTCOMES.iter().map(outcome).collect();
    summary
}

/// A scenario that delivers `more` times the reference on top of it: `more` × 10,000 chips a month, give or take 3,000 in all.
fn contrast(months: usize, more: f64) -> Contrast {
    let month = |t: f64| {
        let mean = more * 10_000.0 * t;
        Difference { quantiles: PROBABILITIES.map(|p| Some(mean * 2.0 * p + 60_000.0 * (p - 0.5))), ..around(mean, 3_000.0) }
    };
    let monthly = vec![MonthlyDifference { metric: &DELIVERED, buyer: None, months: (0..months).map(|i| month((i + 1) as f64)).collect() }];
    let outcome = |(name, unit, mean, error): &(&str, &'static str, f64, f64)| {
        let difference = match *name {
            "t_first" => Difference { mean: None, std_error: None, std_dev: None, quantiles: [None; 7], ..around(-more, 0.0) },
            "stranded" => Difference { above: Some(0.0), below: Some(0.0), ..around(0.0, 0.0) },
            _ => around(more * mean, *error),
        };
        OutcomeDifference { name: (*name).into(), unit, buyer: None, is_wait: *name == "t_first", difference }
    };
    Contrast { start: Month::new(2026, 1).unwrap(), months, monthly, outcomes: OUTCOMES.iter().map(outcome).collect() }
}

/// Above in 71% of paths and below in 4%, or the other way round.
fn around(mean: f64, error: f64) -> Difference {
    let (above, below) = if mean > 0.0 { (0.71, 0.04) } else { (0.04, 0.71) };
    Difference {
        paths: 50_000,
        mean: Some(mean),
        std_dev: Some(error * 200.0),
        std_error: Some(error),
        quantiles: PROBABILITIES.map(|p| Some(2.0 * p * mean)),
        above: Some(above),
        below: Some(below),
        share_std_errors: Some((0.003, 0.003)),
        variance_reduction: Some(6.0),
    }
}

/// An explanation with as many groups as contributions; thousand chips each, with a standard error of 1,000.
pub fn explanation(thousands: &[f64]) -> Explanation {
    let names = ["beijing", "us_market", "supply", "washington", "buyers", "grey_market", "domestic", "shipping", "terms", "line", "needs"];
    let group = |(i, thousand): (usize, &f64)| Contribution {
        name: names.get(i).map_or_else(|| format!("group_{i}"), |n| (*n).to_string()),
        keys: (0..=i).map(|k| format!("{}.key_{k}", names[i % names.len()])).collect(),
        mean: thousand * 1e3,
        std_error: 1e3,
    };
    let total = thousands.iter().sum::<f64>() * 1e3;
    Explanation {
        outcome: "delivered_T".into(),
        unit: "chips",
        worlds: 200,
        paths_per_world: 50,
        method: Averaging::Exact,
        reference: 190_000.0,
        scenario: 190_000.0 + total,
        total: Contribution { name: "total".into(), keys: Vec::new(), mean: total, std_error: 2e3 },
        groups: thousands.iter().enumerate().map(group).collect(),
    }
}

/// Everything a chart of a comparison must survive, each with a name.
fn hard_cases() -> Vec<(String, Comparison, Explanation)> {
    let few = [120.0, -35.0, 1.0];
    let many: Vec<f64> = (0..24).map(|i| 100.0 - 9.0 * f64::from(i)).collect();
    let mut cases = Vec::new();
    for scenarios in [2, 3, 4, 5, 16] {
        let mut add = |name: &str, months: usize, groups: &[f64], change: &dyn Fn(&mut Comparison, &mut Explanation)| {
            let (mut comparison, mut explanation) = (comparison(months, scenarios), explanation(groups));
            change(&mut comparison, &mut explanation);
            cases.push((format!("{name}-{scenarios}"), comparison, explanation));
        };
        add("plain", 24, &few, &|_, _| {});
        add("one-month", 1, &[0.0], &|_, _| {});
        add("no-months", 0, &[], &|_, _| {});
        add("sixty-months", 60, &many, &|_, e| e.method = Averaging::Sampled);
        add("six-hundred-months", 600, &many[..10], &|_, _| {});
        add("all-zero", 24, &[0.0, 0.0], &all_zero);
        add("one-path", 24, &few, &one_path);
        add("huge", 24, &many[..11], &huge);
        add("unknown", 24, &[f64::NAN], &unknown);
        add("empty", 24, &[], &empty);
        add("other-months", 24, &few, &other_months);
        add("chinese", 24, &many, &chinese);
        add("hostile", 24, &many, &hostile);
        add("same-names", 13, &few, &|c, _| c.scenarios.iter_mut().for_each(|s| s.header.title = "Same".into()));
    }
    cases
}

fn differences(comparison: &mut Comparison) -> impl Iterator<Item = &mut Difference> {
    comparison.contrasts.iter_mut().flat_map(|c| {
        let monthly = c.monthly.iter_mut().flat_map(|s| &mut s.months);
        monthly.chain(c.outcomes.iter_mut().map(|o| &mut o.difference))
    })
}

fn estimates(comparison: &mut Comparison) -> impl Iterator<Item = &mut Estimate> {
    comparison.scenarios.iter_mut().flat_map(|s| {
        let monthly = s.monthly.iter_mut().flat_map(|s| &mut s.months);
        monthly.chain(s.outcomes.iter_mut().map(|o| &mut o.estimate))
    })
}

fn all_zero(comparison: &mut Comparison, explanation: &mut Explanation) {
    let zero = Some(0.0);
    for e in estimates(comparison) {
        (e.mean, e.std_error, e.share_zero, e.share_zero_std_error, e.quantiles) = (zero, zero, Some(1.0), zero, [zero; 7]);
    }
    for d in differences(comparison) {
        (d.mean, d.std_error, d.above, d.below, d.quantiles) = (zero, zero, zero, zero, [zero; 7]);
    }
    (explanation.reference, explanation.scenario) = (0.0, 0.0);
}

fn one_path(comparison: &mut Comparison, explanation: &mut Explanation) {
    comparison.scenarios.iter_mut().for_each(|s| (s.header.worlds, s.header.paths_per_world) = (1, 1));
    for e in estimates(comparison) {
        (e.std_dev, e.std_error, e.share_zero_std_error, e.quantiles) = (None, None, None, [e.quantiles[3]; 7]);
    }
    for d in differences(comparison) {
        (d.std_error, d.share_std_errors, d.quantiles, d.above, d.below) = (None, None, [d.mean; 7], Some(1.0), Some(0.0));
    }
    (explanation.worlds, explanation.paths_per_world) = (1, 1);
    explanation.groups.iter_mut().for_each(|g| g.std_error = f64::NAN);
}

fn huge(comparison: &mut Comparison, explanation: &mut Explanation) {
    for e in estimates(comparison) {
        (e.mean, e.quantiles) = (e.mean.map(|m| m * 1e6), e.quantiles.map(|q| q.map(|v| v * 1e6)));
    }
    for d in differences(comparison) {
        (d.mean, d.quantiles) = (d.mean.map(|m| m * 1e8), d.quantiles.map(|q| q.map(|v| v * 1e6)));
    }
    explanation.groups.iter_mut().for_each(|g| g.mean *= 1e9);
}

fn unknown(comparison: &mut Comparison, _: &mut Explanation) {
    for e in estimates(comparison) {
        (e.mean, e.std_error, e.share_zero, e.quantiles) = (None, Some(f64::NAN), Some(f64::INFINITY), [None; 7]);
    }
    for d in differences(comparison) {
        (d.mean, d.std_error, d.above, d.below, d.quantiles) = (Some(f64::NAN), Some(f64::INFINITY), None, Some(f64::NAN), [None; 7]);
    }
}

fn empty(comparison: &mut Comparison, _: &mut Explanation) {
    comparison.scenarios.iter_mut().for_each(|s| (s.monthly, s.outcomes) = (Vec::new(), Vec::new()));
    comparison.contrasts.iter_mut().for_each(|c| (c.monthly, c.outcomes) = (Vec::new(), Vec::new()));
}

/// Every scenario begins three months after the one before, and was known later.
fn other_months(comparison: &mut Comparison, _: &mut Explanation) {
    for (i, summary) in comparison.scenarios.iter_mut().enumerate() {
        summary.header.start = summary.header.start.plus(3 * i as i32);
        summary.header.as_of = Date { year: 2025, month: 12, day: 10 + i as u32 };
    }
    for (i, contrast) in comparison.contrasts.iter_mut().enumerate() {
        contrast.months = 24_usize.saturating_sub(3 * (i + 1));
        contrast.start = contrast.start.plus(3 * (i + 1) as i32);
        contrast.monthly[0].months.truncate(contrast.months);
        contrast.outcomes.retain(|o| !o.name.starts_with("delivered_2"));
    }
}

fn chinese(comparison: &mut Comparison, explanation: &mut Explanation) {
    for (i, summary) in comparison.scenarios.iter_mut().enumerate() {
        summary.header.title =
            "字节跳动、阿里巴巴与腾讯:國產晶片優先 — Scénario «prudent» à l’été, œuvre ±5 % → 2027 🚀 عربي".repeat(i % 3 + 1);
    }
    explanation.groups.iter_mut().for_each(|g| g.name = "阿里巴巴".repeat(9));
}

fn hostile(comparison: &mut Comparison, explanation: &mut Explanation) {
    let evil = format!("<script>alert(1)</script> \"'&amp; \u{1b}[31m\u{202e}gnp.exe\u{0}\n{}", "a very long title ".repeat(40));
    comparison.scenarios.iter_mut().for_each(|s| (s.header.title, s.header.name) = (evil.clone(), evil.clone()));
    (explanation.outcome, explanation.groups[0].name) = (evil.clone(), evil.clone());
    explanation.groups[0].keys = vec![evil; 20];
}

#[test]
fn every_hard_case_gives_sound_pictures_whose_texts_are_apart() {
    for (case, comparison, explanation) in hard_cases() {
        for chart in draw_comparison(&comparison, Some(&explanation)) {
            assert_well_formed(&case, &chart);
            assert_texts_are_apart(&case, &chart);
            assert!(!chart.svg.contains("<script") && !chart.svg.contains('\u{1b}') && !chart.svg.contains('\u{202e}'), "{case}");
        }
    }
}

fn named<'a>(charts: &'a [Chart], name: &str) -> &'a Chart {
    charts.iter().find(|c| c.name == name).unwrap()
}

#[test]
fn up_to_four_scenarios_share_an_axis_and_more_have_panels() {
    let stems = |scenarios: usize| draw_comparison(&comparison(24, scenarios), None).iter().map(|c| c.name).collect::<Vec<_>>();
    assert_eq!(stems(2), ["overlay", "difference", "forest", "first_delivery"]);
    assert_eq!(stems(4), stems(2));
    assert_eq!(stems(5), ["multiples", "forest", "first_delivery"]);
    let explained = draw_comparison(&comparison(24, 2), Some(&explanation(&[1.0])));
    assert_eq!(explained.last().unwrap().name, "waterfall");
}

#[test]
fn every_picture_says_scenarios_paths_date_and_seed() {
    for chart in draw_comparison(&comparison(24, 3), None) {
        let words = words_of(&chart);
        for text in [
            "Baseline, as known on 10 December 2025 (reference) · Beijing opens · Blackwell first",
            "50,000 simulated paths (1,000 worlds × 50) of each scenario, on the same luck",
            "As of 10 December 2025: nothing",
            "seed 20251210",
            "95%",
        ]
        .iter()
        .filter(|text| chart.name != "overlay" || **text != "95%")
        {
            assert!(words.contains(text), "{}: {text}", chart.name);
        }
    }
    let mut apart = comparison(24, 3);
    other_months(&mut apart, &mut explanation(&[]));
    assert!(words_of(&draw_comparison(&apart, None)[0]).contains("As of 10 December 2025 to 12 December 2025, by scenario"));
}

#[test]
fn the_pictures_say_what_the_comparison_says() {
    let charts = draw_comparison(&comparison(24, 4), None);
    let alt = |name: &str| named(&charts, name).alt.clone();
    // The reference at t = 24, worked in `sample.rs`: median 130,000 to two digits, zero in 32%. Twice and a fifth of 131,600 is 290,000;
    // zero in .3206^(.5 + .5 × 2.2) = exp(1.6 × ln .3206) = exp(1.6 × −1.1375) = 16%.
    assert!(alt("overlay").contains("Beijing opens, by the end of December 2027: median 290,000 chips"), "{}", alt("overlay"));
    assert!(alt("overlay").contains("nothing at all in 32% of paths") && alt("overlay").contains("nothing at all in 16% of paths"));
    assert!(alt("first_delivery").contains("16% at the end of December 2027 in Beijing opens"));
    // 1.2 × 10,000 × 24 = 288,000; 1.96 × 3,000 = 5,880. −.01 × 10,000 × 24 = −2,400, inside ±5,880; its digits end at the thousands.
    let difference = alt("difference");
    assert!(difference.contains("Beijing opens: +288,000 ±5,900 chips by December 2027; more in 71%, fewer in 4%, same in 25% of paths"));
    assert!(difference.contains("Blackwell first: −2,000 ±5,900 chips by December 2027, no difference beyond noise;"), "{difference}");
    // −.6 × 190,000 = −114,000 ± 1.96 × 5,100 = 9,996. 1.2 × 11.9 = 14.28 points ± 1.96 × .3 = .588. −.6 × 5.1 = −3.06 ± .2744.
    let forest = alt("forest");
    assert!(forest.contains("Washington turns: H200 delivered by the end of 2026 −50,000 ±5,500 (less in 71%)"), "{forest}");
    assert!(forest.contains("H200 delivered by December 2027 −114,000 ±10,000 (less in 71%)"), "{forest}");
    assert!(forest.contains("Nvidia’s share of compute +14.3 ±0.59 points (more in 71%)"), "{forest}");
    assert!(forest.contains("Gross revenue from China −3.1 ±0.27 bn (less in 71%)"), "{forest}");
    assert!(forest.contains("First delivery earlier in 71%, later in 4%"), "{forest}");
    assert!(forest.contains("H200 left with Nvidia at the end 0 (the same in every path)"), "{forest}");
    assert!(forest.contains("no difference beyond noise"));
    assert!(words_of(named(&charts, "forest")).contains("Reference: USD 5.1 bn"));
}

#[test]
fn only_months_inside_the_noise_are_grey() {
    let grey = |change: &dyn Fn(&mut Difference)| {
        let mut pair = comparison(24, 2);
        change(&mut pair.contrasts[0].monthly[0].months[0]);
        named(&draw_comparison(&pair, None), "difference").svg.matches("stroke=\"#737C85\"").count()
    };
    assert_eq!(grey(&|_| {}), 0, "12,000 ± 5,880 in the first month is no noise");
    assert_eq!(grey(&|first| first.mean = Some(5_000.0)), 1, "5,000 ± 5,880 is");
    assert_eq!(grey(&|first| (first.mean, first.std_error) = (Some(0.0), Some(0.0))), 0, "an exact zero is none");
}

#[test]
fn many_scenarios_are_each_named_with_their_numbers() {
    let charts = draw_comparison(&comparison(24, 16), None);
    for (title, _) in SCENARIOS {
        assert!(named(&charts, "multiples").alt.contains(title) && named(&charts, "first_delivery").alt.contains(title));
        assert!(title.starts_with("Baseline") || named(&charts, "forest").alt.contains(title), "{title}");
    }
    // 3 × 190,000 ± 1.96 × 5,100.
    assert!(named(&charts, "forest").alt.contains("Everything at once +570,000 ±10,000 (more in 71%)"));
    // Eleven of sixteen have no name beside their line.
    assert!(words_of(named(&charts, "first_delivery")).contains("Grey lines: the other 11 scenarios."));
}

#[test]
fn a_waterfall_goes_from_the_largest_step_down_and_greys_noise() {
    let chart = draw_comparison(&comparison(24, 2), Some(&explanation(&[-35.0, 1.0, 120.0]))).pop().unwrap();
    // 190,000 − 35,000 + 1,000 + 120,000 = 276,000; 1.96 × 1,000 = 1,960, which holds 1,000.
    assert!(chart.alt.contains("from 190,000 in the reference to 276,000 in the scenario"), "{}", chart.alt);
    let steps = "Supply +120,000 ±2,000; Beijing −35,000 ±2,000; US market +1,000 ±2,000 (no difference beyond noise)";
    assert!(chart.alt.contains(steps), "{}", chart.alt);
    assert!(chart.alt.contains("over all orders") && words_of(&chart).contains("10,000 simulated paths (200 worlds × 50)"));
    // Of twelve groups of 12, 11, … 1 thousand the last three are one: 3 + 2 + 1.
    let twelve: Vec<f64> = (1..=12).rev().map(f64::from).collect();
    let chart = draw_comparison(&comparison(24, 2), Some(&explanation(&twelve))).pop().unwrap();
    assert!(chart.alt.contains("3 others, error not shown +6,000"), "{}", chart.alt);
}
