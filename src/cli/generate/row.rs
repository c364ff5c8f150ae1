//! What a story consists of, on its way from the thread that tells it to the one that writes it down.

use super::files::File;
use crate::domain::agent::Agent;
use crate::domain::channel::Channel;
use crate::domain::conversation::Conversation;
use crate::domain::event::Line;
use crate::domain::message::{Extra, Kind, State};
use crate::domain::past::Stand;
use crate::domain::window::Grant;
use crate::domain::{Id, Timestamp};
use crate::random;
use crate::store::bulk::{Address, Attachment, Bulk, Contact, Episode};
use crate::store::event::Coming;
use crate::store::{Result, message};

/// Where and when something stands in a thread.
#[derive(Clone, Copy)]
pub struct Said {
    pub id: i64,
    pub of: Id<Conversation>,
    pub kind: Kind,
    pub at: Timestamp,
}

/// One thing to write down.
pub enum Row {
    Contact(Contact),
    Address(Address),
    Message {
        said: Said,
        author: Option<Id<Agent>>,
        body: String,
        state: State,
        channel: Option<Id<Channel>>,
        log: &'static str,
    },
    /// A file of the message before it.
    File {
        said: Said,
        author: Option<Id<Agent>>,
        file: Box<File>,
    },
    /// A line that says what happened.
    Line {
        said: Said,
        author: Option<Id<Agent>>,
        what: &'static str,
        line: Box<Line>,
        /// How the conversation stands from then on, where it stays so.
        after: Option<Stand>,
    },
    Episode(Episode),
    Conversation {
        conversation: Box<Conversation>,
        grant: Option<Grant>,
    },
}

/// Why a generated message was not sent.
const ERROR: &str = r#"{"code":"unreachable","message":"This number is not reachable.","again":true}"#;

impl Row {
    /// Writes it into the file.
    pub fn write(self, bulk: &Bulk) -> Result<()> {
        match self {
            Row::Contact(contact) => bulk.contact(&contact),
            Row::Address(address) => bulk.address(&address),
            Row::Message { said, author, body, state, channel, log } => {
                let provider = channel.map(|channel| format!("g{channel}.{:012}", said.id));
                let new = entry(&said, author, (&body, &NOTHING), Coming::of(log));
                let new = message::New { state, channel, provider_id: provider.as_deref(), ..new };
                bulk.message(said.id, &new, (state == State::Failed).then_some(ERROR))
            }
            Row::File { said, author, file } => bulk.attachment(&Attachment {
                message: said.id,
                agent: author.map(Id::get),
                name: &file.name,
                media_type: file.media_type,
                bytes: &file.content.bytes(),
                key: &random::key(),
                at: said.at,
            }),
            Row::Line { said, author, what, line, after } => {
                let event = serde_json::to_value(&line).unwrap_or_default();
                let extra = Extra { event, ..Extra::default() };
                let data = after.map(|stand| serde_json::json!({ "after": stand })).unwrap_or_default();
                bulk.message(
                    said.id,
                    &entry(&said, author, (what, &extra), Coming { kind: what, data }),
                    None,
                )
            }
            Row::Episode(episode) => bulk.episode(&episode),
            Row::Conversation { conversation, grant } => {
                bulk.conversation(&conversation)?;
                grant.map_or(Ok(()), |grant| bulk.grant(&conversation, &grant))
            }
        }
    }

    /// Whether it counts as a message.
    pub const fn is_message(&self) -> bool {
        matches!(self, Row::Message { .. })
    }
}

static NOTHING: Extra = Extra {
    covered: false,
    original: None,
    writer: String::new(),
    template: None,
    prepared: None,
    location: None,
    reactions: Vec::new(),
    reaction_fault: None,
    earlier: Vec::new(),
    referral: None,
    label: None,
    automatic: false,
    charged: false,
    pictured: false,
    part_of: None,
    mail: None,
    typed: None,
    event: serde_json::Value::Null,
    provider: serde_json::Value::Null,
};

fn entry<'a>(
    said: &Said,
    author: Option<Id<Agent>>,
    (body, extra): (&'a str, &'a Extra),
    coming: Coming,
) -> message::New<'a> {
    message::New {
        conversation: said.of,
        kind: said.kind,
        author,
        body,
        html: None,
        state: State::Received,
        channel: None,
        provider_id: None,
        key: None,
        reply_to: None,
        extra,
        at: said.at,
        coming: Some(coming),
    }
}
