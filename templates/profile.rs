//! One's own page: name, language, look, password, and the browsers that are signed in.

use maud::{Markup, html};

use super::frame::Frame;
use super::login::new_password;
use super::parts::{self, Field};
use super::typed::Typed;
use crate::domain::Timestamp;
use crate::i18n::when;

/// What the profile page shows.
pub struct Profile<'a> {
    /// The form of the details.
    pub details: &'a Typed,
    /// The form of the signature.
    pub signature: Typed,
    /// The form of the password.
    pub password: &'a Typed,
    pub passwords: Passwords,
    pub languages: Vec<(String, String)>,
    pub zones: Vec<(String, String)>,
    pub browsers: Vec<Browser>,
}

/// What somebody can do about the own password.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Passwords {
    /// Put another one in its place.
    Another,
    /// Set the first one, having come by the provider of identities.
    First,
    /// Nothing: the team leaves signing in to the provider.
    Elsewhere,
}

/// A browser that is signed in.
pub struct Browser {
    pub session: i64,
    /// What it calls itself.
    pub agent: String,
    pub peer: String,
    pub since: Timestamp,
    pub used: Timestamp,
    /// The one that asks.
    pub this: bool,
    /// Nobody had signed in as this person on it before.
    pub strange: bool,
}

/// One's own page.
pub fn page(frame: &Frame, profile: &Profile<'_>) -> Markup {
    let t = &frame.texts;
    let body = html! {
        header { h1 { (t.frame_profile()) } }
        (details(frame, profile))
        (signature(frame, &profile.signature))
        (password(frame, profile.password, profile.passwords))
        (factor(frame))
        (browsers(frame, &profile.browsers))
    };
    parts::settings(frame, "/settings/profile", &body)
}

fn details(frame: &Frame, profile: &Profile<'_>) -> Markup {
    let (t, typed) = (&frame.texts, profile.details);
    let themes = [
        ("system".to_owned(), t.profile_theme_system().to_owned()),
        ("light".to_owned(), t.profile_theme_light().to_owned()),
        ("dark".to_owned(), t.profile_theme_dark().to_owned()),
    ];
    let name = Field { required: true, autocomplete: "name", ..typed.field(t, "name", t.form_name()) };
    html! {
        section.card {
            h2 { (t.profile_details()) }
            @if let Some(problem) = typed.problem(t, &frame.zone, &["name", "time_zone"]) { (parts::problem(&problem)) }
            form.stack method="post" action="/settings/profile" {
                (frame.token())
                (parts::text(&name, "text"))
                div.pair {
                    (parts::select(&typed.field(t, "language", t.form_language()), &profile.languages))
                    (parts::select(&typed.field(t, "time_zone", t.form_time_zone()), &profile.zones))
                    (parts::select(&typed.field(t, "theme", t.profile_theme()), &themes))
                }
                (parts::check(&Field { hint: t.profile_keys_hint(), ..typed.field(t, "keys", t.profile_keys()) }))
                (parts::check(&Field { hint: t.profile_enter_hint(), ..typed.field(t, "enter_sends", t.profile_enter()) }))
                (parts::actions(t.form_save(), None))
            }
        }
    }
}

fn signature(frame: &Frame, typed: &Typed) -> Markup {
    let t = &frame.texts;
    let field =
        Field { hint: t.profile_signature_hint(), ..typed.field(t, "signature", t.profile_signature()) };
    html! {
        section.card {
            h2 { (t.profile_signature()) }
            @if let Some(problem) = typed.problem(t, &frame.zone, &["signature"]) { (parts::problem(&problem)) }
            form.stack method="post" action="/settings/profile/signature" {
                (frame.token())
                (parts::area(&field))
                (parts::actions(t.form_save(), None))
            }
        }
    }
}

fn password(frame: &Frame, typed: &Typed, which: Passwords) -> Markup {
    let t = &frame.texts;
    let wrong = typed.error(t, "current").map(|_| t.profile_password_wrong().to_owned());
    let current = Field {
        name: "current",
        label: t.profile_password_current(),
        error: wrong,
        required: true,
        autocomplete: "current-password",
        ..Field::default()
    };
    html! {
        section.card {
            h2 { @if which == Passwords::First { (t.profile_password_first()) } @else { (t.profile_password()) } }
            @if let Some(problem) = typed.problem(t, &frame.zone, &["current", "password"]) { (parts::problem(&problem)) }
            @if which == Passwords::Elsewhere {
                p { (t.profile_password_elsewhere()) }
            } @else {
                form.stack method="post" action="/settings/profile/password" {
                    (frame.token())
                    (account(frame))
                    @if which == Passwords::Another { (parts::text(&current, "password")) }
                    (parts::text(&new_password(frame, typed, t.profile_password_new()), "password"))
                    p.quiet {
                        @if which == Passwords::First { (t.profile_password_first_hint()) " " }
                        (t.profile_password_hint())
                    }
                    (parts::actions(if which == Passwords::First { t.profile_password_first() } else { t.profile_password() }, None))
                }
            }
        }
    }
}

fn factor(frame: &Frame) -> Markup {
    let t = &frame.texts;
    html! {
        section.card {
            h2 { (t.factor_title()) }
            p { (t.factor_intro()) }
            p { a.button href="/settings/profile/second-factor" { (t.factor_open()) } }
        }
    }
}

/// The account that a password keeper is to file the new password under.
fn account(frame: &Frame) -> Markup {
    let email = frame.agent.as_ref().map_or("", |agent| agent.email.as_str());
    html! {
        input.hidden type="email" name="email" value=(email) autocomplete="username" readonly tabindex="-1" aria-hidden="true";
    }
}

fn browsers(frame: &Frame, browsers: &[Browser]) -> Markup {
    let t = &frame.texts;
    let at = |moment| when::moment(t, moment, frame.now, &frame.zone);
    let rows = html! {
        @for browser in browsers {
            tr {
                td {
                    (browser.agent)
                    @if browser.this { " " span.chip.good { (t.profile_this_browser()) } }
                    @else if browser.strange { " " span.chip { (t.stranger_title()) } }
                }
                td { (browser.peer) }
                td { (at(browser.since)) }
                td { (at(browser.used)) }
                td {
                    @if !browser.this {
                        (parts::one_button(frame, &format!("/settings/profile/sessions/{}/end", browser.session), t.profile_end()))
                    }
                }
            }
        }
    };
    let heads =
        [t.profile_browser(), t.profile_address(), t.profile_since(), t.profile_used(), t.form_actions()];
    html! {
        section.card #browsers {
            h2 { (t.profile_browsers()) }
            (parts::table(t.profile_browsers(), &heads, &rows))
            (parts::one_button(frame, "/settings/profile/sessions/end", t.profile_end_others()))
        }
    }
}
