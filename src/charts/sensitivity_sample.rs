//! A made-up sensitivity analysis to draw in tests, and the cases its charts must survive.

use super::sample::{assert_texts_are_apart, assert_well_formed, baseline, words_of};
use super::{Chart, draw_sensitivity};
use crate::analysis::Valued;
use crate::analysis::sensitivity::{Audit, GroupEffect, InputEffects, MonthShares, Named, OutcomeEffects, Sensitivity, Tornado, Uncertain};

const DECIDERS: [&str; 9] = [
    "Nvidia",
    "TSMC and suppliers",
    "US customers",
    "Washington",
    "Beijing",
    "Chinese buyers",
    "Domestic makers",
    "Grey-market dealers",
    "Users of the chips",
];

fn measure(value: f64, std_error: f64) -> Valued {
    Valued { value, std_error }
}

/// As many inputs, groups and months as said. Input i has a total of 0.5 / (i + 1), and moves the mean by 60,000 / (i + 1) chips,
/// every third one down; group i has a share of 1/2, 1/4, ….
fn sensitivity(inputs: usize, groups: usize, months: usize) -> Sensitivity {
    let part = |i: usize| 1.0 / (i + 1) as f64;
    let input = |i: usize| Uncertain {
        key: if i == 0 { "beijing.types".into() } else { format!("beijing.regimes.case_by_case.number_{i}_per_month") },
        unit: "probability per month".into(),
        group: i % groups.max(1),
        ends: ["0.15".into(), "0.5".into()],
    };
    let effects = |i: usize| {
        let side = if i % 3 == 2 { -1.0 } else { 1.0 };
        InputEffects {
            first: Some(measure(0.3 * part(i) - 0.02, 0.02)),
            total: Some(measure(0.5 * part(i), 0.01)),
            place: (i + 1, i + 1 + i % 2),
            rank: None,
            partial: None,
            pawn: None,
            pawn_floor: 0.02,
            tornado: Some(Tornado {
                low: measure(-side * 20_000.0 * part(i), 1_000.0),
                high: measure(side * 40_000.0 * part(i), 1_000.0),
                change: measure(side * 60_000.0 * part(i), 2_000.0),
            }),
        }
    };
    let share = |i: usize| libm::pow(0.5, i as f64 + 1.0);
    let outcome = || OutcomeEffects {
        mean: measure(80_000.0, 1_000.0),
        std_dev: 100_000.0,
        ignorance: Some(measure(0.4, 0.01)),
        inputs: (0..inputs).map(effects).collect(),
        groups: (0..groups).map(|i| GroupEffect { share: Some(measure(share(i), 0.01)), floor: Some(0.02) }).collect(),
    };
    let named = |name: &str, unit: &'static str| Named { name: name.into(), buyer: None, unit, scale: 1.0 };
    let month = |t: usize| {
        let luck = 0.9 - 0.3 * t as f64 / months as f64;
        (t > 0).then(|| MonthShares {
            luck: measure(luck, 0.01),
            groups: (0..groups).map(|i| measure((1.0 - luck) * share(i) - if i + 1 == groups { 0.02 } else { 0.0 }, 0.01)).collect(),
        })
    };
    Sensitivity {
        header: baseline(months).header,
        worlds_played: 21_500,
        inputs: (0..inputs).map(input).collect(),
        groups: DECIDERS.iter().take(groups).map(|name| (*name).to_owned()).collect(),
        is_dependent: false,
        outcomes: (0..4).map(|_| outcome()).collect(),
        names: vec![named("delivered_T", "chips"), named("t_first", "month"), named("revenue", "USD"), named("nvidia_share", "ratio")],
        over_time: (0..months).map(month).collect(),
        audit: Audit { cells: Vec::new() },
        audited: Vec::new(),
    }
}

fn hard_cases() -> Vec<(&'static str, Sensitivity)> {
    let changed = |change: &dyn Fn(&mut Sensitivity)| {
        let mut found = sensitivity(19, 8, 24);
        change(&mut found);
        found
    };
    let unknown = |found: &mut Sensitivity| {
        for outcome in &mut found.outcomes {
            outcome.ignorance = None;
            outcome.inputs.iter_mut().for_each(|input| (input.first, input.total) = (None, None));
            outcome.groups.iter_mut().for_each(|group| *group = GroupEffect { share: None, floor: None });
        }
        found.over_time.fill(None);
    };
    let each = |found: &mut Sensitivity, factor: f64| {
        let inputs = found.outcomes.iter_mut().flat_map(|outcome| &mut outcome.inputs);
        for tornado in inputs.filter_map(|input| input.tornado.as_mut()) {
            for change in [&mut tornado.low, &mut tornado.high, &mut tornado.change] {
                *change = measure(change.value * factor, change.std_error * factor);
            }
        }
    };
    vec![
        ("baseline", changed(&|_| {})),
        ("one-input", sensitivity(1, 1, 1)),
        ("every-group", sensitivity(40, 9, 120)),
        ("nothing", sensitivity(0, 0, 0)),
        ("unknown", changed(&unknown)),
        ("no-tornado", changed(&|found| found.outcomes.iter_mut().flat_map(|o| &mut o.inputs).for_each(|input| input.tornado = None))),
        ("no-effect", changed(&|found| each(found, 0.0))),
        ("huge", changed(&|found| each(found, 1e9))),
        ("tiny", changed(&|found| each(found, 1e-9))),
        (
            "hostile",
            changed(&|found| {
                found.header.title = format!("<script>alert(1)</script> \u{202e}gnp.exe {}", "a very long title ".repeat(40));
                found.inputs[3].ends = ["a very long word for a value".repeat(9), "字节跳动".repeat(30)];
            }),
        ),
    ]
}

#[test]
fn every_hard_case_gives_sound_pictures_whose_texts_are_apart() {
    for (case, found) in hard_cases() {
        for chart in draw_sensitivity(&found) {
            assert_well_formed(case, &chart);
            assert_texts_are_apart(case, &chart);
            assert!(!chart.svg.contains("<script") && !chart.svg.contains('\u{202e}'), "{case}");
        }
    }
}

#[test]
fn the_pictures_say_what_was_found_and_on_how_many_worlds() {
    let charts = draw_sensitivity(&sensitivity(19, 8, 24));
    let named = |name: &str| -> &Chart { charts.iter().find(|chart| chart.name == name).unwrap() };
    for chart in &charts {
        // 21,500 worlds of 50 paths, from 1,000 worlds of which two make a pair.
        let words = words_of(chart);
        assert!(
            words.contains("1,075,000 simulated paths (21,500 worlds × 50), 500 independent pairs of worlds and their mixes."),
            "{words}"
        );
    }
    // 1.96 × .01 is 2 of a hundred; the first alone has .3 - .02.
    assert!(
        named("sobol").alt.contains("Beijing’s hidden policy type 50% ±2.0 in all, 28% ±3.9 alone, place 1;"),
        "{}",
        named("sobol").alt
    );
    assert!(named("sobol").alt.contains("place 2–3"), "{}", named("sobol").alt);
    // 60,000 ± 1.96 × 2,000; the third goes down by 20,000.
    assert!(named("tornado").alt.contains("Beijing’s hidden policy type +60,000 ±3,900"), "{}", named("tornado").alt);
    assert!(named("tornado").alt.contains("Number 2 per month −20,000 ±3,900"), "{}", named("tornado").alt);
    // Shares 1/2, 1/4, 1/8, …: the sixth is 1.6%, below what nothing reaches.
    assert!(
        named("shapley").alt.contains("Nvidia 50%, TSMC and suppliers 25%, US customers 12%, Washington 6%, Beijing 3%"),
        "{}",
        named("shapley").alt
    );
    assert!(named("shapley").alt.contains("Chinese buyers 2% (not beyond noise)"), "{}", named("shapley").alt);
    // Luck ends at .9 - .3 x 23/24 = .6125; half of the rest is .19375.
    assert!(
        named("over_time").alt.contains("At the end of December 2027: Nvidia 19%,") && named("over_time").alt.contains("Luck 61%"),
        "{}",
        named("over_time").alt
    );
}
