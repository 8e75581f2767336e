//! Made-up summaries to draw in tests, plausible for the baseline, and the cases every chart must survive.

use super::{Chart, draw, png};
use crate::analysis::{CategorySummary, Estimate, Header, MonthlySummary, OutcomeSummary, PROBABILITIES, Summary};
use crate::domain::{Date, Month};
use crate::model::{CATEGORIES, Metric, Outcome, Series};
use resvg::usvg::roxmltree::Document;
use resvg::usvg::{Group, Node, Options, Text, Tree};

const fn metric(name: &'static str) -> Metric {
    Metric { name, unit: "chips", meaning: "", scale: 1.0 }
}

static METRICS: [Metric; 7] = [
    metric("delivered"),
    metric("at_border"),
    metric("in_transit"),
    metric("backlog"),
    metric("pending"),
    metric("refused"),
    metric("cancelled"),
];
static SUPPLY: [Metric; 4] = [metric("capacity"), metric("starts"), metric("good"), metric("stock")];
static MONEY: [Metric; 2] = [metric("net_revenue"), metric("us_take")];
static COMPUTE: [Metric; 3] = [metric("compute_legal"), metric("compute_grey"), metric("compute_domestic")];
static HELD: [Metric; 11] = [
    metric("held_request"),
    metric("held_beijing"),
    metric("held_confirmation"),
    metric("held_licence"),
    metric("held_lot"),
    metric("held_customer_cap"),
    metric("held_pairing"),
    metric("held_stock"),
    metric("held_us_ceiling"),
    metric("held_laboratory"),
    metric("held_clearing"),
];

const UNKNOWN: Estimate =
    Estimate { paths: 0, mean: None, std_dev: None, std_error: None, share_zero: None, share_zero_std_error: None, quantiles: [None; 7] };

/// A run of `months` months like the baseline.
pub fn baseline(months: usize) -> Summary {
    let header = Header {
        name: "baseline".into(),
        title: "Baseline, as known on 10 December 2025".into(),
        story: String::new(),
        as_of: Date { year: 2025, month: 12, day: 10 },
        start: Month::new(2026, 1).unwrap(),
        months,
        buyers: Vec::new(),
        worlds: 1000,
        paths_per_world: 50,
        seed: 20_251_210,
        sampling: crate::domain::Sampling::Random,
    };
    let series = |metric: &'static Metric, value: &dyn Fn(f64) -> Estimate| MonthlySummary {
        series: Series { metric, buyer: None },
        months: (0..months).map(|i| value((i + 1) as f64)).collect(),
    };
    let mean = |value: f64| Estimate { paths: 50_000, mean: Some(value), ..UNKNOWN };
    let mut monthly = vec![
        series(&METRICS[0], &delivered),
        series(&METRICS[1], &|t| mean(1_100.0 * t * fall(t, 40.0))),
        series(&METRICS[2], &|t| mean(400.0 * t.min(20.0))),
        series(&METRICS[3], &|t| mean(9_000.0 * t * fall(t, 26.0))),
        series(&METRICS[4], &|t| mean(640_000.0 * (1.0 - fall(t, 1.5)) + 4_000.0 * t)),
        series(&METRICS[5], &|t| mean(5_500.0 * t)),
        series(&METRICS[6], &|t| mean(2_900.0 * (t - 3.0).max(0.0))),
    ];
    let beijing = |t: f64| {
        let pending = fall(t, 3.0);
        let rest = 1.0 - pending;
        vec![0.25 * rest, pending + 0.16 * rest, 0.41 * rest, 0.18 * rest]
    };
    let washington = |t: f64| {
        let (waiting, revoked) = (fall(t, 1.6), 0.12 * (1.0 - fall(t, 12.0)));
        vec![revoked * (1.0 - waiting), waiting, (1.0 - revoked) * (1.0 - waiting)]
    };
    monthly.extend([
        series(&SUPPLY[0], &|t| mean(20_000.0 + 500.0 * t)),
        series(&SUPPLY[1], &|t| mean(10_000.0 + 600.0 * t)),
        series(&SUPPLY[2], &|t| mean(if t < 7.0 { 4_600.0 } else { 4_000.0 + 500.0 * t })),
        series(&SUPPLY[3], &|t| spread_around(300_000.0 * fall(t, 60.0))),
        series(&MONEY[0], &|t| mean(7.5e6 * t)),
        series(&MONEY[1], &|t| mean(2.5e6 * t)),
        series(&COMPUTE[0], &|t| Estimate { share_zero: Some(0.32), ..spread_around(16_000.0 * t) }),
        series(&COMPUTE[1], &|t| mean(4_000.0 * t)),
        series(&COMPUTE[2], &|t| mean(60_000.0 * t)),
    ]);
    // Held at each gate in the order of `Gate::ALL`, in thousands and as a share of the paths in which it binds; the rest bind nowhere.
    let held: [(f64, f64); 11] = [
        (90.0, 0.05),
        (1_300.0, 0.55),
        (10.0, 0.004),
        (160.0, 0.1),
        (240.0, 0.08),
        (0.0, 0.0),
        (6.0, 0.001),
        (420.0, 0.12),
        (55.0, 0.03),
        (0.0, 0.0),
        (25.0, 0.005),
    ];
    monthly.extend(HELD.iter().zip(held).map(|(metric, (thousands, _))| series(metric, &|t| mean(1_000.0 * thousands * (0.5 + t / 48.0)))));
    let gates = |_: f64| held.iter().map(|(_, binds)| *binds).chain([0.06]).collect::<Vec<f64>>();
    let shares = |f: &dyn Fn(f64) -> Vec<f64>| (0..months).map(|i| f((i + 1) as f64)).collect();
    let categories = vec![
        CategorySummary { category: CATEGORIES[0], shares: shares(&beijing) },
        CategorySummary { category: CATEGORIES[1], shares: shares(&washington) },
        CategorySummary { category: CATEGORIES[2], shares: shares(&gates) },
    ];
    let mut summary =
        Summary { header, monthly, outcomes: total_outcomes(Month::new(2026, 1).unwrap(), months), categories, gains: Vec::new() };
    add_buyers(&mut summary, &["Alibaba", "ByteDance", "Other internet companies", "State data centres"]);
    summary
}

/// A distribution around a value: from a half to twice as much, no path at zero.
fn spread_around(value: f64) -> Estimate {
    let factors = [0.5, 0.6, 0.8, 1.0, 1.3, 1.7, 2.0];
    Estimate { paths: 50_000, mean: Some(1.1 * value), share_zero: Some(0.0), quantiles: factors.map(|f| Some(f * value)), ..UNKNOWN }
}

/// An outcome of which the share `zero` of paths has none, and the median of the others is `median`.
fn outcome(name: &str, buyer: Option<usize>, zero: f64, median: f64) -> OutcomeSummary {
    let factor = |u: f64| libm::pow(u / (1.06 - u), 0.55) * libm::pow(0.56 / 0.5, 0.55);
    let quantile = |p: f64| if p <= zero { 0.0 } else { (median * factor((p - zero) / (1.0 - zero))).round() };
    let point = |k: u32| ((median * factor(f64::from(k) / 96.0)).round(), (1.0 - zero) * (1.0 - f64::from(k) / 96.0));
    OutcomeSummary {
        outcome: Outcome { name: name.into(), unit: "chips", meaning: String::new(), buyer, cell: 0, scale: 1.0, censored_at: None },
        estimate: Estimate {
            paths: 50_000,
            mean: Some((1.0 - zero) * 1.2 * median),
            std_dev: Some(median),
            std_error: Some(0.02 * median),
            share_zero: Some(zero),
            share_zero_std_error: Some(0.01),
            quantiles: PROBABILITIES.map(|p| Some(quantile(p))),
        },
        quantile_intervals: [None; 7],
        conditional_quantiles: PROBABILITIES.map(|u| Some((median * factor(u)).round())),
        share_censored: None,
        ignorance_share: None,
        exceedance: (0..=96).map(point).collect(),
    }
}

fn total_outcomes(start: Month, months: usize) -> Vec<OutcomeSummary> {
    let mut outcomes = vec![outcome("delivered_2026", None, 0.46, 80_000.0), outcome("delivered_T", None, 0.25, 181_000.0)];
    let quarter = |i: usize| start.plus(i as i32).quarter();
    let begins = |i: &usize| *i == 0 || quarter(*i) != quarter(*i - 1);
    for first in (0..months).filter(begins) {
        // Net revenue and the US share add up to 10 million USD in the first month, 20 in the second ...; an outcome has a mean of
        // 0.5 × 1.2 of its median.
        let gross: usize = (first..months).filter(|i| quarter(*i) == quarter(first)).map(|i| 10_000_000 * (i + 1)).sum();
        outcomes.push(outcome(&format!("revenue_{}q{}", quarter(first).year, quarter(first).quarter), None, 0.5, gross as f64 / 0.6));
    }
    outcomes
}

/// Gives a summary buyers of these names; the k-th, from 0, has a median of (k + 1) × 20,000 chips, and the last one never any.
fn add_buyers(summary: &mut Summary, names: &[&str]) {
    static METRICS: [Metric; 2] = [metric("pending"), metric("backlog")];
    let (months, last) = (summary.header.months, names.len() - 1);
    summary.header.buyers = names.iter().enumerate().map(|(k, name)| (format!("buyer_{k}"), (*name).into())).collect();
    summary.outcomes.retain(|o| o.outcome.buyer.is_none());
    for k in 0..names.len() {
        let (zero, size) = if k == last { (1.0, 0.0) } else { (0.4, 20_000.0 * (k + 1) as f64) };
        summary.outcomes.push(outcome("delivered_T", Some(k), zero, size));
        summary.outcomes.push(outcome("unmet_total", Some(k), 0.0, 300_000.0 / (k + 1) as f64));
        for (metric, share) in METRICS.iter().zip([3.0, 2.0]) {
            let estimate = Estimate { paths: 50_000, mean: Some(share * size), ..UNKNOWN };
            summary.monthly.push(MonthlySummary { series: Series { metric, buyer: Some(k) }, months: vec![estimate; months] });
        }
    }
}

fn fall(t: f64, months: f64) -> f64 {
    libm::exp(-t / months)
}

fn delivered(t: f64) -> Estimate {
    let zero = if t < 2.0 { 1.0 } else { 0.28 + 0.72 * fall(t - 1.0, 8.0) };
    let quantile = |p: f64| {
        let u = (p - zero) / (1.0 - zero);
        if u <= 0.0 { 0.0 } else { (10_500.0 * (t - 1.0) * libm::pow(u / (1.06 - u), 0.55)).round() }
    };
    Estimate {
        paths: 50_000,
        mean: Some((1.0 - zero) * 9_000.0 * t),
        std_dev: Some(1.0),
        std_error: Some(1.0),
        share_zero: Some(zero),
        share_zero_std_error: Some(0.006 * (zero * (1.0 - zero)).sqrt() * 2.0),
        quantiles: PROBABILITIES.map(|p| Some(quantile(p))),
    }
}

/// Changes the estimate of an outcome, and with it what the summary says of the paths that are not zero.
fn change_outcome(outcome: &mut OutcomeSummary, change: &dyn Fn(&mut Estimate)) {
    let before = outcome.estimate.quantiles[6];
    change(&mut outcome.estimate);
    let Some(after) = outcome.estimate.quantiles[6] else {
        (outcome.conditional_quantiles, outcome.exceedance) = ([None; 7], Vec::new());
        return;
    };
    if after == 0.0 {
        (outcome.conditional_quantiles, outcome.exceedance) = ([None; 7], vec![(0.0, 0.0)]);
        return;
    }
    let factor = after / before.unwrap();
    outcome.conditional_quantiles = outcome.conditional_quantiles.map(|q| q.map(|v| v * factor));
    outcome.exceedance.iter_mut().for_each(|(x, _)| *x *= factor);
}

/// Everything a chart must survive, each with a name.
pub fn hard_cases() -> Vec<(&'static str, Summary)> {
    let changed = |months: usize, change: &dyn Fn(&mut Summary)| {
        let mut summary = baseline(months);
        change(&mut summary);
        summary
    };
    let all = |summary: &mut Summary, change: &dyn Fn(&mut Estimate)| {
        summary.monthly.iter_mut().flat_map(|s| &mut s.months).for_each(change);
        summary.outcomes.iter_mut().for_each(|outcome| change_outcome(outcome, change));
    };
    let nothing = |e: &mut Estimate| {
        let zero = Some(0.0);
        *e = Estimate {
            paths: 7,
            mean: zero,
            std_dev: zero,
            std_error: zero,
            share_zero: Some(1.0),
            share_zero_std_error: zero,
            quantiles: [Some(0.0); 7],
        };
    };
    vec![
        ("baseline", baseline(24)),
        ("one-month", baseline(1)),
        (
            "thirteen-months",
            changed(13, &|s| {
                s.header.start = Month::new(2026, 9).unwrap();
                s.outcomes.retain(|o| o.outcome.buyer.is_some());
                s.outcomes.extend(total_outcomes(s.header.start, 13));
            }),
        ),
        ("sixty-months", baseline(60)),
        ("six-hundred-months", baseline(600)),
        ("no-months", baseline(0)),
        (
            "one-path",
            changed(24, &|s| {
                (s.header.worlds, s.header.paths_per_world) = (1, 1);
                for outcome in &mut s.outcomes {
                    let any = outcome.estimate.share_zero < Some(1.0);
                    let value = if any { outcome.conditional_quantiles[3].unwrap() } else { 0.0 };
                    outcome.estimate.quantiles = [Some(value); 7];
                    (outcome.estimate.mean, outcome.estimate.share_zero) = (Some(value), Some(0.0));
                    if value > 0.0 {
                        outcome.conditional_quantiles = [Some(value); 7];
                        outcome.exceedance = vec![(0.0, 1.0), (value - 1.0, 1.0), (value, 0.0)];
                    } else {
                        outcome.estimate.share_zero = Some(1.0);
                    }
                }
                all(s, &|e| {
                    (e.std_dev, e.std_error, e.share_zero_std_error) = (None, None, None);
                    e.quantiles = [e.quantiles[3]; 7];
                });
            }),
        ),
        ("sixteen-buyers", changed(24, &|s| add_buyers(s, &["A consortium of provincial data centres with a long name"; 16]))),
        (
            "every-gate",
            changed(24, &|s| {
                let held = s.monthly.iter_mut().filter(|m| m.series.metric.name.starts_with("held_"));
                held.flat_map(|m| &mut m.months).for_each(|e| e.mean = Some(5_000.0));
                s.categories[2].shares.iter_mut().for_each(|month| month.fill(1.0 / 12.0));
            }),
        ),
        ("all-zero", changed(24, &|s| all(s, &nothing))),
        (
            "huge",
            changed(24, &|s| {
                all(s, &|e| {
                    e.mean = e.mean.map(|m| m * 1e6);
                    e.quantiles = e.quantiles.map(|q| q.map(|v| v * 1e6));
                })
            }),
        ),
        ("gaps", changed(24, &|s| s.monthly.iter_mut().for_each(|s| s.months[5..9].fill(UNKNOWN)))),
        ("unknown", changed(24, &|s| all(s, &|e| *e = UNKNOWN))),
        ("not-finite", changed(24, &|s| all(s, &|e| (e.mean, e.share_zero) = (Some(f64::NAN), Some(f64::INFINITY))))),
        ("empty", changed(24, &|s| (s.monthly, s.outcomes, s.categories) = (Vec::new(), Vec::new(), Vec::new()))),
        ("refused-most", changed(36, &|s| all(s, &|e| e.mean = e.mean.map(|m| if m > 200_000.0 { m * 0.02 } else { m })))),
        (
            "chinese",
            changed(24, &|s| {
                s.header.title = "字节跳动、阿里巴巴与腾讯:國產晶片優先 — Scénario «prudent» à l’été, œuvre ±5 % → 2027 🚀 عربي".into();
                let names: Vec<String> = (0..16).map(|i| "阿里巴巴".repeat(i)).collect();
                add_buyers(s, &names.iter().map(String::as_str).collect::<Vec<_>>());
            }),
        ),
        (
            "hostile",
            changed(24, &|s| {
                s.header.title =
                    format!("<script>alert(1)</script> \"'&amp; \u{1b}[31m\u{202e}gnp.exe\u{0}\n{}", "a very long title ".repeat(40));
                s.header.seed = u64::MAX;
                add_buyers(s, &["<b>\u{202e}gnp.exe\u{1b}[31m", "x".repeat(300).as_str(), "", "]]>&amp;"]);
            }),
        ),
    ]
}

/// All text of a picture.
pub fn words_of(chart: &Chart) -> String {
    let options = Default::default();
    let tree = Document::parse_with_options(&chart.svg, options).unwrap_or_else(|e| panic!("{}: {e}", chart.name));
    let texts = tree.descendants().filter(|n| n.is_text()).filter_map(|n| n.text());
    texts.collect::<Vec<_>>().join("")
}

/// The picture is sound XML, says its title, and holds no number that is none.
pub fn assert_well_formed(case: &str, chart: &Chart) {
    let words = words_of(chart);
    let visible = super::canvas::visible;
    assert!(words.contains(&visible(&chart.title)) && words.contains(&visible(&chart.alt)), "{case} {}", chart.name);
    assert!(!["NaN", "inf", "-0.0"].iter().any(|bad| chart.svg.contains(bad)), "{case} {}", chart.name);
    assert!(chart.svg.starts_with("<svg xmlns") && chart.svg.contains("font-family=\"Inter, "), "{case} {}", chart.name);
}

/// No text lies on another or leaves the page. A text's box reaches from ascender to descender; its letters fill the middle 60% of it.
pub fn assert_texts_are_apart(case: &str, chart: &Chart) {
    let letters = |text: &Text| {
        let b = text.abs_bounding_box();
        (b.left(), b.top() + 0.2 * b.height(), b.right(), b.bottom() - 0.2 * b.height())
    };
    let options = Options { fontdb: super::fonts::database(), ..Options::default() };
    let tree = Tree::from_str(&chart.svg, &options).unwrap();
    let mut texts = Vec::new();
    texts_of(tree.root(), &mut texts);
    let said = |t: &Text| t.chunks().iter().map(|c| c.text()).collect::<String>();
    for (i, a) in texts.iter().enumerate() {
        let (left, top, right, bottom) = letters(a);
        assert!(left >= 20.0 && right <= 1180.0 && top >= 10.0 && bottom <= 740.0, "{case} {}: {}", chart.name, said(a));
        for b in &texts[i + 1..] {
            let other = letters(b);
            let apart = right <= other.0 || other.2 <= left || bottom <= other.1 || other.3 <= top;
            assert!(apart, "{case} {}: `{}` lies on `{}`", chart.name, said(a), said(b));
        }
    }
}

#[test]
fn every_hard_case_gives_well_formed_pictures_without_nan() {
    for (case, summary) in hard_cases() {
        draw(&summary).iter().for_each(|chart| assert_well_formed(case, chart));
    }
}

#[test]
fn no_text_lies_on_another_or_leaves_the_page() {
    for (case, summary) in hard_cases() {
        draw(&summary).iter().for_each(|chart| assert_texts_are_apart(case, chart));
    }
}

fn texts_of<'a>(group: &'a Group, texts: &mut Vec<&'a Text>) {
    for node in group.children() {
        match node {
            Node::Text(text) => texts.push(text),
            Node::Group(group) => texts_of(group, texts),
            _ => {}
        }
    }
}

#[test]
fn a_hostile_title_is_shown_and_inert() {
    let (_, summary) = hard_cases().pop().unwrap();
    for chart in draw(&summary) {
        assert!(!chart.svg.contains("<script") && !chart.svg.contains('\u{1b}') && !chart.svg.contains('\u{202e}'));
        assert!(words_of(&chart).contains("<script>alert(1)</script> \"'&amp; \u{fffd}[31m\u{fffd}gnp.exe\u{fffd} a very long"));
    }
}

#[test]
fn the_pictures_say_what_the_summary_says() {
    let charts = draw(&baseline(24));
    let names: Vec<_> = charts.iter().map(|c| c.name).collect();
    assert_eq!(
        names,
        ["deliveries", "first_delivery", "exceedance", "pipeline", "gates", "governments", "supply", "buyers", "money", "compute"]
    );
    let words: Vec<_> = charts.iter().map(words_of).collect();
    for text in
        ["Baseline, as known on 10 December 2025", "50,000 simulated paths (1,000 worlds × 50)", "seed 20251210", "10 December 2025"]
    {
        assert!(words.iter().all(|w| w.contains(text)), "{text}");
    }
    // By hand: delivered() at t = 24 has a share of zero of 0.28 + 0.72 exp(-23/8) = 0.3206, and 0.28 + 0.72 exp(-11/8) = 0.4620 at t = 12.
    assert!(charts[0].alt.contains("Nothing at all has been delivered in 32% of paths by December 2027."));
    assert!(charts[1].alt.contains("46% at the end of December 2026, 32% at the end of December 2027"));
    // Its median: u = (0.5 - 0.32062) / 0.67938 = 0.26403, and 10,500 * 23 * (0.26403 / 0.79597)^0.55 = 131,600: 130,000 to two digits.
    assert!(charts[0].alt.contains("the median is 130,000 chips"), "{}", charts[0].alt);
    // The area of Washington's revoked licences: 0.12 (1 - exp(-2)) = 0.1038, of the paths no longer waiting.
    assert!(charts[5].alt.contains("Washington in December 2027: revoked 10%"), "{}", charts[5].alt);
}

/// Where on the page the text is that says exactly this: its x, and the y of its letters' middle.
fn place_of(chart: &Chart, said: &str) -> Vec<(f64, f64)> {
    let tree = Document::parse(&chart.svg).unwrap();
    let number = |text: Option<&str>| text.unwrap().parse::<f64>().unwrap();
    let texts = tree.descendants().filter(|n| n.has_tag_name("text"));
    let says = |n: &resvg::usvg::roxmltree::Node<'_, '_>| {
        n.descendants().filter(|d| d.is_text()).filter_map(|d| d.text()).collect::<String>() == said
    };
    // Letters stand on a line 0.3635 of their size below their middle.
    let middle = |n: resvg::usvg::roxmltree::Node<'_, '_>| {
        let size = number(n.first_element_child().unwrap().attribute("font-size"));
        (number(n.attribute("x")), number(n.attribute("y")) - 0.3635 * size)
    };
    texts.filter(says).map(middle).collect()
}

/// An attribute of every shape of a kind and colour, in units of the page: shapes are drawn eight times as large.
fn shapes(chart: &Chart, kind: &str, ink: (&str, &str), attribute: &str) -> Vec<f64> {
    let tree = Document::parse(&chart.svg).unwrap();
    let drawn = tree.descendants().filter(|n| n.has_tag_name(kind) && n.attribute(ink.0).is_some_and(|c| c.eq_ignore_ascii_case(ink.1)));
    drawn
        .filter_map(|n| n.attribute(attribute)?.split([',', ' ']).nth(usize::from(attribute == "points"))?.parse().ok())
        .map(|v: f64| v / 8.0)
        .collect()
}

fn chart_of(summary: &Summary, name: &str) -> Chart {
    draw(summary).into_iter().find(|c| c.name == name).unwrap()
}

/// Everything a picture says, in one line: notes are broken into several.
fn prose(chart: &Chart) -> String {
    words_of(chart).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 0.3, "{found} is not {expected}");
}

#[test]
fn supply_says_flows_as_means_and_stock_as_quantiles() {
    let alt = chart_of(&baseline(24), "supply").alt;
    // Month 24: 20,000 + 500 × 24; 10,000 + 600 × 24 = 24,400; 4,000 + 500 × 24.
    assert!(alt.contains("December 2027: 32,000 could be started, 24,000 started, 16,000 finished, passed test."), "{alt}");
    // 300,000 exp(−24/60) = 201,096; times 0.8 and 1.3, 160,877 and 261,425; times 0.5 and 2, 100,548 and 402,192.
    let stock = "median 200,000 chips; half of the paths lie between 160,000 and 260,000, nine in ten between 100,000 and 400,000.";
    assert!(alt.contains(stock), "{alt}");
}

#[test]
fn buyers_stand_by_their_mean_and_a_ring_stands_at_their_outstanding_requests() {
    let chart = chart_of(&baseline(24), "buyers");
    // Means 0.6 × 1.2 × 60,000 = 43,200, 28,800 and 14,400; state data centres never get any.
    let order = ["Other internet companies 43,000", "ByteDance 29,000", "Alibaba 14,000", "State data centres 0"];
    let at: Vec<usize> = order.iter().map(|said| chart.alt.find(said).unwrap_or_else(|| panic!("{said}: {}", chart.alt))).collect();
    assert!(at.is_sorted(), "{}", chart.alt);
    let rows: Vec<f64> =
        ["Other internet companies", "ByteDance", "Alibaba", "State data centres"].map(|n| place_of(&chart, n)[0].1).to_vec();
    assert!(rows.is_sorted(), "{rows:?}");
    // Outstanding: 3 + 2 times 60,000. The greatest need is 1.2 × 300,000 = 360,000, so the axis ends at 400,000.
    let (zero, end) = (place_of(&chart, "0").last().unwrap().0, place_of(&chart, "400,000")[0].0);
    let rings = shapes(&chart, "circle", ("stroke", "#9a3412"), "cx");
    near(rings[0], zero + 0.75 * (end - zero));
}

#[test]
fn an_exceedance_curve_begins_where_the_paths_with_none_leave_off() {
    let chart = chart_of(&baseline(24), "exceedance");
    let said = "By the end of December 2026, 46% of paths deliver none; half of the others deliver 80,000 chips or more. \
                By the end of December 2027, 25% of paths deliver none; half of the others deliver 180,000 chips or more.";
    assert!(chart.alt.contains(said), "{}", chart.alt);
    // 1 − 0.25 = 75% and 1 − 0.46 = 54%, so 21 of the 25 percentage points lower.
    let level = |said: &str| place_of(&chart, said)[0].1;
    let begins = |ink: &str| shapes(&chart, "polyline", ("stroke", ink), "points")[0];
    near(begins("#0a3663"), level("75%"));
    near(begins("#68a5d4"), level("75%") + 0.84 * (level("50%") - level("75%")));
    // And the columns are as high as the shares.
    let tops = shapes(&chart, "rect", ("fill", "#0a3663"), "y");
    near(tops[1], level("25%")); // after the square in the key
}

#[test]
fn gates_that_hold_little_are_pooled_and_named() {
    let chart = chart_of(&baseline(24), "gates");
    // In month 24 the factor 0.5 + 24/48 is 1. Held in thousands: 90 + 1,300 + 10 + 160 + 240 + 6 + 420 + 55 + 25 = 2,306, of which 2%
    // are 46: terms 10, pairing 6 and the border 25 are small, 41 together, and bind in 0.4 + 0.1 + 0.5 = 1%.
    for said in [
        "Beijing’s approval: 1,300,000 chips, binds in 55% of paths",
        "other gates: 41,000 chips, binds in 1% of paths",
        "nothing held back: binds in 6% of paths",
    ] {
        assert!(chart.alt.contains(said), "{said}: {}", chart.alt);
    }
    let named = ["paired purchases", "the border", "US cap per customer", "US test laboratory", "terms not accepted"];
    let words = prose(&chart);
    assert!(words.contains("Other gates, each under 2% in every month:") && named.iter().all(|name| words.contains(name)), "{words}");
    assert!(!chart.alt.contains("border") && chart.alt.contains("US volume ceiling: 55,000 chips"), "{}", chart.alt);
}

#[test]
fn a_quarter_adds_up_its_months_and_says_when_some_are_missing() {
    let chart = chart_of(&baseline(24), "money");
    // Months 22 to 24: 10 million × (22 + 23 + 24) = 690 million, of which three quarters are net: 517.5 and 172.5.
    assert!(chart.alt.contains("Q4 2027 690 million (nine in ten paths 0 to 3,200 million), none in 50%"), "{}", chart.alt);
    for said in ["0.52 net to Nvidia, mean", "0.17 US share, mean", "0.69"] {
        assert_eq!(place_of(&chart, said).len(), 1, "{said}");
    }
    // The 95th percentile of the last quarter is 1.15 billion × (0.9 / 0.16 × 1.12)^0.55 = 3.2: the axis ends at 4.
    let (zero, four) = (place_of(&chart, "0")[0].1, place_of(&chart, "4")[0].1);
    near(shapes(&chart, "rect", ("fill", "#1f77b4"), "y")[7], zero + (four - zero) * 0.69 / 4.0);
    let (_, late) = hard_cases().into_iter().find(|(case, _)| *case == "thirteen-months").unwrap();
    // September 2026 to September 2027.
    assert!(prose(&chart_of(&late, "money")).contains("* Only partly simulated: Q3 2026 (1 of 3 months)."));
}

#[test]
fn compute_says_shares_of_the_sum_and_how_far_the_legal_part_spreads() {
    let chart = chart_of(&baseline(24), "compute");
    // 1.1 × 16,000 × 24 = 422,400 and 4,000 × 24 = 96,000 and 60,000 × 24 = 1,440,000 of 1,958,400: 21.6%, 4.9% and 73.5%.
    let said = "legal H200 420,000 (22%), grey-market H200 96,000 (5%), Chinese chips 1,400,000 (74%)";
    assert!(chart.alt.contains(said), "{}", chart.alt);
    // 384,000 halved and doubled.
    let words = prose(&chart);
    assert!(words.contains("add nothing in 32% of paths, and add 190,000 to 770,000 in"), "{words}");
}

#[test]
fn every_thread_draws_the_same_bytes() {
    let once = || {
        let charts = draw(&baseline(12));
        let picture = png(&charts[1]).unwrap();
        (charts, picture)
    };
    let here = once();
    let there: Vec<_> = std::thread::scope(|s| {
        let threads: Vec<_> = (0..2).map(|_| s.spawn(once)).collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    assert!(there.iter().all(|other| *other == here));
}

#[test]
fn a_png_has_the_size_and_ink_of_its_picture() {
    let chart = draw(&baseline(3)).remove(0);
    let bytes = png(&chart).unwrap();
    let size = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    assert_eq!((&bytes[1..4], size(16), size(20)), (&b"PNG"[..], 2400, 1500));
    let decoded = resvg::tiny_skia::Pixmap::decode_png(&bytes).unwrap();
    let dark = decoded.pixels().iter().filter(|p| p.red() < 128).count();
    assert!((10_000..1_000_000).contains(&dark), "{dark} pixels of type and lines");
}
