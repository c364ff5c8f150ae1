//! The virtual assistant of an entry point: what it says, when it hands over, and a place to try it.

use maud::{Markup, html};

use crate::domain::channel::Channel;
use crate::domain::greeter::{Greeter, Turn};
use crate::domain::hours;
use crate::i18n::Texts;
use crate::templates::frame::Frame;
use crate::templates::parts::{self, Field};
use crate::templates::typed::Typed;

/// The fields of the form, beside the lines of the answers.
pub const FIELDS: [&str; 22] = [
    "works",
    "label",
    "greeting",
    "unknown",
    "most_unknown",
    "person_words",
    "handing",
    "closed",
    "name_question",
    "email_question",
    "silence",
    "closes",
    "most_an_hour",
    "try",
    "answers",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// The fields of the days, Monday first.
pub const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// How many empty lines follow the answers.
const EMPTY: usize = 3;

/// What the page shows beside the form.
pub struct Page<'a> {
    pub channel: &'a Channel,
    pub typed: &'a Typed,
    /// How many lines of answers were filled.
    pub filled: usize,
    /// What it would say to what was tried.
    pub tried: Option<Turn>,
    /// It cannot work on this kind of channel.
    pub barred: bool,
}

/// What the form shows when nobody decided anything yet: texts to begin with, in the language of whoever looks.
pub fn fresh(t: &Texts) -> Greeter {
    Greeter {
        label: t.assistant_default_label().to_owned(),
        greeting: t.assistant_default_greeting().to_owned(),
        unknown: t.assistant_default_unknown().to_owned(),
        person_words: t.assistant_default_person_words().split(", ").map(str::to_owned).collect(),
        handing: t.assistant_default_handing().to_owned(),
        closed: t.assistant_default_closed().to_owned(),
        ..Greeter::default()
    }
}

/// What the form shows of what was decided.
pub fn of(works: bool, greeter: &Greeter) -> Typed {
    let on = |yes: bool| if yes { "on" } else { "" };
    let mut typed = Typed::default()
        .with("works", on(works))
        .with("label", &greeter.label)
        .with("greeting", &greeter.greeting)
        .with("unknown", &greeter.unknown)
        .with("most_unknown", greeter.most_unknown.to_string())
        .with("person_words", greeter.person_words.join(", "))
        .with("handing", &greeter.handing)
        .with("closed", &greeter.closed)
        .with("name_question", &greeter.name_question)
        .with("email_question", &greeter.email_question)
        .with("silence", greeter.silence.whole_minutes().to_string())
        .with("closes", on(greeter.closes))
        .with("most_an_hour", greeter.most_an_hour.to_string());
    for (name, day) in DAYS.iter().zip(&greeter.hours.days) {
        typed = typed.with(name, hours::write(day));
    }
    for (place, answer) in greeter.answers.iter().enumerate() {
        typed = typed
            .with(&format!("words_{place}"), answer.words.join(", "))
            .with(&format!("text_{place}"), &answer.text);
    }
    typed
}

/// The page.
pub fn page(frame: &Frame, page: &Page<'_>) -> Markup {
    let (t, typed) = (&frame.texts, page.typed);
    let at = format!("/settings/channels/{}", page.channel.id);
    let body = html! {
        header { h1 { (t.assistant_title(&page.channel.name)) } }
        @if page.barred {
            p { (t.assistant_no_mail()) }
            p { a.button.edged href=(at) { (page.channel.name) } }
        } @else {
            p.quiet { (t.assistant_intro()) }
            @if let Some(problem) = typed.problem(t, &frame.zone, &FIELDS) { (parts::problem(&problem)) }
            form.stack method="post" action={ (at) "/assistant" } {
                (frame.token())
                (says(t, typed))
                (answers(t, page))
                (over(t, typed))
                (times(t, typed))
                (ends(t, typed))
                (attempt(t, page, &at))
                p.line {
                    button.button.main type="submit" { (t.form_save()) }
                    a.button href=(at) { (page.channel.name) }
                }
            }
        }
    };
    parts::settings(frame, "/settings/channels", &body)
}

fn says(t: &Texts, typed: &Typed) -> Markup {
    html! {
        section.card {
            h2 { (t.assistant_group_says()) }
            div.stack {
                (parts::check(&typed.field(t, "works", t.assistant_works())))
                (parts::text(&Field { required: true, hint: t.assistant_label_hint(), autocomplete: "off", ..typed.field(t, "label", t.assistant_label()) }, "text"))
                (parts::area(&Field { required: true, hint: t.assistant_greeting_hint(), ..typed.field(t, "greeting", t.assistant_greeting()) }))
                (parts::area(&typed.field(t, "unknown", t.assistant_unknown())))
                (parts::text(&Field { required: true, ..typed.field(t, "most_unknown", t.assistant_most_unknown()) }, "number"))
            }
        }
    }
}

fn answers(t: &Texts, page: &Page<'_>) -> Markup {
    let typed = page.typed;
    let names: Vec<(String, String)> =
        (0..page.filled + EMPTY).map(|place| (format!("words_{place}"), format!("text_{place}"))).collect();
    let labels: Vec<(String, String)> =
        (1..=names.len()).map(|n| (t.assistant_words(n), t.assistant_text(n))).collect();
    html! {
        section.card id="answers" {
            h2 { (t.assistant_group_answers()) }
            p.quiet { (t.assistant_answers_hint()) }
            @if let Some(error) = typed.error(t, "answers") { p.error role="alert" { (error) } }
            div.stack {
                @for ((words, text), (words_label, text_label)) in names.iter().zip(&labels) {
                    div.pair {
                        (parts::text(&Field { autocomplete: "off", ..typed.field(t, words, words_label) }, "text"))
                        (parts::area(&typed.field(t, text, text_label)))
                    }
                }
            }
        }
    }
}

fn over(t: &Texts, typed: &Typed) -> Markup {
    let question = |name, label| Field { hint: t.assistant_question_hint(), ..typed.field(t, name, label) };
    html! {
        section.card {
            h2 { (t.assistant_group_over()) }
            div.stack {
                (parts::text(&Field { autocomplete: "off", ..typed.field(t, "person_words", t.assistant_person_words()) }, "text"))
                (parts::text(&question("name_question", t.assistant_name_question()), "text"))
                (parts::text(&question("email_question", t.assistant_email_question()), "text"))
                (parts::area(&Field { hint: t.assistant_handing_hint(), ..typed.field(t, "handing", t.assistant_handing()) }))
                (parts::area(&Field { hint: t.assistant_closed_hint(), ..typed.field(t, "closed", t.assistant_closed()) }))
            }
        }
    }
}

fn times(t: &Texts, typed: &Typed) -> Markup {
    let names = [
        t.assistant_monday(),
        t.assistant_tuesday(),
        t.assistant_wednesday(),
        t.assistant_thursday(),
        t.assistant_friday(),
        t.assistant_saturday(),
        t.assistant_sunday(),
    ];
    html! {
        section.card id="hours" {
            h2 { (t.assistant_group_hours()) }
            p.quiet { (t.assistant_hours_hint()) }
            div.pair {
                @for (day, name) in DAYS.into_iter().zip(names) {
                    (parts::text(&Field { autocomplete: "off", ..typed.field(t, day, name) }, "text"))
                }
            }
        }
    }
}

fn ends(t: &Texts, typed: &Typed) -> Markup {
    html! {
        section.card {
            h2 { (t.assistant_group_ends()) }
            div.stack {
                (parts::text(&Field { required: true, ..typed.field(t, "silence", t.assistant_silence()) }, "number"))
                (parts::check(&typed.field(t, "closes", t.assistant_closes())))
                (parts::text(&Field { required: true, hint: t.assistant_most_hint(), ..typed.field(t, "most_an_hour", t.assistant_most_an_hour()) }, "number"))
            }
        }
    }
}

/// What it would say, without saying it to anybody.
fn attempt(t: &Texts, page: &Page<'_>, at: &str) -> Markup {
    html! {
        section.card id="try" {
            (parts::text(&Field { autocomplete: "off", ..page.typed.field(t, "try", t.assistant_try_field()) }, "text"))
            @if let Some(turn) = &page.tried {
                div role="status" {
                    @if turn.says.is_empty() { p { (t.assistant_try_nothing()) } }
                    @else {
                        p { (t.assistant_try_says()) }
                        @for text in &turn.says { blockquote dir="auto" { (text) } }
                    }
                    @if turn.hands_over.is_some() { p { (t.assistant_try_over()) } }
                }
            }
            p { button.button.edged type="submit" name="look" value="1" formaction={ (at) "/assistant#try" } { (t.assistant_try_button()) } }
        }
    }
}
