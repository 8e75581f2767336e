//! One page of several: the report of a run, and what was asked of its scenario by other commands, a section each.
//!
//! Pages are ours and were proved intact; what they say of people is escaped in them already. Their headings go down one step and
//! their anchors get a name of their own, so that none is in the page twice.

use super::frame::GENERATOR;
use super::style;

/// Why a page cannot be joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtherVersion;

/// What a page is made of.
struct Parts<'a> {
    /// Its title, as HTML.
    title: &'a str,
    /// The question it answers.
    question: &'a str,
    /// Everything in `main`.
    main: &'a str,
}

/// The page of a run with those of questions behind it.
///
/// # Errors
/// The position of the page, from 0 for the run's own, that another version of the program made.
pub fn joined(run: &str, questions: &[String]) -> Result<String, (usize, OtherVersion)> {
    parts(run).ok_or((0, OtherVersion))?;
    let (mut contents, mut sections) = (String::new(), String::new());
    for (number, page) in (1..).zip(questions) {
        let Parts { title, question, main } = parts(page).ok_or((number, OtherVersion))?;
        let name = format!("question-{number}");
        contents += &format!("<li><a href=\"#{name}\">{question}</a></li>");
        sections +=
            &format!("<section aria-labelledby=\"{name}\"><h2 id=\"{name}\">{question}</h2><p>{title}</p>{}</section>", below(main, &name));
    }
    let page = run.replacen("</ul></nav></header>", &format!("{contents}</ul></nav></header>"), 1);
    Ok(page.replacen("</main>", &format!("{sections}</main>"), 1))
}

fn parts(page: &str) -> Option<Parts<'_>> {
    let between = |before: &str, after: &str| page.split_once(before)?.1.split_once(after).map(|(inner, _)| inner);
    let is_ours =
        page.contains(&format!("content=\"{GENERATOR}\"")) && page.contains(&style::sheet()) && page.contains("</ul></nav></header>");
    let question = between("<p class=\"question\">", "</p>").filter(|_| is_ours)?;
    Some(Parts { title: between("<h1 dir=\"auto\">", "</h1>")?, question, main: between("<main id=\"main\" tabindex=\"-1\">", "</main>")? })
}

/// The sections of a page as parts of another: headings a step lower, anchors with a name before them.
fn below(main: &str, name: &str) -> String {
    let mut text = main.to_owned();
    for level in (2..=5).rev() {
        text = text
            .replace(&format!("<h{level}"), &format!("<h{}", level + 1))
            .replace(&format!("</h{level}>"), &format!("</h{}>", level + 1));
    }
    text = text.replace(" id=\"", &format!(" id=\"{name}-")).replace(" href=\"#", &format!(" href=\"#{name}-"));
    let mut pieces = text.split(" aria-labelledby=\"");
    let mut whole = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (names, rest) = piece.split_once('"').unwrap_or((piece, ""));
        let names: Vec<String> = names.split(' ').map(|own| format!("{name}-{own}")).collect();
        whole += &format!(" aria-labelledby=\"{}\"{rest}", names.join(" "));
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::super::frame::{Section, page};
    use super::*;
    use maud::html;

    fn answer(question: &str) -> String {
        let body = html! { p { "See " a href="#answer" { "above" } } h3 { "More" } svg role="img" aria-labelledby="a-title a-desc" { title id="a-title" { "A" } } };
        page("A <title> & more", &html! { p.question { (question) } }, &[Section { id: "answer", title: "The answer", body }])
    }

    #[test]
    fn a_question_becomes_a_section_with_anchors_of_its_own() {
        let found = joined(&answer("How many?"), &[answer("What drives it?"), answer("Which < next?")]).unwrap();
        assert!(found.contains("<li><a href=\"#question-2\">Which &lt; next?</a></li></ul></nav></header>"), "{found}");
        assert!(found.contains(
            "<h2 id=\"question-1\">What drives it?</h2><p>A &lt;title&gt; &amp; more</p><section aria-labelledby=\"question-1-answer\">"
        ));
        assert!(found.contains("<h3 id=\"question-1-answer\">The answer</h3>") && found.contains("<h4>More</h4>"));
        assert!(found.contains("<a href=\"#question-2-answer\">above</a>"));
        assert!(found.contains("aria-labelledby=\"question-1-a-title question-1-a-desc\"") && found.contains("id=\"question-1-a-title\""));
        // No anchor is there twice, every link leads to one, and what was open is closed.
        let ids: Vec<&str> = found.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let mut distinct = ids.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), ids.len(), "{ids:?}");
        assert!(found.split(" href=\"#").skip(1).all(|rest| rest.split('"').next().is_some_and(|id| ids.contains(&id))));
        assert_eq!(found.matches("<section").count(), found.matches("</section>").count());
    }

    #[test]
    fn pages_of_other_versions_are_not_joined() {
        let old = answer("How many?").replace(GENERATOR, "greenlight 0.0.1");
        assert_eq!(joined(&answer("How many?"), &[answer("Why?"), old.clone()]).unwrap_err(), (2, OtherVersion));
        assert_eq!(joined(&old, &[]).unwrap_err(), (0, OtherVersion));
    }
}
