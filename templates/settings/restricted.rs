//! Restricted words: the list, who may see what is covered, and what was found.

use maud::{Markup, html};

use crate::domain::agent::Role;
use crate::domain::restricted::{Find, Held, Report, Way, Word};
use crate::i18n::{Texts, when};
use crate::templates::frame::Frame;
use crate::templates::parts::{self, Field};
use crate::templates::typed::Typed;

/// One find with the name of who wanted to send it.
pub struct Found {
    pub find: Find,
    pub who: Option<String>,
}

/// Everything on the page.
pub struct Page {
    pub words: Vec<Word>,
    /// The role from which on people may uncover; empty: nobody.
    pub uncover: String,
    /// The entry points for mail.
    pub mail: Vec<(String, String)>,
    /// Where the report goes.
    pub report: Option<Report>,
    /// How often each word was found: withheld, and covered; the most frequent first.
    pub counts: Vec<(String, i64, i64)>,
    /// The newest finds.
    pub finds: Vec<Found>,
}

fn held_name(t: &Texts, held: Held) -> &'static str {
    match held {
        Held::Both => t.restricted_both(),
        Held::Sent => t.restricted_sent(),
        Held::Received => t.restricted_received(),
    }
}

/// The page.
pub fn page(frame: &Frame, page: &Page, typed: &Typed) -> Markup {
    let t = &frame.texts;
    let body = html! {
        header { h1 { (t.restricted_title()) } }
        p.quiet { (t.restricted_intro()) }
        (list(frame, &page.words))
        section.card { (form(frame, typed)) }
        section.card { (right(frame, &page.uncover)) }
        h2 { (t.restricted_report()) }
        (report(frame, page))
        section.card { (by_mail(frame, page, typed)) }
    };
    parts::settings(frame, "/settings/restricted", &body)
}

fn list(frame: &Frame, words: &[Word]) -> Markup {
    let t = &frame.texts;
    let rows = html! {
        @for word in words {
            tr {
                td dir="auto" { (word.text) }
                td { (held_name(t, word.held)) }
                td {
                    form method="post" action={ "/settings/restricted/" (word.id) "/delete" } {
                        (frame.token())
                        button.link type="submit" { (t.form_delete()) span.hidden { " " (word.text) } }
                    }
                }
            }
        }
    };
    let heads = [t.restricted_word(), t.restricted_held(), t.form_actions()];
    html! {
        @if words.is_empty() { (parts::empty(t.restricted_empty(), None)) }
        @else { (parts::table(t.restricted_title(), &heads, &rows)) }
    }
}

fn form(frame: &Frame, typed: &Typed) -> Markup {
    let t = &frame.texts;
    let ways: Vec<(String, String)> =
        Held::ALL.map(|held| (held.as_str().to_owned(), held_name(t, held).to_owned())).to_vec();
    let words =
        Field { required: true, hint: t.restricted_hint(), ..typed.field(t, "words", t.restricted_words()) };
    html! {
        h2 { (t.restricted_add()) }
        @if let Some(problem) = typed.problem(t, &frame.zone, &["words", "held"]).filter(|_| !of_report(typed)) { (parts::problem(&problem)) }
        form.stack method="post" action="/settings/restricted" {
            (frame.token())
            (parts::area(&words))
            (parts::select(&typed.field(t, "held", t.restricted_held()), &ways))
            (parts::actions(t.form_add(), None))
        }
    }
}

fn right(frame: &Frame, uncover: &str) -> Markup {
    let t = &frame.texts;
    let who = [
        (String::new(), t.restricted_nobody().to_owned()),
        (Role::Admin.as_str().to_owned(), t.restricted_admins().to_owned()),
        (Role::Supervisor.as_str().to_owned(), t.restricted_supervisors().to_owned()),
        (Role::Agent.as_str().to_owned(), t.restricted_everybody().to_owned()),
    ];
    let field = Field {
        name: "restricted_uncover",
        label: t.restricted_right(),
        value: uncover,
        hint: t.restricted_right_hint(),
        ..Field::default()
    };
    html! {
        form.stack method="post" action="/settings/restricted/right" {
            (frame.token())
            (parts::select(&field, &who))
            (parts::actions(t.form_save(), None))
        }
    }
}

fn report(frame: &Frame, page: &Page) -> Markup {
    let t = &frame.texts;
    let counts = html! {
        @for (word, sent, received) in &page.counts { tr { td dir="auto" { (word) } td { (sent) } td { (received) } } }
    };
    let finds = html! {
        @for found in &page.finds {
            tr {
                td { (when::moment(t, found.find.at, frame.now, &frame.zone)) }
                td dir="auto" { (found.find.word) }
                td {
                    @match (found.find.way, &found.who) {
                        (Way::Sent, Some(who)) => (t.restricted_withheld_from(who)),
                        (Way::Sent, None) => (t.restricted_withheld()),
                        (Way::Received, _) => (t.restricted_was_covered()),
                    }
                    @if let Some(id) = found.find.conversation { " " a href={ "/conversations/" (id) "?view=all" } { (t.restricted_look(id)) } }
                }
            }
        }
    };
    let heads = [t.restricted_word(), t.restricted_times_sent(), t.restricted_times_received()];
    html! {
        @if page.counts.is_empty() { p.quiet { (t.restricted_none_found()) } }
        @else {
            (parts::table(t.restricted_counts(), &heads, &counts))
            h3 { (t.restricted_latest()) }
            (parts::table(t.restricted_latest(), &[t.restricted_when(), t.restricted_word(), t.restricted_what()], &finds))
        }
    }
}

/// The form of the report came back, not the one of the words.
fn of_report(typed: &Typed) -> bool {
    !typed.get("to").is_empty() || !typed.get("channel").is_empty()
}

fn by_mail(frame: &Frame, page: &Page, typed: &Typed) -> Markup {
    let t = &frame.texts;
    let kept = page.report.as_ref().filter(|_| !of_report(typed));
    let channel = kept.map_or_else(|| typed.get("channel").to_owned(), |report| report.channel.to_string());
    let to = typed.field(t, "to", t.restricted_mail_to());
    let to =
        Field { value: kept.map_or(to.value, |report| &report.to), hint: t.restricted_mail_hint(), ..to };
    html! {
        h2 { (t.restricted_mail()) }
        @if page.mail.is_empty() { p.quiet { (t.restricted_no_mail()) } }
        @else {
            @if of_report(typed) { @if let Some(problem) = typed.problem(t, &frame.zone, &["to", "channel"]) { (parts::problem(&problem)) } }
            form.stack method="post" action="/settings/restricted/report" {
                (frame.token())
                (parts::text(&to, "email"))
                (parts::select(&Field { value: &channel, ..typed.field(t, "channel", t.restricted_mail_from()) }, &page.mail))
                (parts::actions(t.form_save(), None))
            }
        }
    }
}

/// The page of one covered message.
pub struct Covered {
    pub message: crate::domain::Id<crate::domain::message::Message>,
    pub conversation: crate::domain::Id<crate::domain::conversation::Conversation>,
    /// As it is shown.
    pub body: String,
    /// Whoever looks may see what it said.
    pub may: bool,
    /// What it said, where that was asked for.
    pub original: Option<crate::domain::restricted::Original>,
}

/// One covered message: what is shown of it, and for those who may see it, what it said.
pub fn covered(frame: &Frame, page: &Covered) -> Markup {
    let t = &frame.texts;
    html! {
        main.page id="main" {
            header { h1 { (t.restricted_covered_title()) } a.button.edged href={ "/conversations/" (page.conversation) "?view=all#m" (page.message) } { (t.reading_back()) } }
            p { (t.restricted_covered_why()) }
            @if let Some(original) = &page.original {
                h2 { (t.restricted_said()) }
                @if !original.subject.is_empty() { p dir="auto" { b { (original.subject) } } }
                pre.source tabindex="0" role="region" aria-label=(t.restricted_said()) dir="auto" { (original.body) }
            } @else {
                h2 { (t.restricted_shown()) }
                pre.source tabindex="0" role="region" aria-label=(t.restricted_shown()) dir="auto" { (page.body) }
                @if page.may {
                    p { (t.restricted_logged()) }
                    (parts::one_button(frame, &format!("/messages/{}/covered", page.message), t.restricted_uncover()))
                } @else {
                    p.quiet { (t.restricted_may_not()) }
                }
            }
        }
    }
}
