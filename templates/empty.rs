//! What stands where there is nothing: always a sentence, and where there is one, a way on.

use maud::{Markup, html};

use super::frame::Frame;
use super::inbox::{self, List};
use super::keys::hint;
use super::{parts, search};
use crate::domain::agent::Role;
use crate::domain::conversation::{Sort, Status, View};
use crate::domain::keys::Act;
use crate::i18n::Texts;

/// An empty list: why, and where to look instead.
pub fn list(frame: &Frame, list: &List) -> Markup {
    let t = &frame.texts;
    let place = &list.place;
    if list.first_run {
        let admin = frame.agent.as_ref().is_some_and(|agent| agent.role == Role::Admin);
        let step = admin.then(|| ("/settings/channels", t.inbox_connect()));
        return parts::empty(t.inbox_first_run(), step);
    }
    if !place.q.is_empty() {
        return html! {
            div.empty {
                p { @if list.further { (t.sieve_none_so_far()) } @else { (t.search_nothing(&place.q)) } }
                (elsewhere(t, list))
                (search::in_messages(t, &place.q))
                p.quiet { (t.search_hint()) }
            }
        };
    }
    if list.further {
        return parts::empty(t.sieve_none_so_far(), None);
    }
    if place.only.is_some() || matches!(place.view, View::Saved(_)) {
        let wide = crate::templates::place::Place { only: None, after: String::new(), ..place.clone() };
        let step = place.only.is_some().then(|| wide.href("/inbox"));
        return parts::empty(t.sieve_none(), step.as_deref().map(|href| (href, t.sieve_show_all())));
    }
    if !matches!(place.sort, Sort::Newest | Sort::Oldest) {
        return parts::empty(t.sieve_none(), Some((&place.in_no_order().href("/inbox"), t.sieve_show_all())));
    }
    match (place.view, place.status) {
        (View::Mine, Status::Open) if list.unassigned > 0 => {
            let step = place.in_view(View::Unassigned).href("/inbox");
            parts::empty(&t.inbox_caught_up_but(list.unassigned), Some((&step, t.inbox_see_unassigned())))
        }
        (View::Mine, Status::Open) => parts::empty(t.inbox_caught_up(), None),
        (View::Unassigned, Status::Open) => parts::empty(t.inbox_none_unassigned(), None),
        (_, Status::Open) => parts::empty(t.inbox_none_open(), None),
        (_, Status::Snoozed) => parts::empty(t.inbox_none_snoozed(), None),
        (_, Status::Closed) => parts::empty(t.inbox_none_closed(), None),
    }
}

/// Hits that another status or another inbox hides, counted and linked (S12, S14).
pub fn elsewhere(t: &Texts, list: &List) -> Markup {
    html! {
        @for (status, tally) in list.elsewhere.iter().filter(|(_, tally)| tally.is_any()) {
            p {
                a href=(list.place.in_status(*status).href("/inbox")) {
                    (search::counted(t, *tally, inbox::status_name(t, *status)))
                }
            }
        }
        @if list.beyond.is_any() {
            p { a href=(list.place.in_view(View::All).href("/inbox")) { (search::counted(t, list.beyond, t.inbox_all())) } }
        }
    }
}

/// No conversation is chosen.
pub fn thread(frame: &Frame, some: bool) -> Markup {
    let t = &frame.texts;
    html! {
        div.empty.middle {
            @if some {
                @if frame.key(Act::Next).is_some() {
                    p.keys { (t.thread_choose()) (hint(frame, Act::Next)) " " (t.thread_choose_first()) }
                } @else { p { (t.thread_choose_one()) } }
            }
        }
    }
}
