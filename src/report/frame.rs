//! What every page has around its sections: head, policy, skip link, contents, footer.
//!
//! Whatever a scenario says passes through [`page`], which shows every invisible character: no section has to think of it.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::style;
use super::words::cut;
use crate::charts::{Chart, visible};

/// A part of a page under a heading of its own.
pub struct Section {
    /// Anchor; unique in the page and no chart's name.
    pub id: &'static str,
    /// Heading.
    pub title: &'static str,
    /// What it says.
    pub body: Markup,
}

/// The whole page. `lead` stands between the title and the contents.
pub fn page(title: &str, lead: &Markup, sections: &[Section]) -> String {
    let sheet = style::sheet();
    let html = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(style::policy(&sheet));
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta name="generator" content=(GENERATOR);
                // Longer ones are cut by tabs and search engines in worse places.
                title { (cut(title, 55)) " – greenlight" }
                // Without it a browser would ask a server for one.
                link rel="icon" href="data:,";
                style { (PreEscaped(&sheet)) }
            }
            body {
                a.skip href="#main" { "Skip to the answer" }
                header {
                    p.kind { "greenlight: H200 supply, Chinese orders and two governments’ approvals, simulated" }
                    h1 dir="auto" { (title) }
                    (lead)
                    nav.contents aria-label="Contents" {
                        ul {
                            @for section in sections { li { a href={ "#" (section.id) } { (section.title) } } }
                        }
                    }
                }
                main id="main" tabindex="-1" {
                    @for section in sections {
                        section aria-labelledby=(section.id) {
                            h2 id=(section.id) { (section.title) }
                            (section.body)
                        }
                    }
                }
                footer { "Made by " (GENERATOR) ". This page holds everything it shows and asks nobody for anything." }
            }
        }
    };
    html.into_string().split('\n').map(visible).collect::<Vec<_>>().join("\n")
}

/// The program and its version.
pub const GENERATOR: &str = concat!("greenlight ", env!("CARGO_PKG_VERSION"));

/// Something that may be wider than a phone: it scrolls by itself, also from the keyboard.
pub fn scroll(label: &str, wide: &Markup) -> Markup {
    html! { div.scroll tabindex="0" role="group" aria-label=(label) { (wide) } }
}

/// The charts as numbered figures, each with a line on how to read it.
pub fn figures(charts: &[Chart]) -> Markup {
    html! {
        @for (number, chart) in (1..).zip(charts) {
            figure id={ "figure-" (number) } {
                // A chart is drawn and escaped by ourselves.
                (scroll(&format!("Figure {number}"), &PreEscaped(chart.svg.clone())))
                figcaption {
                    h3 { "Figure " (number) ". " (chart.title) }
                    @if let Some(reading) = reading(chart.name) { p { (reading) } }
                }
            }
        }
    }
}

/// How to read a chart.
fn reading(name: &str) -> Option<&'static str> {
    Some(match name {
        "deliveries" => {
            "The dark line is the median: half of the histories have received more by then. The darker band holds half of them, the \
             paler one nine in ten. Bands are read month by month; no single history follows an edge."
        }
        "first_delivery" => {
            "The curve is the chance that nothing at all has arrived yet; where it is flat, another month of waiting hardly helps."
        }
        "exceedance" => {
            "Pick a number of chips on the axis and read off the chance of more than that; the histories with none at all stand apart."
        }
        "buyers" => "Each line is one buyer: what it receives, with the range of nine histories in ten, beside what it needs and asks for.",
        "supply" => {
            "Where the chips are before China sees them: what could be started, what is started, what is finished, and what lies in stock."
        }
        "pipeline" => "Each band is a stage that requested chips have reached, as a mean over histories; a wide band is where chips wait.",
        "gates" => {
            "Each band is a gate and its height the mean number of chips it holds back in that month; the widest band is the gate to open first."
        }
        "governments" => "Each column is a month and each colour the share of histories in which a government is in that state.",
        "money" => "Bars are means over histories by quarter, booked on delivery; whiskers show the range of nine histories in ten.",
        "compute" => "Compute added in China since the start, by route, in H100s of equal arithmetic.",
        "overlay" => "One line and one band per scenario: the medians, and where half of the histories lie.",
        "difference" => {
            "Scenario less reference in the same history, month by month; above zero it delivers more. Grey marks what these paths cannot tell from zero."
        }
        "forest" => {
            "Each dot is a mean difference and its bar the 95% interval; a bar that crosses zero is drawn grey, because it may be noise."
        }
        "multiples" => "The same picture for every scenario on the same scale, so that heights can be compared from one to the next.",
        "waterfall" => {
            "From the reference at the top to the scenario at the bottom: each step is what one group of changed values adds or takes away."
        }
        "sobol" => {
            "The dark bar is what would vanish from the ignorance if the input were known last, the pale one what would vanish if it were known first; the gap \
             between them is what it does together with others."
        }
        "tornado" => {
            "How far the mean moves when one input moves across the middle eight tenths of its range; the shape is the order of importance."
        }
        "shapley" => "One column per outcome, one bar for the inputs of each who decides; a bar in grey cannot be told from nothing.",
        "over_time" => "Each colour is whose uncertainty matters by then; what is grey no research can remove.",
        "information" => {
            "Each bar is what it would be worth to know something before acting; only a bar that is longer than the grey behind it says anything."
        }
        "thresholds" => {
            "Read off what the first key must be for the chance to be reached; a long bar means that more paths would tell it better."
        }
        _ => return None,
    })
}
