//! The builder of saved views: rows of conditions in groups. It works without scripts: rows that stay empty do not
//! count, and there are always some more than were used.

use maud::{Markup, html};

use super::frame::Frame;
use super::inbox::sort_name;
use super::parts::{self, Field};
use super::sieve::Choices;
use crate::domain::Id;
use crate::domain::conversation::Sort;
use crate::domain::filter::{Part, Rule};
use crate::domain::refused::{Problem, Refused};
use crate::domain::saved::Saved;
use crate::i18n::refusal;

/// How many conditions a group of the page has room for.
pub const ROWS: usize = 8;
/// How many groups stand beside the first.
pub const GROUPS: usize = 2;
/// How many empty rows wait below those that are used.
const SPARE: usize = 2;

/// A view on its way to and from the page.
pub struct Builder {
    pub id: Option<Id<Saved>>,
    pub name: String,
    pub shared: bool,
    pub sort: Sort,
    /// Whether one of them is enough, and the conditions; the first group holds the others.
    pub groups: Vec<(bool, Vec<Rule>)>,
    /// Whoever looks may change it.
    pub mine: bool,
    /// A program made it with more groups than the page has room for; its conditions stay as they are.
    pub too_deep: bool,
}

impl Default for Builder {
    fn default() -> Self {
        Builder {
            id: None,
            name: String::new(),
            shared: false,
            sort: Sort::Newest,
            groups: Vec::new(),
            mine: true,
            too_deep: false,
        }
    }
}

impl Builder {
    /// A view that is there.
    pub fn of(saved: &Saved, mine: bool) -> Builder {
        let groups = groups(&saved.filter);
        Builder {
            id: Some(saved.id),
            name: saved.name.clone(),
            shared: saved.shared,
            sort: saved.sort,
            too_deep: groups.is_none(),
            groups: groups.unwrap_or_default(),
            mine,
        }
    }
}

/// The filter as the page can show it, if it can.
fn groups(filter: &Part) -> Option<Vec<(bool, Vec<Rule>)>> {
    let (any, parts) = match filter {
        Part::All(parts) => (false, parts),
        Part::Any(parts) => (true, parts),
        Part::Rule(rule) => return Some(vec![(false, vec![rule.clone()])]),
    };
    let mut all = vec![(any, Vec::new())];
    for part in parts {
        match part {
            Part::Rule(rule) => all[0].1.push(rule.clone()),
            Part::All(inner) => all.push((false, plain(inner)?)),
            Part::Any(inner) => all.push((true, plain(inner)?)),
        }
    }
    let fits = all.len() <= GROUPS + 1 && all.iter().all(|(_, rules)| rules.len() <= ROWS);
    fits.then_some(all)
}

fn plain(parts: &[Part]) -> Option<Vec<Rule>> {
    let rule = |part: &Part| match part {
        Part::Rule(rule) => Some(rule.clone()),
        Part::All(_) | Part::Any(_) => None,
    };
    parts.iter().map(rule).collect()
}

/// The page.
pub fn page(frame: &Frame, choices: &Choices, builder: &Builder, refused: Option<&Refused>) -> Markup {
    let t = &frame.texts;
    let action = builder.id.map_or_else(|| "/views/new".to_owned(), |id| format!("/views/{id}"));
    html! {
        main.page id="main" {
            header { h1 { @if builder.id.is_some() { (builder.name) } @else { (t.sieve_new_view()) } } }
            p.quiet { (t.sieve_intro()) }
            @if !builder.mine { p.flash { (t.sieve_not_yours()) } }
            @if let Some(problem) = refused.filter(|refused| !is_name(refused)) { (parts::problem(&sentence(frame, problem))) }
            form.stack method="post" action=(action) {
                (frame.token())
                fieldset.bare disabled[!builder.mine] {
                    div.stack {
                        (parts::text(&Field {
                            name: "name", label: t.form_name(), value: &builder.name, required: true,
                            error: refused.filter(|refused| is_name(refused)).map(|refused| sentence(frame, refused)),
                            ..Field::default()
                        }, "text"))
                        @if builder.too_deep { p.flash { (t.sieve_too_deep()) } }
                        @else { @for number in 0..=GROUPS { (group(frame, choices, builder, number)) } }
                        div.field {
                            label for="sort" { (t.inbox_sort()) }
                            select id="sort" name="sort" {
                                @for sort in Sort::ALL { option value=(sort.as_str()) selected[sort == builder.sort] { (sort_name(t, sort)) } }
                            }
                        }
                        (parts::check(&Field {
                            name: "shared", label: t.sieve_shared(), hint: t.sieve_shared_hint(),
                            value: if builder.shared { "on" } else { "" }, ..Field::default()
                        }))
                        (parts::actions(t.form_save(), Some(("/inbox", t.form_back()))))
                    }
                }
            }
            @if let Some(id) = builder.id.filter(|_| builder.mine) {
                section.card { (parts::one_button(frame, &format!("/views/{id}/delete"), t.form_delete())) }
            }
        }
    }
}

fn is_name(refused: &Refused) -> bool {
    matches!(refused, Refused::Field { field: "name", .. })
}

fn sentence(frame: &Frame, refused: &Refused) -> String {
    match refused {
        Refused::Field { field: "filter", problem: Problem::Missing } => {
            frame.texts.sieve_no_condition().to_owned()
        }
        refused => refusal::sentence(&frame.texts, refused, &frame.zone),
    }
}

fn group(frame: &Frame, choices: &Choices, builder: &Builder, number: usize) -> Markup {
    let t = &frame.texts;
    let none = (false, Vec::new());
    let (any, rules) = builder.groups.get(number).unwrap_or(&none);
    let rows = (rules.len() + SPARE).min(ROWS);
    let name = if number == 0 { t.sieve_conditions().to_owned() } else { t.sieve_group(number) };
    let fields = html! {
        div.field {
            label for={ "join." (number) } { (t.sieve_holds()) }
            select id={ "join." (number) } name={ "join." (number) } {
                option value="all" selected[!any] { (t.sieve_all_of()) }
                option value="any" selected[*any] { (t.sieve_any_of()) }
            }
        }
        @for row in 0..rows {
            @let rule = rules.get(row);
            div.condition {
                select name={ "not." (number) "." (row) } aria-label=(t.sieve_is_or_not(row + 1)) {
                    option value="is" { (t.sieve_is()) }
                    option value="not" selected[rule.is_some_and(|rule| rule.not)] { (t.sieve_is_not()) }
                }
                select name={ "test." (number) "." (row) } aria-label=(t.sieve_condition(row + 1)) {
                    (choices.options(t, rule.map(|rule| &rule.test), t.sieve_no_more()))
                }
                @if choices.asks_for_values() {
                    input type="text" name={ "value." (number) "." (row) } value=(choices.typed(rule.map(|rule| &rule.test)))
                        maxlength="500" aria-label=(t.sieve_value(row + 1)) placeholder=(t.sieve_value_hint());
                }
            }
        }
    };
    html! {
        @if number == 0 {
            fieldset.field { legend { (name) } (fields) }
        } @else {
            details.card open[!rules.is_empty()] { summary { (name) } div.stack { (fields) } }
        }
    }
}
