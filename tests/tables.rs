//! The tables a user opens: the same cells in CSV and in Parquet, and samples that are the paths themselves.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on should stop")]

mod support;

use greenlight::domain::PolicyType;
use greenlight::io::scenario_files::load;
use greenlight::io::tables::samples::{self, WorldDraws};
use greenlight::io::tables::{Cells, Sheet};
use greenlight::model::{Audit, BuyerOutcome, Model, TotalOutcome};
use greenlight::stats::{Record, UNDEFINED};
use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;
use support::{Home, SMALL, code, now, stderr};

/// Both formats, or CSV alone in a build without Parquet.
const FORMAT: &str = if cfg!(feature = "parquet") { "both" } else { "csv" };

/// Runs `small.toml` into `out`, without charts.
fn run(home: &Home, out: &str, arguments: &[&str]) {
    let output = home.run(&[&["run", "small.toml", "--no-charts", "--quiet", "--out", out], arguments].concat());
    assert_eq!(code(&output), 0, "{}", stderr(&output));
}

/// The model that `small.toml` with these settings stands for.
fn model(home: &Home, sets: &[&str]) -> Model {
    let sets: Vec<String> = sets.iter().map(|set| (*set).to_owned()).collect();
    Model::new(load(&home.path().join("small.toml"), &sets).unwrap(), Audit::EachMonth).unwrap()
}

/// Heading and rows of a CSV file.
fn csv(home: &Home, file: &str) -> (Vec<String>, Vec<Vec<String>>) {
    let mut reader = csv::Reader::from_path(home.path().join(file)).unwrap();
    let words = |record: &csv::StringRecord| record.iter().map(str::to_owned).collect::<Vec<_>>();
    let heading = words(reader.headers().unwrap());
    (heading, reader.records().map(|record| words(&record.unwrap())).collect())
}

#[test]
fn a_row_of_samples_is_in_units_and_empty_where_nothing_is_known() {
    let home = Home::new();
    let model = model(&home, &[]);
    let layout = model.layout();
    let mut record = Record { outcomes: vec![0; layout.outcome_cells], ..Record::default() };
    let mut set = |cell: usize, value: i64| record.outcomes[cell] = value;
    set(layout.buyer_outcome(BuyerOutcome::Delivered, Some(0)), 7);
    set(layout.buyer_outcome(BuyerOutcome::Delivered, None), 10);
    set(layout.buyer_outcome(BuyerOutcome::NeedFill, Some(1)), 333_333);
    set(layout.buyer_outcome(BuyerOutcome::ApprovalYield, None), UNDEFINED);
    set(layout.buyer_outcome(BuyerOutcome::UnmetTraining, None), -1_500);
    set(layout.buyer_outcome(BuyerOutcome::FirstDelivery, Some(0)), 6);
    // Six months are simulated: 7 stands for "not within the horizon".
    set(layout.buyer_outcome(BuyerOutcome::FirstDelivery, Some(1)), 7);
    set(layout.total_outcome(TotalOutcome::Revenue), 9_000_000_000_000);
    let mut sheet = Sheet::new("samples", samples::columns(&model));
    let draws = WorldDraws { world: 3, inputs: vec![0.25], policy_type: PolicyType::from_word("drip").unwrap() };
    samples::row(&mut sheet, &model, &draws, 4, &record);
    let table = sheet.finish().unwrap();
    let text = String::from_utf8(table.csv).unwrap();
    let (heading, row) = text.trim_end().split_once('\n').unwrap();
    let cell: BTreeMap<&str, &str> = heading.split(',').zip(row.split(',')).collect();
    assert_eq!(cell.len(), heading.split(',').count(), "no two columns share a name");
    for (column, expected) in [
        ("world", "3"),
        ("path", "4"),
        ("beijing_type", "drip"),
        ("buyers.beta.training_share", "0.25"),
        ("delivered_T.alpha", "7"),
        ("delivered_T.beta", "0"),
        ("delivered_T", "10"),
        // Millionths and thousandths.
        ("need_fill.beta", "0.333333"),
        ("need_fill", "0.0"),
        ("unmet_training", "-1.5"),
        ("approval_yield", ""),
        ("t_first.alpha", "6"),
        ("t_first.beta", ""),
        ("revenue", "9000000000000"),
        // 10 chips of 1,979 dense TFLOP/s at 8 bits: 10 × 1,979 × 8 TPP.
        ("compute_delivered_tpp", "158320.0"),
    ] {
        assert_eq!(cell[column], expected, "{column}");
    }
    let place = |name: &str| table.columns.iter().position(|column| column.name == name).unwrap();
    assert_eq!(table.cells[place("delivered_T.alpha")], Cells::Whole(vec![Some(7)]));
    assert_eq!(table.cells[place("unmet_training")], Cells::Real(vec![Some(-1.5)]));
    assert_eq!(table.cells[place("t_first.beta")], Cells::Whole(vec![None]));
    assert_eq!(table.columns[place("revenue")].unit, "USD");
}

#[test]
fn any_row_of_samples_is_what_the_model_says_of_that_path() {
    let home = Home::new();
    run(&home, "out", &["--samples", "--worlds", "300", "--paths-per-world", "7"]);
    let (heading, rows) = csv(&home, "out/samples.csv");
    assert_eq!(rows.len(), 2100);
    let model = model(&home, &[]);
    let columns = samples::columns(&model);
    assert_eq!(heading, columns.iter().map(|column| column.name.clone()).collect::<Vec<_>>());
    let mut workspace = model.workspace();
    let (mut state, mut delivered, mut empty) = (20_251_210_u64, 0, 0);
    for _ in 0..200 {
        // A step of a linear congruential generator; its upper bits choose the path.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let position = (state >> 33) % 2100;
        let (world, path) = (position / 7, position % 7);
        let row = &rows[position as usize];
        assert_eq!(row[..2], [world.to_string(), path.to_string()], "rows are in the order of paths");
        assert_eq!(row[2], model.world(world).policy_type.word());
        assert_eq!(row[3].parse::<f64>().unwrap().to_bits(), model.inputs(world)[0].to_bits());
        let record = model.simulate(world, path, &mut workspace).unwrap();
        let outcomes = &model.layout().outcomes;
        assert_eq!(row.len(), 4 + outcomes.len());
        for (cell, outcome) in row[4..].iter().zip(outcomes) {
            let recorded = record.outcomes[outcome.cell];
            if recorded == UNDEFINED || outcome.censored_at == Some(recorded) {
                assert_eq!(cell, "", "{}", outcome.name);
                empty += 1;
            } else if outcome.scale == 1.0 {
                assert_eq!(*cell, recorded.to_string(), "{}", outcome.name);
            } else {
                // A few units in the last place of a double: 1e-14 of the value.
                let (shown, expected) = (cell.parse::<f64>().unwrap(), recorded as f64 * outcome.scale);
                assert!((shown - expected).abs() <= 1e-14 * expected.abs(), "{}: {cell}, expected {expected}", outcome.name);
                assert!(cell.contains('.'), "{}: {cell} looks like a whole number", outcome.name);
            }
        }
        delivered += i64::from(record.outcomes[model.layout().buyer_outcome(BuyerOutcome::Delivered, None)] > 0);
    }
    assert!(delivered > 20 && empty > 20, "the paths show both: {delivered} with deliveries, {empty} empty fields");
}

#[test]
fn samples_have_the_same_bytes_on_any_number_of_threads_and_any_number_of_chunks() {
    let home = Home::new();
    // 35,005 paths of 5 per world: neither pieces of 64 nor chunks end with a world.
    let arguments = ["--samples", "--format", FORMAT, "--worlds", "7001", "--set", "months=2"];
    for threads in ["1", "2", "7"] {
        run(&home, threads, &[&arguments[..], &["--threads", threads]].concat());
        assert!(home.is_intact(threads));
    }
    let one = home.tree("1");
    assert!(one.keys().any(|name| name.ends_with("samples.csv")));
    assert!(home.tree("2") == one && home.tree("7") == one);
    let (heading, rows) = csv(&home, "1/samples.csv");
    let order: Vec<String> = (0..35_005).map(|path| format!("{},{}", path / 5, path % 5)).collect();
    assert!(rows.iter().map(|row| row[..2].join(",")).eq(order));
    // A chunk has 2,097,152 fields at most, so that this table needs more than one of them.
    assert!(heading.len() * rows.len() > 2_097_152, "{} columns", heading.len());
}

#[test]
fn the_digest_of_the_results_is_the_same_in_every_format() {
    let home = Home::new();
    run(&home, "plain", &[]);
    let digest = |folder: &str| {
        let manifest: serde_json::Value =
            serde_json::from_slice(&fs::read(home.path().join(folder).join("manifest.json")).unwrap()).unwrap();
        manifest["results_sha256"].as_str().unwrap().to_owned()
    };
    assert!(!home.names("plain").iter().any(|name| name.contains("samples") || name.contains("parquet")), "{:?}", home.names("plain"));
    let formats: &[&str] = if cfg!(feature = "parquet") { &["csv", "parquet", "both"] } else { &["csv"] };
    for format in formats {
        run(&home, format, &["--format", format, "--samples"]);
        assert_eq!(digest(format), digest("plain"));
        assert!(home.is_intact(format));
        for (ending, other) in [("csv", "parquet"), ("parquet", "csv")] {
            let tables = home.names(format).iter().filter(|name| name.ends_with(&format!(".{ending}"))).count();
            assert_eq!(
                tables,
                if *format == other {
                    0
                } else if [ending, "both"].contains(format) {
                    5
                } else {
                    0
                },
                "{ending} in {format}"
            );
        }
        let codebook = fs::read_to_string(home.path().join(format).join("columns.md")).unwrap();
        assert!(codebook.contains("\n## samples.") && codebook.contains("| buyers.beta.training_share | real | share |"), "{codebook}");
    }
}

#[test]
fn hostile_titles_and_names_cannot_enter_a_table() {
    let home = Home::new();
    let hostile = r#"=cmd|'/c calc'!A1 <script>EVIL</script> \u001b[2J"#;
    let text = SMALL.replace("\"Small\"", &format!("\"{hostile}\"\nstory = \"{hostile}\"")).replace("\"Alpha\"", &format!("\"{hostile}\""));
    home.write("small.toml", &text.replace("0.8] }", "0.8], note = \"=EVIL\" }"));
    let checked = home.run(&["check", "small.toml"]);
    if code(&checked) != 0 {
        // The language refuses escape sequences itself; go on with what it lets through.
        home.write("small.toml", &fs::read_to_string(home.path().join("small.toml")).unwrap().replace(" \\u001b[2J", ""));
    }
    run(&home, "out", &["--samples", "--format", FORMAT]);
    for (name, bytes) in home.tree("out") {
        if ["csv", "parquet", "md"].iter().any(|ending| name.extension().is_some_and(|e| e == *ending)) {
            assert!(!bytes.windows(4).any(|window| window == b"EVIL"), "{name:?}");
        }
    }
    for table in ["gates", "monthly", "outcomes", "regimes", "samples"] {
        let (heading, rows) = csv(&home, &format!("out/{table}.csv"));
        for cell in heading.iter().chain(rows.iter().flatten()) {
            let is_number = cell.parse::<f64>().is_ok();
            assert!(is_number || !cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{table}: {cell}");
        }
    }
}

#[test]
fn an_unknown_format_is_exit_2_and_names_those_there_are() {
    let home = Home::new();
    let output = home.run(&["run", "small.toml", "--format", "xlsx"]);
    assert_eq!(code(&output), 2);
    assert!(["csv", "parquet", "both"].iter().all(|format| stderr(&output).contains(format)), "{}", stderr(&output));
    let output = home.run(&["run", "small.toml", "--format", "parquet", "--no-charts"]);
    if cfg!(feature = "parquet") {
        assert_eq!(code(&output), 0, "{}", stderr(&output));
    } else {
        assert_eq!(code(&output), 2);
        assert!(stderr(&output).contains("built without Parquet"), "{}", stderr(&output));
        assert_eq!(home.names("."), ["small.toml"]);
    }
}

#[test]
fn samples_that_no_disk_holds_are_refused_at_once_with_the_arithmetic() {
    let home = Home::new();
    // 3.5e9 paths × more than 60 columns × 12 bytes are more than 2.5e12 bytes.
    if greenlight::io::free_bytes(home.path()).unwrap() > 2_500_000_000_000 {
        return;
    }
    let began = now();
    let output = home.run(&["run", "small.toml", "--samples", "--worlds", "700000000"]);
    assert_eq!(code(&output), 4, "{}", stderr(&output));
    assert!(
        stderr(&output).contains("samples 3,500,000,000 paths × ") && stderr(&output).contains(" × 12 bytes = "),
        "{}",
        stderr(&output)
    );
    assert!(began.elapsed() < Duration::from_secs(1), "{:?}", began.elapsed());
    assert_eq!(home.names("."), ["small.toml"]);
}

#[test]
fn a_signal_while_samples_are_written_leaves_nothing_but_a_checkpoint() {
    let home = Home::new();
    let mut command = Command::new("env");
    // The shell that started the tests may ignore signals; `env` gives the program the usual ones.
    command.args(["--default-signal=TERM", support::program(), "run", "small.toml", "--samples", "--quiet", "--worlds", "300000"]);
    // On a busy machine it may take so long that it would keep a checkpoint.
    command.args(["--set", "months=1", "--checkpoint-seconds", "600"]);
    let mut child = command.current_dir(home.path()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let is_writing = |home: &Home| {
        let partial = home.names("output").into_iter().find(|name| name.contains("partial"));
        partial.is_some_and(|name| fs::metadata(home.path().join("output").join(name).join("samples.csv")).is_ok_and(|m| m.len() > 0))
    };
    let began = (0..12_000).any(|_| {
        std::thread::sleep(Duration::from_millis(5));
        is_writing(&home) || child.try_wait().unwrap().is_some()
    });
    assert!(began && child.try_wait().unwrap().is_none(), "the samples were never begun, or done too soon");
    assert!(Command::new("kill").args(["-s", "TERM", &child.id().to_string()]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 143, "{}", stderr(&output));
    // A machine so slow that the paths took ten seconds has kept them, to go on from.
    let left: Vec<String> = home.names("output").into_iter().filter(|name| name != ".small.checkpoint").collect();
    assert!(left.is_empty(), "{left:?}");
}

#[cfg(feature = "parquet")]
mod parquet {
    use super::*;
    use ::parquet::basic::{Compression, LogicalType, Repetition, Type};
    use ::parquet::file::reader::{FileReader, SerializedFileReader};
    use ::parquet::record::Field;
    use std::collections::BTreeSet;
    use std::fs::File;

    fn open(home: &Home, file: &str) -> SerializedFileReader<File> {
        SerializedFileReader::new(File::open(home.path().join(file)).unwrap()).unwrap()
    }

    /// Whether a Parquet value is what a CSV field says, to the last bit.
    fn is_same(text: &str, value: &Field) -> bool {
        match value {
            Field::Null => text.is_empty(),
            Field::Str(word) => !text.is_empty() && word == text,
            Field::Long(number) => number.to_string() == text,
            Field::Double(number) => text.parse::<f64>().is_ok_and(|x| x.to_bits() == number.to_bits()),
            _ => false,
        }
    }

    #[test]
    fn every_cell_of_every_parquet_file_is_that_of_the_csv_file() {
        let home = Home::new();
        run(&home, "out", &["--samples", "--format", "both"]);
        let mut kinds = BTreeSet::new();
        for table in ["gates", "monthly", "outcomes", "regimes", "samples"] {
            let (heading, rows) = csv(&home, &format!("out/{table}.csv"));
            let reader = open(&home, &format!("out/{table}.parquet"));
            assert_eq!(reader.metadata().file_metadata().num_rows(), rows.len() as i64, "{table}");
            let mut read = 0;
            for (row, expected) in reader.get_row_iter(None).unwrap().map(Result::unwrap).zip(&rows) {
                let cells: Vec<(&String, &Field)> = row.get_column_iter().collect();
                assert!(cells.iter().map(|(name, _)| *name).eq(&heading), "{table}");
                for ((name, value), text) in cells.iter().zip(expected) {
                    assert!(is_same(text, value), "{table}, row {read}, {name}: {text:?} and {value:?}");
                    kinds.insert(kind(value));
                }
                read += 1;
            }
            assert_eq!(read, rows.len(), "{table}");
        }
        assert!(kinds.into_iter().eq(["double", "long", "null", "text"]));
    }

    fn kind(value: &Field) -> &'static str {
        match value {
            Field::Null => "null",
            Field::Str(_) => "text",
            Field::Long(_) => "long",
            Field::Double(_) => "double",
            _ => "something else",
        }
    }

    #[test]
    fn columns_have_their_types_and_units_and_say_where_they_may_be_empty() {
        let home = Home::new();
        run(&home, "out", &["--samples", "--format", "parquet"]);
        let reader = open(&home, "out/samples.parquet");
        let file = reader.metadata().file_metadata();
        let column = |name: &str| {
            let all = file.schema_descr();
            let found = all.columns().iter().find(|column| column.name() == name).unwrap_or_else(|| panic!("{name}"));
            (found.physical_type(), found.self_type().get_basic_info().repetition(), found.logical_type_ref().cloned())
        };
        assert_eq!(column("world"), (Type::INT64, Repetition::REQUIRED, None));
        assert_eq!(column("beijing_type"), (Type::BYTE_ARRAY, Repetition::REQUIRED, Some(LogicalType::String)));
        assert_eq!(column("buyers.beta.training_share"), (Type::DOUBLE, Repetition::REQUIRED, None));
        assert_eq!(column("t_first.alpha"), (Type::INT64, Repetition::OPTIONAL, None));
        assert_eq!(column("need_fill"), (Type::DOUBLE, Repetition::OPTIONAL, None));
        let units: BTreeMap<&str, &str> =
            file.key_value_metadata().unwrap().iter().map(|entry| (entry.key.as_str(), entry.value.as_deref().unwrap())).collect();
        assert_eq!(units["unit:buyers.beta.training_share"], "share");
        assert_eq!(units["unit:t_first.alpha"], "month");
        assert_eq!(units["unit:delivered_T"], "chips");
        assert_eq!(file.created_by(), Some(concat!("greenlight ", env!("CARGO_PKG_VERSION"))), "no library version, no date");
        let compressed =
            reader.metadata().row_groups().iter().flat_map(|group| group.columns()).all(|c| c.compression() == Compression::SNAPPY);
        assert!(compressed && reader.metadata().num_row_groups() == 1);
    }

    #[test]
    fn a_chunk_of_samples_is_a_row_group() {
        let home = Home::new();
        run(&home, "out", &["--samples", "--format", "parquet", "--worlds", "7001", "--set", "months=2"]);
        let reader = open(&home, "out/samples.parquet");
        let columns = reader.metadata().file_metadata().schema_descr().num_columns();
        // As many whole pieces of 64 paths as 2,097,152 fields hold.
        let group = 2_097_152 / (columns as i64 * 64) * 64;
        let rows: Vec<i64> = reader.metadata().row_groups().iter().map(|group| group.num_rows()).collect();
        assert_eq!(rows.iter().sum::<i64>(), 35_005);
        assert!(rows.len() > 1 && rows[..rows.len() - 1].iter().all(|rows| *rows == group), "{rows:?}");
    }
}
