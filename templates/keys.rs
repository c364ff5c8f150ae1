//! Shortcuts: their overview, the page on which each is given its key, and the page of all actions.

use maud::{Markup, html};

use super::frame::Frame;
use super::parts::{self, Field};
use super::typed::Typed;
use crate::domain::keys::Act;
use crate::domain::refused::Refused;
use crate::i18n::Texts;
use crate::i18n::keys::{name, written};

/// The key of an act as it stands beside its button, with a space before it; nothing where it has none.
pub fn hint(frame: &Frame, act: Act) -> Markup {
    html! { @if let Some(key) = frame.key(act) { " " kbd { (written(&frame.texts, key)) } } }
}

/// The dialog of every page in which the overview comes when it is opened.
pub fn dialog(t: &Texts) -> Markup {
    html! {
        dialog #keys aria-labelledby="keys-title" {
            div.stack {
                h2 id="keys-title" { (t.frame_keys()) }
                p data-from="/keys" { a href="/keys" { (t.frame_keys()) } }
                form method="dialog" { button.button.edged { (t.frame_close()) } }
            }
        }
    }
}

/// The overview as a page, of which the script takes what stands in `#filling` for the dialog.
pub fn overview(frame: &Frame) -> Markup {
    let t = &frame.texts;
    let (enter, sends) = (t.frame_enter().to_owned(), format!("Ctrl+{}", t.frame_enter()));
    let fixed =
        [(enter, t.frame_key_open()), (sends, t.frame_key_send()), ("Esc".to_owned(), t.keys_escape())];
    html! {
        main.page id="main" {
            header { h1 { (t.frame_keys()) } }
            div.stack #filling {
                dl.facts {
                    @for act in Act::ALL {
                        @if let Some(key) = frame.key(act) { dt { kbd { (written(t, key)) } } dd { (name(t, act)) } }
                    }
                    @for (key, words) in fixed { dt { kbd { (key) } } dd { (words) } }
                }
                p.quiet { (t.keys_choose_hint()) " " a href="/settings/keys" { (t.keys_choose()) } }
            }
        }
    }
}

/// The page on which each is given its key.
pub fn page(frame: &Frame, typed: &Typed) -> Markup {
    let t = &frame.texts;
    let off = frame.agent.as_ref().is_some_and(|agent| !agent.keys);
    let names = Act::ALL.map(Act::as_str);
    let body = html! {
        header { h1 { (t.frame_keys()) } }
        p.quiet { (t.keys_intro()) }
        @if off { p.flash { (t.keys_are_off()) " " a href="/settings/profile" { (t.frame_profile()) } } }
        @if let Some(problem) = typed.problem(t, &frame.zone, &names) { (parts::problem(&problem)) }
        form.stack method="post" action="/settings/keys" {
            (frame.token())
            div.pair.keymap {
                @for act in Act::ALL {
                    @let field = typed.field(t, act.as_str(), name(t, act));
                    (parts::text(&Field { error: field.error.clone().or_else(|| wrong(frame, typed, act)), autocomplete: "off", ..field }, "text"))
                }
            }
            (parts::actions(t.form_save(), None))
        }
        section.card {
            p { (t.keys_reset_hint()) }
            (parts::one_button(frame, "/settings/keys/reset", t.keys_reset()))
        }
    };
    parts::settings(frame, "/settings/keys", &body)
}

/// What is wrong with the key of this act, where it is not the field itself.
fn wrong(frame: &Frame, typed: &Typed, act: Act) -> Option<String> {
    let t = &frame.texts;
    match typed.refused.as_ref()? {
        Refused::KeyTaken { first, second, .. } if act == *first => Some(t.keys_also(name(t, *second))),
        Refused::KeyTaken { first, second, .. } if act == *second => Some(t.keys_also(name(t, *first))),
        Refused::KeyReserved { act: other, .. } if act == *other => Some(t.keys_of_browser().to_owned()),
        _ => None,
    }
}

/// Something to go to, or why whoever looks cannot.
pub struct Way {
    pub words: String,
    pub href: String,
    /// Why it is closed; `None`: it is open.
    pub closed: Option<String>,
}

/// Every action: what a page offers, by its shortcut, and every place. The script lays it over the page that one is on,
/// and opens what that page has.
pub fn palette(frame: &Frame, ways: &[(String, Vec<Way>)]) -> Markup {
    let t = &frame.texts;
    html! {
        main.page id="main" {
            header { h1 { (t.palette_title()) } }
            div #palette-all data-find=(t.palette_find()) data-none=(t.palette_none()) data-close=(t.frame_close()) data-here=(t.palette_here()) data-not=(t.palette_not_now()) {
                section {
                    h2 { (t.palette_acts()) }
                    p.quiet { (t.palette_acts_hint()) }
                    ul {
                        @for act in Act::ALL.into_iter().filter(|act| !act.moves() && *act != Act::Palette) {
                            li data-does=(act.as_str()) {
                                span { (name(t, act)) } (hint(frame, act))
                                @if let Some(why) = why(frame, act) { " " small { (why) } }
                            }
                        }
                    }
                }
                @for (group, ways) in ways {
                    section {
                        h2 { (group) }
                        ul {
                            @for way in ways {
                                li {
                                    @match &way.closed {
                                        None => a href=(way.href) { (way.words) },
                                        Some(why) => { span { (way.words) } " " small { (why) } },
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Why an act does nothing on a page that does not have it.
fn why(frame: &Frame, act: Act) -> Option<&'static str> {
    let t = &frame.texts;
    match act {
        Act::Search | Act::Overview | Act::Palette => None,
        Act::Next | Act::Previous | Act::Select => Some(t.palette_needs_list()),
        _ => Some(t.palette_needs_conversation()),
    }
}
