//! Three histories told: real paths near the poor end, the middle and the rich end.

use maud::{Markup, html};

use super::words;
use crate::analysis::{Header, Insight, Storyline, Summary, digits};
use crate::charts::words::{month, whole};
use crate::domain::Month;

/// The histories, each with its outcomes, its dated log, and how to see it again.
pub fn tell(insight: &Insight, summary: &Summary) -> Markup {
    html! {
        p { "A mean is nobody’s history. Each of these was simulated as it stands: of " (whole(insight.paths)) " histories kept whole it is the \
            one most like its neighbours in all headline outcomes together." }
        @for story in &insight.storylines {
            article {
                h3 { (title(story.share)) }
                dl.facts {
                    @for (name, value) in &story.outcomes {
                        dt { (words::label(name, "", &summary.header).name) }
                        dd { (outcome(name, *value, summary)) }
                    }
                }
                ol.log {
                    @for (when, events) in by_month(story) {
                        li {
                            time datetime=(when) { (month(when)) }
                            ul { @for event in events { li { (event) } } }
                        }
                    }
                }
                p.small.soft { "Tell it again from the folder of this run: " code { "greenlight replay DIR --path " (story.number) }
                    " (world " (story.world) ", path " (story.path) " in it)." }
            }
        }
    }
}

fn title(share: f64) -> String {
    let tenths = digits::rounded((share * 100.0).round(), 0.0);
    match share {
        s if s < 0.4 => format!("A poor history: {tenths}% of histories are poorer"),
        s if s > 0.6 => format!("A rich history: {tenths}% of histories are poorer"),
        _ => "A history from the middle: half are poorer, half richer".into(),
    }
}

fn by_month(story: &Storyline) -> Vec<(Month, Vec<&str>)> {
    let mut months: Vec<(Month, Vec<&str>)> = Vec::new();
    for entry in &story.log {
        match months.last_mut() {
            Some((month, events)) if *month == entry.month => events.push(&entry.text),
            _ => months.push((entry.month, vec![&entry.text])),
        }
    }
    months
}

/// The value of one path is exact; three digits of money and ratios are enough.
fn outcome(name: &str, value: Option<f64>, summary: &Summary) -> String {
    let header: &Header = &summary.header;
    let known = summary.outcome(name, None).map(|row| &row.outcome);
    let is_wait = name.starts_with("t_") || known.is_some_and(|outcome| outcome.censored_at.is_some());
    match value {
        None if is_wait => format!("not by {}", words::horizon(header)),
        None => "not defined".into(),
        Some(value) if is_wait => words::waited(header, value),
        Some(value) => {
            let label = words::label(name, known.map_or("", |outcome| outcome.unit), header);
            let exact = label.unit == "chips";
            let number = if exact { digits::rounded(value, 0.0) } else { words::three_digits(value * label.scale) };
            if label.unit == "%" { number + "%" } else { format!("{number} {}", label.unit).trim_end().to_owned() }
        }
    }
}
