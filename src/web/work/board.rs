//! The supervisor's board.

use super::{back, customer};
use crate::actions::{availability, deal};
use crate::domain::agent::Agent;
use crate::domain::offer::Offer;
use crate::domain::queue::Mode;
use crate::domain::{Id, Span};
use crate::store::{self, Connection};
use crate::templates::board::{self, Board, PersonRow, QueueRow};
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::Response;

/// Windows that close within this time are on the board.
const SOON: Span = Span::hours(2);
/// How many of them at most.
const MOST: u32 = 12;

/// The board. What happens at the desk changes it by itself; what only time changes, its script asks for.
pub fn page(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let frame = cx.frame(cx.texts.work_board())?;
    let board = cx.read(|c| gather(c, cx))?;
    Ok(cx.page(&frame, &board::page(&frame, &board)))
}

/// What stands on it at present.
pub fn gather(c: &Connection, cx: &Cx<'_>) -> store::Result<Board> {
    let offers = store::offer::waiting(c)?;
    let agents = store::agent::all(c)?;
    let counts = store::queue::open_counts(c)?;
    let mut queues = Vec::new();
    for queue in store::queue::all(c)?.into_iter().filter(|queue| queue.mode != Mode::Shared) {
        let count = counts.iter().find(|(of, ..)| *of == queue.id);
        queues.push(QueueRow {
            waiting: count.map_or(0, |(_, waiting, _)| *waiting),
            working: count.map_or(0, |(.., working)| *working),
            longest: store::queue::longest(c, queue.id)?,
            offered: offers.iter().filter(|offer| offer.queue == Some(queue.id)).count(),
            queue,
        });
    }
    let present = cx.app.desk.attendance.present(cx.now);
    let mut people = Vec::new();
    for agent in agents.iter().filter(|agent| agent.disabled_at.is_none()) {
        people.push(PersonRow {
            present: present.contains(&agent.id),
            states: super::states(c, agent.id)?,
            load: store::offer::load(c, agent.id)?.values().sum(),
            agent: agent.clone(),
        });
    }
    let name = |id: Id<Agent>| agents.iter().find(|agent| agent.id == id).map(|agent| agent.name.clone());
    let mut held = Vec::new();
    for offer in offers {
        if let Some(conversation) = store::conversation::get(c, offer.conversation)? {
            let agent = name(offer.agent).unwrap_or_default();
            held.push((offer, customer(c, &conversation)?, agent));
        }
    }
    let mut closing = Vec::new();
    for conversation in store::offer::closing(c, (cx.now, cx.now + SOON), MOST)? {
        if let Some(closes) = conversation.window_closes_at {
            closing.push((conversation.id, customer(c, &conversation)?, closes));
        }
    }
    Ok(Board { queues, people, reasons: store::availability::reasons(c)?, offers: held, closing })
}

/// Sets somebody's state.
pub fn choose(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let state = super::chosen(cx.form.trimmed("state"))?;
    let media = super::media(cx.form.trimmed("media"))?;
    let (by, now, who): (_, _, Id<Agent>) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| availability::choose_state(tx, &by, who, (media, state), now))?;
    back("/board")
}

/// Has somebody else asked.
pub fn redeal(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id): (_, _, Id<Offer>) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| deal::redeal(tx, &by, id, now))?;
    back("/board")
}
