//! Mixes of two scenarios, and the difference between them split over what changed.
//!
//! Expected contributions come from paper: an interaction is shared equally by the groups that make it.
#![allow(clippy::unwrap_used, clippy::panic)]

mod common;

use common::shipped;
use greenlight::analysis::shapley::{EXACT_GROUPS, Split, random_order};
use greenlight::analysis::{Averaging, Explanation};
use greenlight::cli::explain::{Request, explain};
use greenlight::cli::{Exit, Failure};
use greenlight::engine::{Pool, Stop};
use greenlight::io::scenario_files::load;
use greenlight::model::{Outcome, TotalOutcome};
use greenlight::random::{Draws, PathKey, Tag};
use greenlight::scenario::{Change, Scenario, changes, mix, rows, table_of};
use greenlight::stats::{Record, Recorder};
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::Path;

fn scenario(name: &str, sets: &[&str]) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios").join(format!("{name}.toml"));
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    load(&path, &sets).unwrap_or_else(|error| panic!("{error}"))
}

/// A scenario written in the test itself.
fn written(text: &str) -> Scenario {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("written.toml");
    std::fs::write(&path, text).unwrap();
    load(&path, &[]).unwrap_or_else(|error| panic!("{error}"))
}

fn values(scenario: &Scenario) -> BTreeMap<String, String> {
    rows(scenario).into_iter().map(|row| (row.key, row.value)).collect()
}

/// Changes but for what a mix always has from its reference.
fn changes_of_values(a: &Scenario, b: &Scenario) -> Vec<Change> {
    let shared = ["start", "months", "simulation"];
    changes(a, b).into_iter().filter(|change| !shared.contains(&table_of(&change.key))).collect()
}

fn buyers(scenario: &Scenario) -> Vec<&str> {
    scenario.buyers.iter().map(|buyer| buyer.key.as_str()).collect()
}

/// Pairs of shipped scenarios that share start and months: each with the baseline, or with the stage of the oracles.
fn pairs() -> Vec<(Scenario, Scenario)> {
    let mut pairs = Vec::new();
    for path in shipped() {
        let is_oracle = path.parent().unwrap().ends_with("oracles");
        let other = load(&path, &[]).unwrap();
        let reference = scenario(if is_oracle { "oracles/quiet" } else { "baseline-dec-2025" }, &[]);
        if (reference.start, reference.months) == (other.start, other.months) {
            pairs.push((reference, other));
        }
    }
    assert!(pairs.len() > 15, "{}", pairs.len());
    pairs
}

#[test]
fn a_mix_of_nothing_is_the_reference_and_of_everything_the_other() {
    for (reference, other) in pairs() {
        let nothing = mix(&reference, &other, &|_| false).unwrap();
        assert_eq!(changes(&reference, &nothing), [], "{}", other.name);
        assert_eq!(buyers(&nothing), buyers(&reference));
        let everything = mix(&reference, &other, &|_| true).unwrap();
        assert_eq!(changes_of_values(&other, &everything), [], "{}", other.name);
        assert_eq!(buyers(&everything), buyers(&other));
        assert_eq!((&everything.name, &everything.title), (&reference.name, &reference.title));
        assert_eq!(everything.simulation, reference.simulation);
        // Mixed the other way round, the same holds.
        let back = mix(&other, &reference, &|_| true).unwrap();
        assert_eq!(changes_of_values(&reference, &back), [], "{}", other.name);
    }
}

#[test]
fn a_mix_has_each_table_from_the_side_that_was_chosen() {
    let (reference, other) = (scenario("baseline-dec-2025", &[]), scenario("quiet-buying", &["money.price_usd=30000"]));
    let (before, after) = (values(&reference), values(&other));
    let tables: BTreeSet<String> = changes(&reference, &other).iter().map(|change| table_of(&change.key).to_owned()).collect();
    assert_eq!(tables.iter().map(String::as_str).collect::<Vec<_>>(), ["beijing", "buyers", "money", "requests"]);
    for table in tables {
        let mixed = values(&mix(&reference, &other, &|key| table_of(key) == table).unwrap());
        for (key, value) in mixed {
            let from = if table_of(&key) == table { &after } else { &before };
            assert_eq!(from.get(&key), Some(&value), "{key}, {table} from the other");
        }
    }
}

const HEAD: &str = "schema = 1\ntitle = \"T\"\nas_of = 2025-12-10\nstart = \"2026-01\"\nmonths = 6\n[simulation]\nseed = 3\nworlds = 8\npaths_per_world = 4\n";

#[test]
fn buyers_events_and_correlations_appear_and_vanish_with_their_side() {
    let a = written(&format!(
        "{HEAD}[buyers.a]\nneed_per_month = 1000\n[buyers.b]\nneed_per_month = {{ uniform = [1, 2] }}\nname = \"Bé \\\"b\\\" 字\"\n[[events]]\nmonth = \"2026-02\"\nbeijing = \"open\"\n"
    ));
    let b = written(&format!(
        "{HEAD}[buyers.c]\nneed_per_month = 7\n[buyers.a]\nneed_per_month = {{ uniform = [5, 9], note = \"x\" }}\ntraining_share = {{ uniform = [0.1, 0.2] }}\n\
         [[events]]\nmonth = \"2026-03\"\nwashington = \"licensing\"\n[[events]]\nmonth = \"2026-04\"\nbeijing = \"frozen\"\n\
         [[dependence]]\nbetween = [\"buyers.a.need_per_month\", \"buyers.a.training_share\"]\nrank_correlation = 0.5\n"
    ));
    let only_buyers = mix(&a, &b, &|key| table_of(key) == "buyers").unwrap();
    assert_eq!((buyers(&only_buyers), only_buyers.events.clone()), (vec!["c", "a"], a.events.clone()));
    let only_c = mix(&a, &b, &|key| key.starts_with("buyers.c.")).unwrap();
    assert_eq!(buyers(&only_c), ["c", "a", "b"]);
    assert_eq!(only_c.buyers[2].name, "Bé \"b\" 字");
    let without_b = mix(&a, &b, &|key| key.starts_with("buyers.b.")).unwrap();
    assert_eq!(buyers(&without_b), ["a"]);
    let only_events = mix(&a, &b, &|key| key == "events").unwrap();
    assert_eq!((buyers(&only_events), &only_events.events), (vec!["a", "b"], &b.events));
    // The correlation is between numbers that only the other makes uncertain.
    let error = mix(&a, &b, &|key| key == "dependence").unwrap_err().to_string();
    assert!(error.contains("is certain, so nothing can depend on it"), "{error}");
    assert_eq!(mix(&a, &b, &|key| ["dependence", "buyers"].contains(&table_of(key))).unwrap().dependence, b.dependence);
}

/// Explains deliveries over the horizon on two threads.
fn explained(reference: &Scenario, other: &Scenario, outcome: &str, groups: &[&str], worlds: Option<u64>) -> Result<Explanation, Failure> {
    let request = Request { outcome: outcome.into(), groups: groups.iter().map(|group| (*group).to_owned()).collect(), worlds };
    let pool = Pool::new(NonZeroUsize::new(2).unwrap()).unwrap();
    explain(reference, other, &request, &pool, &|_, _| (), &Stop::default())
}

/// A line that starts 10,000 chips a month as soon as it has its ten wafers.
const WAFERS: &str = "supply.wafers_per_month=10";
const LINE: [&str; 5] = [
    "supply.minimum_starts_per_month=10000",
    "supply.dies_per_wafer=1000",
    "supply.packaging_wafers_per_month=1000",
    "supply.packages_per_wafer=1000",
    "supply.memory_stacks_per_month=1000000",
];

/// The stage where nothing is random, with a line that has no wafers.
fn quiet(sets: &[&str]) -> Scenario {
    scenario("oracles/quiet", &[&LINE[..], sets].concat())
}

fn shares(explanation: &Explanation) -> Vec<(&str, f64)> {
    explanation.groups.iter().map(|group| (group.name.as_str(), group.mean)).collect()
}

#[test]
fn stock_line_and_time_have_the_shares_worked_by_hand() {
    // Deliveries by month 24 are stock + starts × (24 - 1 - months in the line), exactly (oracle 1). Stock adds 50,000 in any
    // order. 10,000 starts a month add 180,000 if the line takes 5 months and 140,000 if it takes 9; four months more take
    // 0 or 40,000 away. So the line has (180,000 + 140,000) / 2 and time (0 - 40,000) / 2; and a price moves no chip.
    let reference = quiet(&[]);
    let other = quiet(&["supply.stock_chips=50000", WAFERS, "supply.line_months=9", "money.price_usd=1"]);
    let groups = ["stock=supply.stock_chips", "line=supply.wafers_per_month", "time=supply.line_months"];
    let found = explained(&reference, &other, "delivered_T", &groups, None).unwrap();
    assert_eq!(shares(&found), [("stock", 50_000.0), ("time", -20_000.0), ("line", 160_000.0), ("money", 0.0)]);
    assert_eq!((found.reference, found.scenario, found.total.mean), (0.0, 190_000.0, 190_000.0));
    assert_eq!((found.method, found.worlds, found.paths_per_world), (Averaging::Exact, 20, 5));
    assert!(found.groups.iter().all(|group| group.std_error == 0.0), "nothing is random here");
    // By table there are two groups, and supply does everything.
    let found = explained(&reference, &other, "delivered_T", &[], None).unwrap();
    assert_eq!(shares(&found), [("supply", 190_000.0), ("money", 0.0)]);
    assert_eq!(found.groups[0].keys, ["supply.stock_chips", "supply.line_months", "supply.wafers_per_month"]);
}

#[test]
fn with_chance_the_shares_still_sum_to_the_difference_and_a_bystander_has_exactly_nothing() {
    let sets = ["supply.yield_share=0.93", "supply.yield_concentration=150", WAFERS];
    let reference = quiet(&sets);
    let other = quiet(
        &[&sets[..], &["supply.stock_chips=50000", "supply.line_months=9", "money.price_usd=1", "grey_market.seized_share=0.5"]].concat(),
    );
    let groups = ["stock=supply.stock_chips"];
    let found = explained(&reference, &other, "delivered_T", &groups, Some(40)).unwrap();
    let names: Vec<&str> = shares(&found).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["stock", "supply", "grey_market", "money"]);
    let [stock, time, grey, money] = &found.groups[..] else { panic!("four groups") };
    assert_eq!((stock.mean, stock.std_error), (50_000.0, 0.0));
    assert!(time.mean < 0.0 && time.std_error > 0.0 && found.total.std_error > 0.0);
    assert_eq!((grey.mean, grey.std_error, money.mean), (0.0, 0.0, 0.0));
    // Sums of integers; what is left are the roundings of five divisions, 2^-53 each.
    let sum: f64 = found.groups.iter().map(|group| group.mean).sum();
    assert!((sum - found.total.mean).abs() <= 1e-14 * 200_000.0, "{sum} {}", found.total.mean);
    assert!((found.scenario - found.reference - found.total.mean).abs() <= 1e-14 * 200_000.0);
    // Four months of 10,000 starts at a yield of 0.93 are missing: 37,200, with about 88 paths' worth of chance in the batches.
    assert!((time.mean + 37_200.0).abs() <= 4.0 * time.std_error, "{} ± {}", time.mean, time.std_error);
}

#[test]
fn more_than_eight_tables_are_sampled_and_add_up_on_every_number_of_threads() {
    let reference = quiet(&[WAFERS]);
    let sets = [
        "supply.line_months=9",
        "us_market.base_shipped_chips=1",
        "washington.fee_share=0.5",
        "beijing.cooling_off_months=1",
        "diplomacy.loading=0.5",
        "buyers.one.training_share=0.5",
        "needs.lapse_per_month=0.001",
        "grey_market.seized_share=0.5",
        "money.price_usd=1",
        "shipping.transit_months=3",
    ];
    let other = quiet(&[&[WAFERS], &sets[..]].concat());
    let request = Request { outcome: "delivered_T".into(), groups: Vec::new(), worlds: Some(12) };
    let found: Vec<Explanation> = [1, 3]
        .into_iter()
        .map(|threads| {
            let pool = Pool::new(NonZeroUsize::new(threads).unwrap()).unwrap();
            explain(&reference, &other, &request, &pool, &|_, _| (), &Stop::default()).unwrap()
        })
        .collect();
    assert_eq!((found[0].method, found[0].groups.len() > EXACT_GROUPS), (Averaging::Sampled, true));
    assert_eq!(format!("{:?}", found[0]), format!("{:?}", found[1]));
    // Starts × (24 - months on the way - months in the line): 10,000 × (18 - 12). Deliveries have lost the line's four months
    // and the voyage's two, and no order makes a difference.
    let found = &found[0];
    assert_eq!((found.total.mean, found.total.std_error), (-60_000.0, 0.0));
    let moved: Vec<(&str, f64)> = shares(found).into_iter().filter(|(_, share)| *share != 0.0).collect();
    assert_eq!(moved, [("supply", -40_000.0), ("shipping", -20_000.0)]);
}

#[test]
fn sampled_orders_agree_with_all_orders_within_their_error() {
    // v = 10 a + 20 b + 6 ab + 9 abc + path: over all orders a = 16, b = 26, c = 3; see the unit test of three groups.
    let game = |path: i64, s: u32| {
        let [a, b, c] = [0, 1, 2].map(|i| i64::from(s >> i & 1));
        10 * a + 20 * b + 6 * a * b + 9 * a * b * c + path
    };
    let (worlds, paths) = (3000, 2);
    let outcome =
        Outcome { name: "game".into(), unit: "points", meaning: String::new(), buyer: None, cell: 0, scale: 0.5, censored_at: None };
    let play = |method| {
        let split = Split::with(3, method);
        let mut recorder = Recorder::new(split.shape(paths));
        let mut record = Record { outcomes: vec![0; 6], ..Record::default() };
        for world in 0..worlds {
            let mut stream = Draws::new(PathKey::world(1, world), Tag::new("explain", "order")).stream(0, 0);
            let order = random_order(3, || stream.uniform());
            for path in 0..paths {
                let values: Vec<i64> = split.coalitions(&order).into_iter().map(|s| game(path as i64, s)).collect();
                split.record(&order, &values, &mut record.outcomes).unwrap();
                recorder.push(world, path, &record).unwrap();
            }
        }
        let groups = ["a", "b", "c"].map(|name| (name.to_owned(), vec![format!("{name}.key")]));
        split.explanation(&recorder.finish().unwrap(), &outcome, groups.to_vec())
    };
    let (exact, sampled) = (play(Averaging::Exact), play(Averaging::Sampled));
    // In units of half a point.
    assert_eq!(shares(&exact), [("a", 8.0), ("b", 13.0), ("c", 1.5)]);
    assert_eq!((exact.total.mean, exact.reference, exact.groups[0].std_error), (22.5, 0.25, 0.0));
    assert_eq!(exact.total.keys, ["a.key", "b.key", "c.key"]);
    for (found, truth) in sampled.groups.iter().zip(&exact.groups) {
        assert!((found.mean - truth.mean).abs() <= 4.0 * found.std_error, "{found:?} {truth:?}");
    }
    // c gets 9 with chance 1/3 and 0 otherwise: variance 81 × 2/9 = 18 between worlds, so in halves √(18 / 3000) / 2 = 0.03873.
    // The estimate of a standard deviation of this two-point law is off by (1 - 2 × 1/3) / (2 √(1/3 × 2/3 × 3000)) = 0.6%; four times that is 2.6%.
    assert!((sampled.groups[2].std_error / 0.038_73 - 1.0).abs() < 0.026, "{}", sampled.groups[2].std_error);
    assert_eq!((sampled.total.mean, sampled.total.std_error), (22.5, 0.0));
}

#[test]
fn what_cannot_be_explained_is_refused_with_a_sentence() {
    let base = quiet(&[]);
    let stocked = quiet(&["supply.stock_chips=5", "money.price_usd=1"]);
    let refusal = |reference: &Scenario, other: &Scenario, outcome: &str, groups: &[&str], worlds| {
        let failure = explained(reference, other, outcome, groups, worlds).unwrap_err();
        (failure.exit, failure.message)
    };
    let refused = |found: (Exit, String), exit: Exit, text: &str| assert!(found.0 == exit && found.1.contains(text), "{found:?}");
    refused(refusal(&base, &base, "delivered_T", &[], None), Exit::Scenario, "differ in no value");
    refused(refusal(&base, &quiet(&["months=12"]), "delivered_T", &[], None), Exit::Scenario, "a difference in `months` (24 and 12)");
    refused(refusal(&base, &quiet(&["simulation.seed=2"]), "delivered_T", &[], None), Exit::Scenario, "`simulation.seed`");
    refused(refusal(&base, &stocked, "deliverd_T", &[], None), Exit::Usage, "did you mean `delivered_T`?");
    for (group, text) in [
        ("supply", "it has no `=`"),
        ("=supply", "1 to 60 characters"),
        ("a\u{1b}=supply", "1 to 60 characters"),
        ("a=supply,", "a key is missing"),
        ("a=suply", "did you mean `supply`?"),
        ("a=beijing", "do not differ in `beijing`"),
        ("a=supply.stock", "do not differ in `supply.stock`"),
    ] {
        refused(refusal(&base, &stocked, "delivered_T", &[group], None), Exit::Usage, text);
    }
    let twice = ["a=supply", "b=supply.stock_chips"];
    refused(refusal(&base, &stocked, "delivered_T", &twice, None), Exit::Usage, "lies in `a` and in `b`");
    refused(refusal(&base, &stocked, "delivered_T", &[], Some(1)), Exit::Usage, "at least 2 worlds");
    refused(refusal(&base, &stocked, "delivered_T", &[], Some(u64::MAX)), Exit::Limit, "paths or more");
    // 8e8 worlds × 5 paths × 2^8 mixes × 24 months × 1 buyer = 2.4576e13 buyer-months.
    let eight = quiet(&[
        "supply.stock_chips=5",
        "money.price_usd=1",
        "needs.lapse_per_month=0.1",
        "washington.fee_share=0.5",
        "grey_market.seized_share=0.5",
        "us_market.base_shipped_chips=1",
        "beijing.cooling_off_months=1",
        "diplomacy.loading=0.5",
    ]);
    refused(
        refusal(&base, &eight, "delivered_T", &[], Some(800_000_000)),
        Exit::Limit,
        "256 mixes × 24 months × 1 buyers = 24576000000000",
    );
    // Without a chip in the reference, the first delivery never comes, and where Beijing is frozen nothing is granted that could be divided.
    refused(refusal(&base, &stocked, "t_first", &[], None), Exit::Usage, "does not end within the horizon");
    let frozen = quiet(&["beijing.start=frozen"]);
    refused(refusal(&frozen, &base, "approval_yield", &[], None), Exit::Usage, "not defined in every path");
    let event = scenario("beijing-opens", &[]);
    let baseline = scenario("baseline-dec-2025", &[]);
    refused(refusal(&baseline, &event, "delivered_T", &["a=events[1]"], None), Exit::Usage, "`events` changes as a whole");
    // The weights of the types sum to 1 only together.
    let apart = ["hawks=beijing.types.stonewall.weight", "rest=beijing.types"];
    refused(refusal(&baseline, &event, "delivered_T", &apart, None), Exit::Usage, "lies in `hawks` and in `rest`");
    refused(
        refusal(&baseline, &event, "delivered_T", &apart[..1], None),
        Exit::Scenario,
        "`hawks`, `beijing` cannot change one without the other (the weights of [beijing.types] sum to",
    );
    let stopped = Stop::default();
    stopped.request();
    let request = Request { outcome: "delivered_T".into(), ..Request::default() };
    let pool = Pool::new(NonZeroUsize::MIN).unwrap();
    assert_eq!(explain(&base, &stocked, &request, &pool, &|_, _| (), &stopped).unwrap_err().exit, Exit::Interrupt);
}

#[test]
fn groups_are_joined_by_name_and_a_buyer_who_comes_moves_as_a_whole() {
    let a = written(&format!("{HEAD}[buyers.a]\nneed_per_month = 1000\n"));
    let b = written(&format!(
        "{HEAD}[buyers.a]\nneed_per_month = 2000\n[buyers.b]\nneed_per_month = 7\n[supply]\nstock_chips = 1\n[money]\nprice_usd = 5\n"
    ));
    let names = |requests: &[&str]| {
        let requests: Vec<String> = requests.iter().map(|request| (*request).to_owned()).collect();
        greenlight::cli::explain::groups(&a, &b, &requests).map(|groups| groups.into_iter().map(|group| group.name).collect::<Vec<_>>())
    };
    assert_eq!(names(&[]).unwrap(), ["supply", "buyers", "money"]);
    assert_eq!(names(&["both = supply, money"]).unwrap(), ["both", "buyers"]);
    assert_eq!(names(&["x=supply", "x=money"]).unwrap(), ["x", "buyers"]);
    assert_eq!(names(&["newcomer=buyers.b"]).unwrap(), ["supply", "buyers", "money", "newcomer"]);
    let failure = names(&["x=buyers.b.need_per_month"]).unwrap_err();
    assert!(failure.exit == Exit::Usage && failure.message.ends_with("`buyers.b` changes as a whole"), "{failure:?}");
    let found = explained(&a, &b, "requested_T", &["newcomer=buyers.b"], None).unwrap();
    assert_eq!(found.groups.len(), 4);
}

#[test]
fn outcomes_recorded_in_parts_of_a_unit_come_out_in_their_unit() {
    // A B300 is `h200_per_b300`-th of an H200; whatever the ratio, 50,000 chips give as many B300s in a plain run.
    let (reference, other) = (quiet(&[]), quiet(&["supply.stock_chips=50000"]));
    let found = explained(&reference, &other, "compute_delivered_b300e", &[], Some(2)).unwrap();
    let model = greenlight::model::Model::new(other, greenlight::model::Audit::EachPath).unwrap();
    let mut workspace = model.workspace();
    let recorded = model.simulate(0, 0, &mut workspace).unwrap().outcomes[model.layout().total_outcome(TotalOutcome::ComputeB300)];
    // Recorded in thousandths.
    assert!(recorded > 0 && (found.scenario - recorded as f64 / 1000.0).abs() < 1e-6 * found.scenario, "{} {recorded}", found.scenario);
}
