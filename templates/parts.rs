//! The parts that every page is built of. Settings pages, the chat and the simulator use them too.
//!
//! - A page of its own: `html! { main.page { header { h1 { … } } … } }`; with the side navigation of the
//!   settings: [`settings`]. Wide tables: `main.page.wide`.
//! - A form: `form.stack method="post" { (frame.token()) (text(&Field { … }, "email")) … (actions(…)) }`.
//!   An error stands under its field by [`Field::error`]; the sentence comes from `i18n::refusal::field`.
//! - Buttons: `button.button.main` for the one main action of a form, `button.button.edged` for the others,
//!   `a.button` for links that look alike, `button.link` inside a sentence.
//! - A table: `(table(caption, &["Name", …], rows))` with rows of `tr { td { … } }`.
//! - What was done: `(flash("Saved."))`; what is wrong: `(problem("…"))`. Nothing there yet: [`empty`].
//! - A list of facts: `dl.facts { dt { … } dd { … } }`; a framed section: `section.card`.
//! - A menu without JavaScript: `details.menu { summary.button { … } ul { li { a … } } }`.

use maud::{Markup, html};

use super::frame::Frame;
use crate::domain::agent::Role;
use crate::i18n::Texts;

pub use super::icon::icon;

/// One field of a form.
#[derive(Clone, Debug, Default)]
pub struct Field<'a> {
    pub name: &'a str,
    pub label: &'a str,
    pub value: &'a str,
    /// A sentence below; empty: none.
    pub hint: &'a str,
    /// What is wrong with it.
    pub error: Option<String>,
    pub required: bool,
    /// What the browser may fill in, as in `email` or `new-password`; empty: nothing special.
    pub autocomplete: &'a str,
}

impl Field<'_> {
    fn id(&self) -> String {
        format!("f-{}", self.name)
    }

    fn described(&self) -> Option<String> {
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.id()));
        let error = self.error.as_ref().map(|_| format!("{}-error", self.id()));
        let ids: Vec<String> = error.into_iter().chain(hint).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    fn around(&self, control: &Markup) -> Markup {
        html! {
            div.field {
                label for=(self.id()) { (self.label) }
                (control)
                @if let Some(error) = &self.error { p.error id={ (self.id()) "-error" } { (error) } }
                @if !self.hint.is_empty() { p.hint id={ (self.id()) "-hint" } { (self.hint) } }
            }
        }
    }
}

/// An input of this type: `text`, `email`, `password`, `number`, `url`, `tel`, `datetime-local`…
pub fn text(field: &Field<'_>, kind: &str) -> Markup {
    field.around(&html! {
        input type=(kind) id=(field.id()) name=(field.name) value=(field.value) required[field.required]
            autocomplete=[(!field.autocomplete.is_empty()).then_some(field.autocomplete)]
            aria-describedby=[field.described()] aria-invalid=[field.error.as_ref().map(|_| "true")];
    })
}

/// A text of several lines.
pub fn area(field: &Field<'_>) -> Markup {
    field.around(&html! {
        textarea id=(field.id()) name=(field.name) required[field.required] rows="3"
            aria-describedby=[field.described()] aria-invalid=[field.error.as_ref().map(|_| "true")] {
            (field.value)
        }
    })
}

/// A choice: pairs of value and words. `field.value` is the chosen one.
pub fn select(field: &Field<'_>, options: &[(String, String)]) -> Markup {
    field.around(&html! {
        select id=(field.id()) name=(field.name) required[field.required]
            aria-describedby=[field.described()] aria-invalid=[field.error.as_ref().map(|_| "true")] {
            @for (value, words) in options {
                option value=(value) selected[value == field.value] { (words) }
            }
        }
    })
}

/// A box to tick; `field.value` is `on` when it is ticked.
pub fn check(field: &Field<'_>) -> Markup {
    html! {
        div.field {
            label.check {
                input type="checkbox" name=(field.name) value="on" checked[field.value == "on"]
                    aria-describedby=[field.described()];
                span { (field.label) }
            }
            @if let Some(error) = &field.error { p.error id={ (field.id()) "-error" } { (error) } }
            @if !field.hint.is_empty() { p.hint id={ (field.id()) "-hint" } { (field.hint) } }
        }
    }
}

/// A field that nobody sees.
pub fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}

/// The end of a form: the main button, and a way back.
pub fn actions(main: &str, back: Option<(&str, &str)>) -> Markup {
    html! {
        p.line {
            button.button.main type="submit" { (main) }
            @if let Some((href, words)) = back { a.button href=(href) { (words) } }
        }
    }
}

/// A form of one button, as for "Disable" in a row of a table.
pub fn one_button(frame: &Frame, action: &str, words: &str) -> Markup {
    html! {
        form method="post" action=(action) { (frame.token()) button.button.edged type="submit" { (words) } }
    }
}

/// A table with a caption that those who listen hear first. `rows` are `tr` elements.
pub fn table(caption: &str, heads: &[&str], rows: &Markup) -> Markup {
    html! {
        div.wide-table tabindex="0" role="region" aria-label=(caption) {
            table.table {
                caption.hidden { (caption) }
                thead { tr { @for head in heads { th scope="col" { (head) } } } }
                tbody { (rows) }
            }
        }
    }
}

/// A sentence about what was just done.
pub fn flash(sentence: &str) -> Markup {
    html! { p.flash role="status" { (sentence) } }
}

/// A sentence about what is wrong, above a form.
pub fn problem(sentence: &str) -> Markup {
    html! { p.flash.bad role="alert" { (sentence) } }
}

/// Nothing to show: a sentence, and where there is one, the next step as a link.
pub fn empty(sentence: &str, step: Option<(&str, &str)>) -> Markup {
    html! {
        div.empty {
            p { (sentence) }
            @if let Some((href, words)) = step { a.button.edged href=(href) { (words) } }
        }
    }
}

/// A link to an address that a stranger wrote. Only harmless schemes become links; anything else stays text.
pub fn link(address: &str) -> Markup {
    let lower = address.trim_start().to_ascii_lowercase();
    let harmless = ["http://", "https://", "mailto:", "tel:"].iter().any(|scheme| lower.starts_with(scheme));
    html! {
        @if harmless { a href=(address.trim()) rel="noopener noreferrer nofollow" target="_blank" { (address) } }
        @else { (address) }
    }
}

/// A page of the settings with its side navigation. `body` brings its own `h1`.
pub fn settings(frame: &Frame, current: &str, body: &Markup) -> Markup {
    let role = frame.agent.as_ref().map_or(Role::Agent, |agent| agent.role);
    html! {
        div.settings {
            nav aria-label=(frame.texts.frame_settings()) {
                @if current != "/settings" { a href="/settings" { (frame.texts.group_all()) } }
                @for group in sections(&frame.texts, role, frame.work.is_some()) {
                    div {
                        h2 { (group.words) }
                        @for (path, words) in group.pages {
                            a href=(path) aria-current=[(path == current).then_some("page")] { (words) }
                        }
                    }
                }
            }
            main.page id="main" { (body) }
        }
    }
}

/// Pages of the settings that belong together.
pub struct Group {
    pub words: &'static str,
    /// Path and words.
    pub pages: Vec<(&'static str, &'static str)>,
}

/// The pages of the settings that somebody with this role may open, in their groups. Those of handed out work are
/// there once a queue hands it out.
pub fn sections(t: &Texts, role: Role, deals: bool) -> Vec<Group> {
    let open = |least: Role, path: &str| role >= least && (deals || !is_of_work(path));
    let groups = every_section(t).into_iter().map(|(words, pages)| {
        let pages = pages.into_iter().filter(|(least, path, _)| open(*least, path));
        Group { words, pages: pages.map(|(_, path, words)| (path, words)).collect() }
    });
    groups.filter(|group| !group.pages.is_empty()).collect()
}

/// Whether a page is of use only where work is handed out.
pub fn is_of_work(path: &str) -> bool {
    ["/settings/profiles", "/settings/idle-reasons", "/offers", "/board"].contains(&path)
}

/// A page of the settings: who may open it, its path and its words.
pub type Page = (Role, &'static str, &'static str);

/// Every page of the settings in its group, whoever may open it.
pub fn every_section(t: &Texts) -> Vec<(&'static str, Vec<Page>)> {
    vec![
        (
            t.group_you(),
            vec![
                (Role::Agent, "/settings/profile", t.frame_profile()),
                (Role::Agent, "/settings/keys", t.frame_keys()),
            ],
        ),
        (
            t.group_channels(),
            vec![
                (Role::Admin, "/settings/channels", t.frame_channels()),
                (Role::Agent, "/settings/senders", t.frame_senders()),
                (Role::Admin, "/settings/intake", t.frame_intake()),
            ],
        ),
        (
            t.group_conversations(),
            vec![
                (Role::Supervisor, "/settings/queues", t.frame_queues()),
                (Role::Admin, "/settings/profiles", t.work_profiles()),
                (Role::Admin, "/settings/idle-reasons", t.work_idle_reasons()),
                (Role::Supervisor, "/settings/reasons", t.frame_reasons()),
                (Role::Admin, "/settings/endings", t.wrap_settings()),
                (Role::Supervisor, "/settings/tags", t.frame_tags()),
                (Role::Supervisor, "/settings/fields", t.fields_title()),
                (Role::Supervisor, "/settings/templates", t.frame_templates()),
                (Role::Admin, "/settings/writing", t.frame_writing()),
                (Role::Admin, "/settings/restricted", t.restricted_title()),
            ],
        ),
        (
            t.group_people(),
            vec![
                (Role::Admin, "/settings/people", t.frame_people()),
                (Role::Admin, "/settings/provider", t.provider_title()),
                (Role::Admin, "/settings/tokens", t.frame_tokens()),
                (Role::Supervisor, "/settings/announcements", t.announce_title()),
                (Role::Admin, "/settings/audit", t.audit_title()),
                (Role::Admin, "/erasures", t.erased_list()),
            ],
        ),
        (
            t.group_desk(),
            vec![
                (Role::Admin, "/settings/team", t.frame_team()),
                (Role::Admin, "/settings/webhooks", t.frame_webhooks()),
                (Role::Admin, "/settings/copies", t.frame_copies()),
                (Role::Admin, "/settings/status", t.frame_status()),
            ],
        ),
    ]
}
