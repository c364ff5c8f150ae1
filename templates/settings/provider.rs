//! Signing in by a provider of identities.

use maud::{Markup, html};

use super::copy_field;
use crate::domain::identity::Trouble;
use crate::templates::frame::Frame;
use crate::templates::login;
use crate::templates::parts::{self, Field};
use crate::templates::typed::Typed;

/// What the page shows.
pub struct Page<'a> {
    pub typed: &'a Typed,
    /// Where the provider sends browsers back to; none: the desk was not told where it is reached.
    pub back: Option<&'a str>,
    /// It is set up.
    pub on: bool,
    /// A secret is kept.
    pub secret: bool,
    pub look: Option<Look>,
}

/// What a look at the provider has brought.
pub enum Look {
    /// It is there, with so many keys, and people go to this address.
    Good {
        keys: usize,
        at: String,
    },
    /// The secret was sealed with another key file.
    Closed,
    Bad(Trouble),
}

/// The page.
pub fn page(frame: &Frame, page: &Page<'_>) -> Markup {
    let t = &frame.texts;
    let body = html! {
        header {
            h1 { (t.provider_title()) }
            @if page.on { span.chip.good { (t.provider_on()) } } @else { span.chip { (t.provider_off()) } }
        }
        p { (t.provider_intro()) }
        @match &page.look {
            Some(Look::Good { keys, at }) => (parts::flash(&t.provider_good(i64::try_from(*keys).unwrap_or(i64::MAX), at))),
            Some(Look::Closed) => (parts::problem(t.provider_closed_secret())),
            Some(Look::Bad(trouble)) => (parts::problem(&login::trouble(t, *trouble))),
            None => {}
        }
        @match page.back {
            Some(back) => { p { (t.provider_back_hint()) } (copy_field(t.provider_back(), back)) }
            None => (parts::problem(t.provider_no_address())),
        }
        (form(frame, page))
        @if page.on {
            section.card {
                h2 { (t.provider_test()) }
                p { (t.provider_test_hint()) }
                (parts::one_button(frame, "/settings/provider/test", t.provider_test()))
            }
            section.card {
                h2 { (t.provider_remove()) }
                p { (t.provider_remove_hint()) }
                (parts::one_button(frame, "/settings/provider/remove", t.provider_remove()))
            }
        }
    };
    parts::settings(frame, "/settings/provider", &body)
}

fn form(frame: &Frame, page: &Page<'_>) -> Markup {
    let (t, typed) = (&frame.texts, page.typed);
    let known = ["issuer", "client", "domains", "role", "words"];
    let plain = |name, label, hint| Field { hint, autocomplete: "off", ..typed.field(t, name, label) };
    let secret = Field {
        name: "secret",
        label: t.provider_secret(),
        hint: if page.secret { t.provider_secret_kept() } else { t.provider_secret_hint() },
        autocomplete: "off",
        ..Field::default()
    };
    let roles = [
        (String::new(), t.provider_role_none().to_owned()),
        ("agent".to_owned(), t.provider_role_each(t.people_agent())),
        ("supervisor".to_owned(), t.provider_role_each(t.people_supervisor())),
    ];
    html! {
        @if let Some(problem) = typed.problem(t, &frame.zone, &known) { (parts::problem(&problem)) }
        form.stack method="post" action="/settings/provider" {
            (frame.token())
            (parts::text(&Field { required: true, ..plain("issuer", t.provider_issuer(), t.provider_issuer_hint()) }, "url"))
            (parts::text(&Field { required: true, ..plain("client", t.provider_client(), "") }, "text"))
            (parts::text(&secret, "password"))
            (parts::text(&plain("domains", t.provider_domains(), t.provider_domains_hint()), "text"))
            (parts::select(&Field { hint: t.provider_role_hint(), ..typed.field(t, "role", t.provider_role()) }, &roles))
            (parts::text(&plain("words", t.provider_words(), t.provider_words_hint()), "text"))
            (parts::check(&plain("code", t.provider_code(), t.provider_code_hint())))
            (parts::check(&plain("only", t.provider_alone(), t.provider_alone_hint())))
            (parts::actions(t.form_save(), None))
        }
    }
}
