//! Which index a page of the inbox is read along. A walk never sorts and never reads what lies before its page.

use rusqlite::types::Value;

use super::list::Query;
use crate::domain::Span;
use crate::domain::agent::Role;
use crate::domain::conversation::{Sort, View};
use crate::domain::filter::{Part, Test, Who};

/// The index by which the conversations of one tag are walked.
const TAGGED: &str = "conversation_tag_folder";

/// A part of an index, and what else its rows must be.
#[derive(Clone, Debug)]
pub struct Walk {
    pub index: &'static str,
    pub conditions: Vec<String>,
    pub parameters: Vec<Value>,
}

/// The walks whose rows, merged, are the page. One for almost every list; for somebody who sees only some
/// queues, one for each of them, because filtering one long walk could read a million rows for fifty.
pub fn of(query: &Query<'_>) -> Vec<Walk> {
    let restricted = query.viewer.role < Role::Supervisor;
    if let Some(walk) = query.filter.and_then(|filter| needed(query, filter)) {
        return vec![narrowed(walk, query)];
    }
    match (query.sort, query.view) {
        (Sort::Waiting, _) => {
            vec![narrowed(Walk::new("conversation_waiting", query).and("v.waiting_since IS NOT NULL"), query)]
        }
        (Sort::Closing, _) => {
            let walk = Walk::new("conversation_closing", query)
                .with("v.window_closes_at > ?", Value::Integer(query.now.0));
            vec![narrowed(walk, query)]
        }
        (Sort::Priority, _) => {
            vec![narrowed(Walk::new("conversation_rank", query).and("v.priority <> 0"), query)]
        }
        (_, View::All) if restricted => own_walks(query),
        // What a view lets through is the filter's to say; only where one may look is decided here.
        (_, View::Saved(_)) if restricted => own_walks(query),
        (_, View::All | View::Saved(_)) => vec![everything(query)],
        (_, View::Mine) => vec![on_channel(mine(query), query)],
        (_, View::Unassigned) => {
            let walk = Walk::new("conversation_mine", query).and("v.assignee_id IS NULL");
            vec![visible(on_channel(walk, query), query)]
        }
        (_, View::Queue(queue)) => {
            let walk =
                Walk::new("conversation_queue", query).with("v.queue_id = ?", Value::Integer(queue.get()));
            vec![visible(on_channel(walk, query), query)]
        }
    }
}

impl Walk {
    fn new(index: &'static str, query: &Query<'_>) -> Walk {
        let status = Value::Text(query.status.as_str().to_owned());
        Walk { index, conditions: vec!["v.status = ?".to_owned()], parameters: vec![status] }
    }

    /// What is walked, as it stands after FROM.
    pub(super) fn from(&self) -> String {
        if self.index == TAGGED {
            let from = format!("conversation_tag w INDEXED BY {TAGGED}");
            return from + " CROSS JOIN conversation v ON v.id = w.conversation_id";
        }
        format!("conversation v INDEXED BY {}", self.index)
    }

    /// The number of the conversation in the index that is walked.
    pub(super) fn id(&self) -> &'static str {
        if self.index == TAGGED { "w.conversation_id" } else { "v.id" }
    }

    /// The key of this order in the index that is walked, and its direction.
    pub(super) fn order(&self, sort: Sort) -> (&'static str, &'static str) {
        match sort {
            Sort::Newest | Sort::Oldest if self.index == TAGGED => ("w.last_message_at", direction(sort)),
            Sort::Newest | Sort::Oldest => ("v.last_message_at", direction(sort)),
            Sort::Waiting => ("v.waiting_since", direction(sort)),
            Sort::Closing => ("v.window_closes_at", direction(sort)),
            Sort::Priority => ("v.rank", direction(sort)),
        }
    }

    fn and(mut self, condition: &str) -> Walk {
        self.conditions.push(condition.to_owned());
        self
    }

    fn with(mut self, condition: &str, value: Value) -> Walk {
        self.parameters.push(value);
        self.and(condition)
    }
}

const fn direction(sort: Sort) -> &'static str {
    if sort.descends() { "DESC" } else { "ASC" }
}

/// The walk along something that the filter needs in any case, if there is an index for it in this order.
fn needed(query: &Query<'_>, filter: &Part) -> Option<Walk> {
    let needed = filter.needed();
    if query.sort == Sort::Closing {
        let minutes = needed.iter().find_map(|test| match test {
            Test::Closing(minutes) => Some(*minutes),
            _ => None,
        })?;
        let until = query.now + Span::minutes(i64::from(minutes));
        let walk = Walk::new("conversation_closing", query)
            .with("v.window_closes_at > ?", Value::Integer(query.now.0))
            .with("v.window_closes_at <= ?", Value::Integer(until.0));
        return Some(walk);
    }
    if !matches!(query.sort, Sort::Newest | Sort::Oldest) {
        return None;
    }
    let tagged = needed.iter().find_map(|test| match test {
        Test::Tag(id) => Some(tagged(query, id.get())),
        _ => None,
    });
    let along = |index: &'static str, condition: &str, id: i64| {
        Walk::new(index, query).with(condition, Value::Integer(id))
    };
    let view = |test: &&Test| match test {
        Test::Assignee(Who::Me) => {
            Some(along("conversation_mine", "v.assignee_id = ?", query.viewer.agent.get()))
        }
        Test::Assignee(Who::Agent(id)) => Some(along("conversation_mine", "v.assignee_id = ?", id.get())),
        Test::Queue(Some(id)) => Some(along("conversation_queue", "v.queue_id = ?", id.get())),
        Test::Channel(id) => Some(along("conversation_channel", "v.channel_id = ?", id.get())),
        _ => None,
    };
    tagged.or_else(|| needed.iter().find_map(view))
}

fn tagged(query: &Query<'_>, tag: i64) -> Walk {
    let status = Value::Text(query.status.as_str().to_owned());
    let conditions = vec!["w.tag_id = ?".to_owned(), "w.status = ?".to_owned()];
    Walk { index: TAGGED, conditions, parameters: vec![Value::Integer(tag), status] }
}

fn everything(query: &Query<'_>) -> Walk {
    match query.channel {
        Some(_) => on_channel(Walk::new("conversation_channel", query), query),
        None => Walk::new("conversation_folder", query),
    }
}

fn mine(query: &Query<'_>) -> Walk {
    Walk::new("conversation_mine", query).with("v.assignee_id = ?", Value::Integer(query.viewer.agent.get()))
}

/// What lies in no queue, in each queue of the viewer, and with the viewer.
fn own_walks(query: &Query<'_>) -> Vec<Walk> {
    let mut walks = vec![
        on_channel(Walk::new("conversation_queue", query).and("v.queue_id IS NULL"), query),
        on_channel(mine(query), query),
    ];
    walks.extend(query.viewer.queues.iter().map(|queue| {
        let walk = Walk::new("conversation_queue", query);
        on_channel(walk.with("v.queue_id = ?", Value::Integer(queue.get())), query)
    }));
    walks
}

fn on_channel(walk: Walk, query: &Query<'_>) -> Walk {
    match query.channel {
        Some(channel) => walk.with("v.channel_id = ?", Value::Integer(channel.get())),
        None => walk,
    }
}

/// Only what the viewer may see; the same rule as `Viewer::may_see`.
fn visible(walk: Walk, query: &Query<'_>) -> Walk {
    let viewer = query.viewer;
    if viewer.role >= Role::Supervisor {
        return walk;
    }
    let queues: Vec<i64> = viewer.queues.iter().map(|queue| queue.get()).collect();
    let list = serde_json::to_string(&queues).unwrap_or_default();
    walk.with("(v.queue_id IS NULL OR v.assignee_id = ?", Value::Integer(viewer.agent.get()))
        .joined("OR v.queue_id IN (SELECT value FROM json_each(?)))", Value::Text(list))
}

impl Walk {
    /// Goes on with the last condition.
    fn joined(mut self, more: &str, value: Value) -> Walk {
        if let Some(last) = self.conditions.last_mut() {
            last.push(' ');
            last.push_str(more);
        }
        self.parameters.push(value);
        self
    }
}

/// The filters of a view on a walk whose index knows nothing of them: only what waits, or what closes, is walked.
fn narrowed(walk: Walk, query: &Query<'_>) -> Walk {
    let walk = match query.view {
        View::All | View::Saved(_) => walk,
        View::Mine => walk.with("v.assignee_id = ?", Value::Integer(query.viewer.agent.get())),
        View::Unassigned => walk.and("v.assignee_id IS NULL"),
        View::Queue(queue) => walk.with("v.queue_id = ?", Value::Integer(queue.get())),
    };
    visible(on_channel(walk, query), query)
}
