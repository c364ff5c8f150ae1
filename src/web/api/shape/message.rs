//! Messages and their files in the API.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::person::Person;
use super::time;
use crate::domain::Id;
use crate::domain::access::Viewer;
use crate::domain::agent::Agent;
use crate::domain::message::{self, Kind, Location, Prepared, Reaction, State, TemplateUse};
use crate::domain::window::Sender;
use crate::store::{self, Connection};
use crate::web::api::schema::{
    Schemas, answer, id, list, moment, named, number, one_of, or_null, request, text, text_up_to,
    texts_by_name, yes_no,
};

/// A message, a note, or a line that says what happened.
#[derive(Serialize)]
pub struct Message {
    pub id: i64,
    pub conversation_id: i64,
    pub kind: Kind,
    /// Plain text; for an event its kind; empty when the customer took the message back.
    pub body: String,
    /// The HTML original of a mail, as it came: not safe to show as it is.
    pub html: Option<String>,
    pub state: State,
    pub error: Option<Error>,
    pub attachments: Vec<Attachment>,
    pub author: Option<Person>,
    /// A program wrote it, no person.
    pub automatic: bool,
    /// Who wrote it, where that is nobody here: a virtual assistant, or a colleague at a desk that was left.
    pub writer: Option<String>,
    pub provider_id: Option<String>,
    pub reply_to: Option<i64>,
    pub template: Option<TemplateUse>,
    /// The prepared text that it was made from, and which version of it.
    pub prepared: Option<Prepared>,
    pub location: Option<Location>,
    pub reactions: Vec<Reaction>,
    /// What stands for something that is no text, such as a sticker.
    pub label: Option<String>,
    /// What an event line tells.
    pub data: Value,
    pub at: String,
    pub created_at: String,
    pub edited_at: Option<String>,
    pub revoked_at: Option<String>,
}

/// Why a message failed.
#[derive(Serialize)]
pub struct Error {
    pub code: String,
    /// The provider's own words.
    pub message: String,
    /// Whether trying again makes sense.
    pub retryable: bool,
}

/// A file.
#[derive(Serialize, Clone)]
pub struct Attachment {
    pub id: i64,
    pub name: String,
    #[serde(rename = "type")]
    pub media_type: String,
    pub size: u64,
    pub state: &'static str,
    /// Where its bytes are, for the same token.
    pub url: String,
}

impl Attachment {
    /// The file as the API shows it; `base` is where programs reach us.
    pub fn of(file: &message::Attachment, base: &str) -> Attachment {
        Attachment {
            id: file.id.get(),
            name: file.name.clone(),
            media_type: file.media_type.clone(),
            size: file.size,
            state: file.state.as_str(),
            url: format!("{base}/api/v1/attachments/{}", file.id),
        }
    }
}

/// These messages with their files and authors, in their order.
pub fn gather(
    connection: &Connection,
    messages: Vec<message::Message>,
    base: &str,
) -> store::Result<Vec<Message>> {
    let ids: Vec<_> = messages.iter().map(|message| message.id).collect();
    let mut files: BTreeMap<Id<message::Message>, Vec<Attachment>> = BTreeMap::new();
    for file in store::attachment::of_messages(connection, &ids)? {
        if let Some(message) = file.message {
            files.entry(message).or_default().push(Attachment::of(&file, base));
        }
    }
    let agents = if messages.iter().any(|message| message.author.is_some()) {
        store::agent::all(connection)?
    } else {
        Vec::new()
    };
    let shaped = messages.into_iter().map(|message| {
        let attachments = files.remove(&message.id).unwrap_or_default();
        shape(message, attachments, &agents)
    });
    Ok(shaped.collect())
}

fn shape(message: message::Message, attachments: Vec<Attachment>, agents: &[Agent]) -> Message {
    let author = agents.iter().find(|agent| Some(agent.id) == message.author);
    let seen = message.revoked_at.is_none();
    Message {
        id: message.id.get(),
        conversation_id: message.conversation.get(),
        kind: message.kind,
        body: if seen { message.body } else { String::new() },
        html: message.html.filter(|_| seen),
        state: message.state,
        error: message.error.map(|fault| Error {
            code: fault.code,
            message: fault.message,
            retryable: fault.again,
        }),
        attachments: if seen { attachments } else { Vec::new() },
        author: author.map(Person::of),
        automatic: message.extra.automatic,
        writer: Some(message.extra.writer).filter(|writer| !writer.is_empty()),
        provider_id: message.provider_id,
        reply_to: message.reply_to.map(Id::get),
        template: message.extra.template,
        prepared: message.extra.prepared,
        location: message.extra.location.filter(|_| seen),
        reactions: message.extra.reactions,
        label: message.extra.label.filter(|_| seen),
        data: message.extra.event,
        at: time(message.at),
        created_at: time(message.created_at),
        edited_at: message.edited_at.map(time),
        revoked_at: message.revoked_at.map(time),
    }
}

/// A message to be sent, or a note to be added.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewMessage {
    #[serde(default)]
    pub kind: NewKind,
    #[serde(default)]
    pub body: String,
    pub template: Option<Chosen>,
    #[serde(default)]
    pub attachments: Vec<NewAttachment>,
    pub reply_to: Option<i64>,
    pub seen: Option<i64>,
    pub key: Option<String>,
    #[serde(default)]
    pub by: By,
}

/// Who sends: a program by itself, unless it says that somebody pressed a button in it.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "lowercase")]
pub enum By {
    Person,
    #[default]
    Program,
}

impl By {
    const ALL: [&'static str; 2] = ["person", "program"];

    /// `viewer`, as the one who sends in this way.
    pub fn of(self, viewer: &Viewer) -> Viewer {
        let sender = match self {
            By::Person => Sender::Person,
            By::Program => Sender::Automatic,
        };
        Viewer { sender, ..viewer.clone() }
    }

    /// The schema of it.
    pub fn schema() -> Value {
        let mut schema = one_of(By::ALL);
        schema["default"] = json!("program");
        schema["description"] = json!(
            "`person` only when somebody wrote or pressed Send for exactly this message: some windows are open to people and closed to programs."
        );
        schema
    }
}

/// A template with what is to stand in its gaps.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chosen {
    pub name: String,
    pub language: String,
    #[serde(default)]
    pub parameters: BTreeMap<String, String>,
}

/// What it is to become.
#[derive(Deserialize, Clone, Copy, PartialEq, Eq, Default)]
#[serde(rename_all = "lowercase")]
pub enum NewKind {
    #[default]
    Reply,
    Note,
}

/// A file to be sent: one that was uploaded, or the bytes themselves.
#[derive(Deserialize)]
#[serde(untagged)]
pub enum NewAttachment {
    Number(i64),
    Uploaded(Uploaded),
    Here(Here),
}

/// A file that was uploaded before.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Uploaded {
    pub id: i64,
}

/// A file in base64.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Here {
    pub name: String,
    #[serde(rename = "type", default)]
    pub media_type: String,
    pub content: String,
}

/// The schemas of it all.
pub fn schemas() -> Schemas {
    let mut all = answers();
    all.extend(requests());
    all
}

fn answers() -> Schemas {
    let fault = answer(&[("code", text()), ("message", text()), ("retryable", yes_no())]);
    let reaction = answer(&[("by", one_of(["them", "us"])), ("emoji", text())]);
    vec![
        (
            "Attachment",
            answer(&[
                ("id", id()),
                ("name", text()),
                ("type", text()),
                ("size", number()),
                ("state", one_of(["stored", "pending", "failed"])),
                ("url", text()),
            ]),
        ),
        ("Prepared", answer(&[("id", id()), ("name", text()), ("version", number())])),
        ("TemplateUse", answer(&[("name", text()), ("language", text()), ("parameters", texts_by_name())])),
        (
            "Message",
            answer(&[
                ("id", id()),
                ("conversation_id", id()),
                ("kind", one_of(Kind::ALL.map(Kind::as_str))),
                ("body", text()),
                ("html", or_null(&text())),
                ("state", one_of(State::ALL.map(State::as_str))),
                ("error", or_null(&fault)),
                ("attachments", list(&named("Attachment"))),
                ("author", or_null(&named("Person"))),
                ("automatic", yes_no()),
                ("writer", or_null(&text())),
                ("provider_id", or_null(&text())),
                ("reply_to", or_null(&id())),
                ("template", or_null(&named("TemplateUse"))),
                ("prepared", or_null(&named("Prepared"))),
                ("location", json!({})),
                ("reactions", list(&reaction)),
                ("label", or_null(&text())),
                ("data", json!({})),
                ("at", moment()),
                ("created_at", moment()),
                ("edited_at", or_null(&moment())),
                ("revoked_at", or_null(&moment())),
            ]),
        ),
    ]
}

fn requests() -> Schemas {
    let here = request(
        &["name", "content"],
        &[
            ("name", text()),
            ("type", text()),
            ("content", json!({ "type": "string", "contentEncoding": "base64" })),
        ],
    );
    vec![
        (
            "ChosenTemplate",
            request(
                &["name", "language"],
                &[("name", text()), ("language", text()), ("parameters", texts_by_name())],
            ),
        ),
        ("NewAttachment", json!({ "anyOf": [id(), request(&["id"], &[("id", id())]), here] })),
        (
            "NewMessage",
            request(
                &[],
                &[
                    ("kind", one_of(["reply", "note"])),
                    ("body", text()),
                    ("template", or_null(&named("ChosenTemplate"))),
                    ("attachments", list(&named("NewAttachment"))),
                    ("reply_to", or_null(&id())),
                    ("seen", or_null(&id())),
                    ("key", or_null(&text_up_to(200))),
                    ("by", By::schema()),
                ],
            ),
        ),
    ]
}
