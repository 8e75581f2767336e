//! Pages of a small summary made by hand: what they say, and what they must never do.

use std::collections::BTreeSet;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest, Sha256};

use super::*;
use crate::analysis::{
    Averaging, CategorySummary, Contrast, Contribution, Difference, Estimate, Influence, OutcomeDifference, OutcomeSummary, Storyline,
};
use crate::domain::{Date, Month};
use crate::model::{BINDING_GATES, CATEGORIES, Entry, Outcome};
use crate::scenario::{self, Document, Library, Refusal};

pub(super) const UNKNOWN: Estimate =
    Estimate { paths: 0, mean: None, std_dev: None, std_error: None, share_zero: None, share_zero_std_error: None, quantiles: [None; 7] };

pub(super) fn outcome(name: &str, estimate: Estimate) -> OutcomeSummary {
    let censored_at = name.starts_with("t_").then_some(25);
    OutcomeSummary {
        outcome: Outcome { name: name.into(), unit: "chips", meaning: String::new(), buyer: None, cell: 0, scale: 1.0, censored_at },
        estimate,
        quantile_intervals: [None; 7],
        conditional_quantiles: [None; 7],
        share_censored: None,
        ignorance_share: None,
        exceedance: Vec::new(),
    }
}

pub(super) fn amount(mean: f64, std_error: f64, quantiles: [f64; 7]) -> Estimate {
    Estimate {
        paths: 50_000,
        mean: Some(mean),
        std_dev: Some(1.0),
        std_error: Some(std_error),
        share_zero: Some(0.312_4),
        share_zero_std_error: Some(0.005_1),
        quantiles: quantiles.map(Some),
    }
}

/// Shares of the gates by month: `(gate, share)`, the rest `none`.
pub(super) fn gates(months: &[&[(&str, f64)]]) -> CategorySummary {
    let share = |month: &[(&str, f64)], gate: &str| match gate {
        "none" => 1.0 - month.iter().map(|(_, share)| share).sum::<f64>(),
        gate => month.iter().find(|(name, _)| *name == gate).map_or(0.0, |(_, share)| *share),
    };
    let shares = months.iter().map(|month| BINDING_GATES.iter().map(|gate| share(month, gate)).collect()).collect();
    CategorySummary { category: CATEGORIES[2], shares }
}

/// Two years in which most things can happen.
pub(super) fn summary() -> Summary {
    let header = Header {
        name: "example".into(),
        title: "An example".into(),
        story: "What happens.".into(),
        as_of: Date { year: 2025, month: 12, day: 10 },
        start: Month::new(2026, 1).unwrap(),
        months: 24,
        buyers: vec![("alpha".into(), "Alpha".into())],
        worlds: 1000,
        paths_per_world: 50,
        seed: 7,
        sampling: crate::domain::Sampling::Random,
    };
    let mut total = outcome("delivered_T", amount(123_456.7, 1_234.0, [0.0, 0.0, 0.0, 81_000.0, 150_000.0, 280_000.0, 310_432.0]));
    total.ignorance_share = Some(0.44);
    let mut first = outcome("t_first", Estimate { paths: 50_000, ..UNKNOWN });
    first.estimate.quantiles = [Some(2.0), Some(3.0), Some(4.0), Some(7.0), Some(12.0), None, None];
    first.quantile_intervals[3] = Some((7.0, 8.0));
    first.share_censored = Some(0.312_4);
    let mut months: Vec<&[(&str, f64)]> = vec![&[("beijing", 1.0)]; 24];
    months[11] = &[("beijing", 0.45), ("stock", 0.2)];
    months[23] = &[("beijing", 0.3), ("stock", 0.38)];
    Summary {
        header,
        gains: Vec::new(),
        monthly: Vec::new(),
        outcomes: vec![outcome("delivered_2026", amount(45_678.0, 310.0, [0.0; 7])), total, first],
        categories: vec![gates(&months)],
    }
}

const TEXT: &str = r#"
schema = 1
title  = "An example"
as_of  = 2025-12-10
start  = "2026-01"
months = 24

[simulation]
seed            = 7
worlds          = 1000
paths_per_world = 50

[sources.paper]
title  = "A paper"
outlet = "A house"
date   = 2025-12-01
url    = "https://example.org/paper?a=1&b=2"

[sources.late]
title  = "A late paper"
outlet = "A house"
date   = 2026-02-03

[supply]
stock_chips = { uniform = [100_000, 500_000], source = "paper", grade = "judgement", note = "A <guess>." }
line_months = { choice = { 5 = 0.5, 7 = 0.5 }, source = "late", grade = "reported" }
yield_share = 0.9

[shipping]
rationing = "linear"

[buyers.alpha]
name           = "Alpha"
need_per_month = { value = 12_000, grade = "derived" }
training_share = { uniform = [0.2, 0.8] }

[[dependence]]
between          = ["supply.stock_chips", "buyers.alpha.training_share"]
rank_correlation = 0.4
"#;

struct NoFiles;

impl Library for NoFiles {
    fn open(&mut self, _: &Document, _: &str) -> Result<Document, Refusal> {
        unreachable!("the example names no file")
    }
}

fn example() -> Scenario {
    let document = Document { shown: "example.toml".into(), path: "example.toml".into(), text: TEXT.into(), sha256: "00ff".into() };
    scenario::read("example", document, &[], &mut NoFiles).unwrap()
}

fn insight() -> Insight {
    let influence = |key: &str, r: f64, reach: f64| Influence { key: key.into(), rank_correlation: r, interval: (r - reach, r + reach) };
    let entry = |month, text: &str| Entry { month: Month::new(2026, month).unwrap(), text: text.into() };
    let story = |share| Storyline {
        share,
        world: 3,
        path: 4,
        number: 154,
        outcomes: vec![("delivered_T".into(), Some(81_234.0)), ("t_first".into(), None), ("revenue".into(), Some(2_193_318_000.0))],
        log: vec![entry(3, "Beijing opens."), entry(3, "Alpha <b>asks</b> for chips."), entry(5, "A lot clears.")],
    };
    Insight {
        paths: 2000,
        storylines: [0.1, 0.5, 0.9].map(story).to_vec(),
        outcome: "delivered_T".into(),
        influences: vec![
            influence("supply.line_months", -0.5, 0.05),
            influence("supply.stock_chips", 0.31, 0.06),
            influence("buyers.alpha.training_share", 0.02, 0.06),
        ],
        correlations: Vec::new(),
        types: Vec::new(),
    }
}

fn repeat() -> Repeat {
    let inputs = vec![SourceFile { path: "/home/someone/example.toml".into(), sha256: "00ff".into() }];
    Repeat { command: "greenlight run example.toml".into(), commit: "abc123", results_sha256: "ba7816bf".into(), inputs }
}

fn run_page(summary: &Summary, scenario: &Scenario, insight: &Insight, repeat: &Repeat) -> String {
    run(&RunPage { summary, scenario, charts: &crate::charts::draw(summary), insight, repeat })
}

fn difference(mean: f64, std_error: f64, above: f64, below: f64) -> Difference {
    Difference {
        paths: 50_000,
        mean: Some(mean),
        std_dev: Some(1.0),
        std_error: Some(std_error),
        quantiles: [None; 7],
        above: Some(above),
        below: Some(below),
        share_std_errors: Some((0.005, 0.001)),
        variance_reduction: Some(6.2),
    }
}

fn contrast(of_delivered: Difference) -> Contrast {
    let outcome = |name: &str, difference| OutcomeDifference {
        name: name.into(),
        unit: "chips",
        buyer: None,
        is_wait: name.starts_with("t_"),
        difference,
    };
    let wait = Difference { mean: None, std_error: None, ..difference(0.0, 0.0, 0.1, 0.5) };
    let outcomes =
        vec![outcome("delivered_2026", difference(120.0, 300.0, 0.4, 0.3)), outcome("delivered_T", of_delivered), outcome("t_first", wait)];
    Contrast { start: Month::new(2026, 1).unwrap(), months: 24, monthly: Vec::new(), outcomes }
}

fn titled(title: &str) -> Summary {
    let mut other = summary();
    other.header.title = title.into();
    other
}

fn explanation() -> Explanation {
    let part = |name: &str, mean, std_error| Contribution { name: name.into(), keys: vec![format!("{name}.key")], mean, std_error };
    Explanation {
        outcome: "delivered_T".into(),
        unit: "chips",
        worlds: 100,
        paths_per_world: 50,
        method: Averaging::Exact,
        reference: 1.0,
        scenario: 2.0,
        total: part("total", 75_000.0, 1_300.0),
        groups: vec![part("supply", -5_000.0, 900.0), part("beijing", 80_000.0, 1_200.0)],
    }
}

fn comparison_page(contrasts: Vec<Contrast>, explanation: Option<&Explanation>) -> String {
    let titles = ["B", "C", "D"];
    let scenarios = [summary()].into_iter().chain(titles.iter().take(contrasts.len()).map(|title| titled(title))).collect::<Vec<_>>();
    let mut other = example();
    other.title = "B".into();
    let changes =
        vec![
            vec![Change { key: "supply.stock_chips".into(), unit: "chips", before: Some("uniform = [1, 2]".into()), after: None }];
            contrasts.len()
        ];
    let reference = example();
    let all: Vec<&Scenario> = [&reference].into_iter().chain(contrasts.iter().map(|_| &other)).collect();
    let comparison_of = Comparison { scenarios, contrasts };
    comparison(&ComparisonPage {
        comparison: &comparison_of,
        scenarios: &all,
        changes: &changes,
        explanation,
        charts: &[],
        repeat: &repeat(),
    })
}

/// The text of a page without its tags and style.
fn text_of(page: &str) -> String {
    let body = page.split_once("<body>").unwrap().1;
    let mut text = String::new();
    for part in body.split('<') {
        text += part.split_once('>').map_or(part, |(_, after)| after);
    }
    text
}

/// The values of an attribute, wherever it stands.
fn attributes<'a>(page: &'a str, name: &str) -> Vec<&'a str> {
    let start = format!(" {name}=\"");
    page.split(start.as_str()).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

fn pages() -> [String; 2] {
    let (summary, scenario) = (summary(), example());
    [
        run_page(&summary, &scenario, &insight(), &repeat()),
        comparison_page(vec![contrast(difference(75_432.0, 1_234.0, 0.83, 0.02))], Some(&explanation())),
    ]
}

#[test]
fn a_comparison_says_how_much_how_surely_and_why() {
    // 75,432 ± 1,234 is 75,000; 1.96 × 1,234 = 2,419 on either side: 73,013 and 77,851, which is 73,000 to 78,000.
    // 83% ± 0.5% is 83.0%, 2% ± 0.1% is 2.0%.
    let text = text_of(&comparison_page(vec![contrast(difference(75_432.0, 1_234.0, 0.83, 0.02))], Some(&explanation())));
    for said in [
        "Beside “An example”, on average and with the same luck, by the end of 2027, “B” delivers 75,000 H200 more (95% interval of the \
         difference: +73,000 to +78,000).",
        "History by history, it delivers more in 83.0%, fewer in 2.0% and the same number in the rest.",
        "By what was changed, the difference in H200 delivered by the end of 2027, +75,000 ± 1,300 chips, is made of: Beijing +80,000 ± \
         1,200 and supply −5,000 ± 900.",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    // 120 ± 300 is nothing, and half of all waits against a tenth is something.
    assert!(text.contains("within the noise") && text.contains("more often sooner"));
}

#[test]
fn several_scenarios_share_a_sentence_and_a_difference_may_be_none_or_noise() {
    let contrasts = [difference(-20_000.0, 1_000.0, 0.0, 1.0), difference(120.0, 300.0, 0.4, 0.35), difference(0.0, 0.0, 0.0, 0.0)];
    let text = text_of(&comparison_page(contrasts.map(contrast).to_vec(), None));
    for said in [
        "“B” delivers 20,000 H200 fewer (95% interval of the difference: −22,000 to −18,000); “C” delivers as many H200 as far as these \
         histories can tell (95% interval of the difference: −500 to +700); and “D” delivers exactly as many H200.",
        "“B” delivers fewer in every one; “C” delivers more in 40.0%, fewer in 35.0% and the same number in the rest; and “D” delivers the \
         same number in every one.",
        "“B” changes one value (supply)",
    ] {
        assert!(text.contains(said), "{said}\n{text}");
    }
}

#[test]
fn inputs_are_marked_by_what_they_lack_and_by_what_they_move() {
    let text = text_of(&pages()[0]);
    // Uniform between 100,000 and 500,000: 5% and 95% at 120,000 and 480,000.
    assert!(text.contains("300,000 (120,000 to 480,000) chips"), "{text}");
    assert!(
        text.contains("has neither source nor grade")
            && text.contains("rests on late, dated 2026-02-03, after the information date 2025-12-10")
    );
    // Weak and moving: a judgement whose interval leaves zero out. Not the reported one, and not the one that may have no influence.
    assert_eq!(text.matches("weak and influential").count(), 1);
    let weak = &text[text.find("Weakest and most influential").unwrap()..text.find("Uncertain numbers").unwrap()];
    assert!(
        weak.contains("supply.stock_chips+0.31+0.25 to +0.37judgement") && !weak.contains("line_months") && !weak.contains("alpha"),
        "{weak}"
    );
    assert!(text.contains("supply.stock_chipsbuyers.alpha.training_share0.4"), "the rank correlation asked for");
    assert!(text.contains("How buyers answer linear rationing"));
}

#[test]
fn a_history_is_told_month_by_month_with_a_way_to_see_it_again() {
    let page = &pages()[0];
    let text = text_of(page);
    assert!(text.contains("81,234 chips") && text.contains("not by the end of 2027") && text.contains("2,190 million USD"), "{text}");
    assert!(page.contains(
        "<time datetime=\"2026-03\">March 2026</time><ul><li>Beijing opens.</li><li>Alpha &lt;b&gt;asks&lt;/b&gt; for chips.</li></ul>"
    ));
    assert!(text.contains("greenlight replay DIR --path 154"));
}

#[test]
fn hostile_names_come_out_as_text() {
    const EVIL: &str = "</title><script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u{202e}gnp\u{1b}[31m\u{0}\u{7}</style>";
    let (mut summary, mut scenario, mut insight, mut repeat) = (summary(), example(), insight(), repeat());
    (summary.header.title, summary.header.story, summary.header.name) = (EVIL.into(), EVIL.into(), EVIL.into());
    (scenario.title, scenario.buyers[0].name) = (EVIL.into(), EVIL.into());
    (scenario.sources[0].title, scenario.sources[0].outlet, scenario.sources[0].id) = (EVIL.into(), EVIL.into(), EVIL.into());
    scenario.sources[0].url = Some(format!("javascript:alert(1)//{EVIL}"));
    scenario.sources[1].url = Some(format!("https://x/{EVIL}"));
    insight.storylines[0].log[0].text = EVIL.into();
    insight.storylines[0].outcomes[0].0 = EVIL.into();
    repeat.command = EVIL.into();
    repeat.inputs[0].path = EVIL.into();
    let mut why = explanation();
    (why.groups[0].name, why.groups[0].keys[0]) = (EVIL.into(), EVIL.into());
    let comparison_of =
        Comparison { scenarios: vec![summary.clone(), summary.clone()], contrasts: vec![contrast(difference(1.0, 0.1, 1.0, 0.0))] };
    let changes = [vec![Change { key: EVIL.into(), unit: "", before: Some(EVIL.into()), after: Some(EVIL.into()) }]];
    let both = comparison(&ComparisonPage {
        comparison: &comparison_of,
        scenarios: &[&scenario, &scenario],
        changes: &changes,
        explanation: Some(&why),
        charts: &[],
        repeat: &repeat,
    });
    for page in [run_page(&summary, &scenario, &insight, &repeat), both] {
        assert!(!page.contains("<script") && !page.contains("<img"));
        assert_eq!((page.matches("</style>").count(), page.matches("</title>").count() > 0), (1, true));
        assert!(!page.chars().any(|c| c.is_control() && c != '\n' || c == '\u{202e}'), "something invisible");
        assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && page.contains("\u{fffd}gnp\u{fffd}[31m"));
        assert!(!attributes(&page, "href").iter().any(|href| href.contains("javascript")));
    }
}

#[test]
fn the_policy_names_the_digest_of_exactly_the_style_in_the_page() {
    for page in pages() {
        let style = page.split_once("<style>").unwrap().1.split_once("</style>").unwrap().0;
        let digest = BASE64_STANDARD.encode(Sha256::digest(style));
        let policy = attributes(&page, "content").into_iter().find(|content| content.contains("default-src")).unwrap();
        assert!(policy.contains("default-src 'none'"), "{policy}");
        assert!(policy.contains(&format!("style-src 'sha256-{digest}'")), "{policy}");
        assert!(!policy.contains("script-src") && !policy.contains("unsafe"));
        // No style that the policy would block.
        assert_eq!((page.matches("<style").count(), attributes(&page, "style").len()), (1, 0));
    }
}

#[test]
fn the_page_asks_nobody_for_anything() {
    for page in pages() {
        for name in ["src", "srcset", "action", "data", "poster", "xlink:href", "formaction", "ping", "background"] {
            assert_eq!(attributes(&page, name), [""; 0], "{name}");
        }
        let out: Vec<_> = attributes(&page, "href").into_iter().filter(|href| !href.starts_with('#') && *href != "data:,").collect();
        assert!(out.iter().all(|href| *href == "https://example.org/paper?a=1&amp;b=2"), "{out:?}");
        assert_eq!(page.matches("<link").count(), 1);
        assert_eq!(page.matches("url(").count(), page.matches("url(data:font/otf;base64,").count());
        assert!(!page.contains("@import") && !page.contains("<iframe") && !page.contains("http-equiv=\"refresh"));
        assert!(!page.contains("/home/someone"), "a path of this machine");
    }
    assert!(pages()[0].contains("<a href=\"https://example.org/paper?a=1&amp;b=2\" rel=\"noreferrer\">A paper</a>"));
}

#[test]
fn ids_are_unique_links_lead_somewhere_and_headings_descend_one_by_one() {
    for page in pages() {
        let ids = attributes(&page, "id");
        let different: BTreeSet<_> = ids.iter().collect();
        assert_eq!(ids.len(), different.len(), "{ids:?}");
        for target in attributes(&page, "href").into_iter().filter_map(|href| href.strip_prefix('#')) {
            assert!(ids.contains(&target), "{target}");
        }
        let levels: Vec<u32> = page.split("<h").skip(1).filter_map(|rest| rest.chars().next()?.to_digit(10)).collect();
        assert_eq!((levels[0], levels.iter().filter(|level| **level == 1).count()), (1, 1));
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
        // Every table says what it is, and every header cell what it heads.
        assert_eq!(page.matches("<table").count(), page.matches("<caption").count());
        let headers = page.matches("<th ").count() + page.matches("<th>").count();
        assert_eq!(headers, attributes(&page, "scope").len());
        // What scrolls can be reached from the keyboard and has a name.
        assert_eq!(
            page.matches("class=\"scroll\"").count(),
            page.matches("class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=").count()
        );
    }
}

#[test]
fn a_scenario_without_sources_charts_or_insight_still_has_a_page() {
    let mut scenario = example();
    scenario.sources.clear();
    let mut summary = summary();
    (summary.monthly, summary.outcomes, summary.categories) = (Vec::new(), Vec::new(), Vec::new());
    let page = run(&RunPage { summary: &summary, scenario: &scenario, charts: &[], insight: &Insight::default(), repeat: &repeat() });
    let text = text_of(&page);
    assert!(text.contains("names no sources") && !text.contains("Three histories") && !text.contains("NaN"), "{text}");
}

#[test]
fn a_changed_value_stands_beside_what_it_rests_on() {
    let text = text_of(&pages()[1]);
    assert!(text.contains("supply.stock_chipsuniform = [1, 2]not therejudgement; A house, 2025-12-01A &lt;guess&gt;."), "{text}");
}
