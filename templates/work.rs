//! Offered work: one's own state in the bar, what is held out, and the word about a request that was not answered.

use maud::{Markup, html};

use super::frame::Frame;
use super::handing::{self, Asked};
use super::icon::{self, icon};
use super::wrapping;
use crate::domain::availability::{Availability, IdleReason, Media, State};
use crate::domain::channel::Kind;
use crate::domain::conversation::Conversation;
use crate::domain::offer::{self, Offer};
use crate::domain::{Id, Timestamp};
use crate::i18n::Texts;

/// How many requests lie on each other at the bottom right; more are told by their number (S193).
pub const SHOWN: usize = 5;

/// What pages need of the work that is handed out. A team whose queues are all shared has none of it.
#[derive(Clone, Debug, Default)]
pub struct Work {
    /// One of each type, in their order.
    pub states: Vec<Availability>,
    pub reasons: Vec<IdleReason>,
    /// What is held out to the viewer, in the order of the list.
    pub cards: Vec<Card>,
    /// What the viewer asked of colleagues, and what came back.
    pub asked: Vec<Asked>,
    /// Where the viewer writes along, and since when.
    pub joined: Vec<(Id<Conversation>, String, Timestamp)>,
    /// What the viewer is asked about work that ended.
    pub wrapups: Vec<wrapping::Asked>,
    /// Work is handed out; otherwise nobody has a state.
    pub dealt: bool,
}

/// One request.
#[derive(Clone, Debug)]
pub struct Card {
    pub offer: Offer,
    pub kind: Kind,
    pub name: String,
    /// The colleague who asks.
    pub from: String,
    /// What else is known before one accepts: label and value.
    pub facts: Vec<(&'static str, String)>,
    /// Since when the customer waits, or the colleague.
    pub since: Timestamp,
}

/// The name of a type of work.
pub fn media(t: &Texts, media: Media) -> &'static str {
    match media {
        Media::Telephony => t.work_telephony(),
        Media::Chat => t.work_chat(),
        Media::Social => t.work_social(),
        Media::Email => t.work_email(),
    }
}

/// A state in words.
pub fn state(t: &Texts, state: State, reasons: &[IdleReason]) -> String {
    match state {
        State::Available => t.work_available().to_owned(),
        State::Rona => t.work_rona().to_owned(),
        State::Idle(reason) => {
            let known = reason.and_then(|id| reasons.iter().find(|reason| reason.id == id));
            known.map_or(t.work_idle().to_owned(), |reason| t.work_idle_for(&reason.name))
        }
    }
}

/// Minutes and seconds since a moment; the script keeps them true.
pub fn timer(since: Timestamp, now: Timestamp) -> Markup {
    let seconds = now.since(since).0.max(0) / 1000;
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    let words = if hours > 0 {
        format!("{hours:02}:{minutes:02}:{:02}", seconds % 60)
    } else {
        format!("{minutes:02}:{:02}", seconds % 60)
    };
    html! { span.timer data-timer=(since) { (words) } }
}

impl Work {
    fn is_rona(&self) -> bool {
        self.states.iter().any(|known| known.state == State::Rona)
    }

    /// The state of all types in one word, and whether it is a good one.
    fn whole(&self, t: &Texts) -> (String, &'static str) {
        let dealt: Vec<&Availability> =
            self.states.iter().filter(|known| Media::DEALT.contains(&known.media)).collect();
        if self.is_rona() {
            return (t.work_rona().to_owned(), "bad");
        }
        let free = dealt.iter().filter(|known| known.state == State::Available).count();
        match dealt.first() {
            Some(_) if free == dealt.len() => (t.work_available().to_owned(), "good"),
            Some(_) if free > 0 => (t.work_mixed().to_owned(), "good"),
            Some(first) => (state(t, first.state, &self.reasons), ""),
            None => (t.work_idle().to_owned(), ""),
        }
    }

    fn each(&self, t: &Texts) -> String {
        let one = |known: &Availability| {
            format!("{}: {}", media(t, known.media), state(t, known.state, &self.reasons))
        };
        self.states.iter().map(one).collect::<Vec<_>>().join(" · ")
    }
}

/// The control in the bar (S190, S191): its title tells all four.
pub fn control(frame: &Frame, work: &Work) -> Markup {
    let t = &frame.texts;
    let (words, class) = work.whole(t);
    html! {
        details.menu.state #state {
            summary.button title=(work.each(t)) {
                span.chip.(class) { (words) } span.hidden { (t.work_state()) } (icon("down"))
            }
            div.stack { (states(frame, work)) }
        }
    }
}

/// Every state to choose, for all types and for each. Also on the page of the requests.
pub fn states(frame: &Frame, work: &Work) -> Markup {
    let t = &frame.texts;
    html! {
        input.find-state type="search" aria-label=(t.work_find_state()) placeholder=(t.work_find_state());
        form.every-type method="post" action="/state" {
            (frame.token())
            p.quiet { (t.work_all()) }
            button.item type="submit" name="state" value="available" { (t.work_available()) }
            button.item type="submit" name="state" value="idle" { (t.work_idle()) }
            @for reason in &work.reasons {
                button.item type="submit" name="state" value={ "idle:" (reason.id) } { (t.work_idle_for(&reason.name)) }
            }
        }
        p.quiet { (t.work_each()) }
        @for known in &work.states { (of_type(frame, work, known)) }
    }
}

fn of_type(frame: &Frame, work: &Work, known: &Availability) -> Markup {
    let t = &frame.texts;
    let name = media(t, known.media);
    html! {
        form.state-of method="post" action="/state" {
            (frame.token())
            input type="hidden" name="media" value=(known.media.as_str());
            span { b { (name) } " " (state(t, known.state, &work.reasons)) " "
                @if known.since.0 > 0 { (timer(known.since, frame.now)) }
                @if let Some(wanted) = known.wanted {
                    " " span.quiet { (t.work_after(state(t, wanted, &work.reasons))) }
                }
            }
            span.line {
                button.button.edged type="submit" name="state" value="available" { (t.work_available()) span.hidden { ": " (name) } }
                button.button.edged type="submit" name="state" value="idle" { (t.work_idle()) span.hidden { ": " (name) } }
            }
        }
    }
}

/// The bottom right of each page: what was not answered, and what is held out.
pub fn popovers(frame: &Frame, work: &Work) -> Markup {
    html! {
        aside.offers aria-label=(frame.texts.work_title()) {
            (rona(frame, work))
            // What came back to whoever looks is not to lie under what is new.
            ol.plain-list #asked aria-live="polite" { (handing::own(frame, &work.asked)) }
            (together(frame, work))
            ol.plain-list #offers aria-live="polite" { (stack(frame, work)) }
            ol.plain-list #wrapups aria-live="polite" aria-label=(frame.texts.wrap_title()) { (wrapping::stack(frame, &work.wrapups)) }
        }
    }
}

/// The word about RONA with exactly two ways out (S82).
pub fn rona(frame: &Frame, work: &Work) -> Markup {
    let t = &frame.texts;
    html! {
        div #rona {
            @if work.is_rona() {
                form.card.offer.bad method="post" action="/state" role="alert" {
                    (frame.token())
                    b { (t.work_rona_title()) }
                    p.quiet { (t.work_rona_text()) }
                    p.line {
                        button.button.main type="submit" name="state" value="available" { (t.work_available()) }
                        button.button.edged type="submit" name="state" value="idle" { (t.work_idle()) }
                    }
                }
            }
        }
    }
}

/// How many there are, and one button for all of them.
pub fn together(frame: &Frame, work: &Work) -> Markup {
    let t = &frame.texts;
    let count = work.cards.len();
    html! {
        div #offers-all {
            @if count > 1 {
                form.card.offer.all method="post" action="/offers/accept" {
                    (frame.token())
                    @for card in &work.cards { input type="hidden" name="offer" value=(card.offer.id); }
                    p.line {
                        @if count > SHOWN && frame.path != "/offers" { a href="/offers" { (t.work_shown(SHOWN, count)) } }
                        @else if frame.path != "/offers" { a.brief-only href="/offers" { (t.work_see_all()) } }
                        button.button.edged type="submit" { (t.work_accept_all(count)) }
                    }
                }
            }
        }
    }
}

/// The first requests, each a card.
pub fn stack(frame: &Frame, work: &Work) -> Markup {
    html! { @for card in work.cards.iter().take(SHOWN) { (one(frame, card)) } }
}

fn why(t: &Texts, word: &str) -> Option<&'static str> {
    match word {
        "knows" => Some(t.work_why_knows()),
        "speaks" => Some(t.work_why_speaks()),
        "least_busy" => Some(t.work_why_least_busy()),
        "turn" => Some(t.work_why_turn()),
        "only" => Some(t.work_why_only()),
        _ => None,
    }
}

fn one(frame: &Frame, card: &Card) -> Markup {
    let t = &frame.texts;
    let id = card.offer.id;
    html! {
        li.card.offer id={ "offer-" (id) } {
            p.line { (icon::channel(card.kind)) b dir="auto" { (card.name) } (timer(card.since, frame.now)) }
            @match card.offer.kind {
                offer::Kind::Queue => {}
                offer::Kind::Transfer => p { (t.work_from_person(&card.from)) }
                offer::Kind::Conference => p { (t.work_conference(&card.from)) }
            }
            @if !card.offer.note.is_empty() { p dir="auto" { "“" (card.offer.note) "”" } }
            dl.facts { @for (label, value) in &card.facts { dt { (label) } dd dir="auto" { (value) } } }
            @if let Some(why) = why(t, &card.offer.why) { p.quiet { (why) } }
            div.line {
                form method="post" action={ "/offers/" (id) "/accept" } {
                    (frame.token())
                    button.button.main type="submit" { (t.work_accept()) span.hidden { ": " (card.name) } }
                }
                form method="post" action={ "/offers/" (id) "/decline" } {
                    (frame.token())
                    button.button.edged type="submit" { (t.work_decline()) span.hidden { ": " (card.name) } }
                }
            }
        }
    }
}

/// The same as a page, which needs no script.
pub fn page(frame: &Frame, work: &Work) -> Markup {
    let t = &frame.texts;
    html! {
        main.page id="main" {
            header { h1 { (t.work_title()) } }
            (whole(frame, work))
            // Outside of what changes at once, because somebody types here.
            section.wrapping {
                h2 { (t.wrap_title()) }
                ol.stack.plain-list #wrapups { (wrapping::stack(frame, &work.wrapups)) }
            }
        }
    }
}

/// All of the page that changes while somebody looks.
pub fn whole(frame: &Frame, work: &Work) -> Markup {
    let t = &frame.texts;
    html! {
        div.stack #live data-live="offers" {
            (rona(frame, work))
            (together(frame, work))
            @if work.cards.is_empty() && work.wrapups.is_empty() {
                div.empty { p { (t.work_none()) } p.quiet { (t.work_none_how()) } }
            }
            ol.stack.plain-list { @for card in &work.cards { (one(frame, card)) } }
            @if !work.asked.is_empty() {
                section { h2 { (t.handing_own()) } ol.stack.plain-list { (handing::own(frame, &work.asked)) } }
            }
            @if !work.joined.is_empty() {
                section { h2 { (t.handing_joined()) } ol.stack.plain-list { (handing::joined(frame, &work.joined)) } }
            }
            @if work.dealt { section.card { h2 { (t.work_state()) } (states(frame, work)) } }
        }
    }
}
