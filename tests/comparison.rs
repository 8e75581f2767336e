//! Scenarios side by side on the same luck: against closed forms, and against the runs themselves.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod common;

use common::{model, quiet};
use greenlight::analysis::Comparison;
use greenlight::cli::{contrast, summarise};
use greenlight::engine::{Pool, Stop};
use greenlight::model::Model;
use std::num::NonZeroUsize;

fn pool(threads: usize) -> Pool {
    Pool::new(NonZeroUsize::new(threads).unwrap()).unwrap()
}

fn compare(models: &[Model], threads: usize) -> Comparison {
    let counts = models[0].scenario().simulation;
    contrast(models, counts, &pool(threads), &|_| {}, &Stop::default()).unwrap()
}

/// One buyer, always stocked, always cleared a month later: the first delivery comes a month after approval.
fn approved_with(chance: &str, months: &str, worlds: &str) -> Model {
    quiet(&[
        "supply.stock_chips=1000000000",
        "beijing.start=case_by_case",
        &format!("beijing.regimes.case_by_case.approve_per_month={chance}"),
        &format!("months={months}"),
        &format!("simulation.worlds={worlds}"),
        "simulation.paths_per_world=1",
    ])
}

#[test]
fn a_paired_wait_has_the_mean_the_variance_and_the_gain_of_its_closed_form() {
    // Both months of approval see the same draws u: the reference approves where u < .3, the other where u < .6. So the other
    // is first, and in its month the reference approves too with chance .3/.6; if not, the reference waits G(.3) more.
    // D = other − reference: mean −.5 / .3 = −1.66667; E D² = .5 (.7/.09 + 1/.09) = 9.44444, variance 6.66667.
    // Independent runs: .7/.09 + .4/.36 = 8.88889, which is 4/3 of it. Nobody waits longer than 59 months (.7^59 = 7e-10).
    let comparison = compare(&[approved_with("0.3", "60", "20000"), approved_with("0.6", "60", "20000")], 2);
    let outcome = comparison.contrasts[0].outcome("t_first", None).unwrap();
    let found = &outcome.difference;
    let (mean, error) = (found.mean.unwrap(), found.std_error.unwrap());
    assert!(outcome.is_wait && (mean + 5.0 / 3.0).abs() <= 4.0 * error, "{mean} ± {error}");
    // √(6.66667 / 20,000) = .018257; fourth moments of a geometric wait make its error about 2%.
    assert!((error / 0.018_257 - 1.0).abs() < 0.06, "{error}");
    assert!((found.variance_reduction.unwrap() - 4.0 / 3.0).abs() < 0.08, "{:?}", found.variance_reduction);
    // Earlier in half of the paths, later in none: √(.25 / 20,000) = .0035.
    assert_eq!(found.above, Some(0.0));
    assert!((found.below.unwrap() - 0.5).abs() <= 4.0 * 0.0035, "{:?}", found.below);
    assert!((found.below.unwrap() + found.equal().unwrap() - 1.0).abs() < 1e-12);
    // Half of the differences are 0 and a tenth of the rest −1 or beyond: the 95% quantile is 0, the median 0 or −1.
    assert_eq!(found.quantiles[6], Some(0.0));
}

#[test]
fn of_waits_that_have_not_all_ended_only_the_order_is_known() {
    // Twelve months: approval in the first eleven. The other is earlier with .6 (1 − .5^11) = .599707.
    let comparison = compare(&[approved_with("0.2", "12", "20000"), approved_with("0.5", "12", "20000")], 2);
    let found = &comparison.contrasts[0].outcome("t_first", None).unwrap().difference;
    assert_eq!((found.mean, found.std_error, found.quantiles, found.variance_reduction), (None, None, [None; 7], None));
    // √(.6 × .4 / 20,000) = .00346.
    assert!((found.below.unwrap() - 0.599_707).abs() <= 4.0 * 0.003_46, "{:?}", found.below);
    assert_eq!(found.above, Some(0.0));
}

#[test]
fn a_price_moves_revenue_by_chips_times_its_change_in_every_path() {
    // 10,000 dollars more for each chip delivered: exactly so in the mean, and none where nothing is delivered.
    let priced = |price: &str| model("baseline-dec-2025", &["simulation.worlds=40", "simulation.paths_per_world=5", price]);
    let comparison = compare(&[priced("money.price_usd=20000"), priced("money.price_usd=30000")], 2);
    let contrast = &comparison.contrasts[0];
    let delivered = &comparison.reference().outcome("delivered_T", None).unwrap().estimate;
    let revenue = &contrast.outcome("revenue", None).unwrap().difference;
    assert!((revenue.mean.unwrap() / (10_000.0 * delivered.mean.unwrap()) - 1.0).abs() < 1e-12);
    assert!((revenue.std_error.unwrap() / (10_000.0 * delivered.std_error.unwrap()) - 1.0).abs() < 1e-9);
    assert_eq!((revenue.equal(), revenue.below), (delivered.share_zero, Some(0.0)));
    // (20,000² + 30,000²) / 10,000² = 13 times the variance of deliveries in independent runs.
    assert!((revenue.variance_reduction.unwrap() - 13.0).abs() < 1e-6);
    let same = &contrast.outcome("delivered_T", None).unwrap().difference;
    assert_eq!((same.mean, same.std_error, same.equal(), same.variance_reduction), (Some(0.0), Some(0.0), Some(1.0), None));
    assert!(!same.is_noise());
}

#[test]
fn scenarios_meet_in_calendar_months_and_by_the_keys_of_buyers() {
    // One begins a month later, ends in the same month and has a buyer of its own.
    let small = ["simulation.worlds=20", "simulation.paths_per_world=4"];
    let extra = "buyers.newcomer={ name = \"New\", need_per_month = 9000 }";
    let models = [model("baseline-dec-2025", &small), model("as-known-2026-02-01", &[small[0], small[1], extra, "months=23"])];
    let comparison = compare(&models, 2);
    let [reference, other] = &comparison.scenarios[..] else { panic!() };
    let contrast = &comparison.contrasts[0];
    assert_eq!((contrast.start.to_string(), contrast.months), ("2026-02".into(), 23));
    let counterpart =
        |buyer: Option<usize>| buyer.map(|b| other.header.buyers.iter().position(|(key, _)| *key == reference.header.buyers[b].0).unwrap());
    for series in &contrast.monthly {
        let name = series.metric.name;
        let ours = &reference.series(name, series.buyer).unwrap().months;
        let theirs = &other.series(name, counterpart(series.buyer)).unwrap().months;
        for (i, difference) in series.months.iter().enumerate() {
            let expected = theirs[i].mean.unwrap() - ours[i + 1].mean.unwrap();
            let slack = 1e-9 * (theirs[i].mean.unwrap().abs() + ours[i + 1].mean.unwrap().abs());
            assert!((difference.mean.unwrap() - expected).abs() <= slack, "{name} in month {i}");
        }
    }
    // Deliveries by a date mean the same; a first quarter of two months does not, nor does the month of a wait.
    let named = |name: &str| contrast.outcome(name, None).is_some();
    assert_eq!(["delivered_2026", "delivered_T", "revenue_2026q2"].map(named), [true; 3]);
    assert_eq!(["revenue_2026q1", "revenue", "t_first"].map(named), [false; 3]);
}

#[test]
fn a_scenario_is_no_different_from_itself_and_the_same_as_in_its_own_run() {
    let small = ["simulation.worlds=30", "simulation.paths_per_world=7"];
    let models = ["baseline-dec-2025", "baseline-dec-2025", "us-reversal"].map(|name| model(name, &small));
    let comparison = compare(&models, 2);
    let twin = &comparison.contrasts[0];
    assert!(twin.monthly.iter().flat_map(|s| &s.months).all(|d| d.equal() == Some(1.0) && d.mean == Some(0.0)));
    // Every outcome that both define is compared, to the same digits as when each runs alone.
    for (model, summary) in models.iter().zip(&comparison.scenarios) {
        let alone = summarise(model, &pool(1), &|_| {}, &Stop::default()).unwrap();
        assert_eq!(alone.outcomes.len(), summary.outcomes.len());
        for (a, b) in alone.outcomes.iter().zip(&summary.outcomes) {
            assert_eq!((&a.estimate, &a.quantile_intervals, &a.exceedance), (&b.estimate, &b.quantile_intervals, &b.exceedance));
        }
        for series in &summary.monthly {
            let own = alone.series(series.series.metric.name, series.series.buyer).unwrap();
            assert_eq!(own.months, series.months);
        }
        assert_eq!(
            alone.categories.iter().map(|c| &c.shares).collect::<Vec<_>>(),
            summary.categories.iter().map(|c| &c.shares).collect::<Vec<_>>()
        );
    }
}

#[test]
fn any_number_of_threads_finds_the_same_differences() {
    let small = ["simulation.worlds=60", "simulation.paths_per_world=9"];
    let models = ["baseline-dec-2025", "beijing-opens", "tsmc-ramp"].map(|name| model(name, &small));
    let found = [1, 2, 7].map(|threads| {
        let comparison = compare(&models, threads);
        comparison.contrasts.iter().flat_map(|c| &c.outcomes).map(|o| o.difference.clone()).collect::<Vec<_>>()
    });
    assert!(found[0] == found[1] && found[1] == found[2]);
}
