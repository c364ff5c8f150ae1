//! What a Libredesk tells, in our words. Shapes: the models of `internal/conversation`, `internal/user` and
//! `internal/inbox`, as of version 948ffd8; a dump is put into the same ones.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::told::{field_kind, fields, list, moment, some, text};
use crate::domain::Timestamp;
use crate::domain::brought::{Attribute, Colleague, Entry, File, Inbox, Person, Reach, Thread};
use crate::domain::channel::{Kind, Settings};
use crate::domain::contact::AddressKind;
use crate::domain::conversation::Status;
use crate::domain::mail::{Envelope, Mailbox};
use crate::domain::message::{self, State};
use crate::domain::tag::Priority;

/// What has to be known to read the rest.
#[derive(Default)]
pub struct Shapes {
    pub agents: BTreeMap<String, Colleague>,
    pub teams: BTreeMap<String, String>,
    pub kinds: BTreeMap<String, Kind>,
}

impl Shapes {
    /// Somebody works there.
    pub fn work(&mut self, of: &Value) {
        self.agents.insert(text(of, "id"), colleague(of));
    }

    /// The entry points, which have to be known before the rest.
    pub fn inboxes(&mut self, told: &[Value]) -> Vec<Inbox> {
        let inboxes: Vec<Inbox> = told.iter().map(inbox).collect();
        self.kinds = inboxes.iter().map(|inbox| (inbox.their.clone(), inbox.kind)).collect();
        inboxes
    }

    /// A conversation.
    pub fn thread(&self, of: &Value) -> Thread {
        let created_at = moment(of, "created_at").unwrap_or(Timestamp(0));
        let until = moment(of, "snoozed_until");
        let status = match (text(of, "status_category").as_str(), text(of, "status").as_str()) {
            ("resolved", _) | (_, "Resolved" | "Closed") => Status::Closed,
            (_, "Snoozed") => Status::Snoozed,
            _ if until.is_some() => Status::Snoozed,
            _ => Status::Open,
        };
        Thread {
            their: text(of, "uuid"),
            inbox: text(of, "inbox_id"),
            person: text(of, "contact_id"),
            subject: text(of, "subject"),
            status,
            until,
            assignee: self.agents.get(&text(of, "assigned_user_id")).cloned(),
            team: self.teams.get(&text(of, "assigned_team_id")).cloned().unwrap_or_default(),
            priority: match text(of, "priority").as_str() {
                "Urgent" => Priority::Urgent,
                "High" => Priority::High,
                "Low" => Priority::Low,
                _ => Priority::None,
            },
            tags: list(of, "tags").iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            unread: 0,
            created_at,
            moved_at: moved(of).unwrap_or(created_at),
        }
    }

    /// What stands in a conversation of this inbox.
    pub fn entry(&self, of: &Value, inbox: &str) -> Entry {
        let private = of.get("private").and_then(Value::as_bool) == Some(true);
        let kind = match text(of, "type").as_str() {
            "incoming" => message::Kind::Inbound,
            "activity" => message::Kind::Event,
            _ if private => message::Kind::Note,
            _ => message::Kind::Outbound,
        };
        let author = of.get("author").unwrap_or(&Value::Null);
        let ours = matches!(kind, message::Kind::Outbound | message::Kind::Note);
        let html = some(of, "content").filter(|_| text(of, "content_type") == "html");
        let plain = some(of, "text_content").unwrap_or_else(|| text(of, "content"));
        let is_mail = self.kinds.get(inbox) == Some(&Kind::Email);
        let mail = (is_mail && matches!(kind, message::Kind::Inbound | message::Kind::Outbound))
            .then(|| envelope(of.get("meta").unwrap_or(&Value::Null)));
        Entry {
            their: text(of, "uuid"),
            kind,
            by: ours.then(|| colleague(author)),
            body: plain,
            html: html.filter(|_| mail.is_some()),
            state: match (kind, text(of, "status").as_str()) {
                (message::Kind::Outbound, "failed") => State::Failed,
                (message::Kind::Outbound, _) => State::Sent,
                _ => State::Received,
            },
            automatic: kind == message::Kind::Outbound
                && (text(author, "type") == "ai_assistant" || text(author, "email") == "System"),
            at: moment(of, "created_at").unwrap_or(Timestamp(0)),
            answers: None,
            provider_id: None,
            mail,
            location: None,
            files: list(of, "attachments").iter().filter_map(file).collect(),
        }
    }
}

/// When something last happened to it.
pub fn moved(of: &Value) -> Option<Timestamp> {
    moment(of, "updated_at").max(moment(of, "last_message_at"))
}

fn colleague(of: &Value) -> Colleague {
    let name = format!("{} {}", text(of, "first_name"), text(of, "last_name"));
    Colleague { name: name.trim().to_owned(), email: text(of, "email") }
}

/// A field, if it is one of contacts.
pub fn attribute(of: &Value) -> Option<Attribute> {
    (text(of, "applies_to") == "contact").then(|| Attribute {
        key: text(of, "key"),
        name: text(of, "name"),
        kind: field_kind(of, "data_type"),
    })
}

fn inbox(of: &Value) -> Inbox {
    let kind = match text(of, "channel").as_str() {
        "email" => Kind::Email,
        "livechat" => Kind::Webchat,
        _ => Kind::Custom,
    };
    let mut settings = Settings::new();
    // "Shop <shop@example.org>", or only the address.
    let from = text(of, "from");
    let bare = from.rsplit('<').next().unwrap_or_default().trim_end_matches('>').trim().to_lowercase();
    if kind == Kind::Email && bare.contains('@') {
        settings.insert("address".to_owned(), bare);
    }
    Inbox { their: text(of, "id"), name: text(of, "name"), kind, settings }
}

/// One of its people.
pub fn person(of: &Value) -> Person {
    let mut addresses = Vec::new();
    addresses.extend(some(of, "email").map(|value| Reach { inbox: None, kind: AddressKind::Email, value }));
    if let Some(phone) = some(of, "phone_number") {
        addresses.push(Reach { inbox: None, kind: AddressKind::Phone, value: phone_number(of, &phone) });
    }
    Person {
        their: text(of, "id"),
        name: colleague(of).name,
        language: None,
        addresses,
        fields: fields(of, "custom_attributes"),
        blocked: of.get("enabled").and_then(Value::as_bool) == Some(false),
        created_at: moment(of, "created_at"),
    }
}

/// The number with the code of its country, which stands apart: as digits, or as the name of the country.
fn phone_number(of: &Value, phone: &str) -> String {
    let code = text(of, "phone_number_country_code");
    let digits = code.trim_start_matches('+');
    let is_code = !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit());
    if phone.starts_with('+') || !is_code { phone.to_owned() } else { format!("+{digits}{phone}") }
}

fn envelope(meta: &Value) -> Envelope {
    let boxes = |name: &str| -> Vec<Mailbox> {
        let all = list(meta, name).iter().filter_map(Value::as_str);
        all.map(|text| Mailbox { name: String::new(), address: text.trim().to_lowercase() }).collect()
    };
    Envelope {
        from: boxes("from").into_iter().next(),
        to: boxes("to"),
        cc: boxes("cc"),
        bcc: boxes("bcc"),
        subject: text(meta, "subject"),
        ..Envelope::default()
    }
}

fn file(of: &Value) -> Option<File> {
    let (url, their) = (some(of, "url")?, some(of, "uuid")?);
    Some(File { their, name: text(of, "name"), media_type: text(of, "content_type"), url })
}
