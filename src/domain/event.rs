//! The append-only log: everything that happened at the desk, one entry each, never changed.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::agent::Agent;
use super::contact::Contact;
use super::conversation::Conversation;
use super::deed::Verb;
use super::later::Why;
use super::message::Message;
use super::tag::Priority;
use super::{Id, Timestamp};

/// One thing that happened.
#[derive(Clone, PartialEq, Debug)]
pub struct Event {
    pub id: Id<Event>,
    pub at: Timestamp,
    /// A dotted word such as `conversation.closed`; see [`kind`].
    pub kind: String,
    /// Who did it; `None`: the customer or the desk itself.
    pub agent: Option<Id<Agent>>,
    pub conversation: Option<Id<Conversation>>,
    pub contact: Option<Id<Contact>>,
    pub message: Option<Id<Message>>,
    pub data: Value,
}

/// Marks, in the data of an entry, what an import did: programs and people are not told of what is old.
pub const IMPORTED: &str = "imported";

impl Event {
    /// Whether an import did it.
    pub fn is_imported(&self) -> bool {
        self.data.get(IMPORTED).is_some_and(|mark| *mark == Value::Bool(true))
    }

    /// The entry as programs are told of it, in answers and in webhooks.
    pub fn told(&self) -> Value {
        json!({
            "id": self.id.get(),
            "at": self.at.rfc3339(),
            "kind": self.kind,
            "agent_id": self.agent.map(Id::get),
            "conversation_id": self.conversation.map(Id::get),
            "contact_id": self.contact.map(Id::get),
            "message_id": self.message.map(Id::get),
            "data": self.data,
        })
    }
}

/// The kinds of entries. Programs read them, so they are never renamed.
pub mod kind {
    pub const CONVERSATION_OPENED: &str = "conversation.opened";
    pub const CONVERSATION_REOPENED: &str = "conversation.reopened";
    pub const CONVERSATION_CLOSED: &str = "conversation.closed";
    pub const CONVERSATION_SNOOZED: &str = "conversation.snoozed";
    pub const CONVERSATION_WOKE: &str = "conversation.woke";
    pub const CONVERSATION_ASSIGNED: &str = "conversation.assigned";
    pub const CONVERSATION_UNASSIGNED: &str = "conversation.unassigned";
    pub const CONVERSATION_TRANSFERRED: &str = "conversation.transferred";
    pub const CONVERSATION_ASKED: &str = "conversation.asked";
    pub const CONFERENCE_JOINED: &str = "conference.joined";
    pub const CONFERENCE_LEFT: &str = "conference.left";
    pub const OFFER_MADE: &str = "offer.made";
    pub const OFFER_ACCEPTED: &str = "offer.accepted";
    pub const OFFER_DECLINED: &str = "offer.declined";
    pub const OFFER_EXPIRED: &str = "offer.expired";
    pub const OFFER_WITHDRAWN: &str = "offer.withdrawn";
    pub const OFFER_RECALLED: &str = "offer.recalled";
    pub const OFFER_SETTLED: &str = "offer.settled";
    pub const REQUEST_DECLINED: &str = "request.declined";
    pub const REQUEST_UNANSWERED: &str = "request.unanswered";
    pub const AGENT_STATE: &str = "agent.state";
    pub const CONVERSATION_TAGGED: &str = "conversation.tagged";
    pub const CONVERSATION_UNTAGGED: &str = "conversation.untagged";
    pub const CONVERSATION_PRIORITY: &str = "conversation.priority";
    pub const CONVERSATION_UNDONE: &str = "conversation.undone";
    pub const CONVERSATION_READ: &str = "conversation.read";
    pub const CONVERSATION_JOINED: &str = "conversation.joined";
    pub const CONVERSATION_HANDED: &str = "conversation.handed_over";
    pub const CONVERSATION_SPLIT: &str = "conversation.split";
    pub const CONVERSATION_MERGED: &str = "conversation.merged";
    pub const CONVERSATION_RESTORED: &str = "conversation.restored";
    pub const CONVERSATION_RELEASED: &str = "conversation.released";
    pub const CONVERSATION_CLOSING: &str = "conversation.closing";
    pub const CONVERSATION_IMPORTED: &str = "conversation.imported";
    pub const CONVERSATION_TOLD: &str = "conversation.told";
    pub const MESSAGE_DELAYED: &str = "message.delayed";
    pub const SENDER_CHANGED: &str = "sender.changed";
    pub const MESSAGE_RECEIVED: &str = "message.received";
    pub const MESSAGE_QUEUED: &str = "message.queued";
    pub const MESSAGE_STATE: &str = "message.state";
    pub const MESSAGE_CHANGED: &str = "message.changed";
    pub const MESSAGE_UNDONE: &str = "message.undone";
    pub const LATER_PLANNED: &str = "later.planned";
    pub const LATER_HELD: &str = "later.held";
    pub const LATER_CANCELLED: &str = "later.cancelled";
    pub const NOTE_ADDED: &str = "note.added";
    pub const CONTACT_CREATED: &str = "contact.created";
    pub const CONTACT_CHANGED: &str = "contact.changed";
    pub const CONTACT_DELETED: &str = "contact.deleted";
    pub const CONTACT_MERGED: &str = "contact.merged";
    pub const CONTACT_PARTED: &str = "contact.parted";
    pub const CONTACT_LEFT: &str = "contact.left";
    pub const CONTACT_CONSENT: &str = "contact.consent";
    pub const CHANNEL_CHANGED: &str = "channel.changed";
    pub const CHANNEL_BROKEN: &str = "channel.broken";
    pub const TEMPLATE_CHANGED: &str = "template.changed";
    pub const COPY_MADE: &str = "copy.made";
    pub const COPY_FAILED: &str = "copy.failed";
    pub const RETENTION_DELETED: &str = "retention.deleted";
    pub const SETTING_CHANGED: &str = "setting.changed";
    pub const AGENT_CHANGED: &str = "agent.changed";
    pub const QUEUE_CHANGED: &str = "queue.changed";
    pub const TAG_CHANGED: &str = "tag.changed";
    pub const FIELD_CHANGED: &str = "field.changed";
    pub const SEGMENT_CHANGED: &str = "segment.changed";
    pub const VIEW_CHANGED: &str = "view.changed";
    pub const WRAPUP_CHANGED: &str = "wrapup.changed";
    pub const WRAPUP_ASKED: &str = "wrapup.asked";
    pub const WRAPUP_ANSWERED: &str = "wrapup.answered";
    pub const WRAPUP_STOPPED: &str = "wrapup.stopped";
    pub const WRAPUP_WITHDRAWN: &str = "wrapup.withdrawn";
    pub const CONVERSATION_WRAPPED: &str = "conversation.wrapped";
    pub const COPY_TAKEN: &str = "security.copy_taken";
    pub const AUDIT_EXPORTED: &str = "security.audit_exported";
    pub const CONTACTS_EXPORTED: &str = "security.contacts_exported";
    pub const CONTACTS_IMPORTED: &str = "security.contacts_imported";
    pub const CODES_RENEWED: &str = "security.codes_renewed";
    pub const FACTOR_OFF: &str = "security.factor_off";
    pub const FACTOR_ON: &str = "security.factor_on";
    pub const IDENTITY_LOOSENED: &str = "security.identity_loosened";
    pub const IDENTITY_TIED: &str = "security.identity_tied";
    pub const INVITED: &str = "security.invited";
    pub const NEW_BROWSER: &str = "security.new_browser";
    pub const PASSWORD_CHANGED: &str = "security.password_changed";
    pub const SESSIONS_ENDED: &str = "security.sessions_ended";
    pub const SIGNED_IN: &str = "security.signed_in";
    pub const SIGN_IN_FAILED: &str = "security.sign_in_failed";
    pub const SIGNED_OUT: &str = "security.signed_out";
    pub const TOKEN_CREATED: &str = "security.token_created";
    pub const TOKEN_REVOKED: &str = "security.token_revoked";
    pub const WEBHOOK_ADDED: &str = "webhook.added";
    pub const WEBHOOK_CHANGED: &str = "webhook.changed";
    pub const WEBHOOK_REMOVED: &str = "webhook.removed";

    /// What stands in the chained log as well, beside everything that begins with `security.`.
    pub const AUDITED: &[&str] = &[
        AGENT_CHANGED,
        CHANNEL_CHANGED,
        CONTACT_DELETED,
        COPY_FAILED,
        COPY_MADE,
        QUEUE_CHANGED,
        RETENTION_DELETED,
        SETTING_CHANGED,
        WEBHOOK_ADDED,
        WEBHOOK_CHANGED,
        WEBHOOK_REMOVED,
    ];

    /// Whether entries of this kind stand in the chained log.
    pub fn is_audited(kind: &str) -> bool {
        kind.starts_with("security.") || AUDITED.contains(&kind)
    }

    /// Every kind there is.
    pub const ALL: &[&str] = &[
        CONVERSATION_OPENED,
        CONVERSATION_REOPENED,
        CONVERSATION_CLOSED,
        CONVERSATION_SNOOZED,
        CONVERSATION_WOKE,
        CONVERSATION_ASSIGNED,
        CONVERSATION_UNASSIGNED,
        CONVERSATION_TRANSFERRED,
        CONVERSATION_ASKED,
        CONFERENCE_JOINED,
        CONFERENCE_LEFT,
        OFFER_MADE,
        OFFER_ACCEPTED,
        OFFER_DECLINED,
        OFFER_EXPIRED,
        OFFER_WITHDRAWN,
        OFFER_RECALLED,
        OFFER_SETTLED,
        REQUEST_DECLINED,
        REQUEST_UNANSWERED,
        AGENT_STATE,
        CONVERSATION_TAGGED,
        CONVERSATION_UNTAGGED,
        CONVERSATION_PRIORITY,
        CONVERSATION_UNDONE,
        CONVERSATION_READ,
        CONVERSATION_JOINED,
        CONVERSATION_HANDED,
        CONVERSATION_SPLIT,
        CONVERSATION_MERGED,
        CONVERSATION_RESTORED,
        CONVERSATION_RELEASED,
        CONVERSATION_CLOSING,
        CONVERSATION_IMPORTED,
        CONVERSATION_TOLD,
        MESSAGE_DELAYED,
        SENDER_CHANGED,
        MESSAGE_RECEIVED,
        MESSAGE_QUEUED,
        MESSAGE_STATE,
        MESSAGE_CHANGED,
        MESSAGE_UNDONE,
        LATER_PLANNED,
        LATER_HELD,
        LATER_CANCELLED,
        NOTE_ADDED,
        CONTACT_CREATED,
        CONTACT_CHANGED,
        CONTACT_DELETED,
        CONTACT_MERGED,
        CONTACT_PARTED,
        CONTACT_LEFT,
        CONTACT_CONSENT,
        CHANNEL_CHANGED,
        CHANNEL_BROKEN,
        TEMPLATE_CHANGED,
        COPY_MADE,
        COPY_FAILED,
        COPY_TAKEN,
        AUDIT_EXPORTED,
        CONTACTS_EXPORTED,
        CONTACTS_IMPORTED,
        CODES_RENEWED,
        FACTOR_OFF,
        FACTOR_ON,
        RETENTION_DELETED,
        SETTING_CHANGED,
        AGENT_CHANGED,
        QUEUE_CHANGED,
        TAG_CHANGED,
        FIELD_CHANGED,
        SEGMENT_CHANGED,
        VIEW_CHANGED,
        WRAPUP_CHANGED,
        WRAPUP_ASKED,
        WRAPUP_ANSWERED,
        WRAPUP_STOPPED,
        WRAPUP_WITHDRAWN,
        CONVERSATION_WRAPPED,
        IDENTITY_LOOSENED,
        IDENTITY_TIED,
        INVITED,
        NEW_BROWSER,
        PASSWORD_CHANGED,
        SESSIONS_ENDED,
        SIGNED_IN,
        SIGN_IN_FAILED,
        SIGNED_OUT,
        TOKEN_CREATED,
        TOKEN_REVOKED,
        WEBHOOK_ADDED,
        WEBHOOK_CHANGED,
        WEBHOOK_REMOVED,
    ];
}

/// What an event line tells beside its kind. It stands in [`super::message::Extra::event`] of the line in the
/// thread and as `data` of the entry in the log. Names are kept as they were when it happened.
///
/// | kind | fields |
/// |---|---|
/// | `conversation.opened` | `by`, `cause` (`customer`, `sent`), `episode`, `previous` |
/// | `conversation.reopened` | `by`, `cause` (`customer`, `sent`, `hand`), `episode` |
/// | `conversation.closed` | `by`, `episode`, `reasons`, `note`, `consent`, `cause` (`time`: nobody answered) |
/// | `conversation.wrapped` | `by`, `to` (whose work ended), `reasons`, `note`, `cause` (`time`: the default was taken) |
/// | `conversation.snoozed` | `by`, `until` (nothing: until the customer writes) |
/// | `conversation.woke` | `by`, `cause` (`customer`, `sent`, `hand`, `time`) |
/// | `conversation.assigned` | `by`, `to`, `from`, `cause` (`hand`, `sent`, `dealt`, `offered`) |
/// | `conversation.unassigned` | `by`, `from`, `cause` (`hand`, `closed`, `disabled`, `gone`) |
/// | `conversation.transferred` | `by`, `to` or `queue`, `from`, `note` |
/// | `conversation.asked` | `by`, `to` (the address), `beside` (the conversation with whom was asked) |
/// | `conference.joined` | `by`, `to`, `from` |
/// | `request.declined`, `request.unanswered` | `to`, `from`, `conference` |
/// | `conference.left` | `by`, `to` |
/// | `conversation.joined` | `to` (who wrote for the first time here) |
/// | `conversation.handed_over` | `from` (the assistant), `handed` (why), `by` (where somebody took over) |
/// | `conversation.split` | `by`, `other`, `away` (this is the one that was left) |
/// | `conversation.merged` | `by`, `other`, `away` (this is the one that is empty now) |
/// | `conversation.restored` | `by`, `other` |
/// | `conversation.released` | `by` |
/// | `conversation.closing` | `until` (when the window of a customer who waits closes; told once before) |
/// | `conversation.imported` | `from` (the program), `to` (who had it there, where nobody here has it), `queue` (the team there) |
/// | `conversation.told` | `note`: what the program that it comes from said had happened; in the thread only |
/// | `message.delayed` | `to`, `note` |
/// | `conversation.tagged`, `conversation.untagged` | `by`, `tag` |
/// | `conversation.priority` | `by`, `priority` |
/// | `conversation.undone` | `by`, `undone` |
/// | `later.held` | `to`, `held` |
/// | `contact.consent` | `allowed` |
/// | `message.queued` | `state`, `saw` (`window`, `newest`): what whoever sent it could see |
/// | `message.changed` | `what` (`edited`, `revoked`, `reaction`), `before` (the reaction that stood there) |
/// | `contact.parted` | `other`, `merged` (the entry of the merger) |
/// | every line of a conversation | `after`: how it stands then, see [`super::past::Stand`] |
/// | `contact.left` | – |
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Line {
    /// The agent who did it; empty: the customer, or the desk itself.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub by: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Cause>,
    /// The number of the open period that began or ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub episode: Option<i64>,
    /// The conversation that this one continues.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<i64>,
    /// The conversation that the messages went to or came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub other: Option<i64>,
    /// They went away from here.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub away: bool,
    /// The agent who has it now.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub to: String,
    /// The agent who had it before.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub from: String,
    /// The queue that has it now.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub queue: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// The wrap-up reasons.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// What the agent wrote for the others.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed: Option<bool>,
    /// The name of a tag.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tag: String,
    /// Why a message that was to be sent later waits for its owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<Why>,
    /// What was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undone: Option<Verb>,
    /// Why an assistant handed over.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handed: Option<super::greeter::Why>,
    /// How pressing it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// It was asked to write along, not to take over.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub conference: bool,
    /// The customer agreed that it ends.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub consent: bool,
    /// The conversation beside this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beside: Option<i64>,
}

/// What made it happen.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cause {
    /// The customer wrote.
    Customer,
    /// One of us sent a message.
    Sent,
    /// One of us asked for exactly this.
    Hand,
    /// Its time came.
    Time,
    /// The conversation was closed.
    Closed,
    /// The agent who had it no longer works here.
    Disabled,
    /// Its queue gave it to somebody.
    Dealt,
    /// Somebody accepted it.
    Offered,
    /// The agent who had it was gone for too long.
    Gone,
}

impl Line {
    /// The data of an event line; empty where it cannot be read.
    pub fn read(message: &Message) -> Line {
        Line::deserialize(&message.extra.event).unwrap_or_default()
    }
}
