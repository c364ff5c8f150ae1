//! The kinds of entries. Programs read them, so they are never renamed.

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
pub const WORKFLOW_CHANGED: &str = "workflow.changed";
pub const WORKFLOW_STARTED: &str = "workflow.started";
pub const WORKFLOW_STEP: &str = "workflow.step";
pub const WORKFLOW_FAILED: &str = "workflow.failed";
pub const WORKFLOW_STOPPED: &str = "workflow.stopped";
pub const WORKFLOW_DONE: &str = "workflow.done";
pub const COPY_HANDED_OUT: &str = "security.copy_handed_out";
pub const ANNOUNCEMENT_CHANGED: &str = "announcement.changed";
pub const ANNOUNCEMENT_READ: &str = "announcement.read";
pub const AUDIT_EXPORTED: &str = "security.audit_exported";
pub const CONTACTS_EXPORTED: &str = "security.contacts_exported";
pub const CONTACTS_IMPORTED: &str = "security.contacts_imported";
pub const CODES_RENEWED: &str = "security.codes_renewed";
pub const FACTOR_OFF: &str = "security.factor_off";
pub const FACTOR_ON: &str = "security.factor_on";
pub const IDENTITY_LOOSENED: &str = "security.identity_loosened";
pub const IDENTITY_TIED: &str = "security.identity_tied";
pub const INVITED: &str = "security.invited";
pub const MESSAGE_UNCOVERED: &str = "security.message_uncovered";
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
    WORKFLOW_CHANGED,
];

/// Whether entries of this kind stand in the chained log.
pub fn is_audited(kind: &str) -> bool {
    kind.starts_with("security.") || AUDITED.contains(&kind)
}

/// The place of a kind among all; nothing for what is none.
pub fn number(kind: &str) -> Option<i64> {
    ALL.iter().position(|one| *one == kind).and_then(|place| i64::try_from(place).ok())
}

/// Every kind there is. The file keeps their places here: what is new is added at the end.
pub const ALL: &[&str] = &[
    MESSAGE_RECEIVED,
    MESSAGE_QUEUED,
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
    COPY_HANDED_OUT,
    ANNOUNCEMENT_CHANGED,
    ANNOUNCEMENT_READ,
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
    MESSAGE_UNCOVERED,
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
    WORKFLOW_CHANGED,
    WORKFLOW_STARTED,
    WORKFLOW_STEP,
    WORKFLOW_FAILED,
    WORKFLOW_STOPPED,
    WORKFLOW_DONE,
];
