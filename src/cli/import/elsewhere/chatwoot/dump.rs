//! A dump of a Chatwoot's database, put into the shapes of its API, so that both bring the same. Tables: `db/schema.rb`
//! as of 2025-08; the words that stand there as numbers: the enums of `app/models`.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use super::super::ask::No;
use super::super::dump::{BESIDE, Dump, Folder, Program, flag, id, millis, nested, seconds};
use super::super::files::Files;
use super::super::told::{moment, some, text};
use super::super::{Each, Page, Row, Source};
use super::origin;
use super::shapes::{self, Shapes};
use super::tables::wanted;
use crate::cli::Error;
use crate::domain::brought::{Attribute, Inbox, Origin, Person, Thread};

pub const PROGRAM: Program = Program {
    name: "Chatwoot",
    source: "chatwoot-dump",
    tables: &["accounts", "contact_inboxes", "contacts", "conversations", "inboxes", "messages", "users"],
};

/// How many unread messages its API counts at most (`unread_incoming_messages` in app/models/conversation.rb).
const UNREAD: usize = 10;
/// Among how many of the last messages they are looked for.
const LAST: i64 = 100;

/// An account of a Chatwoot, in a dump.
pub struct Dumped {
    dump: Dump,
    base: String,
    account: String,
    folder: Arc<Folder>,
    shapes: Shapes,
    /// The last number of the page before.
    after: i64,
    /// The numbers of conversations in the database, by those that people know.
    numbers: BTreeMap<String, i64>,
}

impl Dumped {
    /// The account `account` (the only one, where none is named) in the dump at `path` of the instance that was at
    /// `base`. Its files lie in `folder`; rows lie on the disk of `beside` meanwhile.
    pub fn read(
        (path, beside): (&Path, &Path),
        base: String,
        account: Option<u64>,
        folder: Folder,
    ) -> Result<Dumped, Error> {
        let dump = Dump::read(path, beside, &PROGRAM, &wanted())?;
        let accounts = dump.all("accounts", "")?;
        let named: Vec<String> =
            accounts.iter().map(|one| format!("{} ({})", text(one, "id"), text(one, "name"))).collect();
        let account = match (account.map(|number| number.to_string()), accounts.as_slice()) {
            (Some(account), _) if accounts.iter().any(|one| text(one, "id") == account) => account,
            (None, [only]) => text(only, "id"),
            _ => {
                let named = named.join(", ");
                return Err(Error::Usage(format!(
                    "the dump holds these accounts: {named}; name one with --account NUMBER"
                )));
            }
        };
        let numbers = BTreeMap::new();
        Ok(Dumped {
            dump,
            base,
            account,
            folder: Arc::new(folder),
            shapes: Shapes::default(),
            after: 0,
            numbers,
        })
    }

    fn told_person(&self, row: &Value) -> Result<Value, Error> {
        let places = self.dump.all("contact_inboxes", &text(row, "id"))?;
        let places: Vec<Value> = places
            .iter()
            .map(|one| json!({ "source_id": text(one, "source_id"), "inbox": { "id": text(one, "inbox_id") } }))
            .collect();
        Ok(json!({
            "id": text(row, "id"), "name": text(row, "name"), "email": text(row, "email"),
            "phone_number": text(row, "phone_number"), "contact_inboxes": places,
            "additional_attributes": nested(row, "additional_attributes"),
            "custom_attributes": nested(row, "custom_attributes"), "blocked": flag(row, "blocked"),
            "created_at": seconds(row, "created_at"),
        }))
    }

    fn told_thread(&self, row: &Value) -> Result<Value, Error> {
        let team = match id(row, "team_id") {
            Some(team) => self.dump.one("teams", "", team)?,
            None => None,
        };
        let snoozed = millis(row, "snoozed_until").and_then(|at| jiff::Timestamp::from_millisecond(at).ok());
        Ok(json!({
            "id": text(row, "display_id"), "inbox_id": text(row, "inbox_id"),
            "status": word(row, "status", &["open", "resolved", "pending", "snoozed"]),
            "priority": word(row, "priority", &["low", "medium", "high", "urgent"]),
            "additional_attributes": nested(row, "additional_attributes"), "labels": self.labels(row)?,
            "snoozed_until": snoozed.map(|at| at.to_string()), "unread_count": self.unread(row)?,
            "created_at": seconds(row, "created_at"), "last_activity_at": seconds(row, "last_activity_at"),
            "meta": {
                "sender": { "id": text(row, "contact_id") }, "assignee": { "id": text(row, "assignee_id") },
                "team": { "name": team.map(|team| text(&team, "name")).unwrap_or_default() },
            },
        }))
    }

    fn labels(&self, row: &Value) -> Result<Vec<String>, Error> {
        let mut labels = Vec::new();
        for tagging in self.dump.all("taggings", &text(row, "id"))? {
            let Some(tag) = id(&tagging, "tag_id") else { continue };
            labels.extend(self.dump.one("tags", "", tag)?.map(|tag| text(&tag, "name")));
        }
        Ok(labels)
    }

    fn unread(&self, row: &Value) -> Result<usize, Error> {
        let seen = millis(row, "agent_last_seen_at").unwrap_or(i64::MIN);
        let last = self.dump.last("messages", &text(row, "id"), LAST)?;
        let incoming = last.iter().filter(|one| text(one, "message_type") == "0");
        Ok(incoming.filter(|one| millis(one, "created_at") > Some(seen)).take(UNREAD).count())
    }

    fn told_entry(&self, row: &Value) -> Result<Value, Error> {
        let mut files = Vec::new();
        for attachment in self.dump.all("attachments", &text(row, "id"))? {
            files.push(self.told_file(&attachment)?);
        }
        Ok(json!({
            "id": text(row, "id"), "message_type": text(row, "message_type"), "private": flag(row, "private"),
            "content": text(row, "content"), "content_attributes": nested(row, "content_attributes"),
            "status": word(row, "status", &["sent", "delivered", "read", "failed"]),
            "source_id": text(row, "source_id"), "created_at": seconds(row, "created_at"),
            "sender": self.sender(row)?, "attachments": files,
        }))
    }

    fn sender(&self, row: &Value) -> Result<Value, Error> {
        let number = text(row, "sender_id");
        let (table, kind) = match text(row, "sender_type").as_str() {
            "User" => return Ok(json!({ "id": number, "type": "user" })),
            "AgentBot" => ("agent_bots", "agent_bot"),
            "Captain::Assistant" => ("captain_assistants", "captain_assistant"),
            _ => return Ok(Value::Null),
        };
        let bot = match id(row, "sender_id") {
            Some(number) => self.dump.one(table, "", number)?,
            None => None,
        };
        Ok(json!({ "id": number, "type": kind, "name": bot.map(|bot| text(&bot, "name")) }))
    }

    fn told_file(&self, row: &Value) -> Result<Value, Error> {
        let held = self.dump.all("active_storage_attachments", &text(row, "id"))?;
        let blob = match held.first().and_then(|held| id(held, "blob_id")) {
            Some(blob) => self.dump.one("active_storage_blobs", "", blob)?.unwrap_or_default(),
            None => Value::Null,
        };
        let url = some(&blob, "key").map(|key| format!("{BESIDE}{key}"));
        let place = |name: &str| text(row, name).parse::<f64>().ok();
        Ok(json!({
            "id": text(row, "id"), "data_url": url.or_else(|| some(row, "external_url")),
            "file_name": text(&blob, "filename"), "content_type": text(&blob, "content_type"),
            "file_type": word(row, "file_type", FILE_TYPES), "fallback_title": text(row, "fallback_title"),
            "coordinates_lat": place("coordinates_lat"), "coordinates_long": place("coordinates_long"),
        }))
    }
}

/// Source: `enum file_type` in app/models/attachment.rb.
const FILE_TYPES: &[&str] = &[
    "image",
    "audio",
    "video",
    "file",
    "location",
    "fallback",
    "share",
    "story_mention",
    "contact",
    "ig_reel",
];

/// The word that a number stands for.
fn word<'w>(row: &Value, name: &str, words: &[&'w str]) -> Option<&'w str> {
    text(row, name).parse().ok().and_then(|place: usize| words.get(place)).copied()
}

impl Source for Dumped {
    fn origin(&self) -> Origin {
        origin(&self.base, &self.account)
    }

    fn files(&self) -> Arc<dyn Files> {
        self.folder.clone()
    }

    fn inboxes(&mut self) -> Result<Vec<Inbox>, Error> {
        for agent in self.dump.all("users", "")? {
            self.shapes.work(&agent);
        }
        let mut inboxes = self.dump.all("inboxes", &self.account)?;
        for inbox in &mut inboxes {
            let Some(channel) = id(inbox, "channel_id") else { continue };
            match text(inbox, "channel_type").as_str() {
                "Channel::Email" => {
                    let found = self.dump.one("channel_email", "", channel)?.unwrap_or_default();
                    inbox["email"] = text(&found, "email").into();
                }
                "Channel::TwilioSms" => {
                    let found = self.dump.one("channel_twilio_sms", "", channel)?.unwrap_or_default();
                    inbox["medium"] = word(&found, "medium", &["sms", "whatsapp"]).into();
                }
                _ => {}
            }
        }
        Ok(self.shapes.inboxes(&inboxes))
    }

    fn attributes(&mut self) -> Result<Vec<Attribute>, Error> {
        let mut all = self.dump.all("custom_attribute_definitions", &self.account)?;
        for one in &mut all {
            // Source: `enum attribute_display_type` in app/models/custom_attribute_definition.rb.
            let kinds = &["text", "number", "currency", "percent", "link", "date", "list", "checkbox"];
            one["attribute_display_type"] = word(one, "attribute_display_type", kinds).into();
        }
        Ok(all.iter().filter_map(shapes::attribute).collect())
    }

    fn people(&mut self, page: u64) -> Result<Page<Person>, Error> {
        if page == 1 {
            self.after = i64::MIN;
        }
        let part = format!("{} listed", self.account);
        let mut rows = Vec::new();
        for (number, row) in self.dump.after("contacts", &part, self.after)? {
            self.after = number;
            let whole = Some(self.shapes.person(&self.told_person(&row)?));
            rows.push(Row { their: number.to_string(), moved_at: None, whole });
        }
        let all = self.dump.count("contacts", &part)?;
        Ok(Page { all: Some(all), last: rows.is_empty(), rows })
    }

    fn person(&mut self, their: &str) -> Result<Option<Person>, No> {
        let Ok(number) = their.parse() else { return Ok(None) };
        for list in ["listed", "other"] {
            let part = format!("{} {list}", self.account);
            if let Some(row) = self.dump.one("contacts", &part, number)? {
                return Ok(Some(self.shapes.person(&self.told_person(&row)?)));
            }
        }
        Ok(None)
    }

    fn threads(&mut self, page: u64) -> Result<Page<Thread>, Error> {
        if page == 1 {
            self.after = i64::MIN;
        }
        self.numbers.clear();
        let mut rows = Vec::new();
        for (number, row) in self.dump.after("conversations", &self.account, self.after)? {
            self.after = number;
            let their = text(&row, "display_id");
            self.numbers.insert(their.clone(), number);
            let moved_at = moment(&json!({ "at": seconds(&row, "last_activity_at") }), "at");
            rows.push(Row { their, moved_at, whole: None });
        }
        let all = self.dump.count("conversations", &self.account)?;
        Ok(Page { all: Some(all), last: rows.is_empty(), rows })
    }

    fn thread(&mut self, their: &str) -> Result<Option<Thread>, No> {
        let Some(number) = self.numbers.get(their) else { return Ok(None) };
        let Some(row) = self.dump.one("conversations", &self.account, *number)? else { return Ok(None) };
        Ok(Some(self.shapes.thread(&self.told_thread(&row)?)))
    }

    fn entries(&mut self, of: &Thread, each: &mut Each<'_>) -> Result<(), No> {
        let Some(number) = self.numbers.get(&of.their) else { return Ok(()) };
        Ok(self.dump.pages("messages", &number.to_string(), |page| {
            let told = |row| Ok(self.shapes.entry(&self.told_entry(row)?, &of.inbox));
            each(page.iter().map(told).collect::<Result<_, Error>>()?)
        })?)
    }
}
