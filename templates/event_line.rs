//! What happened, as one grey line in the thread.

use jiff::tz::TimeZone;

use crate::domain::Timestamp;
use crate::domain::event::{Cause, Line, kind};
use crate::domain::later::Why;
use crate::domain::message::Message;
use crate::domain::tag::Priority;
use crate::i18n::{Texts, when, workflow as words_of};

/// Whether the thread is divided before this line: by the beginning of an open period, or by the end of what an
/// assistant said (S229).
pub fn divides(message: &Message) -> bool {
    matches!(message.body.as_str(), kind::CONVERSATION_REOPENED | kind::CONVERSATION_HANDED)
}

/// The words of an event line, for `me`, who reads "you" instead of the own name.
pub fn words(t: &Texts, message: &Message, me: &str, now: Timestamp, zone: &TimeZone) -> String {
    let line = Line::read(message);
    let by = person(t, &line.by, me);
    match message.body.as_str() {
        kind::CONVERSATION_OPENED if line.beside.is_some() => t.event_opened_beside(by),
        kind::CONVERSATION_ASKED if line.to.is_empty() => t.event_asked_gone(by),
        kind::CONVERSATION_ASKED => t.event_asked(by, &line.to),
        kind::CONVERSATION_OPENED if line.by.is_empty() => t.event_opened().to_owned(),
        kind::CONVERSATION_OPENED => t.event_opened_by(by),
        kind::CONVERSATION_REOPENED if line.by.is_empty() => t.event_reopened().to_owned(),
        kind::CONVERSATION_REOPENED => t.event_reopened_by(by),
        kind::CONVERSATION_CLOSED => closed(t, &line, &by),
        kind::CONVERSATION_WRAPPED => wrapped(t, &line, me),
        kind::CONVERSATION_SNOOZED => snoozed(t, &line, &by, now, zone),
        kind::CONVERSATION_WOKE => match line.cause {
            Some(Cause::Customer) => t.event_woke_customer().to_owned(),
            Some(Cause::Time) => t.event_woke_time().to_owned(),
            _ => t.event_woke_by(by),
        },
        kind::CONVERSATION_ASSIGNED => assigned(t, &line, me),
        kind::CONVERSATION_UNASSIGNED => match line.cause {
            Some(Cause::Closed) => t.event_unassigned_closed().to_owned(),
            Some(Cause::Disabled) => t.event_unassigned_disabled(&line.from),
            Some(Cause::Gone) => t.event_unassigned_gone(&line.from),
            _ => t.event_unassigned(by, other(t, &line.from, me)),
        },
        kind::CONVERSATION_TRANSFERRED => transferred(t, &line, me),
        kind::CONFERENCE_JOINED => t.event_conference_joined(person(t, &line.to, me)),
        kind::CONFERENCE_LEFT => t.event_conference_left(person(t, &line.to, me)),
        kind::REQUEST_DECLINED | kind::REQUEST_UNANSWERED => {
            came_back(t, message.body.as_str(), &line, person(t, &line.to, me))
        }
        kind::CONVERSATION_TAGGED => t.event_tagged(by, &line.tag),
        kind::CONVERSATION_UNTAGGED => t.event_untagged(by, &line.tag),
        kind::CONVERSATION_PRIORITY => match line.priority.unwrap_or_default() {
            Priority::None => t.event_no_priority(by),
            level => t.event_priority(by, super::labels::priority_name(t, level)),
        },
        kind::CONVERSATION_UNDONE => {
            line.undone.map(|verb| t.event_undone(by, super::bulk::verb(t, verb))).unwrap_or_default()
        }
        kind::LATER_HELD => held(t, &line, me),
        kind::CONTACT_CONSENT if line.allowed == Some(false) => t.event_opted_out().to_owned(),
        kind::CONTACT_CONSENT => t.event_opted_in().to_owned(),
        kind::CONTACT_LEFT => t.event_left().to_owned(),
        kind::CONVERSATION_JOINED => t.event_joined(&line.to),
        kind::MESSAGE_DELAYED => t.event_delayed(&line.to, &line.note),
        kind::CONVERSATION_RELEASED => t.event_released(by),
        kind::CONVERSATION_CLOSING => {
            t.event_closing(line.until.map(|until| when::then(t, until, now, zone)).unwrap_or_default())
        }
        kind::CONVERSATION_IMPORTED => imported(t, &line),
        kind::CONVERSATION_TOLD => line.note,
        kind::CONVERSATION_HANDED => super::assistant::handed(t, &line, &by),
        kind::CONVERSATION_SPLIT | kind::CONVERSATION_MERGED | kind::CONVERSATION_RESTORED => {
            moved(t, message.body.as_str(), &line, by)
        }
        other => workflow(t, other, (&line, &by), now, zone),
    }
}

/// A message that waits for its owner.
fn held(t: &Texts, line: &Line, me: &str) -> String {
    match line.held {
        Some(Why::Ready) => t.event_ready(other(t, &line.to, me)),
        Some(why) => t.event_held(other(t, &line.to, me), super::later::held(t, why)),
        None => String::new(),
    }
}

/// A request of a colleague that was not taken.
fn came_back(t: &Texts, what: &str, line: &Line, to: String) -> String {
    match (what == kind::REQUEST_DECLINED, line.conference) {
        (true, true) => t.event_conference_declined(to),
        (true, false) => t.event_transfer_declined(to),
        (false, true) => t.event_conference_expired(to),
        (false, false) => t.event_transfer_expired(to),
    }
}

/// Where a conversation was before, and who had it there.
fn imported(t: &Texts, line: &Line) -> String {
    match (line.to.as_str(), line.queue.as_str()) {
        ("", "") => t.event_imported(&line.from),
        ("", team) => t.event_imported_team(&line.from, team),
        (agent, _) => t.event_imported_from(&line.from, agent),
    }
}

/// What became of mails that were moved.
fn moved(t: &Texts, kind: &str, line: &Line, by: String) -> String {
    let other = line.other.unwrap_or_default();
    match (kind, line.away) {
        (kind::CONVERSATION_SPLIT, true) => t.event_split_away(by, other),
        (kind::CONVERSATION_SPLIT, false) => t.event_split_here(by, other),
        (kind::CONVERSATION_MERGED, true) => t.event_merged_away(by, other),
        (kind::CONVERSATION_MERGED, false) => t.event_merged_here(by, other),
        (_, true) => t.event_restored(by, other),
        (_, false) => t.event_restored_here(by),
    }
}

fn person(t: &Texts, name: &str, me: &str) -> String {
    if name == me { t.event_you().to_owned() } else { name.to_owned() }
}

/// The same inside a sentence.
fn other(t: &Texts, name: &str, me: &str) -> String {
    if name == me { t.event_to_you().to_owned() } else { name.to_owned() }
}

/// Why somebody's work ended here, though the conversation may go on.
fn wrapped(t: &Texts, line: &Line, me: &str) -> String {
    let who = person(t, &line.to, me);
    let words = match line.cause {
        Some(Cause::Time) => t.event_wrapped_time(who),
        _ => t.event_wrapped(who),
    };
    reasons(words, line)
}

fn closed(t: &Texts, line: &Line, by: &str) -> String {
    let mut words = match line.cause {
        Some(Cause::Time) if line.reasons.is_empty() => t.event_closed_time().to_owned(),
        Some(Cause::Time) => t.event_closed_default().to_owned(),
        _ => t.event_closed(by),
    };
    if line.consent {
        words = format!("{words} ({})", t.event_consent());
    }
    reasons(words, line)
}

fn reasons(mut words: String, line: &Line) -> String {
    if !line.reasons.is_empty() {
        words = format!("{words}: {}", line.reasons.join(", "));
    }
    if !line.note.is_empty() {
        words = format!("{words} – {}", line.note);
    }
    words
}

fn snoozed(t: &Texts, line: &Line, by: &str, now: Timestamp, zone: &TimeZone) -> String {
    match line.until {
        Some(until) => t.event_snoozed(by, when::point(t, until, now, zone)),
        None => t.event_snoozed_reply(by),
    }
}

fn assigned(t: &Texts, line: &Line, me: &str) -> String {
    let to = other(t, &line.to, me);
    match line.cause {
        Some(Cause::Sent) => t.event_assigned_sent(to),
        Some(Cause::Dealt) => t.event_assigned_dealt(to),
        Some(Cause::Offered) => t.event_assigned_offered(person(t, &line.to, me)),
        _ if line.by == line.to => t.event_took(person(t, &line.to, me)),
        _ => t.event_assigned(person(t, &line.by, me), to),
    }
}

fn transferred(t: &Texts, line: &Line, me: &str) -> String {
    let by = person(t, &line.by, me);
    let to = if line.queue.is_empty() { other(t, &line.to, me) } else { line.queue.clone() };
    let words = t.event_transferred(by, to);
    if line.note.is_empty() { words } else { format!("{words}: “{}”", line.note) }
}

/// What a workflow did; anything else is its own word. `by` is empty where nobody did it.
fn workflow(t: &Texts, what: &str, (line, by): (&Line, &str), now: Timestamp, zone: &TimeZone) -> String {
    let name = &line.flow.workflow;
    let step = line.flow.step.unwrap_or_default();
    let why = line.flow.failed.map(|why| words_of::why(t, why, &line.note)).unwrap_or_default();
    let words = match what {
        kind::WORKFLOW_DONE => return t.workflow_line_done(name),
        kind::WORKFLOW_FAILED => return t.workflow_line_failed(name, step, why),
        kind::WORKFLOW_STOPPED if line.by.is_empty() => return t.workflow_line_stopped(name, why),
        kind::WORKFLOW_STOPPED => return t.workflow_line_stopped_by(by, name),
        kind::WORKFLOW_STARTED if line.by.is_empty() => t.workflow_line_began(name),
        kind::WORKFLOW_STARTED => t.workflow_line_started(by, name),
        kind::WORKFLOW_STEP => match line.until {
            Some(until) => t.workflow_line_wait(name, step, when::point(t, until, now, zone)),
            None => t.workflow_line_step(name, step, words_of::step(t, &line.flow.what)),
        },
        other => return other.to_owned(),
    };
    if line.note.is_empty() { words } else { format!("{words} – {}", line.note) }
}
