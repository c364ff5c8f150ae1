//! The pages before the door: signing in, and setting a password by a link.

use maud::{Markup, html};

use super::frame::Frame;
use super::parts::{self, Field};
use super::typed::Typed;
use crate::domain::identity::Trouble;
use crate::i18n::Texts;

/// The sign-in page.
pub struct Login<'a> {
    pub typed: &'a Typed,
    /// Where to go afterwards; empty: to the inbox.
    pub next: &'a str,
    /// Why the last attempt came to nothing.
    pub problem: Option<String>,
    /// People may sign in by a provider: what stands on its button; empty: the usual words.
    pub provider: Option<String>,
    /// Passwords are for administrators.
    pub only: bool,
}

/// Signing in.
pub fn page(frame: &Frame, login: &Login<'_>) -> Markup {
    let t = &frame.texts;
    let email =
        Field { required: true, autocomplete: "username", ..login.typed.field(t, "email", t.form_email()) };
    let password = Field {
        name: "password",
        label: t.form_password(),
        required: true,
        autocomplete: "current-password",
        ..Field::default()
    };
    html! {
        main.plain id="main" {
            h1 { (t.sign_in_title()) }
            @if !frame.team.is_empty() { p.quiet { (frame.team) } }
            @if let Some(problem) = &login.problem { (parts::problem(problem)) }
            @if login.only { p { (t.provider_alone_told()) } }
            form.stack method="post" action="/login" {
                (frame.token())
                @if !login.next.is_empty() { input type="hidden" name="next" value=(login.next); }
                (parts::text(&email, "email"))
                (parts::text(&password, "password"))
                (parts::actions(t.sign_in_submit(), None))
            }
            @if let Some(words) = &login.provider {
                p { a.button.edged href=(provider_at(login.next)) {
                    @if words.is_empty() { (t.provider_button()) } @else { (words) }
                } }
            }
            p.quiet { (t.sign_in_forgot()) }
        }
    }
}

fn provider_at(next: &str) -> String {
    let next: String = form_urlencoded::byte_serialize(next.as_bytes()).collect();
    if next.is_empty() { "/login/provider".to_owned() } else { format!("/login/provider?next={next}") }
}

/// Why nobody comes in by the provider, and what to do.
pub fn trouble(t: &Texts, trouble: Trouble) -> String {
    match trouble {
        Trouble::Unreachable => t.provider_unreachable().to_owned(),
        Trouble::Forbidden => t.provider_forbidden().to_owned(),
        Trouble::Odd => t.provider_odd().to_owned(),
        Trouble::Busy => t.provider_busy().to_owned(),
        Trouble::Denied => t.provider_denied().to_owned(),
        Trouble::Foreign => t.provider_foreign().to_owned(),
        Trouble::Untrue(what) => t.provider_untrue(what),
        Trouble::Unproved => t.provider_unproved().to_owned(),
        Trouble::Domain => t.provider_domain().to_owned(),
        Trouble::Stranger => t.provider_stranger().to_owned(),
        Trouble::Taken => t.provider_taken().to_owned(),
        Trouble::Closed => t.provider_closed().to_owned(),
    }
}

/// A link that is good, for somebody.
pub struct Invitation<'a> {
    pub name: &'a str,
    pub email: &'a str,
    pub typed: &'a Typed,
}

/// Setting a password by a link.
pub fn invitation(frame: &Frame, invitation: &Invitation<'_>) -> Markup {
    let t = &frame.texts;
    let problem = invitation.typed.problem(t, &frame.zone, &["password"]);
    html! {
        main.plain id="main" {
            h1 { (t.sign_in_invitation_title(invitation.name)) }
            @if let Some(problem) = problem { (parts::problem(&problem)) }
            form.stack method="post" {
                (frame.token())
                // The account that a password keeper is to file the new password under.
                input.hidden type="email" name="email" value=(invitation.email) autocomplete="username" readonly tabindex="-1" aria-hidden="true";
                p { (t.sign_in_invitation_intro(invitation.email)) }
                (parts::text(&new_password(frame, invitation.typed, t.form_password()), "password"))
                (parts::actions(t.sign_in_invitation_submit(), None))
            }
        }
    }
}

/// The field for a new password.
pub fn new_password<'a>(frame: &Frame, typed: &Typed, label: &'a str) -> Field<'a> {
    let t = &frame.texts;
    Field {
        name: "password",
        label,
        hint: t.sign_in_password_hint(),
        error: typed.error(t, "password"),
        required: true,
        autocomplete: "new-password",
        ..Field::default()
    }
}

/// A link that no longer works.
pub fn over(frame: &Frame) -> Markup {
    let t = &frame.texts;
    html! {
        main.plain id="main" {
            h1 { (t.sign_in_over_title()) }
            p { (t.sign_in_over()) }
            p { a href="/login" { (t.sign_in_title()) } }
        }
    }
}
