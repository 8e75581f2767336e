//! Stories of single paths: the chronicle against the records and against paper, `replay` against the run, storylines and influences.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

mod common;
mod support;

use common::{model, quiet};
use greenlight::analysis::Insight;
use greenlight::cli::{Exit, Failure, insight};
use greenlight::engine::{Pool, Stop};
use greenlight::io::manifest::FileRecord;
use greenlight::io::scenario_files::load;
use greenlight::model::{Audit, BuyerOutcome, Entry, Model, TotalOutcome};
use greenlight::stats::UNDEFINED;
use serde_json::{Value, json};
use std::ffi::OsString;
use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use support::{Home, SMALL, code, reseal, stderr, stdout};

fn tell(model: &Model, world: u64, path: u64) -> Vec<Entry> {
    model.tell(world, path, &mut model.workspace()).unwrap_or_else(|broken| panic!("{broken}"))
}

fn lines(log: &[Entry]) -> Vec<String> {
    log.iter().map(|entry| format!("{} {}", entry.month, entry.text)).collect()
}

/// Every whole number in a text, commas between thousands removed.
fn numbers(text: &str) -> Vec<i64> {
    let words = text.split(|c: char| !(c.is_ascii_digit() || c == ','));
    words.filter_map(|word| word.trim_matches(',').replace(',', "").parse().ok()).collect()
}

/// Numbers spread over 0 … 2^31 by a linear congruence (Numerical Recipes), the same on every run.
fn spread(count: usize) -> Vec<u64> {
    let mut x = 2026_u32;
    let mut next = || {
        x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        u64::from(x >> 1)
    };
    (0..count).map(|_| next()).collect()
}

#[test]
fn the_closing_totals_are_the_recorded_outcomes_and_the_log_is_short_and_in_order() {
    let (mut told, mut with_deliveries) = (0, 0);
    for name in ["baseline-dec-2025", "beijing-opens", "us-reversal", "case-by-case-drip", "hong-kong-corridor", "domestic-surge"] {
        let model = model(name, &[]);
        let mut workspace = model.workspace();
        for draw in spread(50) {
            let (world, path) = (draw % 1_000, draw / 1_000 % 50);
            let record = model.simulate(world, path, &mut workspace).unwrap().clone();
            let log = model.tell(world, path, &mut workspace).unwrap();
            assert!((2..=40).contains(&log.len()), "{name} {world} {path}: {} entries", log.len());
            assert!(log.is_sorted_by_key(|entry| entry.month), "{name} {world} {path}");
            assert!(log.iter().all(|entry| entry.text.ends_with(['.', ')']) && !entry.text.contains("  ")), "{:?}", lines(&log));

            let each = |metric| record.outcomes[model.layout().buyer_outcome(metric, None)];
            let all = |metric| record.outcomes[model.layout().total_outcome(metric)];
            let delivered = each(BuyerOutcome::Delivered);
            let mut expected = vec![];
            if delivered > 0 {
                expected.extend([200, delivered, all(TotalOutcome::Revenue), all(TotalOutcome::UsTake)]);
                with_deliveries += 1;
            } else {
                expected.push(200);
            }
            let rest = [BuyerOutcome::Refused, BuyerOutcome::Cancelled, BuyerOutcome::AtBorder, BuyerOutcome::Grey].map(each);
            expected.extend(rest.into_iter().filter(|number| *number > 0));
            // The 200 of H200 comes once; and what was left out is counted after the totals.
            let closing = log.last().unwrap().text.split(" (").next().unwrap();
            let mut found = numbers(closing);
            expected.sort_unstable();
            found.sort_unstable();
            assert_eq!(found, expected, "{name}, world {world}, path {path}: {closing}");
            told += 1;
        }
    }
    assert!(told == 300 && with_deliveries > 100, "{told} {with_deliveries}");
}

/// A line that starts exactly 10,000 chips a month; chips cost 20,000 USD.
const STEADY: [&str; 10] = [
    "supply.minimum_starts_per_month=10000",
    "supply.wafers_per_month=10",
    "supply.dies_per_wafer=1000",
    "supply.packaging_wafers_per_month=1000",
    "supply.packages_per_wafer=1000",
    "supply.memory_stacks_per_month=1000000",
    "supply.stock_chips=50000",
    "supply.line_fill_ratio=1.0",
    "requests.horizon_months=0.0",
    "money.price_usd=20000",
];

#[test]
fn a_path_known_on_paper_is_told_as_on_paper() {
    // Both doors open, one buyer that needs 1,000,000 a month. 50,000 in stock and 10,000 off the line each month: 60,000 ship
    // in month 1 and 10,000 in each later one, to be delivered a month later: D(t) = 50,000 + 10,000 (t − 1) from t = 2.
    // So 100,000 in month 6 and 200,000 in month 16; 280,000 in month 24, for 280,000 × 20,000 = 5,600,000,000 USD, a quarter
    // of it to Washington. In month 1, 1,000,000 − 60,000 orders stay for want of stock, and that never ends, so it is told
    // once. Each month 1,000,000 more are asked for and granted; of 24,000,000 that is 4.2%, too little to be told again.
    // At the end of 2026, 12 months have shipped 60,000 + 11 × 10,000 and delivered 10,000 less.
    let expected = [
        "2026-01 In this world Beijing manages volume by assessed demand (the quota type); Nvidia starts with 50,000 H200 in stock \
         and 50,000 in a line that takes 5 months, at 20,000 USD a chip; Beijing is open (imports are allowed), Washington licensing \
         (licences are decided buyer by buyer).",
        "2026-01 Buyers ask for 1,000,000 H200, all by The only buyer.",
        "2026-01 Washington licenses The only buyer.",
        "2026-01 Beijing grants The only buyer 1,000,000 of the 1,000,000 H200 asked for, all of which become orders.",
        "2026-01 Nvidia ships its first 60,000 H200, all to The only buyer.",
        "2026-01 940,000 ordered H200 cannot ship because Nvidia has no more, US customers being served first.",
        "2026-02 The first 60,000 H200 are delivered, all to The only buyer.",
        "2026-06 Deliveries reach 100,000 with 10,000 H200 this month, all to The only buyer.",
        "2026-12 2026 ends with 12,000,000 H200 granted, 170,000 shipped and 160,000 delivered; none wait for an answer, none are \
         cancelled, and none came through the grey market.",
        "2027-04 Deliveries reach 200,000 with 10,000 H200 this month, all to The only buyer.",
        "2027-12 At the end 280,000 H200 are delivered, for 5,600,000,000 USD of which 1,400,000,000 go to the US government; \
         Beijing has refused none, none are cancelled, none wait at the border, and none came through the grey market.",
    ];
    assert_eq!(lines(&tell(&quiet(&STEADY), 1, 2)), expected);
}

#[test]
fn a_border_that_stays_shut_and_a_reversal_are_told_when_they_happen() {
    // 50,000 chips, no line; the buyer needs 50,000 a month; nothing clears. Shipped in month 1, at the border from month 2, so
    // four months without a delivery are over in month 5. In month 7 Washington revokes: the licence lapses, 50,000 go back.
    // By then 6 × 50,000 are ordered and none of it can ship. It licenses again in month 9, and what went back ships again.
    // In months 7 and 8 nobody may ask, so that three months' needs are asked for in month 9: 150,000 of the 600,000 that
    // are granted in all. The grants of other months are 8.3% of them, too little to be told, but for the first.
    let quiet = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/oracles/quiet.toml")).unwrap();
    let events =
        "\n[[events]]\nmonth = \"2026-07\"\nwashington = \"revoked\"\n[[events]]\nmonth = \"2026-09\"\nwashington = \"licensing\"\n";
    let home = Home::new();
    home.write("reversal.toml", &(quiet + events));
    let sets = [
        "months=12",
        "supply.stock_chips=50000",
        "requests.horizon_months=0.0",
        "buyers.one.need_per_month=50000",
        "beijing.regimes.open.clear_per_month=0.0",
    ];
    let scenario = load(&home.path().join("reversal.toml"), &sets.map(String::from)).unwrap();
    let log = lines(&tell(&Model::new(scenario, Audit::EachMonth).unwrap(), 0, 0));
    let expected = [
        "2026-01 Buyers ask for 50,000 H200, all by The only buyer.",
        "2026-01 Washington licenses The only buyer.",
        "2026-01 Beijing grants The only buyer 50,000 of the 50,000 H200 asked for, all of which become orders.",
        "2026-01 Nvidia ships its first 50,000 H200, all to The only buyer.",
        "2026-02 50,000 ordered H200 cannot ship because Nvidia has no more, US customers being served first.",
        "2026-05 Nothing has cleared the border for 4 months, where 50,000 H200 wait, all for The only buyer.",
        "2026-07 Washington moves from licensing to revoked, as scripted: nothing may ship, 1 licence lapses and 50,000 H200 on the way \
         go back to Nvidia.",
        "2026-07 300,000 ordered H200 cannot ship because their buyers have no US licence.",
        "2026-09 Washington moves from revoked to licensing, as scripted.",
        "2026-09 Washington licenses The only buyer.",
        "2026-09 Beijing grants The only buyer 150,000 of the 150,000 H200 asked for, all of which become orders.",
        "2026-12 At the end no H200 has been delivered; Beijing has refused none, none are cancelled, 50,000 wait at the border, and \
         none came through the grey market.",
    ];
    assert_eq!(log[1..], expected);
}

#[test]
fn a_long_path_with_many_buyers_leaves_small_things_out_and_says_how_many() {
    // Beijing moves in three months of four, so that the moves alone are about ninety.
    let rows = ["frozen", "pending", "case_by_case", "open"]
        .map(|regime| format!("beijing.transitions.{regime}={{ frozen = 0.25, pending = 0.25, case_by_case = 0.25, open = 0.25 }}"));
    let sets: Vec<&str> = rows.iter().map(String::as_str).chain(["months=120"]).collect();
    let model = model("baseline-dec-2025", &sets);
    let longest = (0..20).map(|world| tell(&model, world, 0)).max_by_key(Vec::len).unwrap();
    // 40 entries for two years, 10 for each of eight more.
    assert!(longest.len() == 120 && longest[119].text.ends_with("left out of this log.)"), "{} entries", longest.len());
    // The sums of all years but the last, which has the totals.
    assert_eq!(longest.iter().filter(|entry| entry.text.contains(" ends with ")).count(), 9);
}

/// Runs a command inside this process: its result and its standard output.
fn command(arguments: &[&str]) -> (Result<Exit, Failure>, String) {
    let arguments: Vec<OsString> = std::iter::once("greenlight").chain(arguments.iter().copied()).map(OsString::from).collect();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let result = greenlight::cli::run(&arguments, &mut out, &mut err);
    (result, String::from_utf8(out).unwrap())
}

/// A home in which the small scenario has been run.
fn with_run() -> Home {
    let home = Home::new();
    let output = home.run(&["run", "small.toml", "--quiet", "--no-charts"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    home
}

#[test]
fn a_replay_has_the_same_bytes_every_time_whatever_the_threads_of_the_run() {
    let home = Home::new();
    for threads in ["1", "2"] {
        let out = format!("out-{threads}");
        home.run(&["run", "small.toml", "--quiet", "--no-charts", "--threads", threads, "--out", &out]);
    }
    let replay = |folder: &str, more: &[&str]| {
        let output = home.run(&[&["replay", folder, "--path", "123"], more].concat());
        assert_eq!((code(&output), stderr(&output)), (0, String::new()));
        stdout(&output)
    };
    for more in [&[][..], &["--inputs"], &["--csv"]] {
        let first = replay("out-1", more);
        assert_eq!(first, replay("out-1", more));
        // The name of a scenario is its file's, not the folder's.
        assert_eq!(first, replay("out-2", more));
    }
    let text = replay("out-1", &["--inputs"]);
    // 40 worlds of 5 paths: path 123 is the fourth of world 24.
    assert!(text.starts_with("Small (small)\npath 123 of 200: path 3 of world 24, seed 7\n\nDrawn for this world\n"), "{text}");
    assert!(text.contains("\n  buyers.beta.training_share  0."), "{text}");
    assert!(["\n2026-01  In this world Beijing ", "\n2026-06  At the end ", "\n  t_first ", "\n  Alpha "].iter().all(|t| text.contains(t)));
}

#[test]
fn the_monthly_record_as_csv_is_what_the_model_recorded() {
    let home = with_run();
    let model = Model::new(load(&home.path().join("small.toml"), &[]).unwrap(), Audit::EachMonth).unwrap();
    let mut workspace = model.workspace();
    let record = model.simulate(24, 3, &mut workspace).unwrap();
    let folder = home.path().join("output/small");
    let (result, csv) = command(&["replay", folder.to_str().unwrap(), "--path", "123", "--csv"]);
    assert_eq!(result.unwrap(), Exit::Ok);
    let mut rows = csv.lines();
    assert_eq!(rows.next(), Some("metric,buyer,month,value"));
    let mut cells = record.monthly.iter();
    for series in &model.layout().monthly {
        let buyer = series.buyer.map_or("total", |buyer| ["alpha", "beta"][buyer]);
        for month in 1..=6 {
            let row = rows.next().unwrap();
            let (head, value) = row.rsplit_once(',').unwrap();
            assert_eq!(head, format!("{},{buyer},2026-0{month}", series.metric.name));
            let (value, expected): (f64, f64) = (value.parse().unwrap(), *cells.next().unwrap() as f64 * series.metric.scale);
            assert!((value - expected).abs() <= 1e-15 * expected.abs(), "{row} is not {expected}");
        }
    }
    assert_eq!(rows.next(), None);
}

#[test]
fn careless_calls_end_with_the_promised_codes_and_touch_nothing() {
    let home = with_run();
    let before = home.tree("output");
    for (arguments, exit, says) in [
        (&["replay"][..], 2, "DIR"),
        (&["replay", "output/small"], 2, "--path"),
        (&["replay", "output/small", "--path", "-1"], 2, "-1"),
        (&["replay", "output/small", "--path", "three"], 2, "three"),
        (&["replay", "output/small", "--path", "200"], 2, "has the paths 0 to 199"),
        (&["replay", "output/small", "--path", "18446744073709551615"], 2, "0 to 199"),
        (&["replay", "output/small", "--path", "1", "--csv", "--inputs"], 2, "--inputs"),
        (&["replay", "output/nothing", "--path", "1"], 7, "cannot read the folder"),
        (&["replay", "small.toml", "--path", "1"], 7, "cannot read the folder"),
        (&["replay", "output", "--path", "1"], 9, "manifest.json"),
    ] {
        let output = home.run(arguments);
        assert_eq!((code(&output), stdout(&output)), (exit, String::new()), "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(says), "{arguments:?}: {}", stderr(&output));
    }
    assert_eq!(home.tree("output"), before);
    let machine: Value = serde_json::from_str(&stderr(&home.run(&["replay", "none", "--path", "1", "--json-errors"]))).unwrap();
    assert_eq!(machine["exit"], 7);
}

#[test]
fn a_folder_that_was_edited_or_is_not_a_run_of_ours_is_refused() {
    let home = with_run();
    let folder = home.path().join("output/small");
    let (manifest, scenario) = (folder.join("manifest.json"), folder.join("scenario.resolved.toml"));
    let (good, resolved) = (fs::read(&manifest).unwrap(), fs::read_to_string(&scenario).unwrap());
    let exit = |path: &str| command(&["replay", folder.to_str().unwrap(), "--path", path]).0;
    assert_eq!(exit("5").unwrap(), Exit::Ok);

    fs::write(&scenario, resolved.replace("seed = 7", "seed = 8")).unwrap();
    let failure = exit("5").unwrap_err();
    assert!(failure.exit == Exit::CheckFailed && failure.message.contains("was changed"), "{failure:?}");
    fs::write(&scenario, resolved).unwrap();

    reseal(&folder, |content| content["stream_version"] = json!(999));
    let failure = exit("5").unwrap_err();
    assert!(failure.exit == Exit::Usage && failure.message.contains("version 999"), "{failure:?}");

    // What the manifest of a comparison has and has not.
    fs::write(&manifest, &good).unwrap();
    reseal(&folder, |content| _ = content.as_object_mut().unwrap().remove("scenario"));
    let failure = exit("5").unwrap_err();
    assert!(failure.exit == Exit::CheckFailed && failure.message.contains("comparison"), "{failure:?}");
    fs::write(&manifest, &good).unwrap();
    assert_eq!(exit("5").unwrap(), Exit::Ok);
}

/// The samples of the small run as the library counts them: world, path, inputs, outcomes.
fn samples(model: &Model) -> Vec<Vec<String>> {
    let scenario = model.scenario();
    let mut head = vec!["world".to_owned(), "path".into()];
    head.extend(scenario.uncertain().iter().map(|(input, _)| input.key.clone()));
    head.extend(model.layout().outcomes.iter().map(|o| match o.buyer {
        Some(buyer) => format!("{}.{}", o.name, scenario.buyers[buyer].key),
        None => o.name.clone(),
    }));
    let mut rows = vec![head];
    let mut workspace = model.workspace();
    for (world, path) in (0..40).flat_map(|world| (0..5).map(move |path| (world, path))) {
        let mut row = vec![world.to_string(), path.to_string()];
        row.extend(model.inputs(world).iter().map(f64::to_string));
        let record = model.simulate(world, path, &mut workspace).unwrap();
        row.extend(model.layout().outcomes.iter().map(|outcome| {
            let recorded = record.outcomes[outcome.cell];
            let unknown = recorded == UNDEFINED || Some(recorded) == outcome.censored_at;
            if unknown { String::new() } else { (recorded as f64 * outcome.scale).to_string() }
        }));
        rows.push(row);
    }
    rows
}

/// Puts samples into a finished folder.
fn keep_samples(folder: &Path, rows: &[Vec<String>]) {
    let text: String = rows.iter().map(|row| row.join(",") + "\n").collect();
    fs::write(folder.join("samples.csv"), &text).unwrap();
    let record = FileRecord::of(text.as_bytes());
    reseal(folder, |content| content["files"]["samples.csv"] = json!({ "bytes": record.bytes, "sha256": record.sha256 }));
}

#[test]
fn every_path_replays_as_the_run_counted_it_and_a_row_that_differs_is_named() {
    let home = with_run();
    let folder = home.path().join("output/small");
    let model = Model::new(load(&home.path().join("small.toml"), &[]).unwrap(), Audit::EachMonth).unwrap();
    let good = samples(&model);
    keep_samples(&folder, &good);
    let replay = |path: usize| command(&["replay", folder.to_str().unwrap(), "--path", &path.to_string()]).0;
    for path in 0..200 {
        assert_eq!(replay(path).unwrap_or_else(|failure| panic!("path {path}: {}", failure.message)), Exit::Ok);
    }

    let column = |name: &str| good[0].iter().position(|head| head == name).unwrap();
    for (name, edit) in
        [("world", "25"), ("buyers.beta.training_share", "0.5"), ("requested_T.alpha", "1"), ("us_take", ""), ("need_fill", "x")]
    {
        let mut rows = good.clone();
        rows[124][column(name)] = edit.into();
        keep_samples(&folder, &rows);
        let failure = replay(123).unwrap_err();
        assert!(failure.exit == Exit::CheckFailed && failure.message.contains(&format!("{name} is ")), "{failure:?}");
        assert_eq!(replay(122).unwrap(), Exit::Ok, "another path is not touched");
    }
    keep_samples(&folder, &good[..124]);
    assert!(replay(122).is_ok() && replay(123).unwrap_err().message.contains("no row for path 123"));
}

#[test]
fn names_are_told_as_they_are_and_never_reach_the_csv() {
    let home = Home::new();
    let name = r#"=1+1 <script>"&' 字节跳动"#;
    home.write("odd.toml", &SMALL.replace("\"Alpha\"", &format!("'''{name}'''")));
    assert_eq!(code(&home.run(&["run", "odd.toml", "--quiet", "--no-charts"])), 0);
    let text = stdout(&home.run(&["replay", "output/odd", "--path", "7"]));
    assert!(text.contains(name), "{text}");
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text}");
    assert!(!stdout(&home.run(&["replay", "output/odd", "--path", "7", "--csv"])).contains("script"));
}

fn look(model: &Model, threads: usize) -> Insight {
    insight(model, &Pool::new(NonZeroUsize::new(threads).unwrap()).unwrap(), &Stop::default()).unwrap_or_else(|f| panic!("{}", f.message))
}

#[test]
fn storylines_are_real_paths_of_the_run_from_poor_to_rich_on_any_number_of_threads() {
    let model = model("baseline-dec-2025", &["simulation.worlds=300", "simulation.paths_per_world=20"]);
    let found = look(&model, 1);
    let text = |insight: &Insight| format!("{insight:?}");
    assert_eq!(text(&found), text(&look(&model, 2)));
    // 6,000 paths are more than 4,000: 13 of each of 300 worlds.
    assert_eq!(found.paths, 3_900);

    let shares: Vec<f64> = found.storylines.iter().map(|story| story.share).collect();
    assert_eq!(shares, [0.1, 0.5, 0.9]);
    let mut workspace = model.workspace();
    let mut delivered = Vec::new();
    for story in &found.storylines {
        assert_eq!(story.number, story.world * 20 + story.path);
        assert!(story.world < 300 && story.path < 13);
        assert_eq!(story.log, tell(&model, story.world, story.path));
        let names: Vec<&str> = story.outcomes.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["delivered_2026", "delivered_T", "t_first", "revenue", "need_fill"]);
        let record = model.simulate(story.world, story.path, &mut workspace).unwrap();
        let chips = record.outcomes[model.layout().buyer_outcome(BuyerOutcome::Delivered, None)];
        assert_eq!(story.outcomes[1].1, Some(chips as f64));
        delivered.push(chips);
    }
    assert!(delivered[0] < delivered[1] && delivered[1] < delivered[2], "{delivered:?}");

    assert_eq!(found.outcome, "delivered_T");
    assert_eq!(found.influences.len(), model.scenario().uncertain().len());
    let strength: Vec<f64> = found.influences.iter().map(|influence| -influence.rank_correlation.abs()).collect();
    assert!(strength.is_sorted());
    assert!(found.influences.iter().all(|i| i.interval.0 < i.rank_correlation && i.rank_correlation < i.interval.1));
}

#[test]
fn more_stock_means_more_deliveries_where_stock_is_all_there_is() {
    // Nothing but the stock is uncertain, and every chip of it is delivered: rank correlation 1, with an interval of one point.
    let model = quiet(&["supply.stock_chips={ uniform = [1000, 900000] }"]);
    let found = look(&model, 2);
    assert_eq!(found.paths, 100);
    assert_eq!(found.influences.len(), 1);
    let stock = &found.influences[0];
    assert_eq!((stock.key.as_str(), stock.rank_correlation, stock.interval), ("supply.stock_chips", 1.0, (1.0, 1.0)));
}

#[test]
fn a_run_without_ignorance_has_stories_but_no_influences_and_one_path_has_one_story() {
    let found = look(&quiet(&STEADY), 2);
    assert_eq!((found.outcome.as_str(), found.influences.len(), found.storylines.len()), ("delivered_T", 0, 3));
    // All 100 paths are alike, so the lowest number of each window: see the unit test.
    let numbers: Vec<u64> = found.storylines.iter().map(|story| story.number).collect();
    assert_eq!(numbers, [5, 45, 85]);
    let found = look(&quiet(&["simulation.worlds=1", "simulation.paths_per_world=1"]), 2);
    assert_eq!((found.paths, found.storylines.len()), (1, 1));
}

#[test]
fn a_stopped_look_ends_with_the_reason() {
    let stop = Stop::default();
    stop.request();
    let pool = Pool::new(NonZeroUsize::new(2).unwrap()).unwrap();
    assert_eq!(insight(&quiet(&[]), &pool, &stop).unwrap_err().exit, Exit::Interrupt);
}
