//! The template picker: the list, and the chosen one with its gaps and a preview of what will be sent.

use std::collections::BTreeMap;

use maud::{Markup, html};

use super::composer::Problem;
use super::frame::Frame;
use super::header::Header;
use crate::domain::template::{self, Template};

/// Which templates there are, and which is chosen.
#[derive(Default)]
pub struct Picker {
    pub templates: Vec<Template>,
    /// The list is open.
    pub listed: bool,
    pub chosen: Option<Chosen>,
}

/// A template with what stands in its gaps so far.
pub struct Chosen {
    pub template: Template,
    pub values: BTreeMap<String, String>,
}

/// Where the list opens.
pub fn list_href(head: &Header) -> String {
    with(head, "template=list")
}

fn with(head: &Header, field: &str) -> String {
    let here = head.here();
    let joint = if here.contains('?') { '&' } else { '?' };
    format!("{here}{joint}{field}#composer")
}

/// The list, or the form of the chosen one.
pub fn section(
    frame: &Frame,
    picker: &Picker,
    head: &Header,
    key: &str,
    problem: Option<&Problem>,
) -> Markup {
    match &picker.chosen {
        Some(chosen) => form(frame, chosen, head, key, problem),
        None => list(frame, picker, head),
    }
}

fn list(frame: &Frame, picker: &Picker, head: &Header) -> Markup {
    let t = &frame.texts;
    html! {
        div.picker {
            div.line { h2 { (t.composer_choose_template()) } a.button href=(head.here()) { (t.composer_cancel()) } }
            @if picker.templates.is_empty() { p.quiet { (t.composer_no_template()) } }
            ul.choices {
                @for template in &picker.templates {
                    li { a href=(with(head, &format!("template={}", template.id))) {
                        b { (template.name) } " " small { (template.language) } span { (preview(&template.body, &BTreeMap::new())) }
                    } }
                }
            }
        }
    }
}

/// Each gap is a required field, so that nothing raw is ever sent (S211, S212).
fn form(frame: &Frame, chosen: &Chosen, head: &Header, key: &str, problem: Option<&Problem>) -> Markup {
    let t = &frame.texts;
    let gaps = template::gaps(&chosen.template.body);
    let first_empty =
        gaps.iter().find(|gap| chosen.values.get(*gap).is_none_or(|value| value.trim().is_empty()));
    html! {
        form.picker.write method="post" action=(head.action("messages")) {
            (frame.token())
            input type="hidden" name="kind" value="reply";
            input type="hidden" name="template" value=(chosen.template.id);
            input type="hidden" name="key" value=(key);
            div.line { h2 { (chosen.template.name) } a.button href=(list_href(head)) { (t.composer_other_template()) } a.button href=(head.here()) { (t.composer_cancel()) } }
            @if let Some(problem) = problem { p.flash.bad.slim role="alert" { (problem.sentence) } }
            div.pair {
                @for gap in &gaps {
                    div.field {
                        label for={ "gap-" (gap) } { (gap) }
                        input id={ "gap-" (gap) } name={ "p." (gap) } data-gap=(gap) required autofocus[first_empty == Some(gap)]
                            value=(chosen.values.get(gap).map_or("", String::as_str));
                    }
                }
            }
            p.quiet { (t.composer_preview()) }
            p.preview data-body=(chosen.template.body) { (preview(&chosen.template.body, &chosen.values)) }
            div.tools {
                @if !gaps.is_empty() {
                    button.button type="submit" formnovalidate formaction=(head.action("preview")) { (t.composer_show_preview()) }
                }
                span.count {}
                button.button.main type="submit" { (t.composer_send()) }
            }
        }
    }
}

/// The text as it will be sent, with the gaps that are still empty shown as gaps.
pub fn preview(body: &str, values: &BTreeMap<String, String>) -> String {
    let mut shown: BTreeMap<String, String> =
        template::gaps(body).into_iter().map(|gap| (gap.clone(), format!("[{gap}]"))).collect();
    shown.extend(
        values.iter().filter(|(_, value)| !value.trim().is_empty()).map(|(n, v)| (n.clone(), v.clone())),
    );
    template::fill(body, &shown).unwrap_or_else(|_| body.to_owned())
}
