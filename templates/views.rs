//! The builder of saved views: rows of conditions in groups, and groups in groups. It works without scripts: rows and
//! groups that stay empty do not count, there are always some more than were used, and a button adds others.

use maud::{Markup, html};

use super::frame::Frame;
use super::inbox::sort_name;
use super::parts::{self, Field};
use super::sieve::Choices;
use crate::domain::Id;
use crate::domain::conversation::Sort;
use crate::domain::filter::{DEPTH, Part, RULES, Rule};
use crate::domain::refused::{Problem, Refused};
use crate::domain::saved::Saved;
use crate::i18n::refusal;

/// How many groups the page has room for.
pub const GROUPS: usize = 12;
/// How many empty groups stand in the first where nobody has asked for more, and empty rows below those that are used.
const SPARE: usize = 2;

/// One group of conditions.
#[derive(Clone, Debug, Default)]
pub struct Group {
    /// The number of the group in which it stands; the first stands in none.
    pub within: usize,
    /// Whether one of them is enough.
    pub any: bool,
    pub rules: Vec<Rule>,
}

/// A view on its way to and from the page.
#[derive(Clone)]
pub struct Builder {
    pub id: Option<Id<Saved>>,
    pub name: String,
    pub shared: bool,
    pub sort: Sort,
    /// Each stands behind the one that holds it.
    pub groups: Vec<Group>,
    /// The group that was just added.
    pub added: Option<usize>,
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
            groups: roomy(vec![Group::default()]),
            added: None,
            mine: true,
            too_deep: false,
        }
    }
}

impl Builder {
    /// A view that is there.
    pub fn of(saved: &Saved, mine: bool) -> Builder {
        let mut groups = Vec::new();
        gather(&saved.filter, 0, &mut groups);
        Builder {
            id: Some(saved.id),
            name: saved.name.clone(),
            shared: saved.shared,
            sort: saved.sort,
            too_deep: groups.len() > GROUPS,
            groups: roomy(groups),
            added: None,
            mine,
        }
    }

    /// How deep a group stands, the first counted.
    fn depth(&self, number: usize) -> usize {
        match self.groups.get(number) {
            Some(group) if number > 0 => 1 + self.depth(group.within.min(number - 1)),
            _ => 1,
        }
    }

    /// Whether this group may hold one more.
    pub fn has_room(&self, number: usize) -> bool {
        number < self.groups.len() && self.groups.len() < GROUPS && self.depth(number) < DEPTH
    }

    /// Adds an empty group within this one.
    pub fn add(&mut self, within: usize) {
        if self.has_room(within) {
            self.added = Some(self.groups.len());
            self.groups.push(Group { within, ..Group::default() });
        }
    }

    /// Whether somebody has put something into a group, or has just asked for one in it.
    fn is_used(&self, number: usize) -> bool {
        !self.groups[number].rules.is_empty()
            || self.added == Some(number)
            || self.inner(number).any(|inner| self.is_used(inner))
    }

    /// The groups within this one, which stand behind it.
    fn inner(&self, number: usize) -> impl Iterator<Item = usize> {
        (number + 1..self.groups.len()).filter(move |inner| self.groups[*inner].within == number)
    }
}

/// Puts a filter behind the groups that are there, each group behind the one that holds it.
fn gather(part: &Part, within: usize, groups: &mut Vec<Group>) {
    let (any, parts) = match part {
        Part::All(parts) => (false, parts.as_slice()),
        Part::Any(parts) => (true, parts.as_slice()),
        Part::Rule(_) => (false, std::slice::from_ref(part)),
    };
    let number = groups.len();
    groups.push(Group { within, any, rules: Vec::new() });
    for part in parts {
        match part {
            Part::Rule(rule) => groups[number].rules.push(rule.clone()),
            group => gather(group, number, groups),
        }
    }
}

/// With empty groups in the first, for whoever has no more than one.
fn roomy(mut groups: Vec<Group>) -> Vec<Group> {
    let inner = groups.iter().skip(1).filter(|group| group.within == 0).count();
    for _ in inner..SPARE {
        groups.push(Group::default());
    }
    groups
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
                    // The Enter key saves, whatever button stands first.
                    button.hidden type="submit" tabindex="-1" aria-hidden="true" { (t.form_save()) }
                    div.stack {
                        (parts::text(&Field {
                            name: "name", label: t.form_name(), value: &builder.name, required: true,
                            error: refused.filter(|refused| is_name(refused)).map(|refused| sentence(frame, refused)),
                            ..Field::default()
                        }, "text"))
                        @if builder.too_deep { p.flash { (t.sieve_too_deep()) } }
                        @else {
                            (group(frame, choices, builder, 0))
                            p.line { button.button.edged type="submit" name="add" value="rows" formnovalidate { (t.sieve_add_rows()) } }
                        }
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
    let group = &builder.groups[number];
    let name = if number == 0 { t.sieve_conditions().to_owned() } else { t.sieve_group(number) };
    let fields = html! {
        @if number > 0 { (parts::hidden(&format!("within.{number}"), &group.within.to_string())) }
        div.field {
            label for={ "join." (number) } { (t.sieve_holds()) }
            select id={ "join." (number) } name={ "join." (number) } autofocus[builder.added == Some(number)] {
                option value="all" selected[!group.any] { (t.sieve_all_of()) }
                option value="any" selected[group.any] { (t.sieve_any_of()) }
            }
        }
        @for row in 0..(group.rules.len() + SPARE).min(RULES) { (condition(frame, choices, group.rules.get(row), (number, row))) }
        @for inner in builder.inner(number) { (self::group(frame, choices, builder, inner)) }
        @if builder.has_room(number) {
            p.line { button.button.edged type="submit" name="add" value=(number) formnovalidate {
                @if number == 0 { (t.sieve_add_group()) } @else { (t.sieve_add_within(number)) }
            } }
        }
    };
    html! {
        @if number == 0 {
            fieldset.field { legend { (name) } (fields) }
        } @else {
            details.card open[builder.is_used(number)] { summary { (name) } div.stack { (fields) } }
        }
    }
}

fn condition(frame: &Frame, choices: &Choices, rule: Option<&Rule>, (group, row): (usize, usize)) -> Markup {
    let t = &frame.texts;
    html! {
        div.condition {
            select name={ "not." (group) "." (row) } aria-label=(t.sieve_is_or_not(row + 1)) {
                option value="is" { (t.sieve_is()) }
                option value="not" selected[rule.is_some_and(|rule| rule.not)] { (t.sieve_is_not()) }
            }
            select name={ "test." (group) "." (row) } aria-label=(t.sieve_condition(row + 1)) {
                (choices.options(t, rule.map(|rule| &rule.test), t.sieve_no_more()))
            }
            @if choices.asks_for_values() {
                input type="text" name={ "value." (group) "." (row) } value=(choices.typed(rule.map(|rule| &rule.test)))
                    maxlength="500" aria-label=(t.sieve_value(row + 1)) placeholder=(t.sieve_value_hint());
            }
        }
    }
}
