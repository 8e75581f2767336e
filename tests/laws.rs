//! Laws that hold in every valid scenario: books balance, rations add up, luck stays with its owner.
//!
//! `GREENLIGHT_CASES` sets how many random scenarios are tried (the nightly run tries 2,000).
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

mod common;
mod told;

use common::{each_path, model, quiet, shipped};
use greenlight::domain::{Beijing, Chips, MAX_BUYERS, Ordering, Rationing, Washington};
use greenlight::io::scenario_files::load;
use greenlight::lanes::{Isa, Row};
use greenlight::model::{Audit, BuyerMonthly as B, LANES, Layout, Model, Standing, TotalMonthly as M, ration};
use greenlight::random::{Draws, PathKey, Tag};
use greenlight::scenario::parameters::*;
use greenlight::stats::{Cell, Record, Sheet};
use proptest::prelude::*;
use std::path::Path;

/// A die whose throws are addressed by name, so that a case can be repeated from its number.
struct Die(PathKey);

impl Die {
    fn throw(&self, what: &str) -> f64 {
        Draws::new(self.0, Tag::new("random scenario", what)).uniform(0, 0)
    }

    fn below(&self, what: &str, n: usize) -> usize {
        (self.throw(what) * n as f64) as usize
    }

    /// A legal value of a field: its bounds, its default, or something within a factor of thirty of the default.
    fn value(&self, key: &str, field: &Field, instance: usize) -> Option<String> {
        let near = field.default_for(instance).filter(|x| x.is_finite() && *x != 0.0).unwrap_or(1_000.0_f64.min(field.max));
        let number = match self.below(&format!("{key} kind"), 10) {
            0 => field.min,
            1 => field.max.min(30.0 * near.abs()).max(field.min),
            2 if field.kind.may_be_unlimited() => return Some("\"unlimited\"".into()),
            3..=6 => near * libm::pow(30.0, 2.0 * self.throw(&format!("{key} size")) - 1.0),
            _ => return None,
        };
        // Needs that grow by half every month would soon pass what the model can count.
        let max = if field.key == "growth_per_month" { 0.1 } else { field.max };
        let number = number.clamp(field.min, max);
        Some(if field.kind.is_whole() { format!("{}", number as i64) } else { format!("{number:?}") })
    }

    fn row(&self, what: &str, states: &[&str]) -> String {
        let weights: Vec<f64> = states.iter().map(|to| self.throw(&format!("{what} {to}"))).collect();
        let total: f64 = weights.iter().sum();
        let entries: Vec<String> = states.iter().zip(weights).map(|(to, w)| format!("{to} = {:?}", w / total)).collect();
        format!("{{ {} }}", entries.join(", "))
    }
}

/// Settings that make some valid scenario of one to sixteen buyers and up to sixty months.
fn random_settings(case: u64) -> Vec<String> {
    let die = Die(PathKey::path(77, case, 0));
    let mut sets = vec![
        format!("months={}", 1 + die.below("months", 60)),
        format!("simulation.seed={case}"),
        "buyers.one.need_per_month=20000".into(),
    ];
    let mut tables: Vec<(String, &'static [Field], usize)> = Vec::new();
    let mut table = |path: String, fields: &'static [Field], instance: usize| tables.push((path, fields, instance));
    table("supply".into(), Supply::<f64>::FIELDS, 0);
    table("us_market".into(), UsMarket::<f64>::FIELDS, 0);
    table("washington".into(), WashingtonTerms::<f64>::FIELDS, 0);
    table("beijing".into(), BeijingTerms::<f64>::FIELDS, 0);
    table("diplomacy".into(), Diplomacy::<f64>::FIELDS, 0);
    table("needs".into(), Needs::<f64>::FIELDS, 0);
    table("requests".into(), Requests::<f64>::FIELDS, 0);
    table("shipping".into(), Shipping::<f64>::FIELDS, 0);
    table("domestic".into(), Domestic::<f64>::FIELDS, 0);
    table("h20".into(), H20::<f64>::FIELDS, 0);
    table("grey_market".into(), GreyMarket::<f64>::FIELDS, 0);
    table("money".into(), Money::<f64>::FIELDS, 0);
    for (i, regime) in Beijing::WORDS.iter().enumerate() {
        table(format!("beijing.regimes.{regime}"), Regime::<f64>::FIELDS, i);
    }
    for i in 0..die.below("buyers", MAX_BUYERS) {
        table(format!("buyers.extra{i}"), Buyer::<f64>::FIELDS, 0);
        sets.push(format!("buyers.extra{i}.need_per_month={}", die.below(&format!("need {i}"), 50_000)));
        for flag in ["beijing_may_approve", "us_may_license", "domestic_mandate"] {
            sets.push(format!("buyers.extra{i}.{flag}={}", die.throw(&format!("{flag} {i}")) < 0.7));
        }
    }
    for (path, fields, instance) in tables {
        for field in fields.iter().filter(|f| f.default_for(0).is_some()) {
            let key = format!("{path}.{}", field.key);
            if let Some(value) = die.value(&key, field, instance) {
                sets.push(format!("{key}={value}"));
            }
        }
    }
    for regime in Beijing::WORDS {
        sets.push(format!("beijing.transitions.{regime}={}", die.row(regime, &Beijing::WORDS)));
    }
    for regime in Washington::WORDS {
        sets.push(format!("washington.transitions.{regime}={}", die.row(regime, &Washington::WORDS)));
    }
    sets.push(format!("beijing.start={}", Beijing::WORDS[die.below("beijing start", 4)]));
    sets.push(format!("washington.start={}", Washington::WORDS[die.below("washington start", 3)]));
    sets.push(format!("requests.behaviour={}", Ordering::WORDS[die.below("behaviour", 3)]));
    sets.push(format!("shipping.rationing={}", Rationing::WORDS[die.below("rationing", 5)]));
    sets.push(format!("supply.forbid_diversion={}", die.throw("diversion") < 0.3));
    sets
}

#[test]
fn books_balance_in_every_month_of_random_valid_scenarios() {
    let cases = std::env::var("GREENLIGHT_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(250);
    let mut uncountable = 0;
    for case in 0..cases {
        let sets = random_settings(case);
        let sets: Vec<&str> = sets.iter().map(String::as_str).collect();
        let model = quiet(&sets);
        let mut workspace = model.workspace();
        for path in 0..4 {
            match model.simulate(path / 2, path % 2, &mut workspace) {
                Ok(record) => c6(record, model.layout()),
                // Needs that grow by half every month pass what the model can count; the run then stops with a reason.
                Err(broken) if broken.law.contains("countable") => uncountable += 1,
                Err(broken) => panic!("case {case}, path {path}: {broken}"),
            }
        }
    }
    told::figure(format_args!(
        "{cases} random valid scenarios, 4 paths each, audited every month: 0 violations, {uncountable} paths beyond counting"
    ));
    assert!(10 * uncountable < 4 * cases, "nine in ten random paths must be countable, but {uncountable} of {} were not", 4 * cases);
}

fn c6(record: &Record, layout: &Layout) {
    for t in 1..=layout.months {
        let gross = record.monthly[layout.total_month(M::Gross, t)];
        let split = record.monthly[layout.total_month(M::UsTake, t)] + record.monthly[layout.total_month(M::Net, t)];
        assert_eq!(gross, split, "C6 in month {t}");
    }
}

#[test]
fn books_balance_in_every_shipped_scenario() {
    for file in shipped() {
        let scenario = load(&file, &[]).unwrap_or_else(|error| panic!("{error}"));
        let model = Model::new(scenario, Audit::EachMonth).unwrap();
        each_path(&model, 40, 5, |_, _| {});
    }
}

/// Own draws show in what nothing else touches: needs without supply, licences without denial of others.
fn own_series(sets: &[&str]) -> Vec<(String, Vec<i64>)> {
    let still =
        ["needs.log_std_dev=0.25", "washington.licence_per_month=0.3", "buyers.one.us_denial=0.3", "buyers.one.need_per_month=24000"];
    let sets: Vec<&str> = still.iter().chain(sets).copied().collect();
    let model = quiet(&sets);
    let keys: Vec<String> = model.scenario().buyers.iter().map(|b| b.key.clone()).collect();
    let mut series: Vec<(String, Vec<i64>)> = keys.into_iter().map(|key| (key, Vec::new())).collect();
    each_path(&model, 5, 5, |record, layout| {
        for (buyer, (_, values)) in series.iter_mut().enumerate() {
            for metric in [B::UnmetTraining, B::UnmetInference, B::Licensed] {
                values.extend((1..=layout.months).map(|t| record.monthly[layout.buyer_month(metric, Some(buyer), t)]));
            }
        }
    });
    series
}

#[test]
fn adding_removing_or_reordering_buyers_moves_nobody_elses_luck() {
    let extra = |key: &str| format!("buyers.{key}={{ need_per_month = 1000, training_share = 0.5, us_denial = 0.2 }}");
    let (a, b, c) = (extra("a"), extra("b"), extra("c"));
    let of = |series: &[(String, Vec<i64>)], key: &str| series.iter().find(|(k, _)| k == key).unwrap().1.clone();
    let all = own_series(&[&a, &b, &c]);
    let fewer = own_series(&[&c]);
    let reordered = own_series(&[&c, &a, &b]);
    assert_eq!(of(&all, "one"), of(&fewer, "one"));
    assert_eq!(of(&all, "c"), of(&fewer, "c"));
    for key in ["one", "a", "b", "c"] {
        assert_eq!(of(&all, key), of(&reordered, key), "{key}");
    }
    // Alike buyers have luck of their own.
    assert_ne!(of(&all, "a"), of(&all, "b"));
}

#[test]
fn permuting_buyers_permutes_results_up_to_ties() {
    // Two orders of the same eight groups: shares of a scarce flow differ by the odd chip of a tie at most.
    let group = |i: usize| format!("buyers.g{i}={{ need_per_month = {}, training_share = 1.0, us_denial = 0.0 }}", 1000 * (i + 3));
    let run = |order: &[usize]| {
        let groups: Vec<String> = order.iter().map(|i| group(*i)).collect();
        let mut sets: Vec<&str> = groups.iter().map(String::as_str).collect();
        sets.extend(["buyers.one.need_per_month=500", "supply.stock_chips=12345", "months=4"]);
        let model = quiet(&sets);
        let mut delivered = std::collections::BTreeMap::new();
        each_path(&model, 1, 1, |record, layout| {
            for (buyer, identity) in model.scenario().buyers.iter().enumerate() {
                delivered.insert(identity.key.clone(), record.monthly[layout.buyer_month(B::Delivered, Some(buyer), 4)]);
            }
        });
        delivered
    };
    let (forward, backward) = (run(&[1, 2, 3, 4, 5]), run(&[5, 3, 1, 4, 2]));
    for (key, chips) in &forward {
        assert!((chips - backward[key]).abs() <= 1, "{key}: {chips} and {}", backward[key]);
    }
}

#[test]
fn any_path_replays_alone() {
    let model = model("baseline-dec-2025", &[]);
    let mut in_order = Vec::new();
    each_path(&model, 6, 3, |record, _| in_order.push(record.clone()));
    // Backwards and in a fresh workspace each time.
    for (number, expected) in in_order.iter().enumerate().rev() {
        let mut fresh = model.workspace();
        let (world, path) = (number as u64 / 3, number as u64 % 3);
        assert_eq!(model.simulate(world, path, &mut fresh).unwrap(), expected, "world {world}, path {path}");
    }
}

#[test]
fn a_scenario_with_other_seed_has_other_luck() {
    let first = |seed: &str| {
        let mut records = Vec::new();
        each_path(&model("baseline-dec-2025", &[seed]), 3, 1, |record, _| records.push(record.clone()));
        records
    };
    assert_ne!(first("simulation.seed=1"), first("simulation.seed=2"));
}

#[test]
fn every_input_and_only_it_moves_when_it_becomes_uncertain() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/baseline-dec-2025.toml");
    let with = |set: &[String]| Model::new(load(&path, set).unwrap(), Audit::EachPath).unwrap();
    let base = with(&[]);
    let more = with(&["requests.order_cost={ uniform = [0.05, 0.25] }".to_string()]);
    let names = |model: &Model| model.scenario().uncertain().iter().map(|(input, _)| input.key.clone()).collect::<Vec<_>>();
    for world in 0..20 {
        let new: std::collections::BTreeMap<String, f64> = names(&more).into_iter().zip(more.inputs(world)).collect();
        for (name, value) in names(&base).into_iter().zip(base.inputs(world)) {
            assert_eq!(new[&name], value, "{name}");
        }
        assert!((0.05..=0.25).contains(&new["requests.order_cost"]));
    }
}

/// Whether a block of paths gives the records, bit for bit, that its paths give alone, on every set of instructions here.
fn assert_lanes_are_paths(model: &Model, world: u64, paths: std::ops::Range<u64>, case: &str) {
    let mut workspace = model.workspace();
    let alone: Result<Vec<Record>, _> = paths.clone().map(|path| model.simulate(world, path, &mut workspace).cloned()).collect();
    for isa in Isa::here() {
        let model = model.clone().with_isa(isa);
        let mut records: Vec<Record> = paths.clone().map(|_| model.blank_record()).collect();
        let block = model.simulate_block(world, paths.clone(), &mut workspace, &mut records);
        match &alone {
            Ok(alone) => assert!(block.is_ok() && records == *alone, "{case}, world {world}, {}", isa.word()),
            Err(_) => assert!(block.is_err(), "{case}, world {world}, {}", isa.word()),
        }
    }
}

#[test]
fn paths_side_by_side_are_bit_for_bit_the_paths_alone() {
    let cases = std::env::var("GREENLIGHT_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(250);
    for case in 0..cases {
        let sets = random_settings(case);
        let model = quiet(&sets.iter().map(String::as_str).collect::<Vec<_>>());
        assert_lanes_are_paths(&model, case, case % 7..case % 7 + 5, &format!("case {case}"));
    }
    for file in shipped() {
        let model = Model::new(load(&file, &[]).unwrap(), Audit::EachPath).unwrap();
        for world in 0..3 {
            assert_lanes_are_paths(&model, world, 0..LANES as u64, &file.display().to_string());
        }
    }
}

/// Counts how often each cell is written: monthly values, outcomes, states.
struct Writes([Vec<u8>; 3]);

impl Sheet<LANES> for Writes {
    fn take(&mut self, cell: Cell, _: &Row<f64, LANES>) {
        let times = match cell {
            Cell::Monthly(i) => &mut self.0[0][i],
            Cell::Outcome(i) => &mut self.0[1][i],
            Cell::State(i) => &mut self.0[2][i],
        };
        *times += 1;
    }
}

#[test]
fn every_cell_of_the_record_is_written_once() {
    for months in ["months=1", "months=24", "months=31"] {
        let model = quiet(&[months]);
        let blank = model.blank_record();
        let mut writes = Writes([vec![0; blank.monthly.len()], vec![0; blank.outcomes.len()], vec![0; blank.states.len()]]);
        model.simulate_block(0, 0..3, &mut model.workspace(), &mut writes).unwrap();
        assert!(writes.0.iter().flatten().all(|times| *times == 1), "{months}");
    }
}

fn chips(count: i64) -> Chips {
    Chips(count as f64)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, rng_seed: proptest::test_runner::RngSeed::Fixed(20251210), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_rule_shares_out_exactly_what_there_is(
        demands in prop::collection::vec(0_i64..2_000_000, 1..=16),
        supply in 0_i64..10_000_000,
        delivered in prop::collection::vec(0_i64..500_000, 16),
        tiers in prop::collection::vec(0_u8..4, 16),
    ) {
        let asked: Vec<Chips> = demands.iter().map(|d| chips(*d)).collect();
        let past: Vec<Chips> = delivered.iter().map(|d| chips(*d)).collect();
        let total: i64 = demands.iter().sum();
        for rule in Rationing::ALL {
            let shares = ration(rule, &asked, chips(supply), Standing { tiers: &tiers, delivered: &past });
            prop_assert_eq!(shares.iter().map(|c| c.whole()).sum::<i64>(), total.min(supply), "{:?}", rule);
            for (share, ask) in shares.iter().zip(&asked) {
                prop_assert!(*share >= Chips::ZERO && share <= ask, "{:?}", rule);
            }
        }
    }

    #[test]
    fn more_supply_never_gives_anybody_less_by_more_than_the_odd_chip(
        demands in prop::collection::vec(0_i64..10_000, 1..=16),
        supply in 0_i64..50_000,
    ) {
        let asked: Vec<Chips> = demands.iter().map(|d| chips(*d)).collect();
        let standing = Standing { tiers: &[0; 16], delivered: &[Chips::ZERO; 16] };
        for rule in [Rationing::Proportional, Rationing::Uniform] {
            let less = ration(rule, &asked, chips(supply), standing);
            let more = ration(rule, &asked, chips(supply + 1), standing);
            // Largest remainders may move one chip between buyers; equal gains may not.
            let slack = if rule == Rationing::Proportional { Chips(1.0) } else { Chips::ZERO };
            for (a, b) in less.iter().zip(&more) {
                prop_assert!(*b + slack >= *a, "{:?}", rule);
            }
        }
    }

    #[test]
    fn under_equal_gains_nobody_wins_by_asking_for_more(
        demands in prop::collection::vec(1_i64..10_000, 2..=16),
        supply in 0_i64..50_000,
        who in 0_usize..16,
        factor in 2_i64..6,
    ) {
        let who = who % demands.len();
        let standing = Standing { tiers: &[0; 16], delivered: &[Chips::ZERO; 16] };
        let honest: Vec<Chips> = demands.iter().map(|d| chips(*d)).collect();
        let mut greedy = honest.clone();
        greedy[who] = chips(demands[who] * factor);
        let before = ration(Rationing::Uniform, &honest, chips(supply), standing)[who];
        let after = ration(Rationing::Uniform, &greedy, chips(supply), standing)[who].min(honest[who]);
        // One odd chip may move with the order of equals.
        prop_assert!(after <= before + Chips(1.0), "{} then {}", before.0, after.0);
    }

    #[test]
    fn proportional_shares_scale_with_supply_and_demand(
        demands in prop::collection::vec(0_i64..10_000, 1..=16),
        supply in 0_i64..50_000,
        scale in 2_i64..50,
    ) {
        let standing = Standing { tiers: &[0; 16], delivered: &[Chips::ZERO; 16] };
        let small: Vec<Chips> = demands.iter().map(|d| chips(*d)).collect();
        let large: Vec<Chips> = demands.iter().map(|d| chips(d * scale)).collect();
        let a = ration(Rationing::Proportional, &small, chips(supply), standing);
        let b = ration(Rationing::Proportional, &large, chips(supply * scale), standing);
        for (a, b) in a.iter().zip(&b) {
            prop_assert!((a.whole() * scale - b.whole()).abs() <= scale, "{} and {}", a.0, b.0);
        }
    }
}
