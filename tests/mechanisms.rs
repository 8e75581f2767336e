//! One mechanism at a time: what the article says happens, happens, and for the stated reason.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod common;

use common::{Mean, each_path, model, quiet};
use greenlight::domain::{H20_TPP, H200_TPP};
use greenlight::model::{BINDING_GATES, BuyerMonthly as B, BuyerOutcome, Layout, TotalMonthly as M, TotalOutcome};
use greenlight::stats::Record;

const PLENTY: &str = "supply.stock_chips=1000000000";

fn total(record: &Record, layout: &Layout, metric: B, t: usize) -> i64 {
    record.monthly[layout.buyer_month(metric, None, t)]
}

fn flow(record: &Record, layout: &Layout, metric: M, t: usize) -> i64 {
    record.monthly[layout.total_month(metric, t)]
}

fn state(record: &Record, layout: &Layout, category: usize, t: usize) -> u8 {
    record.states[category * layout.months + t - 1]
}

#[test]
fn scripted_events_come_last() {
    // The chain would keep Beijing open for ever; the script freezes it in March, and the chain then keeps it frozen.
    let model = quiet(&[PLENTY, "events=[{ month = \"2026-03\", beijing = \"frozen\", washington = \"revoked\" }]"]);
    each_path(&model, 1, 1, |record, layout| {
        let beijing: Vec<u8> = (1..=4).map(|t| state(record, layout, 0, t)).collect();
        assert_eq!(beijing, [3, 3, 0, 0]);
        assert_eq!(state(record, layout, 1, 2), 2);
        assert_eq!(state(record, layout, 1, 3), 0);
    });
}

#[test]
fn a_revocation_sends_back_what_has_not_cleared() {
    // Nothing clears (chance 0), so in month 3 everything shipped returns: stock is whole again, shipped is nothing.
    let model = quiet(&[
        "supply.stock_chips=1000",
        "beijing.regimes.open.clear_per_month=0.0",
        "events=[{ month = \"2026-03\", washington = \"revoked\" }]",
    ]);
    each_path(&model, 1, 1, |record, layout| {
        assert_eq!(total(record, layout, B::Shipped, 2), 1000);
        assert_eq!(flow(record, layout, M::Stock, 2), 0);
        assert_eq!(total(record, layout, B::Shipped, 3), 0);
        assert_eq!(flow(record, layout, M::Stock, 3), 1000);
        assert_eq!(total(record, layout, B::Licensed, 3), 0);
    });
}

#[test]
fn the_quota_cuts_grants_to_assessed_demand() {
    // Assessed: 120,000 a year of training need; a quota of half of it is 60,000 a year, 5,000 a month.
    let model = quiet(&["beijing.start=case_by_case", "beijing.quota_share=0.5", "buyers.one.need_per_month=10000", "months=3"]);
    each_path(&model, 1, 1, |record, layout| {
        assert_eq!(flow(record, layout, M::RequestedInMonth, 1), 70_000);
        for t in 1..=3 {
            assert_eq!(total(record, layout, B::Granted, t), 5_000 * t as i64);
        }
        // What is cut stays pending; nothing is refused or lost.
        assert_eq!(total(record, layout, B::Pending, 1), 65_000);
    });
}

#[test]
fn what_the_terms_do_not_let_through_is_cancelled() {
    let model = quiet(&["beijing.confirmed_share=0.3", "buyers.one.need_per_month=10000", "months=1"]);
    each_path(&model, 1, 1, |record, layout| {
        assert_eq!(total(record, layout, B::Granted, 1), 70_000);
        assert_eq!(total(record, layout, B::Backlog, 1), 21_000);
        assert_eq!(total(record, layout, B::Cancelled, 1), 49_000);
    });
}

#[test]
fn discreet_buyers_provoke_nobody() {
    // Hazard 1 per 10,000 visible chips. Fully discreet buyers are invisible; open ones are frozen out next month
    // with chance 1 - exp(-V).
    let frozen = |discretion: &str| {
        let model = quiet(&[
            "supply.stock_chips=10000",
            "beijing.visibility_hazard=1.0",
            &format!("buyers.one.discretion_share={discretion}"),
            "months=3",
        ]);
        let mut share = Mean::default();
        each_path(&model, 1, 20_000, |record, layout| share.push(f64::from(u8::from(state(record, layout, 0, 3) == 0))));
        share
    };
    assert_eq!(frozen("1.0").mean(), 0.0);
    // 10,000 delivered in month 2, all visible: V = 1, so frozen in month 3 with chance 1 - 1/e = 0.632121.
    frozen("0.0").is(0.632_121, "frozen");
    // Half visible: 1 - exp(-1/2) = 0.393469.
    frozen("0.5").is(0.393_469, "frozen");
}

#[test]
fn domestic_chips_serve_inference_first() {
    // 1,000 H200e of need, half training. 500 units at 0.6 serve at most 300 of the 500 inference: training is untouched.
    let sets = |units: &'static str| {
        [
            units,
            "domestic.inference_accepted_share=1.0",
            "domestic.training_accepted_share=1.0",
            "buyers.one.need_per_month=1000",
            "buyers.one.training_share=0.5",
            "months=1",
        ]
    };
    each_path(&quiet(&sets("domestic.units_per_month=500.0")), 1, 1, |record, layout| {
        assert_eq!(total(record, layout, B::UnmetInference, 1), 500_000 - 500 * 600);
        assert_eq!(total(record, layout, B::UnmetTraining, 1), 500_000);
    });
    // 1,000 units: 834 (500/0.6 rounded up) serve all inference, the other 166 serve 49.8 H200e of training.
    each_path(&quiet(&sets("domestic.units_per_month=1000.0")), 1, 1, |record, layout| {
        assert_eq!(total(record, layout, B::UnmetInference, 1), 500_000 - 834 * 600);
        assert_eq!(total(record, layout, B::UnmetTraining, 1), 500_000 - 166 * 300);
    });
}

#[test]
fn mandated_buyers_are_served_before_volunteers() {
    let model = quiet(&[
        "domestic.units_per_month=700.0",
        "domestic.inference_accepted_share=1.0",
        "domestic.training_accepted_share=1.0",
        "buyers.one.need_per_month=600",
        "buyers.one.training_share=0.0",
        "buyers.state={ need_per_month = 360, training_share = 0.0, domestic_mandate = true, beijing_may_approve = false }",
        "months=1",
    ]);
    each_path(&model, 1, 1, |record, layout| {
        // 360 / 0.6 = 600 units for the state; the 100 left go to the volunteer.
        assert_eq!(record.monthly[layout.buyer_month(B::Domestic, Some(1), 1)], 600);
        assert_eq!(record.monthly[layout.buyer_month(B::Domestic, Some(0), 1)], 100);
    });
}

#[test]
fn a_pairing_rule_ties_shipments_to_domestic_purchases() {
    // One domestic unit for two H200: 100 units a month let 200 H200 ship a month, whatever the stock.
    let model = quiet(&[
        PLENTY,
        "domestic.units_per_month=100.0",
        "domestic.pairing_ratio=0.5",
        "domestic.inference_accepted_share=0.0",
        "months=6",
    ]);
    each_path(&model, 1, 1, |record, layout| {
        // In month 1 nothing is on order when domestic chips are bought; from month 2 the rule asks for all 100.
        let shipped: Vec<i64> = (1..=6).map(|t| total(record, layout, B::Shipped, t)).collect();
        let bought: Vec<i64> = (1..=6).map(|t| total(record, layout, B::Domestic, t)).collect();
        for (shipped, bought) in shipped.iter().zip(&bought) {
            assert_eq!(*shipped, 2 * bought);
        }
        assert!(shipped[5] >= 1000, "{shipped:?}");
    });
}

#[test]
fn h20_is_a_second_pool_open_only_while_both_governments_are() {
    let sets = [
        "h20.units_per_month=100",
        "domestic.inference_accepted_share=1.0",
        "buyers.one.training_share=0.0",
        "events=[{ month = \"2026-03\", beijing = \"frozen\" }]",
        "months=4",
    ];
    each_path(&quiet(&sets), 1, 1, |record, layout| {
        let sold: Vec<i64> = (1..=4).map(|t| flow(record, layout, M::H20, t)).collect();
        assert_eq!(sold, [100, 200, 200, 200]);
        // An H20 serves half an H200 of inference and is no H200: nothing was delivered, no need was lost.
        assert_eq!(total(record, layout, B::UnmetInference, 1), 1_000_000_000 - 100 * 500);
        assert_eq!(total(record, layout, B::Delivered, 4), 0);
    });
}

#[test]
fn the_border_lets_in_one_lot_a_month() {
    let model = quiet(&[
        PLENTY,
        "beijing.start=case_by_case",
        "beijing.regimes.case_by_case.lot_chips=1000",
        "shipping.lots_ahead=2.0",
        "months=4",
    ]);
    each_path(&model, 1, 1, |record, layout| {
        // Two lots ship in month 1 and one a month clears from month 2; Nvidia refills to two lots ahead.
        let delivered: Vec<i64> = (1..=4).map(|t| total(record, layout, B::Delivered, t)).collect();
        assert_eq!(delivered, [0, 1000, 2000, 3000]);
        let shipped: Vec<i64> = (1..=4).map(|t| total(record, layout, B::Shipped, t)).collect();
        assert_eq!(shipped, [2000, 2000, 3000, 4000]);
    });
}

#[test]
fn policy_types_scale_lots_only_in_case_by_case() {
    for (regime, expected) in [("case_by_case", 500), ("open", 1000)] {
        let model = quiet(&[
            PLENTY,
            &format!("beijing.start={regime}"),
            &format!("beijing.regimes.{regime}.lot_chips=1000"),
            "beijing.types.quota={ weight = 1.0, lot_ratio = 0.5 }",
            "months=2",
        ]);
        each_path(&model, 1, 1, |record, layout| assert_eq!(total(record, layout, B::Delivered, 2), expected, "{regime}"));
    }
}

#[test]
fn hong_kong_takes_what_may_not_enter_until_its_power_is_used() {
    // A lot of 10,000: 20% to the mainland each time, 8,000 to Hong Kong until 12,000 are there; the rest waits.
    let model = quiet(&["supply.stock_chips=30000", "shipping.mainland_share=0.2", "shipping.offshore_cap_chips=12000", "months=3"]);
    each_path(&model, 1, 1, |record, layout| {
        // 30,000 arrive: 6,000 in, 12,000 of 24,000 to Hong Kong, 12,000 wait. Next month 2,400 of those go in.
        assert_eq!(total(record, layout, B::DeliveredMainland, 2), 6_000);
        assert_eq!(total(record, layout, B::DeliveredOffshore, 2), 12_000);
        assert_eq!(total(record, layout, B::AtBorder, 2), 12_000);
        assert_eq!(total(record, layout, B::DeliveredMainland, 3), 8_400);
        assert_eq!(total(record, layout, B::DeliveredOffshore, 3), 12_000);
    });
}

#[test]
fn licences_take_the_minimum_time_plus_a_geometric_one() {
    // n_0 = 1, decided .4 a month, denied .25: granted after 1 + G(.3) months, mean 1 + 1/.3 = 4.33333.
    let model =
        quiet(&["washington.licence_minimum_months=1", "washington.licence_per_month=0.4", "buyers.one.us_denial=0.25", "months=60"]);
    let mut wait = Mean::default();
    each_path(&model, 1, 20_000, |record, layout| {
        wait.push((1..=60).find(|t| total(record, layout, B::Licensed, *t) == 1).unwrap_or(61) as f64);
    });
    wait.is(4.333_33, "months to a licence");
}

#[test]
fn refused_buyers_cool_off() {
    // Refused for sure in month 1; away for three months; back in month 5.
    let model = quiet(&[
        "beijing.start=case_by_case",
        "beijing.regimes.case_by_case.approve_per_month=0.0",
        "beijing.regimes.case_by_case.refuse_per_month=1.0",
        "beijing.cooling_off_months=3",
    ]);
    each_path(&model, 1, 1, |record, layout| {
        let asked: Vec<bool> = (1..=9).map(|t| flow(record, layout, M::RequestedInMonth, t) > 0).collect();
        assert_eq!(asked, [true, false, false, false, true, false, false, false, true]);
        assert_eq!(total(record, layout, B::Refused, 1), total(record, layout, B::Requested, 1));
    });
}

#[test]
fn the_grey_market_survives_an_open_door() {
    // Short supply and an open door: those who may not buy, and those who are not served, still buy on the side.
    let open = model("beijing-opens", &[]);
    let mut grey = Mean::default();
    each_path(&open, 40, 5, |record, layout| grey.push(total(record, layout, B::Grey, 24) as f64));
    assert!(grey.mean() > 1_000.0, "{}", grey.mean());
}

#[test]
fn diplomacy_moves_both_governments_together() {
    // One month from pending and waiting. Independent: P(both loosest) = .25 × .60 = .15. Fully common: .25 (nearly: loading .999).
    let joint = |loading: &str| {
        let model = quiet(&[
            "beijing.start=pending",
            "washington.start=waiting",
            "beijing.transitions.pending={ frozen = 0.10, pending = 0.65, case_by_case = 0.0, open = 0.25 }",
            "washington.transitions.waiting={ revoked = 0.03, waiting = 0.37, licensing = 0.60 }",
            &format!("diplomacy.loading={loading}"),
            "months=1",
        ]);
        let (mut both, mut one) = (Mean::default(), Mean::default());
        each_path(&model, 1, 40_000, |record, layout| {
            let (open, licensing) = (state(record, layout, 0, 1) == 3, state(record, layout, 1, 1) == 2);
            both.push(f64::from(u8::from(open && licensing)));
            one.push(f64::from(u8::from(open)));
        });
        (both, one)
    };
    let (both, one) = joint("0.0");
    both.is(0.15, "both loosen, independently");
    one.is(0.25, "Beijing opens");
    let (both, one) = joint("0.5");
    one.is(0.25, "Beijing opens, whatever the loading");
    assert!(both.mean() > 0.15 + 8.0 * both.std_error(), "{}", both.mean());
    let (both, _) = joint("0.999");
    assert!(both.mean() > 0.24, "{}", both.mean());
}

#[test]
fn conversions_are_fixed_multiples_of_deliveries() {
    let model = quiet(&["supply.stock_chips=1000", "compute.b300_ratio=0.28"]);
    each_path(&model, 1, 1, |record, layout| {
        let value = |name: &str| {
            let outcome = layout.outcomes.iter().find(|o| o.name == name && o.buyer.is_none()).unwrap();
            record.outcomes[outcome.cell] as f64 * outcome.scale
        };
        assert_eq!(value("delivered_T"), 1000.0);
        assert_eq!(value("compute_delivered_tpp"), 1000.0 * H200_TPP);
        assert_eq!(value("compute_delivered_h100e"), 1000.0);
        assert!((value("compute_delivered_h20e") - 1000.0 * H200_TPP / H20_TPP).abs() < 1e-9);
        assert_eq!(value("compute_delivered_h20e_reported"), 6000.0);
        assert!((value("compute_delivered_b300e") - 280.0).abs() < 1e-9);
    });
}

#[test]
fn money_follows_deliveries() {
    // 1,001 chips at 27,001 USD: gross 27,028,001; a quarter of it, rounded down, is 6,757,000; profit subtracts nothing, as nothing was started.
    let model = quiet(&["supply.stock_chips=1001", "money.price_usd=27001"]);
    each_path(&model, 1, 1, |record, layout| {
        let value = |metric| record.outcomes[layout.total_outcome(metric)];
        assert_eq!(value(TotalOutcome::Revenue), 27_028_001);
        assert_eq!(value(TotalOutcome::UsTake), 6_757_000);
        assert_eq!(value(TotalOutcome::Net), 20_271_001);
        assert_eq!(value(TotalOutcome::Profit), 20_271_001);
        assert_eq!(value(TotalOutcome::Stranded), 0);
        // Delivered in February: the first quarter has it all.
        assert_eq!(record.outcomes[layout.quarter_outcome(0)], 27_028_001);
        assert_eq!(record.outcomes[layout.quarter_outcome(1)], 0);
        assert_eq!(record.outcomes[layout.buyer_outcome(BuyerOutcome::FirstDelivery, None)], 2);
    });
}

#[test]
fn stranded_chips_cost_what_they_cost() {
    // The door never opens to China: 10,000 chips started a month for 24 months at 4,250 + 6,000 each; all are left, worth 2,000 each.
    let model = quiet(&[
        "beijing.start=frozen",
        "supply.minimum_starts_per_month=10000",
        "supply.wafers_per_month=10",
        "supply.dies_per_wafer=1000",
        "supply.packaging_wafers_per_month=1000",
        "supply.memory_stacks_per_month=1000000",
        "supply.line_fill_ratio=0.0",
    ]);
    each_path(&model, 1, 1, |record, layout| {
        let value = |metric| record.outcomes[layout.total_outcome(metric)];
        assert_eq!(value(TotalOutcome::Stranded), 240_000);
        assert_eq!(value(TotalOutcome::Profit), 240_000 * (2_000 - 10_250));
        assert_eq!(value(TotalOutcome::ProfitWithoutOpportunity), 240_000 * (2_000 - 4_250));
        assert_eq!(value(TotalOutcome::ProfitAt15000), 240_000 * (2_000 - 19_250));
    });
}

#[test]
fn gates_say_where_chips_wait() {
    // Shipped and never cleared: all of it is held at the border, in every month after transit.
    let model = quiet(&[
        "supply.stock_chips=1000",
        "beijing.regimes.open.clear_per_month=0.0",
        "buyers.one.need_per_month=100",
        "requests.horizon_months=0.0",
        "months=3",
    ]);
    each_path(&model, 1, 1, |record, layout| {
        assert_eq!(flow(record, layout, M::HeldClearing, 2), 100);
        assert_eq!(flow(record, layout, M::HeldStock, 2), 0);
        assert_eq!(BINDING_GATES[usize::from(state(record, layout, 2, 3))], "clearing");
    });
    // No stock at all: what could ship waits for stock.
    let model = quiet(&["buyers.one.need_per_month=100", "requests.horizon_months=0.0", "months=1"]);
    each_path(&model, 1, 1, |record, layout| {
        assert_eq!(flow(record, layout, M::HeldStock, 1), 100);
        assert_eq!(BINDING_GATES[usize::from(state(record, layout, 2, 1))], "stock");
    });
    // Nobody wants anything: nothing is held back.
    let model = quiet(&["buyers.one.need_per_month=0", "months=1"]);
    each_path(&model, 1, 1, |record, layout| assert_eq!(BINDING_GATES[usize::from(state(record, layout, 2, 1))], "none"));
}
