//! The scenario language from outside: what files mean together, where problems are said to be, and that what is
//! in force can be written down and read again.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a failed unwrap is a failed test

use std::fs;
use std::path::{Path, PathBuf};

use greenlight::cli::{Exit, check, list, new, schema, show};
use greenlight::domain::{Beijing, Grade, Washington};
use greenlight::io::scenario_files::{in_folder, load};
use greenlight::random::Distribution;
use greenlight::scenario::parameters::{Field, Kind, Parameters};
use greenlight::scenario::{Input, Origin, Scenario, Value, json_schema, reference_markdown, resolved_toml, rows, unsupported};
use tempfile::TempDir;

const HEAD: &str = "schema = 1\ntitle = \"Parent\"\nas_of = 2025-12-10\nstart = \"2026-01\"\n";
const BUYER: &str = "[buyers.one]\nneed_per_month = 1_000\n";

/// A folder of scenario files.
struct Folder(TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        files.iter().for_each(|(name, text)| folder.write(name, text));
        folder
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn load(&self, name: &str) -> Scenario {
        self.set(name, &[])
    }

    fn set(&self, name: &str, sets: &[&str]) -> Scenario {
        let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
        load(&self.path(name), &sets).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The message, without the folder's own path.
    fn error(&self, name: &str, sets: &[&str]) -> String {
        let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
        let error = load(&self.path(name), &sets).expect_err("an error");
        error.to_string().replace(&format!("{}/", self.0.path().display()), "")
    }
}

/// The scenario of one text.
fn scenario(text: &str) -> Scenario {
    Folder::new(&[("x.toml", text)]).load("x.toml")
}

/// The message about one text.
fn problem(text: &str) -> String {
    Folder::new(&[("x.toml", text)]).error("x.toml", &[])
}

fn input<'a>(scenario: &'a Scenario, key: &str) -> &'a Input {
    let mut found = None;
    scenario.parameters.each(|input| {
        if input.key == key {
            found = Some(input);
        }
    });
    found.unwrap_or_else(|| panic!("no {key}"))
}

fn certain(scenario: &Scenario, key: &str) -> f64 {
    match &input(scenario, key).value {
        Value::Certain(x) => *x,
        other => panic!("{key} is {other:?}"),
    }
}

/// The same scenario without places.
fn without_origins(mut scenario: Scenario) -> String {
    scenario.files.clear();
    scenario.origins.clear();
    let parameters = scenario.parameters.map(&mut |input| Input { origin: None, ..input.clone() });
    scenario.parameters = parameters;
    format!("{scenario:?}")
}

/// Everything the language has, in one file.
const RICH: &str = r#"schema = 1
title = "Everything \"at once\" 中文"
story = """Two lines,
and a tab	here."""
as_of = 2025-12-10
start = "2026-01"
months = 36

[simulation]
seed = 9223372036854775807
worlds = 10
paths_per_world = 5

[sources.reuters-2025-12-10]
title = "ByteDance et Alibaba souhaiteraient commander des puces Nvidia H200"
outlet = "Reuters"
date = 2025-12-10
url = "https://example.org/a?b=c&d"

[sources.a_filing]
title = "10-Q"
outlet = "SEC"
date = 2025-11-20

[supply]
stock_chips = { metalog = { p10 = 100_000, p50 = 350_000, p90 = 800_000 }, source = "reuters-2025-12-10", grade = "judgement", note = "Very \"limited\" quantities." }
line_months = { choice = { 11 = 0.1, 7 = 0.3, 9 = 0.4, "5.5" = 0.2 } }
yield_share = { normal = { mean = 0.9, std_dev = 0.05 }, truncate = [0.5, 1] }
wafers_per_month = { lognormal = { p10 = 2_000, p90 = 5_000 } }
dies_per_wafer = { triangular = [50, 55, 60] }
build_ahead_share = { uniform = [0, 0.5] }
pause_share_when_frozen = { beta = { alpha = 2, beta = 6 } }
squeeze_capacity_ratio = { beta = { alpha = 2.5, beta = 6, min = 0.1, max = 0.9 } }
capacity_log_std_dev = { metalog = { p10 = 0.1, p50 = 0.2, p90 = 0.4, upper = 3 } }
squeezed_at_start = true
minimum_starts_per_month = { value = 5_000, source = "a_filing", grade = "filing" }

[washington]
start = "licensing"
ceiling_share = "unlimited"
customer_cap_chips = { value = "unlimited", grade = "derived" }

[beijing]
training_weight = { metalog = { p10 = -0.5, p50 = 0.8, p90 = 2, lower = -inf, upper = inf }, truncate = [-10, 10] }

[beijing.regimes.case_by_case]
approve_per_month = { pert = [0.15, 0.30, 0.50], grade = "judgement" }

[buyers.second]
name = "字节跳动 👩‍💻"
need_per_month = 24_000
beijing_may_approve = false
domestic_mandate = true

[buyers.first]
need_per_month = 0.1
us_may_license = false

[requests]
behaviour = "naive"

[shipping]
rationing = "turn_and_earn"

[[events]]
month = "2026-06"
washington = "revoked"

[[events]]
month = "2026-01"
beijing = "open"
note = "First in time, second in the file."

[[dependence]]
between = ["supply.wafers_per_month", "supply.stock_chips"]
rank_correlation = 0.4

[copula]
family = "student_t"
degrees_of_freedom = 4.5
"#;

#[test]
fn the_example_of_the_product_page_reads_as_printed() {
    let baseline = r#"schema = 1
title  = "Baseline, as known on 10 December 2025"
as_of  = 2025-12-10                   # nothing learned later may feed this file
start  = "2026-01"
months = 24

[simulation]
seed            = 20251210
worlds          = 1000                # draws of what nobody knows
paths_per_world = 50                  # draws of chance inside one world

[sources.reuters-2025-12-10]
title = "ByteDance et Alibaba souhaiteraient commander des puces Nvidia H200"
outlet = "Reuters"
date   = 2025-12-10

[supply]
stock_chips = { metalog = { p10 = 100_000, p50 = 350_000, p90 = 800_000 }, source = "reuters-2025-12-10", grade = "judgement", note = "The article says very limited quantities." }
minimum_starts_per_month = 5_000
line_months = { choice = { 5 = 0.2, 7 = 0.3, 9 = 0.4, 11 = 0.1 }, source = "reuters-2025-12-10", grade = "reported" }

[washington.transitions]              # per month, from row to column
waiting   = { waiting = 0.37, licensing = 0.60,  revoked = 0.03 }
licensing = { waiting = 0.0,  licensing = 0.992, revoked = 0.008 }
revoked   = { waiting = 0.0,  licensing = 0.05,  revoked = 0.95 }

[beijing.regimes.case_by_case]
approve_per_month = { pert = [0.15, 0.30, 0.50], grade = "judgement" }
refuse_per_month  = 0.06

[buyers.bytedance]
name = "ByteDance"
need_per_month = 24_000               # H200-equivalents
training_share = 0.50
"#;
    let opens = r#"schema = 1
extends = "baseline-dec-2025.toml"
title   = "Beijing opens"
story   = "Beijing decides that the compute shortage outweighs self-reliance."

[beijing.types]                       # credences; they must sum to 1
stonewall = { weight = 0.0 }
drip      = { weight = 0.0 }
quota     = { weight = 0.0 }
open      = { weight = 1.0 }

[[events]]
month      = "2026-01"
beijing    = "open"
washington = "licensing"
note       = "Announced together."
"#;
    let folder = Folder::new(&[("baseline-dec-2025.toml", baseline), ("beijing-opens.toml", opens)]);
    let base = folder.load("baseline-dec-2025.toml");
    assert_eq!(
        input(&base, "supply.stock_chips").value,
        Value::Uncertain(Distribution::metalog(1e5, 3.5e5, 8e5, 0.0, f64::INFINITY).unwrap())
    );
    assert_eq!(input(&base, "supply.line_months").grade, Some(Grade::Reported));
    assert_eq!((base.simulation.seed, base.simulation.worlds, base.simulation.paths_per_world), (20_251_210, 1000, 50));

    let opens = folder.load("beijing-opens.toml");
    assert_eq!((opens.name.as_str(), opens.title.as_str()), ("beijing-opens", "Beijing opens"));
    let event = &opens.events[0];
    assert_eq!((event.month, event.beijing, event.washington), (1, Some(Beijing::Open), Some(Washington::Licensing)));
    assert_eq!(opens.parameters.types.each_ref().map(|profile| profile.weight.value.clone()), [0.0, 0.0, 0.0, 1.0].map(Value::Certain));
    assert_eq!(certain(&opens, "beijing.types.open.loosen_ratio"), 2.0);
    assert_eq!(input(&opens, "supply.stock_chips").value, input(&base, "supply.stock_chips").value);
    let origin = |scenario: &Scenario, key: &str| scenario.place(input(scenario, key).origin);
    assert_eq!(origin(&opens, "supply.stock_chips"), "baseline-dec-2025.toml:18");
    assert_eq!(origin(&opens, "beijing.types.open.weight"), "beijing-opens.toml:10");
    assert_eq!(origin(&opens, "supply.yield_share"), "default");
}

#[test]
fn tables_merge_and_everything_else_replaces() {
    let parent = format!(
        "{HEAD}[sources.s]\ntitle = \"t\"\noutlet = \"o\"\ndate = 2025-12-10\n[supply]\nyield_share = {{ pert = [0.8, 0.9, 0.95], source = \"s\", grade = \"reported\" }}\nstock_chips = 5\n{BUYER}[[events]]\nmonth = \"2026-02\"\nbeijing = \"open\"\n[[events]]\nmonth = \"2026-03\"\nbeijing = \"frozen\"\n"
    );
    let child = "schema = 1\nextends = \"parent.toml\"\n[supply]\nyield_share = { value = 0.5 }\n[buyers.one]\nname = \"One\"\n[[events]]\nmonth = \"2026-04\"\nwashington = \"revoked\"\n";
    let folder = Folder::new(&[("parent.toml", &parent), ("child.toml", child)]);
    let merged = folder.load("child.toml");
    let share = input(&merged, "supply.yield_share");
    assert_eq!(
        (&share.value, &share.source, share.grade),
        (&Value::Certain(0.5), &None, None),
        "a whole value replaces, its source with it"
    );
    assert_eq!(certain(&merged, "supply.stock_chips"), 5.0);
    assert_eq!((merged.buyers[0].name.as_str(), certain(&merged, "buyers.one.need_per_month")), ("One", 1000.0));
    assert_eq!(merged.events.len(), 1, "a list replaces");
    assert_eq!(merged.title, "Parent");
}

#[test]
fn a_value_table_replaces_also_under_a_header_of_its_own() {
    let parent = format!("{HEAD}{BUYER}[supply.yield_share]\nuniform = [0.5, 0.6]\n");
    let child = "schema = 1\nextends = \"parent.toml\"\n[supply.yield_share]\nvalue = 0.7\n";
    let folder = Folder::new(&[("parent.toml", &parent), ("child.toml", child)]);
    assert_eq!(certain(&folder.load("child.toml"), "supply.yield_share"), 0.7);
}

#[test]
fn a_child_that_says_nothing_is_its_parent_and_the_nearest_ancestor_wins() {
    let folder = Folder::new(&[("a.toml", RICH), ("b.toml", "schema = 1\nextends = \"a.toml\"\n")]);
    let (a, mut b) = (folder.load("a.toml"), folder.load("b.toml"));
    b.name = "a".into();
    assert_eq!(without_origins(a), without_origins(b));

    folder.write("c.toml", "schema = 1\nextends = \"b.toml\"\nmonths = 12\n[supply]\nline_fill_ratio = 3\n");
    folder.write("d.toml", "schema = 1\nextends = \"c.toml\"\n[supply]\nline_fill_ratio = 4\n");
    let d = folder.load("d.toml");
    assert_eq!((d.months, certain(&d, "supply.line_fill_ratio")), (12, 4.0));
    let files: Vec<_> = d.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(files, ["d.toml", "c.toml", "b.toml", "a.toml"]);
    assert!(d.files.iter().all(|file| file.sha256.len() == 64));
}

#[test]
fn a_digest_is_of_the_bytes_of_the_file() {
    let folder = Folder::new(&[("x.csv", "1\n"), ("x.toml", &format!("{HEAD}{BUYER}training_share = {{ empirical = \"x.csv\" }}\n"))]);
    let files = folder.load("x.toml").files;
    // `printf '1\n' | sha256sum`
    assert_eq!(files[1].sha256, "4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865");
}

#[test]
fn remove_deletes_what_was_inherited_before_the_child_is_laid_over_it() {
    let parent = format!(
        "{HEAD}[supply]\nstock_chips = 5\n{BUYER}[buyers.two]\nneed_per_month = 2\ntraining_share = 0.9\n[buyers.three]\nneed_per_month = 3\n"
    );
    let child = "schema = 1\nextends = \"parent.toml\"\nremove = [\"buyers.two\", \"buyers.one\", \"supply.stock_chips\"]\n[buyers.two]\nneed_per_month = 22\n";
    let folder = Folder::new(&[("parent.toml", &parent), ("child.toml", child)]);
    let merged = folder.load("child.toml");
    let keys: Vec<_> = merged.buyers.iter().map(|buyer| buyer.key.as_str()).collect();
    assert_eq!(keys, ["three", "two"], "what is written anew comes last");
    assert_eq!(certain(&merged, "buyers.two.training_share"), 0.5, "the default, not the parent's");
    assert_eq!(certain(&merged, "supply.stock_chips"), 350_000.0);
}

#[test]
fn buyers_and_sources_keep_the_order_of_the_file_not_of_the_alphabet() {
    let rich = scenario(RICH);
    let buyers: Vec<_> = rich.buyers.iter().map(|buyer| buyer.key.as_str()).collect();
    let sources: Vec<_> = rich.sources.iter().map(|source| source.id.as_str()).collect();
    assert_eq!((buyers, sources), (vec!["second", "first"], vec!["reuters-2025-12-10", "a_filing"]));
    assert_eq!(rich.parameters.buyers[1].need_per_month.value, Value::Certain(0.1));
    assert_eq!(rich.buyers[1].name, "first");
    assert_eq!(rich.events.iter().map(|event| event.month).collect::<Vec<_>>(), [1, 6], "events are sorted by month");
    assert_eq!(rich.dependence.pairs.len(), 1);
    let uncertain = rich.uncertain();
    let (a, b, correlation) = rich.dependence.pairs[0];
    assert_eq!(
        (uncertain[a].0.key.as_str(), uncertain[b].0.key.as_str(), correlation),
        ("supply.wafers_per_month", "supply.stock_chips", 0.4)
    );
}

#[test]
fn setting_on_the_command_line_is_the_same_as_writing_it_in_a_child() {
    let sets = [
        ("supply.stock_chips=200000", "[supply]\nstock_chips = 200_000\n"),
        (
            "supply.yield_share={ pert = [0.7, 0.8, 0.9], note = \"n\" }",
            "[supply]\nyield_share = { pert = [0.7, 0.8, 0.9], note = \"n\" }\n",
        ),
        ("washington.start=revoked", "[washington]\nstart = \"revoked\"\n"),
        ("washington.ceiling_share = unlimited", "[washington]\nceiling_share = \"unlimited\"\n"),
        ("start=2026-03", "start = \"2026-03\"\nevents = []\n"),
        ("as_of=2025-12-01", "as_of = 2025-12-01\n"),
        ("supply.stock_chips.value=7", "[supply]\nstock_chips = { value = 7 }\n"),
        ("supply={ stock_chips = 3, line_months = 4 }", "[supply]\nstock_chips = 3\nline_months = 4\n"),
        ("title=It is = here", "title = \"It is = here\"\n"),
    ];
    let folder = Folder::new(&[("a.toml", &format!("{HEAD}{BUYER}"))]);
    for (set, text) in sets {
        folder.write("b.toml", &format!("schema = 1\nextends = \"a.toml\"\n{text}"));
        let mut written = folder.load("b.toml");
        written.name = "a".into();
        assert_eq!(without_origins(folder.set("a.toml", &[set])), without_origins(written), "{set}");
    }
    let twice = folder.set("a.toml", &["supply.stock_chips=1", "supply.stock_chips=2"]);
    assert_eq!(certain(&twice, "supply.stock_chips"), 2.0, "the last wins");
    assert_eq!(input(&twice, "supply.stock_chips").origin, Some(Origin::CommandLine));
}

#[test]
fn problems_of_the_command_line_point_there() {
    let folder = Folder::new(&[("a.toml", &format!("{HEAD}{BUYER}"))]);
    for (set, message) in [
        ("supply.stock_chips", "--set: `supply.stock_chips`: is not key=value; write for example `--set supply.stock_chips=200000`"),
        ("supply.stock_chip=5", "--set: unknown key `stock_chip` in [supply]; did you mean `stock_chips`?"),
        ("supply..x=5", "--set: `supply..x=5`: the key is not words joined by dots; `greenlight show` lists every key"),
        ("extends=b.toml", "--set: `extends=b.toml`: `extends` belongs in a file; `greenlight new` writes a file that extends another"),
        (
            "supply.stock_chips=1e6",
            "--set: supply.stock_chips = 1e6: counts chips, so it must be a whole number, not 1e6; write 1_000_000 without a point or exponent",
        ),
        ("washington.licence_per_month=1.15", "--set: washington.licence_per_month = 1.15: a probability lies in 0..=1"),
        ("supply.yield_share={ pert = [1, 2", "--set: `supply.yield_share={ pert = [1, 2`: not a TOML value: "),
        ("supply.yield_share=high", "--set: supply.yield_share = \"high\": must be a number, not text"),
    ] {
        let error = folder.error("a.toml", &[set]);
        assert!(error.starts_with(message), "{error}");
    }
}

#[test]
fn every_problem_of_a_family_of_files_is_told_at_once_with_its_place() {
    let parent = format!("{HEAD}\n[washington]\nlicence_per_month = 1.15\n\n{BUYER}");
    let child = "schema = 1\nextends = \"parent.toml\"\n\n[supply]\nyield_share   = \"é\" # before\nstock_chip = 4\n\n[simulation]\npathes_per_world = 3\n\n[[events]]\nmonth = \"2031-01\"\nbeijing = \"opn\"\n";
    let folder = Folder::new(&[("parent.toml", &parent), ("child.toml", child)]);
    let expected = "\
child.toml:5:17: supply.yield_share = \"é\": must be a number, not text; write it without quotes; a distribution is a table such as { pert = [1, 2, 3] }
child.toml:6:1: unknown key `stock_chip` in [supply]; did you mean `stock_chips`?
child.toml:9:1: unknown key `pathes_per_world` in [simulation]; did you mean `paths_per_world`?
child.toml:12:9: events[1].month = \"2031-01\": lies outside the horizon, 2026-01 to 2027-12
child.toml:13:11: events[1].beijing = \"opn\": must be one of frozen, pending, case_by_case, open; did you mean \"open\"?
parent.toml:7:21: washington.licence_per_month = 1.15: a probability lies in 0..=1
--set: `nonsense`: is not key=value; write for example `--set supply.stock_chips=200000`";
    assert_eq!(folder.error("child.toml", &["nonsense"]), expected);
}

#[test]
fn columns_count_characters_also_behind_a_byte_order_mark() {
    let text = "\u{FEFF}schema = 1\r\ntitle = \"\u{2068}中\"\r\nas_of = 2025-12-10\r\nstart = \"2026-01\"\r\nbuyers.one = { name = \"中国中国\", need_per_month = -1 }\r\n";
    let error = problem(text);
    assert!(error.contains("x.toml:2:9: title = "), "{error}");
    assert!(
        error.contains("x.toml:5:48: buyers.one.need_per_month = -1: must lie in 0..=1_000_000_000 H200-equivalents per month"),
        "{error}"
    );
}

#[test]
fn what_is_in_force_reads_back_to_an_equal_scenario() {
    let folder = Folder::new(&[("x.toml", RICH), ("small.toml", &format!("{HEAD}{BUYER}"))]);
    for name in ["x.toml", "small.toml"] {
        let first = folder.load(name);
        let text = resolved_toml(&first);
        folder.write(name, &text);
        let second = folder.load(name);
        assert_eq!(without_origins(first), without_origins(second.clone()));
        assert_eq!(second.files.len(), 1);
        // Writing it again changes nothing but the places in the comments.
        let bare =
            |text: &str| text.lines().map(|line| line.rsplit_once(" # ").map_or(line, |(line, _)| line).to_owned()).collect::<Vec<_>>();
        assert_eq!(bare(&resolved_toml(&second)), bare(&text));
    }
}

#[test]
fn the_shipped_scenarios_read_back_to_themselves() {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios");
    let folder = Folder::new(&[]);
    for path in in_folder(&shipped).unwrap().into_iter().chain(in_folder(&shipped.join("oracles")).unwrap()) {
        let first = load(&path, &[]).unwrap_or_else(|error| panic!("{error}"));
        let name = format!("{}.toml", first.name);
        folder.write(&name, &resolved_toml(&first));
        assert_eq!(without_origins(first), without_origins(folder.load(&name)));
    }
}

#[test]
fn every_value_in_force_says_where_it_was_written() {
    let folder = Folder::new(&[
        ("parent.toml", &format!("{HEAD}{BUYER}")),
        ("child.toml", "schema = 1\nextends = \"parent.toml\"\n[supply]\nyield_share = 0.9\n"),
    ]);
    let text = resolved_toml(&folder.set("child.toml", &["months=12"]));
    for line in [
        "title = \"Parent\" # parent.toml:2",
        "months = 12 # --set",
        "yield_share = 0.9 # child.toml:4",
        "stock_chips = 350000 # default",
        "need_per_month = 1000 # parent.toml:6",
    ] {
        assert!(text.lines().any(|other| other == line), "{line}\n{text}");
    }
    assert!(!text.contains("extends"));
}

#[test]
fn a_sample_is_written_out_as_the_choice_it_is() {
    let folder = Folder::new(&[
        ("delays.csv", "months,weight\n7,1\n5, 2\n7,1\n"),
        ("x.toml", &format!("{HEAD}{BUYER}[supply]\nline_months = {{ empirical = \"delays.csv\" }}\n")),
    ]);
    let first = folder.load("x.toml");
    assert_eq!(input(&first, "supply.line_months").written, "choice = { \"5\" = 0.5, \"7\" = 0.5 }");
    assert_eq!(first.files[1].path, "delays.csv");
    folder.write("x.toml", &resolved_toml(&first));
    let second = folder.load("x.toml");
    assert_eq!(input(&second, "supply.line_months").value, Value::Uncertain(Distribution::choice(&[(5.0, 0.5), (7.0, 0.5)]).unwrap()));
}

#[test]
fn any_legal_number_in_any_field_survives_being_written_and_read() {
    let buyers = ["one".to_owned()];
    let value = |field: &Field, round: usize| -> f64 {
        // The ends of the range, and points in between that need every digit.
        let x = match round {
            0 => field.min,
            1 => field.max,
            _ => field.min + (field.max - field.min) / (1.1 + round as f64 * 0.7),
        };
        if field.kind.is_whole() { x.floor() } else { x }
    };
    for round in 0..4 {
        let mut lines: Vec<(String, String, f64)> = Vec::new();
        Parameters::build(&buyers, &mut |table, field, _| {
            let summing = table.contains("transitions") || field.key == "weight";
            if !summing {
                let x = value(field, round);
                let text = if field.kind.is_whole() { format!("{x}") } else { format!("{x:?}") };
                lines.push((format!("{table}.{}", field.key), text, x));
            }
        });
        let folder = Folder::new(&[(
            "x.toml",
            &format!("{HEAD}{}", lines.iter().map(|(key, text, _)| format!("{key} = {text}\n")).collect::<String>()),
        )]);
        let scenario = folder.load("x.toml");
        for (key, _, x) in &lines {
            assert_eq!(certain(&scenario, key), *x, "{key}");
        }
        folder.write("x.toml", &resolved_toml(&scenario));
        assert_eq!(without_origins(scenario), without_origins(folder.load("x.toml")));
    }
}

#[test]
fn every_number_has_a_row_and_every_declared_range_holds_its_defaults() {
    let scenario = scenario(&format!("{HEAD}{BUYER}"));
    let rows = rows(&scenario);
    let mut count = 0;
    Parameters::build(&["one".to_owned()], &mut |table, field, instance| {
        count += 1;
        let key = format!("{table}.{}", field.key);
        let row = rows.iter().find(|row| row.key == key).unwrap_or_else(|| panic!("no row for {key}"));
        assert_eq!(row.unit, field.unit);
        if let Some(default) = field.default_for(instance) {
            let legal = (field.min..=field.max).contains(&default) || (default == f64::INFINITY && field.kind.may_be_unlimited());
            assert!(legal && (!field.kind.is_whole() || default == f64::INFINITY || default.fract() == 0.0), "{key}");
            assert_eq!(certain(&scenario, &key).to_bits(), default.to_bits() * u64::from(key != "buyers.one.need_per_month"), "{key}");
        }
        assert!(!matches!(field.kind, Kind::Whole) || field.max <= 1e15);
    });
    assert_eq!(rows.iter().filter(|row| row.input.is_some()).count(), count);
}

#[test]
fn strict_finds_numbers_that_rest_on_nothing_or_on_later_news() {
    let text = format!(
        "{HEAD}[sources.old]\ntitle = \"t\"\noutlet = \"o\"\ndate = 2025-12-10\n[sources.new]\ntitle = \"t\"\noutlet = \"o\"\ndate = 2025-12-11\n[supply]\nstock_chips = {{ value = 1, source = \"old\" }}\nyield_share = {{ value = 0.5, source = \"new\", grade = \"reported\" }}\nline_months = {{ value = 5, grade = \"judgement\" }}\n{BUYER}"
    );
    let found: Vec<String> = unsupported(&scenario(&text)).into_iter().map(|number| format!("{} {}", number.key, number.lack)).collect();
    assert_eq!(
        found,
        [
            "supply.yield_share rests on new, dated 2025-12-11, after the information date 2025-12-10",
            "buyers.one.need_per_month has neither source nor grade",
        ]
    );
}

#[test]
fn check_prints_what_is_in_order_and_tells_every_problem_of_the_rest() {
    let folder = Folder::new(&[
        ("good.toml", &format!("{HEAD}{BUYER}")),
        ("bad.toml", "schema = 1\nmonths = 0\n"),
        ("huge.toml", &format!("{HEAD}{BUYER}[simulation]\nworlds = 5_000_000_000\n")),
    ]);
    let run = |names: &[&str], strict| {
        let mut out = Vec::new();
        let paths: Vec<PathBuf> = names.iter().map(|name| folder.path(name)).collect();
        let result = check::check(&paths, strict, &mut out);
        (result, String::from_utf8(out).unwrap())
    };
    let (result, out) = run(&["good.toml"], false);
    assert_eq!(result.unwrap(), Exit::Ok);
    assert!(out.ends_with("good.toml: ok\n"), "{out}");
    let failure = run(&["huge.toml", "good.toml", "bad.toml"], false).0.unwrap_err();
    assert_eq!(failure.exit, Exit::Scenario);
    assert!(
        failure.message.contains("bad.toml:2:10: months = 0") && failure.message.contains("huge.toml:8:10: simulation.worlds"),
        "{}",
        failure.message
    );
    assert_eq!(run(&["huge.toml"], false).0.unwrap_err().exit, Exit::Limit);
    assert_eq!(run(&["none.toml", "bad.toml"], false).0.unwrap_err().exit, Exit::Input);
    let failure = run(&["good.toml"], true).0.unwrap_err();
    assert_eq!(
        (failure.exit, failure.message.as_str()),
        (Exit::CheckFailed, "good.toml:6: buyers.one.need_per_month has neither source nor grade")
    );
}

#[test]
fn show_lists_each_value_with_its_unit_and_place() {
    let folder = Folder::new(&[("x.toml", RICH)]);
    let mut out = Vec::new();
    show::show(&folder.path("x.toml"), &["supply.cover=1".to_owned()], &mut out).unwrap_err();
    show::show(&folder.path("x.toml"), &["us_market.us_share=0.7".to_owned()], &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    let words = |key: &str| {
        out.lines()
            .find(|line| line.starts_with(&format!("{key} ")))
            .unwrap_or_else(|| panic!("no {key}"))
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(words("key"), "key value unit from source grade");
    assert_eq!(words("us_market.us_share"), "us_market.us_share 0.7 share --set");
    assert_eq!(words("supply.minimum_starts_per_month"), "supply.minimum_starts_per_month 5000 chips per month x.toml:36 a_filing filing");
    assert_eq!(words("money.price_usd"), "money.price_usd 27000 USD per chip default");
    assert_eq!(words("events[1].month"), "events[1].month \"2026-01\" x.toml:70");
}

#[test]
fn new_writes_a_small_valid_file_and_never_over_another() {
    let folder = Folder::new(&[("base.toml", &format!("{HEAD}{BUYER}"))]);
    let run = |name: &str, from: &str| new::new(name, from, folder.0.path(), &mut Vec::new()).map_err(|failure| failure.exit);
    assert_eq!(run("my-view", "base"), Ok(Exit::Ok));
    let scenario = folder.load("my-view.toml");
    assert_eq!((scenario.title.as_str(), scenario.files.len()), ("my view", 2));
    assert_eq!(run("my-view", "base.toml"), Err(Exit::Conflict));
    assert_eq!(run("other", "nothing"), Err(Exit::Input));
    for unsafe_name in ["../x", "a/b", "", "CON", "-x", ".x", "a\u{1b}b"] {
        assert_eq!(run(unsafe_name, "base"), Err(Exit::Usage), "{unsafe_name:?}");
    }
}

#[test]
fn list_names_the_scenarios_of_a_folder_with_their_titles() {
    let folder = Folder::new(&[("b.toml", "schema = 1\n"), ("a-first.toml", &format!("{HEAD}{BUYER}")), ("notes.txt", "x")]);
    let mut out = Vec::new();
    list::list(folder.0.path(), &mut out).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), "a-first  Parent\nb        (4 problems; see `greenlight check`)\n");
    assert_eq!(list::list(&folder.path("none"), &mut Vec::new()).unwrap_err().exit, Exit::Input);
}

#[test]
fn the_schema_and_the_reference_are_fresh() {
    let mut printed = Vec::new();
    schema::schema(&mut printed).unwrap();
    assert_eq!(String::from_utf8(printed).unwrap(), json_schema());
    for (name, text) in [("schemas/scenario.schema.json", json_schema()), ("docs/scenario-reference.md", reference_markdown())] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
        if std::env::var_os("GREENLIGHT_BLESS").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &text).unwrap();
        }
        let stored = fs::read_to_string(&path).unwrap_or_default();
        assert!(stored == text, "{name} is stale: run GREENLIGHT_BLESS=1 cargo test --release --test scenario_language");
    }
}
