//! The tables of a Chatwoot that an import reads. Source: its `db/schema.rb` as of 2025-08.

use serde_json::Value;

use super::super::dump::{Wanted, id};
use super::super::told::{some, text};

/// Contacts stand in its list if something is known by which they are found (`resolved_contacts`); others, such as
/// visitors who only opened the page, come with the conversation that they have.
fn list_of(row: &Value) -> &'static str {
    let known = ["email", "phone_number", "identifier"].iter().any(|name| some(row, name).is_some());
    if known { "listed" } else { "other" }
}

/// What is wanted of a dump.
pub fn wanted() -> Vec<Wanted<'static>> {
    let plain = &|row: &Value| Some((String::new(), id(row, "id")?));
    let of_account = &|row: &Value| Some((text(row, "account_id"), id(row, "id")?));
    let table = |table, columns, place| Wanted { table, columns, place };
    vec![
        table("accounts", &["id", "name"], plain),
        table("users", &["id", "name", "email"], plain),
        table("teams", &["id", "name"], plain),
        table("agent_bots", &["id", "name"], plain),
        table("captain_assistants", &["id", "name"], plain),
        table("inboxes", &["id", "channel_id", "account_id", "name", "channel_type"], of_account),
        table("channel_email", &["id", "email"], plain),
        table("channel_twilio_sms", &["id", "medium"], plain),
        table("custom_attribute_definitions", ATTRIBUTES, of_account),
        table("contacts", CONTACT, &|row| {
            Some((format!("{} {}", text(row, "account_id"), list_of(row)), id(row, "id")?))
        }),
        table("contact_inboxes", &["id", "contact_id", "inbox_id", "source_id"], &|row| {
            Some((text(row, "contact_id"), id(row, "id")?))
        }),
        table("conversations", CONVERSATION, of_account),
        table("messages", MESSAGE, &|row| Some((text(row, "conversation_id"), id(row, "id")?))),
        table("tags", &["id", "name"], plain),
        table("taggings", &["id", "tag_id", "taggable_type", "taggable_id", "context"], &|row| {
            let is_label = text(row, "taggable_type") == "Conversation" && text(row, "context") == "labels";
            is_label.then(|| id(row, "id").map(|id| (text(row, "taggable_id"), id))).flatten()
        }),
        table("attachments", ATTACHMENT, &|row| Some((text(row, "message_id"), id(row, "id")?))),
        table("active_storage_attachments", &["id", "name", "record_type", "record_id", "blob_id"], &|row| {
            let is_file = text(row, "record_type") == "Attachment" && text(row, "name") == "file";
            is_file.then(|| id(row, "id").map(|id| (text(row, "record_id"), id))).flatten()
        }),
        table("active_storage_blobs", &["id", "key", "filename", "content_type"], plain),
    ]
}

const ATTRIBUTES: &[&str] = &[
    "id",
    "account_id",
    "attribute_key",
    "attribute_display_name",
    "attribute_display_type",
    "attribute_model",
];
const CONTACT: &[&str] = &[
    "id",
    "account_id",
    "name",
    "email",
    "phone_number",
    "identifier",
    "additional_attributes",
    "custom_attributes",
    "blocked",
    "created_at",
];
const CONVERSATION: &[&str] = &[
    "id",
    "account_id",
    "display_id",
    "inbox_id",
    "contact_id",
    "assignee_id",
    "team_id",
    "status",
    "priority",
    "additional_attributes",
    "snoozed_until",
    "agent_last_seen_at",
    "created_at",
    "last_activity_at",
];
const MESSAGE: &[&str] = &[
    "id",
    "conversation_id",
    "message_type",
    "content",
    "content_attributes",
    "private",
    "status",
    "source_id",
    "sender_type",
    "sender_id",
    "created_at",
];
const ATTACHMENT: &[&str] = &[
    "id",
    "message_id",
    "file_type",
    "external_url",
    "coordinates_lat",
    "coordinates_long",
    "fallback_title",
];
