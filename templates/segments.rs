//! Segments of contacts: the conditions, who they hold for, and what to do with it.

use maud::{Markup, html};

use super::contacts::{Line, row};
use super::frame::Frame;
use super::parts::{self, Field};
use super::settings::fields;
use crate::domain::Id;
use crate::domain::agent::{Agent, Role};
use crate::domain::channel::Channel;
use crate::domain::contact::Contact;
use crate::domain::field::Field as Own;
use crate::domain::segment::{Rule, Segment, Test};
use crate::domain::tag::Tag;
use crate::i18n::Texts;

/// What the page shows.
pub struct Page {
    pub lines: Vec<Line>,
    pub next: Option<Id<Contact>>,
    pub rules: Vec<Rule>,
    pub chosen: Option<Segment>,
    /// The one that is being changed.
    pub edited: Option<Segment>,
    pub saved: Vec<Segment>,
    pub channels: Vec<(Id<Channel>, String)>,
    pub tags: Vec<(Id<Tag>, String)>,
    pub fields: Vec<Own>,
    pub me: Id<Agent>,
    /// Why it was not saved, or cannot be shown.
    pub problem: Option<String>,
    /// A condition cannot be read, so that nobody is shown.
    pub unread: bool,
    /// The language that was typed.
    pub language: String,
    /// The name that was typed.
    pub name: String,
}

/// The page.
pub fn page(frame: &Frame, page: &Page) -> Markup {
    let t = &frame.texts;
    let edit = page.edited.as_ref().map_or_else(String::new, |edited| format!("&edit={}&go=yes", edited.id));
    let rules = page.rules.iter().map(|rule| format!("&rule={}", encoded(&rule.to_string())));
    let query: String = std::iter::once(edit).chain(rules).collect();
    html! {
        main.page.wide id="main" tabindex="-1" {
            header {
                h1 { @if let Some(one) = page.chosen.as_ref().or(page.edited.as_ref()) { (one.name) } @else { (t.segments_title()) } }
                a.button href="/contacts" { (t.contacts_title()) }
            }
            @if let Some(problem) = &page.problem { (parts::problem(problem)) }
            @if !page.saved.is_empty() {
                nav.line aria-label=(t.segments_saved()) { @for one in &page.saved {
                    a.button.edged href={ "/segments?segment=" (one.id) } aria-current=[page.chosen.as_ref().filter(|chosen| chosen.id == one.id).map(|_| "page")] { (one.name) }
                } }
            }
            @if page.chosen.is_none() { (conditions(frame, page)) }
            @if !page.rules.is_empty() && page.edited.is_none() { ul { @for rule in &page.rules { li { (words(t, page, rule)) } } } }
            @if !page.unread {
                @if page.lines.is_empty() && page.next.is_none() { (parts::empty(t.segments_none(), None)) }
                @else { ul.people { @for line in &page.lines { (row(frame, line)) } } }
                @if let Some(next) = page.next {
                    p.line { a.button.edged href={ "/segments?last=" (next) (query) } { (t.inbox_older()) } }
                    @if page.lines.len() < 50 { p.quiet { (t.segments_further()) } }
                }
                (uses(frame, page))
            }
        }
    }
}

/// A value as it stands in a query.
fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

fn conditions(frame: &Frame, page: &Page) -> Markup {
    let t = &frame.texts;
    let any = || (String::new(), "–".to_owned());
    let yes_no = [
        any(),
        ("yes".to_owned(), t.segments_yes().to_owned()),
        ("no".to_owned(), t.segments_no().to_owned()),
    ];
    let consent =
        [any(), ("yes".to_owned(), t.consent_yes().to_owned()), ("no".to_owned(), t.consent_no().to_owned())];
    let named = |all: Vec<(String, String)>| std::iter::once(any()).chain(all).collect::<Vec<_>>();
    let channels = named(page.channels.iter().map(|(id, name)| (id.to_string(), name.clone())).collect());
    let tags = named(page.tags.iter().map(|(id, name)| (id.to_string(), name.clone())).collect());
    let field = |name: &'static str, label: &'static str| Field { name, label, ..Field::default() };
    html! {
        details open[page.rules.is_empty() || page.edited.is_some()] {
            summary.button.edged { (t.segments_conditions()) }
            form.stack action="/segments" {
                @if let Some(edited) = &page.edited {
                    input type="hidden" name="edit" value=(edited.id);
                    input type="hidden" name="go" value="yes";
                    @for rule in &page.rules {
                        label.check { input type="checkbox" name="rule" value=(rule.to_string()) checked; " " (words(t, page, rule)) }
                    }
                }
                div.pair {
                    (parts::text(&Field { hint: "es, en, pt-BR", value: if page.unread { &page.language } else { "" }, ..field("language", t.contacts_language()) }, "text"))
                    (parts::select(&field("blocked", t.segments_blocked()), &yes_no))
                }
                div.pair {
                    (parts::select(&field("open", t.segments_open()), &yes_no))
                    (parts::select(&field("consent", t.consent_title()), &consent))
                }
                div.pair {
                    (parts::text(&field("after", t.segments_after()), "date"))
                    (parts::text(&field("until", t.segments_before()), "date"))
                }
                div.pair {
                    (parts::select(&field("channel", t.segments_channel()), &channels))
                    (parts::select(&field("tag", t.segments_tag()), &tags))
                }
                @for own in &page.fields { (fields::input(t, own, "", None)) }
                (parts::actions(t.segments_show(), None))
            }
        }
    }
}

/// A condition in words.
fn words(t: &Texts, page: &Page, rule: &Rule) -> String {
    fn name<T>(all: &[(Id<T>, String)], id: Id<T>) -> String {
        all.iter().find(|(known, _)| *known == id).map_or_else(|| format!("#{id}"), |(_, name)| name.clone())
    }
    let (label, value) = match &rule.test {
        Test::Language(code) => (t.contacts_language(), code.clone()),
        Test::Blocked => (t.segments_blocked(), t.segments_yes().to_owned()),
        Test::Open => (t.segments_open(), t.segments_yes().to_owned()),
        Test::Before(day) => (t.segments_before(), day.to_string()),
        Test::After(day) => (t.segments_after(), day.to_string()),
        Test::Channel(id) => (t.segments_channel(), name(&page.channels, *id)),
        Test::Tag(id) => (t.segments_tag(), name(&page.tags, *id)),
        Test::Consent(true) => (t.consent_title(), t.consent_yes().to_owned()),
        Test::Consent(false) => (t.consent_title(), t.consent_no().to_owned()),
        Test::Field(id, value) => {
            let own = page.fields.iter().find(|field| field.id == *id);
            let label = own.map_or_else(|| format!("#{id}"), |field| field.name.clone());
            let value = own.map_or(value.as_str(), |field| fields::shown(t, field, value));
            return format!("{}{label}: {value}", if rule.not { t.segments_not() } else { "" });
        }
    };
    format!("{}{label}: {value}", if rule.not { t.segments_not() } else { "" })
}

/// Saving, exporting, and taking away.
fn uses(frame: &Frame, page: &Page) -> Markup {
    let t = &frame.texts;
    let hidden =
        html! { @for rule in &page.rules { input type="hidden" name="rule" value=(rule.to_string()); } };
    let admin = frame.agent.as_ref().is_some_and(|agent| agent.role >= Role::Admin);
    html! {
        section.card {
            h2 { (t.segments_export()) }
            p.quiet { (t.segments_export_hint()) }
            form method="post" action="/segments/export" {
                (frame.token()) (hidden)
                button.button.edged type="submit" { (t.segments_export()) }
            }
        }
        @let edited = page.edited.as_ref();
        @if edited.is_some() || (page.chosen.is_none() && !page.rules.is_empty()) {
            section.card {
                h2 { @if edited.is_some() { (t.segments_change()) } @else { (t.segments_save()) } }
                form.stack method="post" action=(edited.map_or_else(|| "/segments".to_owned(), |one| format!("/segments/{}", one.id))) {
                    (frame.token()) (hidden)
                    (parts::text(&Field { name: "name", label: t.form_name(), value: &page.name, required: true, ..Field::default() }, "text"))
                    (parts::check(&Field { name: "shared", label: t.segments_shared(), value: if edited.is_some_and(|one| one.shared) { "on" } else { "" }, ..Field::default() }))
                    @if edited.is_some() { p.quiet { (t.segments_change_hint()) } }
                    (parts::actions(t.contacts_save(), None))
                }
            }
        }
        @if let Some(chosen) = &page.chosen {
            @if chosen.owner == page.me || admin {
                p.line { a.button.edged href={ "/segments?edit=" (chosen.id) } { (t.segments_change()) } }
                (parts::one_button(frame, &format!("/segments/{}/delete", chosen.id), t.form_delete()))
            }
        }
    }
}
