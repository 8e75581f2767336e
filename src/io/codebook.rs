//! `columns.md`: what every column, metric and outcome means, and in which unit.
//!
//! Generated from the catalogue of the model, so that it cannot disagree with the tables. It explains
//! what is in its folder and nothing else.

use super::tables::{Format, Kind, Table, samples};
use crate::analysis::{Comparison, Summary};
use crate::model::{Metric, Model, Outcome};
use std::collections::BTreeSet;

/// One column, or several alike.
struct Entry {
    names: &'static str,
    kind: Kind,
    unit: &'static str,
    meaning: &'static str,
}

/// One table of a folder.
struct Page {
    table: &'static str,
    about: &'static str,
    entries: &'static [Entry],
}

const fn text(names: &'static str, meaning: &'static str) -> Entry {
    Entry { names, kind: Kind::Text, unit: "", meaning }
}

const fn whole(names: &'static str, unit: &'static str, meaning: &'static str) -> Entry {
    Entry { names, kind: Kind::Whole, unit, meaning }
}

const fn real(names: &'static str, unit: &'static str, meaning: &'static str) -> Entry {
    Entry { names, kind: Kind::Real, unit, meaning }
}

const BUYER: Entry = text("buyer", "key of the buyer group in the scenario, or `total`");
const MONTH: Entry = text("month", "calendar month, `YYYY-MM`");
const OF_METRIC: &str = "that of the metric";
const OF_ROW: &str = "in `unit`";

const OUTCOMES: Page = Page {
    table: "outcomes",
    about: "One row per outcome, for each buyer where it makes sense and in total.",
    entries: &[
        text("outcome", "what is measured: see the outcomes below"),
        BUYER,
        text("unit", "unit of the mean, the deviations and the quantiles"),
        whole("paths", "paths", "simulated histories in which the outcome is defined"),
        real("mean", OF_ROW, "mean over those paths"),
        real("std_dev", OF_ROW, "standard deviation over those paths: how uncertain the outcome is"),
        real("std_error", OF_ROW, "Monte Carlo standard error of the mean: how far more paths could still move it"),
        real("p05 … p95", OF_ROW, "quantiles: 5% of the paths lie at or below p05"),
        real("p05_low, p05_high …", OF_ROW, "95% Monte Carlo interval of the quantile before it"),
        real("share_zero", "share", "share of the paths at exactly zero"),
        real("share_zero_std_error", "share", "Monte Carlo standard error of that share"),
        real("if_positive_p05 …", OF_ROW, "quantiles among the paths that are not zero"),
        real("share_censored", "share", "for waiting times: share of the paths in which it did not end within the horizon"),
        real(
            "ignorance_share",
            "share",
            "share of the variance that comes from what nobody knows, the rest being chance; an estimate, so it may be slightly negative",
        ),
    ],
};

const MONTHLY: Page = Page {
    table: "monthly",
    about: "One row per metric, buyer and month.",
    entries: &[
        text("metric", "what is measured: see the metrics below"),
        BUYER,
        MONTH,
        real("mean, std_dev, std_error", OF_METRIC, "as in outcomes"),
        real("p05 … p95", OF_METRIC, "as in outcomes, month by month: a quantile is not one history"),
        real("share_zero", "share", "share of the paths at exactly zero in this month"),
    ],
};

const GATES: Page = Page {
    table: "gates",
    about: "One row per gate and month: what held volume back.",
    entries: &[
        text("gate", "the gate, in the order in which a chip meets them; `none` stands for paths in which nothing was held back"),
        MONTH,
        real("held", "chips", "mean number of chips the gate holds back"),
        real("share_of_held", "share", "the same as a share of what all gates hold; empty if they hold nothing"),
        real("share_of_paths", "share", "share of the paths in which this gate holds the most"),
    ],
};

const REGIMES: Page = Page {
    table: "regimes",
    about: "One row per government, regime and month.",
    entries: &[
        text("government", "`beijing` or `washington`"),
        text("regime", "the regime, from tightest to loosest"),
        MONTH,
        real("share_of_paths", "share", "share of the paths in which the government is in this regime at the end of the month"),
    ],
};

const SAMPLING: Page = Page {
    table: "sampling",
    about: "One row per outcome, buyer and number: what spreading the worlds evenly gained. A number that does not vary has no row, and \
            neither has a quantile at a value that 2% of the paths share.",
    entries: &[
        text("outcome", "what is measured: see the outcomes below"),
        BUYER,
        text("statistic", "`mean`, `share_zero`, or the quantile `p05`, `p50` or `p95`"),
        real("value", "that of the outcome, or share", "the number, as in outcomes"),
        real(
            "std_error",
            "that of the value; of a quantile, share",
            "standard error between the 16 scrambles; of a quantile, of the share of paths at or below it. In outcomes and monthly, errors \
             are this times 1.087, so that 1.96 of them on either side are a 95% interval by Student's t with 15 degrees of freedom",
        ),
        real(
            "random_std_error",
            "the same",
            "the standard error that as many independent worlds would have, from the spread between worlds",
        ),
        real(
            "variance_reduction",
            "ratio",
            "the square of random_std_error over that of std_error: how many times as many independent worlds tell as much",
        ),
        real("variance_reduction_low, variance_reduction_high", "ratio", "its 95% interval, chi-squared with 15 degrees of freedom"),
    ],
};

const SAMPLES: Page = Page {
    table: samples::NAME,
    about: "One row per path, in order. Paths of one world share its inputs and differ by chance alone.",
    entries: &[
        whole("world", "", "number of the world, from 0"),
        whole("path", "", "number of the path in its world, from 0"),
        text("beijing_type", "Beijing's hidden policy type in the world"),
    ],
};

const DIFFERENCES: Page = Page {
    table: "differences",
    about: "One row per scenario, measure, buyer and month: the scenario less the reference, path by path on the same luck.",
    entries: &[
        text("scenario", "name of the scenario that is compared with the reference"),
        text("kind", "`monthly` for a metric in a month, `outcome` for an outcome over the horizon"),
        text("metric", "what is measured: see the metrics and outcomes below"),
        text("buyer", "key of the buyer group, or `total`"),
        text("month", "calendar month, `YYYY-MM`; empty for an outcome"),
        text("unit", "unit of the means, the interval, the deviations and the quantiles"),
        whole("paths", "paths", "pairs of histories in which the measure is defined in both scenarios"),
        real("reference_mean", OF_ROW, "mean in the reference, over all paths in which it is defined there"),
        real("scenario_mean", OF_ROW, "mean in the scenario, over all paths in which it is defined there"),
        real("mean", OF_ROW, "mean of the paired differences, scenario less reference"),
        real("std_error", OF_ROW, "Monte Carlo standard error of that mean"),
        real("low, high", OF_ROW, "95% Monte Carlo interval of that mean"),
        real("std_dev", OF_ROW, "standard deviation of the paired differences over paths"),
        real("p05 … p95", OF_ROW, "quantiles of the paired differences; not the differences of quantiles"),
        real("above", "share", "share of the pairs in which the scenario's value is larger; of a waiting time, later"),
        real("below", "share", "share of the pairs in which it is smaller"),
        real("equal", "share", "share of the pairs in which both are the same"),
        real(
            "variance_reduction",
            "ratio",
            "variance of the mean difference of two independent runs over that of this paired one; empty where nothing varies",
        ),
    ],
};

const CHANGES: Page = Page {
    table: "changes",
    about: "One row per scenario and key in which it differs from the reference; titles, stories and sources are left out.",
    entries: &[
        text("scenario", "name of the scenario that is compared with the reference"),
        text("key", "the key in the scenario language"),
        text("unit", "unit of the value; empty for what is not a number"),
        text("reference", "the reference's value as a scenario file writes it; empty if it has no such key"),
        text("value", "the scenario's value; empty if it has no such key"),
    ],
};

const EXPLANATION: Page = Page {
    table: "explanation",
    about: "One row per group of changed keys, and last the whole difference, to which the groups sum.",
    entries: &[
        text("outcome", "the outcome whose mean difference is split"),
        text("unit", "unit of the mean and its error"),
        text("group", "name of the group"),
        text("keys", "the changed keys in it"),
        real("mean", OF_ROW, "Shapley value: what the group adds to the mean outcome, averaged over all orders in which groups can change"),
        real("std_error", OF_ROW, "Monte Carlo standard error of that mean, sampled orders included"),
    ],
};

const SWEEP: Page = Page {
    table: "sweep",
    about: "One row per combination of values and measure. The first columns are the keys that vary, each with its value.",
    entries: &[
        text("measure", "what is told: an outcome, a monthly value at a month, or a condition whose chance is the mean"),
        text("unit", "unit of the mean, its error and the quantiles"),
        whole("paths", "paths", "simulated histories in which the measure is defined"),
        real("mean", OF_ROW, "mean over those paths; of a condition the share in which it holds"),
        real("std_error", OF_ROW, "Monte Carlo standard error of that mean"),
        real("low, high", OF_ROW, "95% Monte Carlo interval of that mean"),
        real("std_dev", OF_ROW, "standard deviation over those paths"),
        real("share_zero", "share", "share of the paths at exactly zero"),
        real("p05 … p95", OF_ROW, "quantiles over those paths; empty for a condition"),
    ],
};

const THRESHOLDS: Page = Page {
    table: "thresholds",
    about: "One row per condition and combination of the other keys, whose values come first: where its chance first reaches the level.",
    entries: &[
        text("measure", "the condition"),
        real("level", "share", "the chance to be reached"),
        text("key", "the key whose value is searched: the first that varies"),
        real("value", "that of the key", "the smallest value at which the chance reaches the level; empty if none does"),
        real(
            "low, high",
            "that of the key",
            "95% interval: values that the Monte Carlo error cannot tell from it; empty beyond what was searched",
        ),
        text("remark", "`reached`, `not reached`, or `beyond it from the start`"),
    ],
};

const ACTIONS: Page = Page {
    table: "actions",
    about: "One row per action of the decision, in the order of the scenario. Net benefits are in the unit of their formula.",
    entries: &[
        text("action", "its name"),
        real("net_benefit, std_error", "that of the formula", "mean over paths, and its Monte Carlo standard error over worlds"),
        real(
            "behind, behind_std_error",
            "that of the formula",
            "what it gives less than the best action on the same luck, and the error of that",
        ),
        real("best_in", "share", "share of the worlds in which it has the largest mean"),
    ],
};

const INFORMATION: Page = Page {
    table: "information",
    about: "One row per thing that might be known before acting: what that would be worth.",
    entries: &[
        text(
            "kind",
            "`everything` (EVPI), `everything_at_least`, `group` (EVPPI of all inputs of a decider together), `input` (EVPPI) or `until` (both governments seen until a month)",
        ),
        text("what", "the decider, the input's key, or the month"),
        text("grade", "grade of the input in the scenario; empty if it has none"),
        real(
            "worth, std_error, low, high",
            "that of the formula",
            "what it would be worth, with its error and 95% interval; where a few worlds hold most of it, about 89 of 100 intervals hold it",
        ),
        real(
            "shuffled, shuffled_most",
            "that of the formula",
            "the same where the information is shuffled, and so worth nothing: mean and largest of 20",
        ),
        text("stands_out", "`yes` if it is worth more than any shuffled copy"),
        real(
            "research",
            "that of the formula",
            "worth less the shuffled mean if that is above zero, times the weakness of the grade: filing .25, reported .5, derived .75, else 1",
        ),
        text("inputs", "keys of the group's inputs; empty if it is no group"),
    ],
};

/// The codebook of the folder of a decision, as Markdown.
pub fn decision_codebook(format: Format) -> String {
    let mut text = opening(format);
    page(&mut text, &ACTIONS, format);
    page(&mut text, &INFORMATION, format);
    text
}

/// The codebook of the folder of a sweep, with thresholds if there are any, as Markdown.
pub fn sweep_codebook(has_thresholds: bool, format: Format) -> String {
    let mut text = opening(format);
    page(&mut text, &SWEEP, format);
    if has_thresholds {
        page(&mut text, &THRESHOLDS, format);
    }
    text
}

/// The codebook of the folder of a run, as Markdown. `samples` is the model whose paths are listed, if they are.
pub fn codebook(summary: &Summary, format: Format, samples: Option<&Model>) -> String {
    let mut text = opening(format);
    for table in [&OUTCOMES, &MONTHLY, &GATES, &REGIMES] {
        page(&mut text, table, format);
    }
    if !summary.header.sampling.is_random() {
        page(&mut text, &SAMPLING, format);
    }
    if let Some(model) = samples {
        samples_page(&mut text, model, format);
    }
    metrics(&mut text, summary, |_| true);
    outcomes(&mut text, summary, |_| true);
    text
}

const OUTCOME: Entry = text("outcome", "the outcome, in total over buyers");
const INPUT: Entry = text("input", "key of the uncertain input; `beijing.types` is Beijing's hidden policy type");

/// The tables of a sensitivity analysis, in the order of their names.
const SENSITIVITY: [Page; 6] = [
    Page {
        table: "dead",
        about: "One row per uncertain input and per recorded outcome: what responds to what, when one input at a time is exchanged on the same luck.",
        entries: &[
            text("kind", "`input` or `outcome`"),
            text("name", "key of the input, or name of the outcome"),
            text("buyer", "key of the buyer group of the outcome, or `total`"),
            text(
                "verdict",
                "`dead`: no outcome of any path ever changed with the input; `constant`: the outcome is the same in every path; `luck alone`: it varies, but \
                 no input ever moved it; `alive`: the rest",
            ),
            whole("moved", "", "for an input, outcomes that it moved; for an outcome, inputs that moved it"),
            whole("of", "", "of how many"),
        ],
    },
    Page {
        table: "groups",
        about: "One row per outcome and group of inputs: Shapley effects, valid where inputs depend on each other.",
        entries: &[
            OUTCOME,
            text("decider", "who decides the inputs, or knows them best"),
            text("inputs", "their keys"),
            real("shapley, shapley_low, shapley_high", "share", "share of the variance that is not luck; the groups sum to 1"),
            real("floor", "share", "the largest of 19 shares computed as if the group had no effect"),
        ],
    },
    Page {
        table: "indices",
        about: "One row per outcome and input, from the largest total index.",
        entries: &[
            OUTCOME,
            INPUT,
            text("decider", "who decides the input, or knows it best"),
            text(
                "place",
                "the best to the worst place by the total index that the noise allows; inputs that share a place cannot be told apart",
            ),
            real(
                "total, total_low, total_high",
                "ratio",
                "total Sobol index: share of the variance that is not luck, with all interactions; where few worlds hold most of the variance, about 92 of 100 intervals hold it",
            ),
            real(
                "first, first_low, first_high",
                "ratio",
                "first-order Sobol index: the share that the input explains alone; its interval as that of the total",
            ),
            real(
                "rank_correlation, rank_correlation_low, rank_correlation_high",
                "ratio",
                "Spearman's rank correlation with the mean of a world; empty where one of them does not vary",
            ),
            real(
                "partial_rank_correlation, partial_rank_correlation_low, partial_rank_correlation_high",
                "ratio",
                "the same with the other inputs held (partial rank correlation)",
            ),
            real(
                "pawn, pawn_low, pawn_high",
                "ratio",
                "PAWN: largest distance between the outcome's distribution where the input is known and the one of all paths; of an input without effect 92 of 100 intervals hold zero",
            ),
            real("pawn_floor", "ratio", "the largest of 19 such indices of an input that was shuffled over worlds"),
        ],
    },
    Page {
        table: "over_time",
        about: "One row per month and part: shares of the variance of the H200 delivered since the start.",
        entries: &[
            MONTH,
            text("part", "`luck`, or who decides"),
            real(
                "share, share_low, share_high",
                "share",
                "share of the whole variance, a Shapley effect; parts sum to 1; empty where nothing varies",
            ),
        ],
    },
    Page {
        table: "tornado",
        about: "One row per outcome and input, in the order of the scenario language: changes of the mean when the input has its 10% and its 90% value.",
        entries: &[
            OUTCOME,
            text("unit", "unit of the changes"),
            INPUT,
            text("input_unit", "unit of the input; empty for Beijing's type"),
            text("at_10, at_90", "the input's 10% and 90% value, to three digits"),
            real(
                "change_at_10, change_at_10_low, change_at_10_high",
                OF_ROW,
                "mean with the input at its 10% value less the mean, others drawn again",
            ),
            real("change_at_90, change_at_90_low, change_at_90_high", OF_ROW, "the same at its 90% value"),
            real("change, change_low, change_high", OF_ROW, "mean at the 90% value less mean at the 10% value"),
        ],
    },
    Page {
        table: "variance",
        about: "One row per outcome: what the indices are shares of.",
        entries: &[
            OUTCOME,
            text("unit", "unit of the mean and the deviation"),
            whole("worlds", "worlds", "worlds drawn whole; each pair of them has its mixes"),
            whole("paths_per_world", "paths", "paths of every world"),
            real("mean, mean_low, mean_high", OF_ROW, "mean over all paths"),
            real("std_dev", OF_ROW, "standard deviation over all paths"),
            real("ignorance_share, ignorance_share_low, ignorance_share_high", "share", "share of the variance that is not luck"),
        ],
    },
];

/// The codebook of the folder of a comparison, as Markdown.
pub fn comparison_codebook(comparison: &Comparison, is_explained: bool, format: Format) -> String {
    let mut text = opening(format);
    page(&mut text, &DIFFERENCES, format);
    page(&mut text, &CHANGES, format);
    if is_explained {
        page(&mut text, &EXPLANATION, format);
    }
    let contrasts = || comparison.contrasts.iter();
    metrics(&mut text, comparison.reference(), |metric| contrasts().any(|c| c.monthly.iter().any(|row| row.metric.name == metric.name)));
    outcomes(&mut text, comparison.reference(), |outcome| contrasts().any(|c| c.outcomes.iter().any(|row| row.name == outcome.name)));
    text
}

/// The codebook of the folder of a sensitivity analysis, as Markdown.
pub fn sensitivity_codebook(format: Format) -> String {
    let mut text = opening(format);
    text += "\n`_low` and `_high` are the ends of the 95% interval of the column before them. Estimates are given as they come: one of nothing may lie below zero.\n";
    SENSITIVITY.iter().for_each(|table| page(&mut text, table, format));
    text
}

fn opening(format: Format) -> String {
    let mut text = String::from("# What is in these tables\n\nAn empty field means unknown or undefined; it never means zero.\n");
    if format.has_parquet() {
        text += "\nIn Parquet an empty field is null; `text` is a UTF-8 string, `whole` an INT64, `real` a DOUBLE. \
                 A month is text there too, so that one query reads both formats. \
                 The metadata of a file give the unit of a column under `unit:` and its name.\n";
    }
    text
}

/// The codebook of tables whose meanings are listed by name; a quantile needs no entry of its own.
pub fn tables_codebook(tables: &[Table], meanings: &[(&str, &str)], format: Format) -> String {
    let meaning = |name: &str| {
        meanings.iter().find(|(known, _)| *known == name).map_or_else(|| of_quantile(name), |(_, meaning)| (*meaning).to_owned())
    };
    let mut text =
        "# Columns\n\nAn empty field is unknown or undefined, never zero. Numbers are the shortest text that reads back exactly.\n"
            .to_owned();
    for table in tables {
        let files = format.files(table.name).join(", ");
        text += &format!("\n## {files}\n\n{}\n\n| column | type | unit | meaning |\n|---|---|---|---|\n", meaning(table.name));
        for column in table.columns.iter() {
            text += &row(&[&column.name, column.kind.word(), column.unit, &meaning(&column.name)]);
        }
    }
    text
}

/// What the name of a quantile says.
fn of_quantile(name: &str) -> String {
    let parts: Vec<&str> = name.split('_').collect();
    let percent = parts.iter().find_map(|part| part.strip_prefix('p')?.parse::<u32>().ok());
    let Some(percent) = percent else { return String::new() };
    let what = match (parts.first(), parts.last()) {
        (Some(&"prior"), _) => " before",
        (Some(&"posterior"), _) => " after",
        (Some(&"rank"), _) => " after, as the share of the prior that lies below",
        (_, Some(&"low" | &"high")) => ", an end of its 95% Monte Carlo interval",
        _ => "",
    };
    format!("the {percent}% quantile{what}")
}

fn page(text: &mut String, page: &Page, format: Format) {
    let files = format.files(page.table).join(", ");
    *text += &format!("\n## {files}\n\n{}\n\n| column | type | unit | meaning |\n|---|---|---|---|\n", page.about);
    page.entries.iter().for_each(|entry| *text += &row(&[entry.names, entry.kind.word(), entry.unit, entry.meaning]));
}

fn samples_page(text: &mut String, model: &Model, format: Format) {
    page(text, &SAMPLES, format);
    for (input, field) in samples::inputs(model) {
        *text += &row(&[&input.key, Kind::Real.word(), field.unit, field.meaning]);
    }
    *text += &row(&["OUTCOME", "whole or real", "that of the outcome", "an outcome below, of all buyers together"]);
    *text += &row(&["OUTCOME.BUYER", "whole or real", "that of the outcome", "the same of one buyer, by its key"]);
    *text += "\nThe inputs are those the scenario leaves uncertain; the others are in `scenario.resolved.toml`. \
              A waiting time (`t_first`, `t_5k`, `t_100k`) that did not end within the horizon is empty: \
              the mean of such a column is that of the paths in which it ended. \
              A ratio of nothing to nothing is empty too.\n";
    if format.has_csv() {
        *text += "In the CSV file a real number always has a decimal point, so that programs that guess types guess right.\n";
    }
}

/// The metrics of the monthly series.
fn metrics(text: &mut String, summary: &Summary, is_there: impl Fn(&Metric) -> bool) {
    *text += "\n## Metrics by month\n\n| metric | unit | for each buyer | meaning |\n|---|---|---|---|\n";
    let mut seen = BTreeSet::new();
    for metric in summary.monthly.iter().map(|series| series.series.metric).filter(|metric| is_there(metric) && seen.insert(metric.name)) {
        let of_buyers = summary.monthly.iter().any(|series| series.series.metric.name == metric.name && series.series.buyer.is_some());
        *text += &row(&[metric.name, metric.unit, if of_buyers { "yes" } else { "no" }, metric.meaning]);
    }
}

fn outcomes(text: &mut String, summary: &Summary, is_there: impl Fn(&Outcome) -> bool) {
    *text += "\n## Outcomes\n\n| outcome | unit | meaning |\n|---|---|---|\n";
    let mut seen = BTreeSet::new();
    for outcome in summary.outcomes.iter().map(|row| &row.outcome).filter(|outcome| is_there(outcome) && seen.insert(&outcome.name)) {
        *text += &row(&[&outcome.name, outcome.unit, &outcome.meaning]);
    }
}

fn row(cells: &[&str]) -> String {
    format!("| {} |\n", cells.iter().map(|cell| cell.replace('|', "\\|")).collect::<Vec<_>>().join(" | "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Contrast, Difference, MonthlyDifference};
    use crate::io::tables::Column;
    use crate::io::{example, tables};

    #[test]
    fn every_metric_and_outcome_is_explained_once() {
        let text = codebook(&example::summary(), Format::Csv, None);
        assert_eq!(text.matches("\n| delivered | chips | yes | Chips let in. |\n").count(), 1, "{text}");
        assert_eq!(text.matches("\n| need_fill | ratio | Delivered per \\| needed. |\n").count(), 1, "{text}");
    }

    /// The entry of a column; a quantile is explained by the first of its kind.
    fn entry(page: &'static Page, column: &str) -> &'static Entry {
        let first = ["p10", "p25", "p50", "p75", "p90", "p95"].iter().fold(column.to_owned(), |c, p| c.replace(p, "p05"));
        let explains = |entry: &&Entry| entry.names.split([',', ' ', '…']).any(|name| name == first);
        page.entries.iter().find(explains).unwrap_or_else(|| panic!("{column} of {}", page.table))
    }

    #[test]
    fn every_column_of_every_table_is_explained_with_its_type_and_unit() {
        for table in tables::tables(&example::summary()).unwrap() {
            let page = [&OUTCOMES, &MONTHLY, &GATES, &REGIMES].into_iter().find(|page| page.table == table.name).unwrap();
            for Column { name, kind, unit, .. } in table.columns.iter() {
                let entry = entry(page, name);
                assert_eq!(entry.kind, *kind, "{name} of {}", table.name);
                assert!(entry.unit == *unit || [OF_ROW, OF_METRIC].contains(&entry.unit) && unit.is_empty(), "{name} of {}", table.name);
            }
        }
    }

    #[test]
    fn a_folder_is_told_of_its_own_files_and_of_no_others() {
        let text = |format| codebook(&example::summary(), format, None);
        let csv = text(Format::Csv);
        assert!(csv.contains("\n## gates.csv\n") && !csv.contains("arquet") && !csv.contains("samples"), "{csv}");
        assert!(text(Format::Parquet).contains("\n## gates.parquet\n") && !text(Format::Parquet).contains(".csv"));
        assert!(text(Format::Both).contains("\n## gates.csv, gates.parquet\n"));
    }

    #[test]
    fn a_comparison_explains_its_columns_and_only_what_it_compares() {
        let summary = example::summary();
        let none = Difference {
            paths: 0,
            mean: None,
            std_dev: None,
            std_error: None,
            quantiles: [None; 7],
            above: None,
            below: None,
            share_std_errors: None,
            variance_reduction: None,
        };
        let delivered = MonthlyDifference { metric: summary.monthly[0].series.metric, buyer: None, months: vec![none] };
        let contrast = Contrast { start: summary.header.start, months: 1, monthly: vec![delivered], outcomes: Vec::new() };
        let text =
            comparison_codebook(&Comparison { scenarios: vec![summary.clone(), summary], contrasts: vec![contrast] }, false, Format::Csv);
        assert!(text.contains("| delivered | chips |") && !text.contains("held_stock") && !text.contains("need_fill"), "{text}");
        let columns = "scenario kind metric buyer month unit paths reference_mean scenario_mean mean std_error low high std_dev \
                       p05 p10 p25 p50 p75 p90 p95 above below equal variance_reduction";
        columns.split(' ').for_each(|column| _ = entry(&DIFFERENCES, column));
    }
}
