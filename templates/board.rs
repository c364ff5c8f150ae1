//! The supervisor's board: large enough for a screen on the wall.

use maud::{Markup, html};

use super::frame::Frame;
use super::work;
use crate::domain::agent::Agent;
use crate::domain::availability::{Availability, IdleReason, State};
use crate::domain::conversation::Conversation;
use crate::domain::offer::{Kind, Offer};
use crate::domain::queue::Queue;
use crate::domain::{Id, Timestamp};
use crate::i18n::when;
use crate::templates::parts;

/// Everything on the board.
pub struct Board {
    pub queues: Vec<QueueRow>,
    pub people: Vec<PersonRow>,
    pub reasons: Vec<IdleReason>,
    pub offers: Vec<(Offer, String, String)>,
    /// Conversation, customer, and when the window closes.
    pub closing: Vec<(Id<Conversation>, String, Timestamp)>,
}

/// One queue.
pub struct QueueRow {
    pub queue: Queue,
    pub waiting: i64,
    pub working: i64,
    pub longest: Option<Timestamp>,
    pub offered: usize,
}

/// One person.
pub struct PersonRow {
    pub agent: Agent,
    pub present: bool,
    pub states: Vec<Availability>,
    pub load: u32,
}

/// The whole page.
pub fn page(frame: &Frame, board: &Board) -> Markup {
    html! {
        main id="main" {
            h1.hidden { (frame.texts.work_board()) }
            (whole(frame, board))
        }
    }
}

/// All that changes while somebody looks.
pub fn whole(frame: &Frame, board: &Board) -> Markup {
    let t = &frame.texts;
    let is_rona = |row: &&PersonRow| row.states.iter().any(|known| known.state == State::Rona);
    let missed = board.people.iter().filter(is_rona).count();
    html! {
        div.board #live data-live="board" {
            section {
                h2 { (t.work_board_queues()) }
                @if board.queues.is_empty() { (parts::empty(t.work_board_no_queues(), Some(("/settings/queues", t.frame_queues())))) }
                @else { (queues(frame, board)) }
                h2 { (t.work_board_windows()) }
                @if board.closing.is_empty() { p.quiet { (t.work_board_no_windows()) } }
                ul.plain-list {
                    @for (id, name, closes) in &board.closing {
                        li.line { a href={ "/conversations/" (id) } dir="auto" { (name) } span.chip.warn { (when::left(t, closes.since(frame.now))) } }
                    }
                }
            }
            section {
                h2 { (t.work_board_people()) @if missed > 0 { " " span.chip.bad { (t.work_board_missed()) ": " (missed) } } }
                (people(frame, board))
            }
            section {
                h2 { (t.work_board_offers()) @if !board.offers.is_empty() { " " span.chip { (board.offers.len()) } } }
                @if board.offers.is_empty() { p.quiet { (t.work_board_no_offers()) } }
                ul.plain-list { @for (offer, customer, agent) in &board.offers { (held_out(frame, offer, customer, agent)) } }
            }
        }
    }
}

fn queues(frame: &Frame, board: &Board) -> Markup {
    let t = &frame.texts;
    let rows = html! {
        @for row in &board.queues {
            tr {
                th scope="row" { a href={ "/inbox?view=queue:" (row.queue.id) } { (row.queue.name) } @if !row.queue.rules.purpose.is_empty() { br; span.quiet { (row.queue.rules.purpose) } } }
                td.number.big { (row.waiting) }
                td.number.big { @if let Some(since) = row.longest { (work::timer(since, frame.now)) } @else { "–" } }
                td.number.big { (row.working) }
                td.number.big { (row.offered) }
            }
        }
    };
    let heads = [
        t.work_queue(),
        t.work_board_waiting(),
        t.work_board_longest(),
        t.work_board_working(),
        t.work_board_offered(),
    ];
    parts::table(t.work_board_queues(), &heads, &rows)
}

fn people(frame: &Frame, board: &Board) -> Markup {
    let t = &frame.texts;
    html! {
        ul.plain-list.people-now {
            @for row in &board.people {
                li.card {
                    p.line {
                        b { (row.agent.name) }
                        @if row.present { span.chip.good { (t.work_board_present()) } } @else { span.chip { (t.work_board_away()) } }
                        span.quiet { (t.work_board_load()) " " (row.load) }
                    }
                    (being(frame, board, row))
                    (set(frame, board, row))
                }
            }
        }
    }
}

/// One line where every type stands alike, otherwise one for each.
fn being(frame: &Frame, board: &Board, row: &PersonRow) -> Markup {
    let t = &frame.texts;
    let one = |known: &Availability| {
        let class = match known.state {
            State::Available => "good",
            State::Rona => "bad",
            State::Idle(_) => "",
        };
        html! {
            span.chip.(class) { (work::state(t, known.state, &board.reasons)) }
            @if known.since.0 > 0 { " " (work::timer(known.since, frame.now)) }
        }
    };
    let alike = row.states.first().filter(|first| row.states.iter().all(|known| known.state == first.state));
    html! {
        @if let Some(known) = alike { p.line { (one(known)) } } @else {
            dl.facts { @for known in &row.states { dt { (work::media(t, known.media)) } dd { (one(known)) } } }
        }
    }
}

/// Sets somebody's state, with a reason where the team has any.
fn set(frame: &Frame, board: &Board, row: &PersonRow) -> Markup {
    let t = &frame.texts;
    let label = t.work_board_set(&row.agent.name);
    html! {
        form.line method="post" action={ "/board/people/" (row.agent.id) "/state" } {
            (frame.token())
            select name="state" aria-label=(label) {
                option value="available" { (t.work_available()) }
                option value="idle" { (t.work_idle()) }
                @for reason in &board.reasons { option value={ "idle:" (reason.id) } { (t.work_idle_for(&reason.name)) } }
            }
            button.button.edged type="submit" { (t.work_board_set_do()) span.hidden { ": " (row.agent.name) } }
        }
    }
}

fn held_out(frame: &Frame, offer: &Offer, customer: &str, agent: &str) -> Markup {
    let t = &frame.texts;
    html! {
        li.card.offer {
            p.line { b dir="auto" { a href={ "/conversations/" (offer.conversation) } { (customer) } } span { "→ " (agent) } (work::timer(offer.offered_at, frame.now)) }
            @if offer.kind == Kind::Queue {
                div.line {
                    (parts::one_button(frame, &format!("/board/offers/{}/redeal", offer.id), t.work_board_redeal()))
                    a.button.asks href={ "/conversations/" (offer.conversation) "/hand" } { (t.work_board_move()) span.hidden { ": " (customer) } }
                }
            }
        }
    }
}
