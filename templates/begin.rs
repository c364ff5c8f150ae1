//! Where writing first starts: the icon in the bar, the list of channels, and what is against any of them.

use maud::{Markup, html};

use super::frame::Frame;
use super::icon::{self, icon};
use super::outbound::new;
use super::parts;
use crate::domain::agent::Role;
use crate::domain::channel::Kind;
use crate::i18n::Texts;

/// Where the list and the form of a new conversation are.
pub const HERE: &str = "/conversations/new";

/// What is against beginning at this moment.
#[derive(Clone)]
pub struct Against {
    /// What it is and what to do.
    pub words: String,
    /// The reason code.
    pub code: &'static str,
    /// Choosing Available mends it.
    pub idle: bool,
}

/// The menu in the bar.
#[derive(Clone, Debug, Default)]
pub struct Menu {
    /// Whoever looks may begin nothing and has no menu (S26).
    pub barred: bool,
    /// Some channel is not there for whoever looks.
    pub missing: bool,
    /// Each kind with where its form is.
    pub kinds: Vec<(Kind, String)>,
}

/// The channels on which one may begin.
#[derive(Default)]
pub struct List {
    pub entries: Vec<Entry>,
    /// The profile leaves some channel out.
    pub missing: bool,
}

impl List {
    /// What is against any of them. The same for several is told once, with their names unless it is for all.
    fn against(&self) -> Vec<(Vec<Kind>, &Against)> {
        let mut told: Vec<(Vec<Kind>, &Against)> = Vec::new();
        for entry in &self.entries {
            let Some(against) = &entry.against else { continue };
            match told.iter_mut().find(|(_, there)| there.words == against.words) {
                Some((kinds, _)) => kinds.push(entry.kind),
                None => told.push((vec![entry.kind], against)),
            }
        }
        for (kinds, _) in told.iter_mut().filter(|(kinds, _)| kinds.len() == self.entries.len()) {
            kinds.clear();
        }
        told
    }
}

/// One kind of channel, where its form is, and what is against it now.
pub struct Entry {
    pub kind: Kind,
    pub href: String,
    pub against: Option<Against>,
}

/// The icon in the bar with its list of channels (S35, S36). Works without scripts.
pub fn menu(frame: &Frame, menu: &Menu) -> Markup {
    let t = &frame.texts;
    let title = t.outbound_title();
    html! {
        @if menu.barred {}
        @else if menu.kinds.is_empty() { a.button href=(HERE) title=(title) { (icon("plus")) span.whole { (t.outbound_short()) } } }
        @else {
            details.menu #begin {
                summary.button title=(title) { (icon("plus")) span.whole { (t.outbound_short()) } }
                ul {
                    @for (kind, href) in &menu.kinds { li { a href=(href) { (icon::channel(*kind)) (new(t, *kind)) } } }
                    @if menu.missing { li { a href=(HERE) { (t.outbound_missing_short()) } } }
                }
            }
        }
    }
}

/// The channels on which one may write first (S36); each with where its form is and what is against it now.
pub fn channels(frame: &Frame, list: &List) -> Markup {
    let t = &frame.texts;
    let admin = frame.agent.as_ref().is_some_and(|agent| agent.role == Role::Admin);
    html! {
        main.page id="main" tabindex="-1" {
            h1 { (t.outbound_title()) }
            @if list.entries.is_empty() && !list.missing {
                (parts::empty(t.outbound_none(), admin.then(|| ("/settings/channels/new", t.outbound_none_admin()))))
            } @else {
                @if !list.entries.is_empty() { p.quiet { (t.outbound_choose()) } }
                ul.line {
                    @for entry in &list.entries {
                        li { a.button.edged href=(entry.href) { (icon::channel(entry.kind)) (new(t, entry.kind)) } }
                    }
                }
                @for (kinds, against) in list.against() { (stopped(frame, &kinds, against)) }
                @if list.missing { p.missing { (t.outbound_missing()) } }
            }
            p { a href="/help/outbound" { (t.outbound_help()) } }
        }
    }
}

/// What is against beginning now, on these kinds of channel, with the way out.
pub(super) fn stopped(frame: &Frame, kinds: &[Kind], against: &Against) -> Markup {
    let t = &frame.texts;
    html! {
        div.flash.bad.stack role="status" {
            p { @for kind in kinds { b { (new(t, *kind)) } " · " } (against.words) " " (coded(t, against.code)) }
            @if against.idle {
                form method="post" action="/state" {
                    (frame.token())
                    button.button.edged type="submit" name="state" value="available" { (t.work_available()) }
                }
            }
        }
    }
}

/// A reason code, so that whoever asks for help can name it (S39).
pub(super) fn coded(t: &Texts, code: &str) -> Markup {
    html! { small { (t.outbound_code()) " " code { (code) } } }
}
