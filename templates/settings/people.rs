//! The people of the team: who there is, what they may do, and how they get in.

use maud::{Markup, html};

use super::copy_field;
use crate::domain::Timestamp;
use crate::domain::agent::{Agent, Role};
use crate::i18n::{Texts, when};
use crate::templates::frame::Frame;
use crate::templates::parts::{self, Field};
use crate::templates::typed::Typed;

/// Somebody in the list.
pub struct Row {
    pub agent: Agent,
    /// The link with which this person sets a password is good until then.
    pub invited_until: Option<Timestamp>,
    pub has_password: bool,
    /// Signs in with a code as well.
    pub second_factor: bool,
    /// Since when this person has an account at the provider of identities.
    pub tied: Option<Timestamp>,
}

/// What a role is called.
pub fn role(t: &Texts, role: Role) -> &'static str {
    match role {
        Role::Agent => t.people_agent(),
        Role::Supervisor => t.people_supervisor(),
        Role::Admin => t.people_admin(),
    }
}

fn roles(t: &Texts) -> Vec<(String, String)> {
    Role::ALL.into_iter().map(|one| (one.as_str().to_owned(), role(t, one).to_owned())).collect()
}

fn state(frame: &Frame, row: &Row) -> Markup {
    let t = &frame.texts;
    let at = |until| when::moment(t, until, frame.now, &frame.zone);
    html! {
        @if row.agent.disabled_at.is_some() { span.chip.bad { (t.people_disabled()) } }
        @else if let Some(until) = row.invited_until { span.chip.warn { (t.people_invited(at(until))) } }
        @else if !row.has_password && row.tied.is_some() { span.chip.good { (t.provider_only()) } }
        @else if !row.has_password { span.chip.warn { (t.people_no_password()) } }
        @else { span.chip.good { (t.people_active()) } }
    }
}

/// Everybody, and the form for somebody new.
pub fn list(frame: &Frame, rows: &[Row], typed: &Typed) -> Markup {
    let t = &frame.texts;
    let cells = html! {
        @for row in rows {
            tr {
                td { a href={ "/settings/people/" (row.agent.id) } { (row.agent.name) } }
                td { (row.agent.email) }
                td { (role(t, row.agent.role)) }
                td { (state(frame, row)) }
            }
        }
    };
    let heads = [t.form_name(), t.form_email(), t.people_role(), t.form_state()];
    let body = html! {
        header { h1 { (t.frame_people()) } }
        (parts::table(t.frame_people(), &heads, &cells))
        (add(frame, typed))
    };
    parts::settings(frame, "/settings/people", &body)
}

fn add(frame: &Frame, typed: &Typed) -> Markup {
    let t = &frame.texts;
    let known = ["name", "email", "role", "password"];
    let password = Field {
        name: "password",
        label: t.people_password(),
        hint: t.people_password_hint(),
        error: typed.error(t, "password"),
        autocomplete: "new-password",
        ..Field::default()
    };
    html! {
        section.card {
            h2 { (t.people_add()) }
            @if let Some(problem) = typed.problem(t, &frame.zone, &known) { (parts::problem(&problem)) }
            form.stack method="post" action="/settings/people" {
                (frame.token())
                (parts::text(&Field { required: true, autocomplete: "off", ..typed.field(t, "name", t.form_name()) }, "text"))
                (parts::text(&Field { required: true, autocomplete: "off", ..typed.field(t, "email", t.form_email()) }, "email"))
                (parts::select(&typed.field(t, "role", t.people_role()), &roles(t)))
                (parts::text(&password, "password"))
                (parts::actions(t.people_add(), None))
            }
        }
    }
}

/// One person.
pub fn person(frame: &Frame, row: &Row, typed: &Typed) -> Markup {
    let t = &frame.texts;
    let at = format!("/settings/people/{}", row.agent.id);
    let body = html! {
        header { h1 { (row.agent.name) } (state(frame, row)) }
        @if let Some(problem) = typed.problem(t, &frame.zone, &["name", "email", "role"]) { (parts::problem(&problem)) }
        form.stack method="post" action=(at) {
            (frame.token())
            (parts::text(&Field { required: true, autocomplete: "off", ..typed.field(t, "name", t.form_name()) }, "text"))
            (parts::text(&Field { required: true, autocomplete: "off", ..typed.field(t, "email", t.form_email()) }, "email"))
            (parts::select(&Field { hint: t.people_role_hint(), ..typed.field(t, "role", t.people_role()) }, &roles(t)))
            (parts::actions(t.form_save(), Some(("/settings/people", t.form_back()))))
        }
        @if row.agent.disabled_at.is_some() {
            section.card { (parts::one_button(frame, &format!("{at}/enable"), t.form_enable())) }
        } @else {
            section.card {
                h2 { (t.people_link()) }
                p { (t.people_link_hint()) }
                (parts::one_button(frame, &format!("{at}/link"), t.people_link_make()))
            }
            @if row.second_factor {
                section.card {
                    h2 { (t.factor_title()) }
                    p { (t.factor_reset_hint()) }
                    (parts::one_button(frame, &format!("{at}/second-factor"), t.factor_reset()))
                }
            }
            @if let Some(since) = row.tied {
                section.card {
                    h2 { (t.provider_title()) }
                    p { (t.provider_tied(when::full(t, since, frame.now, &frame.zone))) " " (t.provider_loosen_hint()) }
                    (parts::one_button(frame, &format!("{at}/provider"), t.provider_loosen()))
                }
            }
            section.card {
                h2 { (t.form_disable()) }
                p { (t.people_disable_hint()) }
                (parts::one_button(frame, &format!("{at}/disable"), t.form_disable()))
            }
        }
    };
    parts::settings(frame, "/settings/people", &body)
}

/// A fresh link, shown once.
pub fn link(frame: &Frame, name: &str, link: &str, until: Timestamp) -> Markup {
    let t = &frame.texts;
    let body = html! {
        header { h1 { (t.people_link_title(name)) } }
        p { (t.people_link_once(when::point(t, until, frame.now, &frame.zone), name)) }
        (copy_field(t.people_link(), link))
        p { a.button href="/settings/people" { (t.form_back()) } }
    };
    parts::settings(frame, "/settings/people", &body)
}
