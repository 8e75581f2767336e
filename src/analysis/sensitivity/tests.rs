//! The estimators against closed forms, through the design that the command plays.

use super::*;
use crate::random::{Copula, Distribution, Draws, PathKey, Tag, normal_quantile};
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::f64::consts::PI;

/// A function of ranks, and of a uniform draw that is luck.
struct Toy {
    f: fn(&[f64], f64) -> f64,
    copula: Option<Copula>,
    paths: u64,
    seed: u64,
}

impl Experiment for Toy {
    type Error = Infallible;

    fn complete(&self, known: &dyn Fn(usize) -> bool, ranks: &mut [f64]) {
        if let Some(copula) = &self.copula {
            copula.complete(ranks, known);
        }
    }

    fn play(&mut self, ranks: &[f64], luck: u64, played: &mut Played) -> Result<(), Infallible> {
        let path = |path| (self.f)(ranks, Draws::new(PathKey::path(self.seed, luck, path), Tag::new("test", "luck")).uniform(0, 0));
        played.outcomes = vec![(0..self.paths).map(path).collect()];
        played.monthly = played.outcomes.clone();
        Ok(())
    }
}

/// The effects of a function of some inputs, each in a group of its own unless said otherwise.
fn effects(toy: &mut Toy, group_of: &[usize], rows: u64) -> (OutcomeEffects, Audit) {
    let (outcome, audit, _) = all_effects(toy, group_of, rows);
    (outcome, audit)
}

/// The same with the shares of a month that records the outcome.
fn all_effects(toy: &mut Toy, group_of: &[usize], rows: u64) -> (OutcomeEffects, Audit, Option<MonthShares>) {
    let groups = group_of.iter().max().unwrap() + 1;
    let design = Design { group_of: group_of.to_vec(), groups, chosen: vec![0], ends: vec![[0.1, 0.9]; group_of.len()] };
    let uniforms = |world: u64, seed: u64| {
        let draws = Draws::new(PathKey::world(seed, world), Tag::new("test", "inputs"));
        (0..group_of.len() as u64).map(|slot| draws.uniform(0, slot)).collect::<Vec<f64>>()
    };
    let played: Vec<Row> = (0..rows)
        .map(|j| {
            let mut order = Draws::new(PathKey::world(toy.seed, j), Tag::new("test", "order")).stream(0, 0);
            let order = crate::analysis::shapley::random_order(groups, || order.uniform());
            let [a, b] = [2 * j, 2 * j + 1].map(|world| uniforms(world, toy.seed));
            design.row(toy, j as usize, [&a, &b], [2 * j, 2 * j + 1], order).unwrap()
        })
        .collect();
    let rows = Rows::new(&design, &played, |ranks| ranks.to_vec());
    (rows.outcome(0), rows.audit(), rows.month(0, toy.paths as f64))
}

/// Ishigami's function with a = 7 and b = 0.1 of x = pi (2u - 1).
///
/// With c = b pi^4 / 5 = 1.9481818: V1 = (1 + c)^2 / 2 = 4.345888, V2 = a^2 / 8 = 6.125, V13 = b^2 pi^8 (1/18 - 1/50) = 3.373700,
/// V = 13.844588. First order .313905, .442411, 0; total .557589, .442411, .243684; Shapley, the interaction halved: .435747, .442411,
/// .121842. E[f | x1] = (1 + c) sin x1 + a / 2, at ranks .1 and .9 (x = -+ .8 pi): change 2 x .587785 x 2.948182 = 3.465811.
fn ishigami(u: &[f64], _: f64) -> f64 {
    let x = |i: usize| PI * (2.0 * u[i] - 1.0);
    let (sin1, sin2, x3) = (libm::sin(x(0)), libm::sin(x(1)), x(2));
    sin1 + 7.0 * sin2 * sin2 + 0.1 * x3 * x3 * x3 * x3 * sin1
}

const ISHIGAMI_FIRST: [f64; 3] = [0.313_905, 0.442_411, 0.0];
const ISHIGAMI_TOTAL: [f64; 3] = [0.557_589, 0.442_411, 0.243_684];
const ISHIGAMI_SHAPLEY: [f64; 3] = [0.435_747, 0.442_411, 0.121_842];
const ISHIGAMI_CHANGE: [f64; 3] = [3.465_811, 0.0, 0.0];

/// Passes within four standard errors, which a right estimate misses once in 16,000.
fn assert_near(found: Option<Valued>, truth: f64, least_precision: f64) {
    let found = found.unwrap();
    assert!(found.std_error < least_precision, "{found:?} is not precise enough to tell {truth}");
    assert!((found.value - truth).abs() <= 4.0 * found.std_error.max(1e-9), "{found:?} instead of {truth}");
}

#[test]
fn ishigamis_indices_are_those_of_the_closed_form() {
    let (found, _) = effects(&mut Toy { f: ishigami, copula: None, paths: 2, seed: 1 }, &[0, 1, 2], 4_000);
    for i in 0..3 {
        assert_near(found.inputs[i].first, ISHIGAMI_FIRST[i], 0.03);
        assert_near(found.inputs[i].total, ISHIGAMI_TOTAL[i], 0.03);
        assert_near(found.groups[i].share, ISHIGAMI_SHAPLEY[i], 0.03);
        assert_near(found.inputs[i].tornado.map(|t| t.change), ISHIGAMI_CHANGE[i], 0.5);
    }
    // Nothing is luck.
    assert_eq!(found.ignorance.unwrap().value, 1.0);
    assert!((found.groups.iter().map(|g| g.share.unwrap().value).sum::<f64>() - 1.0).abs() < 1e-12);
}

fn revenue(u: &[f64], _: f64) -> f64 {
    let stock = Distribution::lognormal(100_000.0, 800_000.0).unwrap().quantile(u[0]);
    stock * Distribution::lognormal(20_000.0, 31_000.0).unwrap().quantile(u[1])
}

#[test]
fn a_revenue_is_price_times_stock_with_the_indices_of_model_o26() {
    let (found, _) = effects(&mut Toy { f: revenue, copula: None, paths: 2, seed: 2 }, &[0, 1], 4_000);
    for (input, first, total) in [(0, 0.942_042, 0.969_991), (1, 0.030_009, 0.057_958)] {
        assert_near(found.inputs[input].first, first, 0.05);
        assert_near(found.inputs[input].total, total, 0.05);
    }
    assert_eq!(found.inputs.iter().map(|input| input.place).collect::<Vec<_>>(), [(1, 1), (2, 2)]);
}

/// Approved with probability .1 + .3 x + .5 y; a third input does nothing.
///
/// Ignorance is .34 / 12 = .0283333, of which x has 9/34 and y 25/34. Luck is E p (1 - p) = .5 - (.25 + .0283333) = .2216667, so that
/// .1133333 of the variance is ignorance. Of the mean of four paths luck is .2216667 / 4 = .0554, twice the ignorance.
fn approval(u: &[f64], luck: f64) -> f64 {
    if luck < 0.1 + 0.3 * u[0] + 0.5 * u[1] { 1.0 } else { 0.0 }
}

#[test]
fn luck_is_taken_off_and_an_input_without_effect_has_none_at_all() {
    let (found, audit) = effects(&mut Toy { f: approval, copula: None, paths: 4, seed: 3 }, &[0, 1, 2], 6_000);
    for (input, truth) in [(0, 9.0 / 34.0), (1, 25.0 / 34.0)] {
        assert_near(found.inputs[input].first, truth, 0.06);
        assert_near(found.inputs[input].total, truth, 0.06);
        assert_near(found.groups[input].share, truth, 0.06);
    }
    assert_near(found.ignorance, 0.113_333, 0.01);
    // On common luck the third input changes nothing in any path.
    assert_eq!(found.inputs[2].total, Some(Valued { value: 0.0, std_error: 0.0 }));
    assert_eq!(found.inputs[2].first, Some(Valued { value: 0.0, std_error: 0.0 }));
    assert_eq!(audit.cells, [Response { varies: true, moved_by: vec![true, true, false] }]);
    let dummy = &found.inputs[2];
    assert!(dummy.pawn.unwrap().value.abs() < 4.0 * dummy.pawn.unwrap().std_error, "{dummy:?}");
    assert!(found.inputs[1].pawn.unwrap().value > 2.0 * found.inputs[1].pawn_floor);
}

#[test]
fn the_ignorance_of_model_o25_is_one_ninth() {
    let approved = |u: &[f64], luck: f64| {
        let p = Distribution::beta(2.0, 6.0, 0.0, 1.0).unwrap().quantile(u[0]);
        if luck < p { 1.0 } else { 0.0 }
    };
    let (found, _) = effects(&mut Toy { f: approved, copula: None, paths: 5, seed: 4 }, &[0], 3_000);
    assert_near(found.ignorance, 1.0 / 9.0, 0.01);
    assert_near(found.inputs[0].total, 1.0, 0.08);
}

fn linear(u: &[f64], _: f64) -> f64 {
    1.5 * normal_quantile(u[0]) + 2.0 * normal_quantile(u[1]) + normal_quantile(u[2])
}

#[test]
fn a_linear_model_of_dependent_inputs_has_the_shapley_effects_of_the_closed_form() {
    // y = 1.5 x1 + 2 x2 + x3, x2 and x3 with correlation .5. Explained by x2 alone (2 + .5)^2 = 6.25, by x3 alone (1 + 1)^2 = 4, by both
    // 4 + 1 + 2 = 7. Shapley: x1 2.25, x2 (6.25 + 7 - 4) / 2 = 4.625, x3 2.375, of 9.25.
    // Spearman's correlation 6 / pi asin(.5 / 2) of a Gaussian copula.
    let spearman = 6.0 / PI * libm::asin(0.25);
    let copula = || Some(Copula::new(3, &[(1, 2, spearman)], None).unwrap());
    let (found, _) = effects(&mut Toy { f: linear, copula: copula(), paths: 2, seed: 5 }, &[0, 1, 2], 4_000);
    for (group, truth) in [2.25, 4.625, 2.375].into_iter().enumerate() {
        assert_near(found.groups[group].share, truth / 9.25, 0.03);
    }
    // Sobol indices are of the independent draws: x2 = z2 and x3 = .5 z2 + .866 z3, so z2 has 6.25 and z3 .75.
    for (input, truth) in [2.25, 6.25, 0.75].into_iter().enumerate() {
        assert_near(found.inputs[input].total, truth / 9.25, 0.03);
        assert_near(found.inputs[input].first, truth / 9.25, 0.03);
    }
    // The tornado lets the other of a pair follow: E[y | x3] = x3 + 2 x .5 x3, from -1.281552 to 1.281552: 5.126206.
    assert_near(found.inputs[2].tornado.map(|t| t.change), 4.0 * 1.281_551_565_544_6, 0.1);
    // Groups may tie inputs that depend on each other: x1 and x3 against x2 have 9.25 - 6.25 - ... val(x2) = 6.25, val(x1, x3) = 2.25 + 4.
    let (found, _) = effects(&mut Toy { f: linear, copula: copula(), paths: 2, seed: 6 }, &[0, 1, 0], 4_000);
    assert_near(found.groups[1].share, (6.25 + 9.25 - 6.25) / 2.0 / 9.25, 0.03);
}

#[test]
fn partial_rank_correlation_holds_the_others() {
    // Ranks of x1 + x2 with a third that only goes along with the first: of it nothing is left when the first is held.
    let sum = |u: &[f64], _: f64| normal_quantile(u[0]) + normal_quantile(u[1]);
    let copula = Copula::new(3, &[(0, 2, 0.8)], None).unwrap();
    let (found, _) = effects(&mut Toy { f: sum, copula: Some(copula), paths: 2, seed: 7 }, &[0, 1, 2], 2_000);
    let along = &found.inputs[2];
    // Spearman's with a correlation of 2 sin(.8 pi / 6) / sqrt 2 = .5752 is 6 / pi asin(.2876) = .5570.
    let (low, high) = along.rank.unwrap().interval;
    assert!(low < 0.557 && 0.557 < high && high - low < 0.06, "{along:?}");
    // With r = .6902 of the first two and .5570 of the third with the sum, and .8 between the first and the third: regression weights
    // (.6902 - .8 x .5570) / .36 = .6795 and (.5570 - .8 x .6902) / .36 = .0134, unexplained .0471; partial, weight over the root of its
    // square and .0471 / .36: .8827 and .0370. Deviations at most (1 - r^2) / sqrt 4000 = .016.
    let partial = |input: usize| found.inputs[input].partial.unwrap().value;
    assert!((partial(0) - 0.8827).abs() < 0.016 && (partial(2) - 0.037).abs() < 0.064, "{found:?}");
}

#[test]
fn inputs_that_cannot_be_told_apart_share_their_places() {
    let alike = |u: &[f64], _: f64| u[0] + u[1] + 0.1 * u[2];
    let (found, _) = effects(&mut Toy { f: alike, copula: None, paths: 2, seed: 8 }, &[0, 1, 2], 500);
    assert_eq!(found.inputs.iter().map(|input| input.place).collect::<Vec<_>>(), [(1, 2), (1, 2), (3, 3)]);
}

#[test]
fn an_outcome_that_never_varies_has_no_indices_and_no_panic() {
    let (found, audit) = effects(&mut Toy { f: |_, _| 7.0, copula: None, paths: 2, seed: 9 }, &[0, 1], 20);
    assert_eq!((found.mean.value, found.std_dev), (7.0, 0.0));
    assert!(found.ignorance.is_none() && found.inputs.iter().all(|i| i.total.is_none() && i.first.is_none() && i.rank.is_none()));
    assert!(found.groups.iter().all(|g| g.share.is_none()));
    assert_eq!(audit.cells, [Response { varies: false, moved_by: vec![false, false] }]);
}

/// PAWN of u + v: the largest distance between the distribution functions where u is in the first fifth, and of all.
///
/// For u below .2 and y from .2 to 1 it is F_b - F = (y - .1) - y^2 / 2, which rises to y = 1: .9 - .5.
const PAWN_OF_A_SUM: f64 = 0.4;
/// PAWN of u v: with F = y - y ln y and F_b = 5 (y + y ln(.2 / y)) in the first fifth, F_b - F is largest at ln y = 1.25 ln .2, where it
/// is 4 y.
const PAWN_OF_A_PRODUCT: f64 = 0.534_992;
/// PAWN of the three inputs of the linear model: of a normal pair of correlation .493197, .821995 and .657596 in the last fifth, by
/// integration of Phi((y - r z) / sqrt(1 - r^2)) over it in another program.
const PAWN_OF_A_LINEAR: [f64; 3] = [0.285_705, 0.522_968, 0.394_398];

/// Of so many replicates, how often each interval holds its truth.
fn coverage(replicates: u64, rows: u64) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for seed in 1..=replicates {
        let mut count = |name: &str, interval: Option<(f64, f64)>, truth: f64| {
            let (low, high) = interval.unwrap();
            *counts.entry(name.to_owned()).or_default() += u64::from(low - 1e-12 <= truth && truth <= high + 1e-12);
        };
        let measured = |measure: Option<Valued>| measure.map(|measure| measure.interval());
        let ranked = |effect: Option<Effect>| effect.map(|effect| effect.interval);

        let (ishigami, _) = effects(&mut Toy { f: ishigami, copula: None, paths: 2, seed }, &[0, 1, 2], rows);
        count("Ishigami, tornado of 0", measured(ishigami.inputs[0].tornado.map(|t| t.change)), ISHIGAMI_CHANGE[0]);
        for (i, input) in ishigami.inputs.iter().enumerate() {
            count(&format!("Ishigami, first order of {i}"), measured(input.first), ISHIGAMI_FIRST[i]);
            count(&format!("Ishigami, total of {i}"), measured(input.total), ISHIGAMI_TOTAL[i]);
            count(&format!("Ishigami, Shapley of {i}"), measured(ishigami.groups[i].share), ISHIGAMI_SHAPLEY[i]);
            // Even in both.
            if i > 0 {
                count(&format!("Ishigami, rank of {i}"), ranked(input.rank), 0.0);
            }
        }

        let (revenue, _) = effects(&mut Toy { f: revenue, copula: None, paths: 2, seed }, &[0, 1], rows);
        for (i, first, total) in [(0, 0.942_042, 0.969_991), (1, 0.030_009, 0.057_958)] {
            count(&format!("revenue, first order of {i}"), measured(revenue.inputs[i].first), first);
            count(&format!("revenue, total of {i}"), measured(revenue.inputs[i].total), total);
            count(&format!("revenue, Shapley of {i}"), measured(revenue.groups[i].share), (first + total) / 2.0);
        }
        // 700,000 chips at the mean price of sqrt(20,000 x 31,000) exp(.170985^2 / 2).
        count("revenue, tornado of 0", measured(revenue.inputs[0].tornado.map(|t| t.change)), 17_686_522_575.0);

        let copula = Copula::new(3, &[(1, 2, 6.0 / PI * libm::asin(0.25))], None).unwrap();
        let (tied, _) = effects(&mut Toy { f: linear, copula: Some(copula), paths: 2, seed }, &[0, 1, 2], rows);
        for (i, input) in tied.inputs.iter().enumerate() {
            let drawn = [2.25, 6.25, 0.75][i] / 9.25;
            count(&format!("linear, first order of {i}"), measured(input.first), drawn);
            count(&format!("linear, total of {i}"), measured(input.total), drawn);
            count(&format!("linear, Shapley of {i}"), measured(tied.groups[i].share), [2.25, 4.625, 2.375][i] / 9.25);
            // 6 / pi asin(r / 2), and the same matrix with the ties inverted.
            count(&format!("linear, rank of {i}"), ranked(input.rank), [0.475_877, 0.808_917, 0.639_861][i]);
            count(&format!("linear, partial rank of {i}"), ranked(input.partial), [0.925_281, 0.946_307, 0.825_083][i]);
            count(&format!("linear, PAWN of {i}"), measured(input.pawn), PAWN_OF_A_LINEAR[i]);
        }

        let (approved, _, month) = all_effects(&mut Toy { f: approval, copula: None, paths: 10, seed }, &[0, 1, 2], rows);
        let month = month.unwrap();
        count("approval, luck of a month", measured(Some(month.luck)), 1.0 - 0.113_333);
        for (i, share) in [9.0 / 34.0, 25.0 / 34.0].into_iter().enumerate() {
            count(&format!("approval, first order of {i}"), measured(approved.inputs[i].first), share);
            count(&format!("approval, total of {i}"), measured(approved.inputs[i].total), share);
            count(&format!("approval, share of {i} in a month"), measured(Some(month.groups[i])), 0.113_333 * share);
            // In the first or last fifth approvals are .4 of its weight more or less likely.
            count(&format!("approval, PAWN of {i}"), measured(approved.inputs[i].pawn), [0.12, 0.2][i]);
        }
        count("approval, PAWN of 2", measured(approved.inputs[2].pawn), 0.0);

        for (name, f, truth) in [
            ("sum, PAWN of 0", (|u, _| u[0] + u[1]) as fn(&[f64], f64) -> f64, PAWN_OF_A_SUM),
            ("product, PAWN of 0", |u, _| u[0] * u[1], PAWN_OF_A_PRODUCT),
        ] {
            let (found, _) = effects(&mut Toy { f, copula: None, paths: 2, seed }, &[0, 1], rows);
            count(name, measured(found.inputs[0].pawn), truth);
        }
    }
    counts
}

#[test]
fn intervals_cover_about_as_often_as_they_say() {
    // Of 100 intervals of 95%, 95 with a deviation of 2.2; four and a half of them are 10.
    let counts = coverage(100, 500);
    assert!(counts.iter().all(|(_, covered)| (85..=100).contains(covered)), "{counts:?}");
}

#[test]
#[ignore = "long: 2,000 replicates; part of just nightly"]
fn two_thousand_intervals_cover_as_often_as_promised() {
    // As many rows as the command plays.
    let counts = coverage(2_000, 1_250);
    let wrong: Vec<_> = counts.iter().filter(|(_, covered)| !(1_856..=1_944).contains(*covered)).collect();
    assert!(counts.len() > 40 && wrong.is_empty(), "{wrong:?}");
}
