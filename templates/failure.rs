//! Pages that say what went wrong, and what to do.

use maud::{Markup, html};

use super::composer;
use crate::i18n::Texts;

/// The page for something that the rules refused: what, and what to do instead.
pub fn refused(t: &Texts, sentence: &str, fix: &str) -> Markup {
    html! {
        main.plain id="main" {
            h1 { (t.failure_title()) }
            p { (sentence) " " (fix) }
            p { a href="/inbox" { (t.failure_back()) } }
        }
    }
}

/// The page for what was written in a conversation that is not there any more.
pub fn lost(t: &Texts, text: &str) -> Markup {
    html! {
        main.plain id="main" { (composer::lost(t, text)) }
    }
}

/// The page for an error status.
pub fn page(t: &Texts, status: u16) -> Markup {
    let sentence = match status {
        403 => t.failure_forbidden(),
        404 => t.failure_not_found(),
        405 | 400 => t.failure_bad_request(),
        413 => t.failure_too_large(),
        503 => t.failure_disk_full(),
        _ => t.failure_broken(),
    };
    html! {
        main.plain id="main" {
            h1 { (t.failure_title()) }
            p { (sentence) }
            p { a href="/inbox" { (t.failure_back()) } }
        }
    }
}
