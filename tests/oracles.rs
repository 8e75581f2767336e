//! The limiting cases of `model.md` section 7, whose answers are known on paper.
//!
//! Exact ones hold in every path. Monte Carlo ones lie within four standard errors of the exact answer.
//! O4, O12's and O14's matrix powers, O18, O20 and O21 are tested beside the code; O25 with the statistics;
//! O5, O6, O11 and O28 also with the samplers.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::disallowed_methods)]

mod common;

use common::{Mean, each_path, model, quiet};
use greenlight::model::{BuyerMonthly as B, BuyerOutcome, Layout, TotalMonthly as M, TotalOutcome};
use greenlight::random::{Distribution, normal_cdf, normal_quantile};
use greenlight::stats::{Record, UNDEFINED};

/// A line that starts exactly 10,000 chips a month.
const STEADY_LINE: [&str; 7] = [
    "supply.minimum_starts_per_month=10000",
    "supply.wafers_per_month=10",
    "supply.dies_per_wafer=1000",
    "supply.packaging_wafers_per_month=1000",
    "supply.packages_per_wafer=1000",
    "supply.memory_stacks_per_month=1000000",
    "supply.stock_chips=50000",
];
/// More chips than anybody asks for.
const PLENTY: &str = "supply.stock_chips=1000000000";

fn with<'a>(first: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    first.iter().chain(more).copied().collect()
}

fn total(record: &Record, layout: &Layout, metric: B, t: usize) -> i64 {
    record.monthly[layout.buyer_month(metric, None, t)]
}

fn flow(record: &Record, layout: &Layout, metric: M, t: usize) -> i64 {
    record.monthly[layout.total_month(metric, t)]
}

/// The first month with any of a cumulative series; months + 1 for none.
fn first_month(record: &Record, layout: &Layout, metric: B) -> usize {
    (1..=layout.months).find(|t| total(record, layout, metric, *t) > 0).unwrap_or(layout.months + 1)
}

#[test]
fn o1_an_empty_line_delivers_stock_then_flow() {
    // D(t) = 50,000 [t >= 2] + 10,000 (t - 1 - 5)+
    let model = quiet(&with(&STEADY_LINE, &["supply.line_fill_ratio=0.0"]));
    each_path(&model, 2, 2, |record, layout| {
        for t in 1..=24_i64 {
            let expected = if t >= 2 { 50_000 + 10_000 * (t - 6).max(0) } else { 0 };
            assert_eq!(total(record, layout, B::Delivered, t as usize), expected, "month {t}");
        }
        assert_eq!(total(record, layout, B::Delivered, 24), 230_000);
    });
}

#[test]
fn o2_and_o3_a_full_line_delivers_every_month_and_obeys_littles_law() {
    // D(t) = 50,000 + 10,000 (t - 1) from t = 2; 5 months × 10,000 in the line, 1 month × 10,000 on the way.
    let model = quiet(&with(&STEADY_LINE, &["supply.line_fill_ratio=1.0"]));
    each_path(&model, 2, 2, |record, layout| {
        for t in 2..=24_i64 {
            assert_eq!(total(record, layout, B::Delivered, t as usize), 50_000 + 10_000 * (t - 1), "month {t}");
        }
        assert_eq!(total(record, layout, B::Delivered, 24), 280_000);
        for t in 1..=24 {
            assert_eq!(flow(record, layout, M::Line, t), 50_000);
        }
        for t in 2..=24 {
            let on_the_way = total(record, layout, B::InTransit, t) + total(record, layout, B::AtBorder, t);
            assert_eq!(on_the_way, 10_000);
        }
    });
}

#[test]
fn o5_batches_fail_together() {
    // 24 batches of 10,000: mean 223,200; a batch's variance is n y (1-y) (1 + (n-1)/(kappa+1)) = 43,759.27.
    let model = quiet(&with(&STEADY_LINE, &["supply.line_fill_ratio=1.0", "supply.yield_share=0.93", "supply.yield_concentration=150"]));
    let (mut good, mut square) = (Mean::default(), Mean::default());
    each_path(&model, 1, 4000, |record, layout| {
        good.push((1..=24).map(|t| flow(record, layout, M::Good, t)).sum::<i64>() as f64);
        for t in 1..=24 {
            square.push((flow(record, layout, M::Good, t) as f64 - 9_300.0).powi(2));
        }
    });
    good.is(223_200.0, "good chips");
    square.is(43_759.27, "variance of a batch");
}

#[test]
fn o6_a_grant_is_beta_binomial() {
    // BetaBin(50,000, .5, 6): mean 25,000, variance 89,296,428.6.
    let model = quiet(&[
        "beijing.start=case_by_case",
        "beijing.regimes.case_by_case.granted_share=0.5",
        "beijing.regimes.case_by_case.granted_concentration=6.0",
        "buyers.one.need_per_month=50000",
        "requests.horizon_months=0.0",
        "months=1",
    ]);
    let (mut granted, mut square) = (Mean::default(), Mean::default());
    each_path(&model, 1, 20_000, |record, layout| {
        assert_eq!(flow(record, layout, M::RequestedInMonth, 1), 50_000);
        let chips = total(record, layout, B::Granted, 1) as f64;
        granted.push(chips);
        square.push((chips - 25_000.0).powi(2));
    });
    granted.is(25_000.0, "granted");
    square.is(89_296_428.6, "variance of the grant");
}

/// A review in case-by-case with these chances and no shift, over five years.
fn reviewed(approve: &str, refuse: &str) -> (Mean, Mean, Mean) {
    let (approve, refuse) = (
        format!("beijing.regimes.case_by_case.approve_per_month={approve}"),
        format!("beijing.regimes.case_by_case.refuse_per_month={refuse}"),
    );
    let model = quiet(&["beijing.start=case_by_case", &approve, &refuse, "months=60"]);
    let (mut approved, mut by_six, mut wait) = (Mean::default(), Mean::default(), Mean::default());
    each_path(&model, 1, 10_000, |record, layout| {
        let (yes, no) = (first_month(record, layout, B::Granted), first_month(record, layout, B::Refused));
        approved.push(f64::from(u8::from(yes < no)));
        by_six.push(f64::from(u8::from(yes < no && yes <= 6)));
        wait.push(yes.min(no) as f64);
    });
    (approved, by_six, wait)
}

#[test]
fn o7_a_request_is_decided_at_the_stated_rates() {
    // a = .30, r = .06: P(approved) = a/(a+r); mean wait 1/(a+r); P(approved by 6) = a (1-(1-a-r)^6)/(a+r).
    let (approved, by_six, wait) = reviewed("0.30", "0.06");
    approved.is(0.833_33, "approved first");
    by_six.is(0.776_067, "approved by month 6");
    wait.is(2.777_78, "months to a decision");
    // r = 0: mean 1/a = 3.33333, P(T > 6) = 0.7^6 = 0.117649.
    let (_, by_six, wait) = reviewed("0.30", "0.0");
    wait.is(3.333_33, "months to approval");
    by_six.is(1.0 - 0.117_649, "approved by month 6 when nobody is refused");
}

#[test]
fn o8_first_delivery_waits_for_approval_and_clearing() {
    // t_first = G(.3) + G(.5): P(T > t) = q^t + a (q^t - p^t)/(q - p) with q = .7, p = .5; mean 5.33333, variance 9.77778.
    let model = quiet(&[
        PLENTY,
        "beijing.start=case_by_case",
        "beijing.regimes.case_by_case.approve_per_month=0.3",
        "beijing.regimes.case_by_case.clear_per_month=0.5",
        "months=60",
    ]);
    let (mut wait, mut square) = (Mean::default(), Mean::default());
    let mut by = [2, 4, 6, 12].map(|t| (t, Mean::default()));
    each_path(&model, 1, 20_000, |record, layout| {
        let month = record.outcomes[layout.buyer_outcome(BuyerOutcome::FirstDelivery, None)] as f64;
        wait.push(month);
        square.push((month - 16.0 / 3.0).powi(2));
        for (t, share) in &mut by {
            share.push(f64::from(u8::from(month <= f64::from(*t))));
        }
    });
    wait.is(5.333_33, "mean wait");
    square.is(9.777_78, "variance of the wait");
    for ((_, share), expected) in by.iter().zip([0.15, 0.4935, 0.729_315, 0.965_763]) {
        share.is(expected, "delivered by then");
    }
}

/// Buyers reviewed in one month: (all of the first two, all of three, none, count, month of the first approval).
fn approvals(approve: &str, correlation: &str) -> [Mean; 5] {
    let (approve, correlation) =
        (format!("beijing.regimes.case_by_case.approve_per_month={approve}"), format!("beijing.correlation={correlation}"));
    let model = quiet(&[
        "beijing.start=case_by_case",
        &approve,
        &correlation,
        "buyers.two={ need_per_month = 1000000, training_share = 1.0, us_denial = 0.0 }",
        "buyers.three={ need_per_month = 1000000, training_share = 1.0, us_denial = 0.0 }",
    ]);
    let mut found: [Mean; 5] = Default::default();
    each_path(&model, 1, 40_000, |record, layout| {
        let approved: Vec<bool> = (0..3).map(|i| record.monthly[layout.buyer_month(B::Granted, Some(i), 1)] > 0).collect();
        let count = approved.iter().filter(|yes| **yes).count() as f64;
        let share = |yes: bool| f64::from(u8::from(yes));
        found[0].push(share(approved[0] && approved[1]));
        found[1].push(share(count == 3.0));
        found[2].push(share(count == 0.0));
        found[3].push(count);
        found[4].push(first_month(record, layout, B::Granted) as f64);
    });
    found
}

#[test]
fn o10_two_and_three_buyers_are_approved_together_as_orthants_say() {
    // p = .5, rho = .5: two: 1/4 + asin(.5)/(2 pi) = 1/3; three: 1/8 + 3 asin(.5)/(4 pi) = 1/4.
    let [two, three, ..] = approvals("0.5", "0.5");
    two.is(1.0 / 3.0, "two approved");
    three.is(0.25, "three approved");
}

#[test]
fn o11_correlated_answers_cluster() {
    // p = .30, rho = .35. The first approval comes after 1/0.569441 = 1.7561 months (24 months cut off 2e-9 of it).
    let [two, three, none, count, first] = approvals("0.3", "0.35");
    two.is(0.134_981, "two given ones");
    three.is(0.074_384, "all three");
    none.is(0.430_559, "none");
    count.is(0.9, "how many");
    // The variance of 40,000 counts has a relative error of about 1%; the contract says 0.899888 (independent: 0.63).
    assert!((count.variance() - 0.899_888).abs() < 0.04, "{}", count.variance());
    first.is(1.7561, "first approval");
}

const BEIJING_CHAIN: [&str; 5] = [
    "beijing.start=pending",
    "beijing.transitions.frozen={ frozen = 0.78, pending = 0.12, case_by_case = 0.09, open = 0.01 }",
    "beijing.transitions.pending={ frozen = 0.10, pending = 0.65, case_by_case = 0.22, open = 0.03 }",
    "beijing.transitions.case_by_case={ frozen = 0.08, pending = 0.05, case_by_case = 0.83, open = 0.04 }",
    "beijing.transitions.open={ frozen = 0.03, pending = 0.01, case_by_case = 0.06, open = 0.90 }",
];

fn occupancy(record: &Record, layout: &Layout, category: usize, t: usize) -> usize {
    usize::from(record.states[category * layout.months + t - 1])
}

#[test]
fn o12_beijing_moves_as_its_matrix_says() {
    let model = quiet(&BEIJING_CHAIN);
    let mut at = [1, 6, 12].map(|t| (t, [(); 4].map(|()| Mean::default())));
    let mut open = Mean::default();
    each_path(&model, 1, 40_000, |record, layout| {
        for (t, shares) in &mut at {
            let now = occupancy(record, layout, 0, *t);
            shares.iter_mut().enumerate().for_each(|(state, share)| share.push(f64::from(u8::from(state == now))));
        }
        open.push(record.outcomes[layout.total_outcome(TotalOutcome::MonthsOpen)] as f64);
    });
    let expected = [[0.10, 0.65, 0.22, 0.03], [0.243_431, 0.191_223, 0.435_032, 0.130_314], [0.249_162, 0.153_721, 0.413_102, 0.184_015]];
    for ((t, shares), expected) in at.iter().zip(expected) {
        for (share, expected) in shares.iter().zip(expected) {
            share.is(expected, &format!("month {t}"));
        }
    }
    open.is(13.568_55, "months in case-by-case or open");
}

#[test]
fn o14_hidden_types_mix() {
    let types = [
        "beijing.types.stonewall={ weight = 0.30, loosen_ratio = 0.35, tighten_ratio = 2.0 }",
        "beijing.types.drip={ weight = 0.35, loosen_ratio = 1.0, tighten_ratio = 1.0 }",
        "beijing.types.quota={ weight = 0.25, loosen_ratio = 1.0, tighten_ratio = 1.0 }",
        "beijing.types.open={ weight = 0.10, loosen_ratio = 2.0, tighten_ratio = 0.4 }",
    ];
    let model = quiet(&with(&BEIJING_CHAIN, &types));
    let mut shares: [Mean; 4] = Default::default();
    let mut shut = Mean::default();
    each_path(&model, 40_000, 1, |record, layout| {
        let now = occupancy(record, layout, 0, 12);
        shares.iter_mut().enumerate().for_each(|(state, share)| share.push(f64::from(u8::from(state == now))));
        let never_opened = (1..=6).all(|t| occupancy(record, layout, 0, t) < 2);
        shut.push(f64::from(u8::from(never_opened)));
    });
    for (share, expected) in shares.iter().zip([0.356_33, 0.143_87, 0.331_65, 0.168_15]) {
        share.is(expected, "occupancy at 12");
    }
    shut.is(0.346_93, "six months without case-by-case or open");
}

#[test]
fn o15_washington_moves_as_its_matrix_says() {
    let model = quiet(&[
        "washington.start=waiting",
        "washington.transitions.waiting={ revoked = 0.03, waiting = 0.37, licensing = 0.60 }",
        "washington.transitions.licensing={ revoked = 0.008, waiting = 0.0, licensing = 0.992 }",
        "washington.transitions.revoked={ revoked = 0.95, waiting = 0.0, licensing = 0.05 }",
    ]);
    let mut at = [1, 3, 12].map(|t| (t, Mean::default()));
    each_path(&model, 1, 40_000, |record, layout| {
        for (t, share) in &mut at {
            share.push(f64::from(u8::from(occupancy(record, layout, 1, *t) == 2)));
        }
    });
    for ((t, share), expected) in at.iter().zip([0.60, 0.896_51, 0.910_625]) {
        share.is(expected, &format!("licensing in month {t}"));
    }
}

#[test]
fn o15_a_steady_flow_stops_at_the_first_revocation() {
    // 10,000 a month until a revocation of hazard .008: sum of 10,000 (1-h)^t = 217,409.35; alive at 12: .908113.
    let model = quiet(&[
        PLENTY,
        "shipping.laboratory_chips_per_month=10000",
        "washington.transitions.licensing={ revoked = 0.008, waiting = 0.0, licensing = 0.992 }",
    ]);
    let (mut shipped, mut alive) = (Mean::default(), Mean::default());
    each_path(&model, 1, 40_000, |record, layout| {
        shipped.push((1..=24).map(|t| flow(record, layout, M::ShippedInMonth, t)).sum::<i64>() as f64);
        alive.push(f64::from(u8::from(occupancy(record, layout, 1, 12) == 2)));
    });
    shipped.is(217_409.35, "shipped until the revocation");
    alive.is(0.908_113, "licensing in month 12");
}

/// Eight eligible groups under the US ceiling: U_0 = 1,000,000, d = 25,000 flat, phi = .6.
fn under_the_ceiling(more: &[&str]) -> greenlight::model::Model {
    let groups: Vec<String> = (2..=8)
        .map(|i| format!("buyers.group{i}={{ need_per_month = 1000000, training_share = 1.0, us_denial = 0.0, tier = {} }}", i % 3))
        .collect();
    let mut sets = with(
        &[
            PLENTY,
            "us_market.base_shipped_chips=1000000",
            "us_market.demand_chips_per_month=25000",
            "us_market.us_share=0.6",
            "washington.ceiling_share=0.5",
        ],
        more,
    );
    sets.extend(groups.iter().map(String::as_str));
    quiet(&sets)
}

#[test]
fn o17_the_us_ceiling_binds_exactly_under_every_rule() {
    // Shipped by t: floor(.5 (1,000,000 + 15,000 t)); delivered one month later: D(12) = 582,500, D(24) = 672,500.
    for rule in greenlight::domain::Rationing::WORDS {
        let rule = format!("shipping.rationing={rule}");
        each_path(&under_the_ceiling(&[&rule]), 1, 1, |record, layout| {
            for t in 1..=24_i64 {
                assert_eq!(total(record, layout, B::Shipped, t as usize), (1_000_000 + 15_000 * t) / 2, "{rule} month {t}");
            }
            assert_eq!(total(record, layout, B::Delivered, 12), 582_500);
            assert_eq!(total(record, layout, B::Delivered, 24), 672_500);
        });
    }
}

#[test]
fn o17_a_cap_per_customer_limits_eight_groups_to_eight_caps() {
    each_path(&under_the_ceiling(&["washington.customer_cap_chips=75000"]), 1, 1, |record, layout| {
        assert!(total(record, layout, B::Delivered, 24) <= 600_000);
        for buyer in 0..8 {
            assert!(record.monthly[layout.buyer_month(B::Shipped, Some(buyer), 24)] <= 75_000);
        }
    });
}

#[test]
fn o22_a_newsvendor_builds_up_to_the_critical_fractile() {
    // Net price 20,250, salvage 2,000, demand LN(50k, 500k): Q* is the demand quantile at (p - c)/(p - s).
    let demand = Distribution::lognormal(50_000.0, 500_000.0).unwrap();
    for (cost, fractile, z, quantity, profit) in
        [(4_250.0, 0.876_712, 1.158_708, 447_757.0, 2.604e9), (10_250.0, 0.547_945, f64::NAN, 176_186.0, 0.943e9)]
    {
        let critical: f64 = (20_250.0 - cost) / (20_250.0 - 2_000.0);
        assert!((critical - fractile).abs() < 5e-7);
        if z.is_finite() {
            assert!((normal_quantile(critical) - z).abs() < 5e-7);
        }
        let best = demand.quantile(critical);
        assert!((best - quantity).abs() < 0.5, "{best}");
        // Expected profit on 200,000 equally likely demands; the contract gives it to 0.001 billion.
        let expected = |built: f64| -> f64 {
            let cells = 200_000;
            let one = |i: i32| {
                let sold = demand.quantile((f64::from(i) + 0.5) / f64::from(cells)).min(built);
                20_250.0 * sold + 2_000.0 * (built - sold) - cost * built
            };
            (0..cells).map(one).sum::<f64>() / f64::from(cells)
        };
        assert!((expected(best) - profit).abs() < 0.6e6, "{}", expected(best));
        assert!(expected(best) > expected(1.05 * best) && expected(best) > expected(0.95 * best));
    }
    // All-or-nothing demand: build if P(approval) > (c - s)/(p - s).
    assert!(((4_250.0 - 2_000.0) / 18_250.0_f64 - 0.123_288).abs() < 5e-7);
    assert!(((10_250.0 - 2_000.0) / 18_250.0_f64 - 0.452_055).abs() < 5e-7);
}

#[test]
fn o24_the_grey_market_drains_at_a_constant_hazard() {
    // Row = 1,000,000, hazard .0025, seizure .1: by month 24 diverted 58,306.2 (sd 234.3), seized 5,830.6, landed 52,475.6 (sd 223.0).
    let model = quiet(&[
        "us_market.base_shipped_chips=1000000",
        "grey_market.diverted_per_month=0.0025",
        "grey_market.seized_share=0.1",
        "grey_market.premium_elasticity=0.0",
    ]);
    let (mut diverted, mut seized, mut landed) = (Mean::default(), Mean::default(), Mean::default());
    each_path(&model, 1, 4000, |record, layout| {
        let gone: i64 = (1..=24).map(|t| flow(record, layout, M::Diverted, t)).sum();
        let taken = flow(record, layout, M::Seized, 24);
        diverted.push(gone as f64);
        seized.push(taken as f64);
        landed.push((gone - taken) as f64);
    });
    diverted.is(58_306.2, "diverted");
    seized.is(5_830.6, "seized");
    landed.is(52_475.6, "landed");
    // A standard deviation from 4,000 paths has a relative error of 1/sqrt(8000) = 1.1%; four of them are 4.5%.
    assert!((diverted.variance().sqrt() / 234.3 - 1.0).abs() < 0.045);
    assert!((landed.variance().sqrt() / 223.0 - 1.0).abs() < 0.045);
}

#[test]
fn o26_revenue_has_the_contracts_sobol_indices() {
    // Revenue = price × stock with LN(20k, 31k) and LN(100k, 800k): first-order indices from one-dimensional moments.
    let moments = |law: &Distribution| {
        let cells = 400_000;
        let values = (0..cells).map(|i| law.quantile((f64::from(i) + 0.5) / f64::from(cells)));
        let (sum, squares) = values.fold((0.0, 0.0), |(s, q), x| (s + x, q + x * x));
        (sum / f64::from(cells), squares / f64::from(cells))
    };
    let (stock, stock2) = moments(&Distribution::lognormal(100_000.0, 800_000.0).unwrap());
    let (price, price2) = moments(&Distribution::lognormal(20_000.0, 31_000.0).unwrap());
    let variance = stock2 * price2 - (stock * price).powi(2);
    let of_stock = (stock2 - stock * stock) * price * price / variance;
    let of_price = (price2 - price * price) * stock * stock / variance;
    // The midpoint sums miss 3e-4 of the second moment in the tail, so the indices are good to about 5e-4.
    for (found, expected) in [(of_stock, 0.942_042), (of_price, 0.030_009), (1.0 - of_stock - of_price, 0.027_948)] {
        assert!((found - expected).abs() < 5e-4, "{found} is not {expected}");
    }
}

#[test]
fn o27_perfect_information_is_worth_what_the_normal_loss_says() {
    // Gain N(0.5, 2^2) billion: s phi(mu/s) - |mu| Phi(-|mu|/s) = 0.572689; a signal of correlation .6 has s -> .6 s: 0.269696.
    for (s, expected) in [(2.0, 0.572_689), (1.2, 0.269_696)] {
        let density = libm::exp(-0.5 * (0.5 / s) * (0.5 / s)) / libm::sqrt(2.0 * std::f64::consts::PI);
        assert!((s * density - 0.5 * normal_cdf(-0.5 / s) - expected).abs() < 5e-7);
        let gain = Distribution::normal(0.5, s).unwrap();
        let cells = 200_000;
        let informed: f64 =
            (0..cells).map(|i| gain.quantile((f64::from(i) + 0.5) / f64::from(cells)).max(0.0)).sum::<f64>() / f64::from(cells);
        assert!((informed - 0.5 - expected).abs() < 1e-4);
    }
}

#[test]
fn o30_capacity_noise_leaves_the_mean_alone_from_the_first_month() {
    // E[factor] = 1 every month; a start at X_0 = 0 would give exp(-sigma^2 phi^2 / 2) = .992826 in month 1,
    // seven standard errors away: 0.2 / sqrt(40,000) = 0.001.
    let model = quiet(&[
        "supply.wafers_per_month=1000",
        "supply.dies_per_wafer=1000",
        "supply.packaging_wafers_per_month=1000000",
        "supply.memory_stacks_per_month=1000000000",
        "supply.capacity_log_std_dev=0.2",
        "supply.capacity_persistence=0.6",
        "months=3",
    ]);
    let mut factors: [Mean; 3] = Default::default();
    each_path(&model, 1, 40_000, |record, layout| {
        for (t, factor) in factors.iter_mut().enumerate() {
            factor.push((flow(record, layout, M::Capacity, t + 1) as f64 + 0.5) / 1_000_000.0);
        }
    });
    for factor in &factors {
        factor.is(1.0, "capacity factor");
    }
}

#[test]
fn o31_more_stock_never_delivers_less() {
    let steady = with(&STEADY_LINE, &["supply.line_fill_ratio=0.0"]);
    let mut last = vec![0; 24];
    for stock in [0, 10_000, 50_000, 51_000, 400_000] {
        let stock = format!("supply.stock_chips={stock}");
        each_path(&quiet(&with(&steady, &[&stock])), 1, 1, |record, layout| {
            let now: Vec<i64> = (1..=24).map(|t| total(record, layout, B::Delivered, t)).collect();
            assert!(now.iter().zip(&last).all(|(a, b)| a >= b), "{stock}");
            last = now;
        });
    }
}

#[test]
fn o31_regimes_are_the_same_in_scenarios_with_the_same_matrix_and_seed() {
    // Without visibility and events nothing that happens to chips may move a government.
    let still = ["beijing.visibility_hazard=0.0", "washington.visibility_hazard=0.0"];
    let regimes = |more: &[&str]| {
        let mut seen = Vec::new();
        each_path(&model("baseline-dec-2025", &with(&still, more)), 20, 5, |record, layout| {
            seen.push(record.states[..2 * layout.months].to_vec());
        });
        seen
    };
    let baseline = regimes(&[]);
    for change in ["supply.stock_chips=5000", "requests.behaviour=naive", "shipping.rationing=linear", "remove=[\"buyers.universities\"]"] {
        let change = if change.starts_with("remove") { "buyers.universities.need_per_month=0" } else { change };
        assert!(regimes(&[change]) == baseline, "{change}");
    }
}

#[test]
fn o32_closed_doors_deliver_nothing() {
    let never_moves = |row: &str, states: [&str; 4], stays: &str| -> String {
        let entries: Vec<String> =
            states.iter().filter(|s| !s.is_empty()).map(|s| format!("{s} = {}", if s == &stays { "1.0" } else { "0.0" })).collect();
        format!("{row}={{ {} }}", entries.join(", "))
    };
    let us = ["revoked", "waiting", "licensing", ""];
    let revoked: Vec<String> = us[..3].iter().map(|row| never_moves(&format!("washington.transitions.{row}"), us, "revoked")).collect();
    let cn = ["frozen", "pending", "case_by_case", "open"];
    let frozen: Vec<String> = cn.iter().map(|row| never_moves(&format!("beijing.transitions.{row}"), cn, "frozen")).collect();
    for (sets, start, asks) in [(&revoked, "washington.start=revoked", false), (&frozen, "beijing.start=frozen", false)] {
        let sets: Vec<&str> = sets.iter().map(String::as_str).chain([start]).collect();
        each_path(&model("baseline-dec-2025", &sets), 40, 5, |record, layout| {
            for t in 1..=24 {
                assert_eq!(total(record, layout, B::Delivered, t), 0);
                assert_eq!(total(record, layout, B::Shipped, t), 0);
                assert_eq!(flow(record, layout, M::Gross, t), 0);
                assert_eq!(total(record, layout, B::Requested, t) > 0, asks);
            }
            let never = record.outcomes[layout.buyer_outcome(BuyerOutcome::FirstDelivery, None)];
            assert_eq!(never, 25);
            assert_eq!(record.outcomes[layout.buyer_outcome(BuyerOutcome::ApprovalYield, None)], UNDEFINED);
        });
    }
}
