//! The second factor: the code at the door, and setting it up.

use maud::{Markup, html};
use qrcode::{Color, QrCode};

use super::frame::Frame;
use super::parts::{self, Field};
use super::settings::copy_field;
use crate::domain::Refused;
use crate::i18n::refusal;

/// The field for a code.
fn field(frame: &Frame) -> Field<'_> {
    Field {
        name: "code",
        label: frame.texts.factor_code(),
        required: true,
        autocomplete: "one-time-code",
        ..Field::default()
    }
}

/// The second step of signing in.
pub fn code(frame: &Frame, next: &str, problem: Option<&str>) -> Markup {
    let t = &frame.texts;
    let trust = Field { name: "trust", label: t.factor_trust(), ..Field::default() };
    html! {
        main.plain id="main" {
            h1 { (t.factor_code_title()) }
            @if let Some(problem) = problem { (parts::problem(problem)) }
            form.stack method="post" action="/login/code" {
                (frame.token())
                @if !next.is_empty() { input type="hidden" name="next" value=(next); }
                (parts::text(&Field { hint: t.factor_code_hint(), ..field(frame) }, "text"))
                (parts::check(&trust))
                (parts::actions(t.sign_in_submit(), None))
            }
            p.quiet { (t.factor_lost()) }
        }
    }
}

/// How somebody's second factor stands.
pub struct State<'a> {
    pub on: bool,
    /// Recovery codes that were not used.
    pub left: i64,
    /// The team wants one, and there is none.
    pub required: bool,
    pub refused: Option<&'a Refused>,
}

/// Why it did not work.
fn problem(frame: &Frame, refused: Option<&Refused>) -> Markup {
    let t = &frame.texts;
    let sentence = refused.map(|refused| match refused {
        Refused::Field { field: "password", .. } => t.profile_password_wrong().to_owned(),
        Refused::Field { .. } => t.factor_wrong().to_owned(),
        other => refusal::sentence(t, other, &frame.zone),
    });
    html! { @if let Some(sentence) = sentence { (parts::problem(&sentence)) } }
}

/// One's own second factor.
pub fn state(frame: &Frame, state: &State<'_>) -> Markup {
    let t = &frame.texts;
    let body = html! {
        header {
            h1 { (t.factor_title()) }
            @if state.on { span.chip.good { (t.factor_on()) } } @else { span.chip { (t.factor_off()) } }
        }
        @if state.required { p { (t.factor_required()) } }
        (problem(frame, state.refused))
        p { (t.factor_intro()) }
        @if state.on {
            section.card {
                h2 { (t.factor_codes()) }
                p { (t.factor_left(state.left)) }
                (asks(frame, "/settings/profile/second-factor/codes", t.factor_renew(), Some(t.factor_give_up())))
            }
        } @else {
            section.card {
                h2 { (t.factor_begin()) }
                (asks(frame, "/settings/profile/second-factor", t.factor_begin(), None))
            }
        }
    };
    parts::settings(frame, "/settings/profile", &body)
}

/// A form that asks for the password and does one thing, or with the other button gives the factor up.
fn asks(frame: &Frame, action: &str, label: &str, off: Option<&str>) -> Markup {
    let password = Field {
        name: "password",
        label: frame.texts.profile_password_current(),
        required: true,
        autocomplete: "current-password",
        ..Field::default()
    };
    html! {
        form.stack method="post" action=(action) {
            (frame.token())
            (parts::text(&password, "password"))
            (parts::actions(label, None))
            @if let Some(off) = off {
                p { button formaction="/settings/profile/second-factor/off" { (off) } }
            }
        }
    }
}

/// A secret that an app is to take over.
pub struct Fresh<'a> {
    pub link: &'a str,
    /// The same in letters, to be typed.
    pub key: &'a str,
    pub refused: Option<&'a Refused>,
}

/// The secret, and the field for its first code.
pub fn fresh(frame: &Frame, fresh: &Fresh<'_>) -> Markup {
    let t = &frame.texts;
    let body = html! {
        header { h1 { (t.factor_title()) } }
        (problem(frame, fresh.refused))
        p { (t.factor_scan()) }
        (picture(fresh.link, t.factor_picture()))
        (copy_field(t.factor_key(), fresh.key))
        form.stack method="post" action="/settings/profile/second-factor/confirm" {
            (frame.token())
            (parts::text(&field(frame), "text"))
            (parts::actions(t.factor_confirm(), Some(("/settings/profile/second-factor", t.form_back()))))
        }
    };
    parts::settings(frame, "/settings/profile", &body)
}

/// A text as a QR code with the quiet zone of four that readers want, black on white in every look.
fn picture(text: &str, label: &str) -> Markup {
    let Ok(code) = QrCode::new(text) else { return html! {} };
    let width = code.width();
    let dark = code.to_colors().into_iter().enumerate().filter(|(_, color)| *color == Color::Dark);
    let path: String =
        dark.map(|(at, _)| format!("M{} {}h1v1h-1z", at % width + 4, at / width + 4)).collect();
    let whole = width + 8;
    html! {
        svg.qr role="img" aria-label=(label) width="220" height="220" viewBox={ "0 0 " (whole) " " (whole) } {
            rect width=(whole) height=(whole) fill="#fff" {}
            path fill="#000" d=(path) {}
        }
    }
}

/// The recovery codes, shown once.
pub fn codes(frame: &Frame, codes: &[String]) -> Markup {
    let t = &frame.texts;
    let body = html! {
        header { h1 { (t.factor_codes()) } }
        p { (t.factor_codes_once()) }
        ul { @for code in codes { li { code { (code) } } } }
        p { a.button href="/settings/profile/second-factor" { (t.factor_kept()) } }
    };
    parts::settings(frame, "/settings/profile", &body)
}
