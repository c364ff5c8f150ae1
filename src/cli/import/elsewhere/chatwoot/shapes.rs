//! What a Chatwoot tells, in our words. Shapes: its `app/views/api/v1/` (JSON builders); a dump is put into the same ones.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::told::{field_kind, fields, list, moment, number, some, text};
use crate::domain::Timestamp;
use crate::domain::brought::{Attribute, Colleague, Entry, File, Inbox, Person, Reach, Thread};
use crate::domain::channel::{Kind, Settings};
use crate::domain::contact::AddressKind;
use crate::domain::conversation::Status;
use crate::domain::mail::{Envelope, Mailbox};
use crate::domain::message::{self, Location, State};
use crate::domain::tag::Priority;

/// What has to be known to read the rest.
#[derive(Default)]
pub struct Shapes {
    /// What kind of channel an inbox is.
    pub kinds: BTreeMap<String, Kind>,
    /// Who works there: messages name them without their addresses.
    pub agents: BTreeMap<String, Colleague>,
}

impl Shapes {
    /// Somebody works there.
    pub fn work(&mut self, of: &Value) {
        let who = Colleague { name: text(of, "name"), email: text(of, "email") };
        self.agents.insert(text(of, "id"), who);
    }

    /// The entry points, which have to be known before the rest.
    pub fn inboxes(&mut self, told: &[Value]) -> Vec<Inbox> {
        let inboxes: Vec<Inbox> = told.iter().map(inbox).collect();
        self.kinds = inboxes.iter().map(|inbox| (inbox.their.clone(), inbox.kind)).collect();
        inboxes
    }

    fn kind_of(&self, inbox: &str) -> Kind {
        self.kinds.get(inbox).copied().unwrap_or(Kind::Custom)
    }

    fn agent(&self, of: &Value) -> Option<Colleague> {
        // Bots and assistants have numbers of their own.
        let known = self.agents.get(&text(of, "id")).filter(|_| !is_robot(of)).cloned();
        let named = || Colleague { name: text(of, "name"), email: text(of, "email") };
        known.or_else(|| Some(named()).filter(|who| !who.name.is_empty()))
    }

    /// One of its people.
    pub fn person(&self, of: &Value) -> Person {
        let mut addresses = Vec::new();
        let plain = [("email", AddressKind::Email), ("phone_number", AddressKind::Phone)];
        for (name, kind) in plain {
            addresses.extend(some(of, name).map(|value| Reach { inbox: None, kind, value }));
        }
        for place in list(of, "contact_inboxes") {
            let inbox = place.get("inbox").map(|inbox| text(inbox, "id")).unwrap_or_default();
            let kind = self.kind_of(&inbox);
            if let Some(value) = some(place, "source_id") {
                addresses.push(Reach {
                    inbox: Some(inbox),
                    kind: kind.person(),
                    value: reached(kind, &value),
                });
            }
        }
        let more = of.get("additional_attributes").unwrap_or(&Value::Null);
        Person {
            their: text(of, "id"),
            name: text(of, "name"),
            language: some(more, "language_code").filter(|code| code.len() <= 5),
            addresses,
            fields: fields(of, "custom_attributes"),
            blocked: of.get("blocked").and_then(Value::as_bool) == Some(true),
            created_at: moment(of, "created_at"),
        }
    }

    /// A conversation.
    pub fn thread(&self, of: &Value) -> Thread {
        let meta = of.get("meta").unwrap_or(&Value::Null);
        let person = meta.get("sender").map(|sender| text(sender, "id")).unwrap_or_default();
        let created_at = moment(of, "created_at").unwrap_or(Timestamp(0));
        let more = of.get("additional_attributes").unwrap_or(&Value::Null);
        Thread {
            their: text(of, "id"),
            inbox: text(of, "inbox_id"),
            person,
            subject: some(more, "mail_subject").unwrap_or_default(),
            status: match text(of, "status").as_str() {
                "resolved" => Status::Closed,
                "snoozed" => Status::Snoozed,
                _ => Status::Open,
            },
            until: moment(of, "snoozed_until"),
            assignee: meta.get("assignee").and_then(|who| self.agent(who)),
            team: meta.get("team").map(|team| text(team, "name")).unwrap_or_default(),
            priority: match text(of, "priority").as_str() {
                "urgent" => Priority::Urgent,
                "high" => Priority::High,
                "low" => Priority::Low,
                _ => Priority::None,
            },
            tags: list(of, "labels").iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            unread: number(of, "unread_count").and_then(|count| i64::try_from(count).ok()).unwrap_or(0),
            created_at,
            moved_at: moved(of).unwrap_or(created_at),
        }
    }

    /// What stands in a conversation of this inbox.
    pub fn entry(&self, of: &Value, inbox: &str) -> Entry {
        let (sender, more) = (part(of, "sender"), part(of, "content_attributes"));
        let private = of.get("private").and_then(Value::as_bool) == Some(true);
        // Source: `enum message_type` in app/models/message.rb.
        let kind = match text(of, "message_type").as_str() {
            "0" | "incoming" => message::Kind::Inbound,
            "2" | "activity" => message::Kind::Event,
            _ if private => message::Kind::Note,
            _ => message::Kind::Outbound,
        };
        let ours = matches!(kind, message::Kind::Outbound | message::Kind::Note);
        let robot = text(of, "message_type") == "3" || is_robot(sender);
        let email = part(more, "email");
        let mail = (self.kind_of(inbox) == Kind::Email && kind != message::Kind::Event && !private)
            .then(|| envelope(of, more, email));
        let content = text(of, "content");
        let body = some(part(email, "text_content"), "full").unwrap_or(content);
        let source = some(of, "source_id");
        Entry {
            their: text(of, "id"),
            kind,
            by: ours.then(|| self.agent(sender)).flatten(),
            body,
            html: some(part(email, "html_content"), "full"),
            state: match (kind, text(of, "status").as_str()) {
                (message::Kind::Outbound, "failed") => State::Failed,
                (message::Kind::Outbound, "read") => State::Read,
                (message::Kind::Outbound, "delivered") => State::Delivered,
                (message::Kind::Outbound, _) => State::Sent,
                _ => State::Received,
            },
            automatic: kind == message::Kind::Outbound && robot,
            at: moment(of, "created_at").unwrap_or(Timestamp(0)),
            answers: some(more, "in_reply_to"),
            provider_id: match &mail {
                Some(mail) => Some(mail.identifier.clone()).filter(|id| !id.is_empty()),
                None => source.filter(|_| says_ids(self.kind_of(inbox))),
            },
            location: list(of, "attachments").iter().find_map(place),
            files: list(of, "attachments").iter().filter_map(file).collect(),
            mail,
        }
    }
}

/// A part of it; nothing where there is none.
pub fn part<'v>(of: &'v Value, name: &str) -> &'v Value {
    of.get(name).unwrap_or(&Value::Null)
}

fn is_robot(sender: &Value) -> bool {
    matches!(text(sender, "type").as_str(), "agent_bot" | "captain_assistant")
}

/// When something last happened to a conversation.
pub fn moved(of: &Value) -> Option<Timestamp> {
    moment(of, "last_activity_at").or_else(|| moment(of, "timestamp"))
}

/// A field, if it is one of contacts.
pub fn attribute(of: &Value) -> Option<Attribute> {
    let of_contacts = matches!(text(of, "attribute_model").as_str(), "" | "1" | "contact_attribute");
    of_contacts.then(|| Attribute {
        key: text(of, "attribute_key"),
        name: text(of, "attribute_display_name"),
        kind: field_kind(of, "attribute_display_type"),
    })
}

fn inbox(of: &Value) -> Inbox {
    // Source: `CHANNEL_TYPE`s in app/models/channel/*.rb; a number at Twilio speaks SMS or WhatsApp.
    let kind = match text(of, "channel_type").trim_start_matches("Channel::") {
        "WebWidget" => Kind::Webchat,
        "FacebookPage" => Kind::Messenger,
        "Instagram" => Kind::Instagram,
        "Whatsapp" => Kind::Whatsapp,
        "TwilioSms" if text(of, "medium") == "whatsapp" => Kind::Whatsapp,
        "TwilioSms" | "Sms" => Kind::Sms,
        "Email" => Kind::Email,
        "Telegram" => Kind::Telegram,
        "Line" => Kind::Line,
        "Tiktok" => Kind::Tiktok,
        _ => Kind::Custom,
    };
    let mut settings = Settings::new();
    if kind == Kind::Email {
        settings.extend(some(of, "email").map(|email| ("address".to_owned(), email.to_lowercase())));
    }
    Inbox { their: text(of, "id"), name: text(of, "name"), kind, settings }
}

/// How a provider calls a person, by their word for it. Numbers come with a plus, and at Twilio after a word.
fn reached(kind: Kind, source: &str) -> String {
    let plain = source.strip_prefix("whatsapp:").unwrap_or(source);
    let number = kind == Kind::Whatsapp && !plain.is_empty() && plain.chars().all(|c| c.is_ascii_digit());
    if number { format!("+{plain}") } else { plain.to_owned() }
}

/// Whether the ids of messages are those that the provider gives, and different in the whole channel.
const fn says_ids(kind: Kind) -> bool {
    matches!(kind, Kind::Whatsapp | Kind::Messenger | Kind::Instagram | Kind::Line | Kind::Sms)
}

fn envelope(of: &Value, more: &Value, email: &Value) -> Envelope {
    let bare = |id: String| id.trim().trim_start_matches('<').trim_end_matches('>').to_owned();
    let boxes = |from: &Value, name: &str| -> Vec<Mailbox> {
        let one = from.get(name).and_then(Value::as_str).map(|text| vec![text.to_owned()]);
        let many = || list(from, name).iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let all = one.unwrap_or_else(many);
        let parts =
            all.iter().flat_map(|text| text.split(',')).map(str::trim).filter(|text| !text.is_empty());
        parts.map(|text| Mailbox { name: String::new(), address: text.to_lowercase() }).collect()
    };
    let named = |name: &str, ours: &str| match boxes(email, name) {
        found if found.is_empty() => boxes(more, ours),
        found => found,
    };
    Envelope {
        identifier: bare(some(email, "message_id").unwrap_or_else(|| text(of, "source_id"))),
        from: boxes(email, "from").into_iter().next(),
        to: named("to", "to_emails"),
        cc: named("cc", "cc_emails"),
        bcc: named("bcc", "bcc_emails"),
        subject: text(email, "subject"),
        ..Envelope::default()
    }
}

fn place(of: &Value) -> Option<Location> {
    if text(of, "file_type") != "location" {
        return None;
    }
    let number = |name: &str| of.get(name).and_then(Value::as_f64);
    Some(Location {
        latitude: number("coordinates_lat")?,
        longitude: number("coordinates_long")?,
        name: some(of, "fallback_title"),
        address: None,
    })
}

fn file(of: &Value) -> Option<File> {
    if matches!(text(of, "file_type").as_str(), "location" | "fallback" | "contact") {
        return None;
    }
    let url = some(of, "data_url")?;
    if let Some(name) = some(of, "file_name") {
        let media_type = some(of, "content_type").unwrap_or_default();
        return Some(File { their: text(of, "id"), name, media_type, url });
    }
    let last = url.split(['?', '#']).next().and_then(|path| path.rsplit('/').next()).unwrap_or_default();
    let name = percent_encoding::percent_decode_str(last).decode_utf8_lossy().into_owned();
    let name = if name.is_empty() { format!("{}-{}", text(of, "file_type"), text(of, "id")) } else { name };
    Some(File { their: text(of, "id"), name, media_type: some(of, "content_type").unwrap_or_default(), url })
}
