//! A dump of a Libredesk's database, put into the shapes of its API, so that both bring the same. Tables: its
//! `schema.sql` and the `queries.sql` of `internal/conversation` and `internal/user`, as of version 948ffd8.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use super::super::ask::{self, No};
use super::super::dump::{BESIDE, Dump, Folder, Program, Wanted, flag, id, nested, stamp};
use super::super::files::Files;
use super::super::told::{some, text};
use super::super::{Each, Page, Row, Source};
use super::origin;
use super::shapes::{self, Shapes, moved};
use crate::cli::Error;
use crate::domain::brought::{Attribute, Inbox, Origin, Person, Thread};

pub const PROGRAM: Program = Program {
    name: "Libredesk",
    source: "libredesk-dump",
    tables: &[
        "conversation_messages",
        "conversation_statuses",
        "conversations",
        "inboxes",
        "settings",
        "users",
    ],
};

/// A Libredesk, in a dump.
pub struct Dumped {
    dump: Dump,
    base: String,
    folder: Arc<Folder>,
    shapes: Shapes,
    /// The last number of the page before.
    after: i64,
    /// The numbers of conversations in the database, by those that its API tells.
    numbers: BTreeMap<String, i64>,
}

impl Dumped {
    /// The dump at `path` of the instance that was at `base`, or where its settings say. Its files lie in `folder`;
    /// rows lie on the disk of `beside` meanwhile.
    pub fn read((path, beside): (&Path, &Path), base: Option<&str>, folder: Folder) -> Result<Dumped, Error> {
        let dump = Dump::read(path, beside, &PROGRAM, &wanted())?;
        let root = dump.all("settings", "app.root_url")?.first().map(|row| nested_text(row, "value"));
        let base = match base.map(str::to_owned).or(root.filter(|url| !url.is_empty())) {
            Some(base) => ask::base(&base)?,
            None => {
                return Err(Error::Usage("--url is missing: the dump does not say where it was".to_owned()));
            }
        };
        let (folder, numbers) = (Arc::new(folder), BTreeMap::new());
        Ok(Dumped { dump, base, folder, shapes: Shapes::default(), after: 0, numbers })
    }

    fn name_of(&self, table: &str, row: &Value, column: &str) -> Result<Option<Value>, Error> {
        match id(row, column) {
            Some(number) => self.dump.one(table, "", number),
            None => Ok(None),
        }
    }

    fn told_thread(&self, row: &Value) -> Result<Value, Error> {
        let status = self.name_of("conversation_statuses", row, "status_id")?.unwrap_or_default();
        let priority = self.name_of("conversation_priorities", row, "priority_id")?.unwrap_or_default();
        let mut tags = Vec::new();
        for tag in self.dump.all("conversation_tags", &text(row, "id"))? {
            tags.extend(self.name_of("tags", &tag, "tag_id")?.map(|tag| text(&tag, "name")));
        }
        Ok(json!({
            "uuid": text(row, "uuid"), "inbox_id": text(row, "inbox_id"), "contact_id": text(row, "contact_id"),
            "subject": text(row, "subject"), "status": text(&status, "name"), "tags": tags,
            "status_category": text(&status, "category"), "priority": text(&priority, "name"),
            "assigned_user_id": text(row, "assigned_user_id"), "assigned_team_id": text(row, "assigned_team_id"),
            "snoozed_until": stamp(row, "snoozed_until"), "created_at": stamp(row, "created_at"),
            "updated_at": stamp(row, "updated_at"), "last_message_at": stamp(row, "last_message_at"),
        }))
    }

    fn told_entry(&self, row: &Value) -> Result<Value, Error> {
        let files = self.dump.all("media", &text(row, "id"))?;
        let files: Vec<Value> = files
            .iter()
            .map(|file| {
                let uuid = text(file, "uuid");
                json!({ "url": format!("{BESIDE}{uuid}"), "uuid": uuid, "name": text(file, "filename"),
                    "content_type": text(file, "content_type") })
            })
            .collect();
        Ok(json!({
            "uuid": text(row, "uuid"), "type": text(row, "type"), "status": text(row, "status"),
            "private": flag(row, "private"), "content_type": text(row, "content_type"),
            "content": text(row, "content"), "text_content": text(row, "text_content"),
            "meta": nested(row, "meta"), "created_at": stamp(row, "created_at"), "author": self.author(row)?,
            "attachments": files,
        }))
    }

    fn author(&self, row: &Value) -> Result<Value, Error> {
        let Some(number) = id(row, "sender_id") else { return Ok(Value::Null) };
        for list in ["ours", "people", "gone"] {
            if let Some(found) = self.dump.one("users", list, number)? {
                return Ok(found);
            }
        }
        Ok(Value::Null)
    }
}

/// A setting that holds a text.
fn nested_text(row: &Value, name: &str) -> String {
    serde_json::from_str(&text(row, name)).unwrap_or_default()
}

/// Which list a row of `users` stands in: who works there, who writes to them, or nobody who is still there.
fn list_of(row: &Value) -> &'static str {
    match text(row, "type").as_str() {
        _ if some(row, "deleted_at").is_some() => "gone",
        "contact" | "visitor" => "people",
        _ => "ours",
    }
}

/// What its API tells of a contact.
fn told_person(row: &Value) -> Value {
    let mut told = row.clone();
    told["enabled"] = flag(row, "enabled");
    told["custom_attributes"] = nested(row, "custom_attributes");
    told["created_at"] = stamp(row, "created_at");
    told
}

/// Messages that were only sent on by mail do not stand in the conversation (`get-messages`).
fn is_sent_on(row: &Value) -> bool {
    nested(row, "meta").get("continuity_email").and_then(Value::as_bool) == Some(true)
}

fn wanted() -> Vec<Wanted<'static>> {
    let plain = &|row: &Value| Some((String::new(), id(row, "id")?));
    let table = |table, columns, place| Wanted { table, columns, place };
    vec![
        table("settings", &["key", "value"], &|row| Some((text(row, "key"), 0))),
        table("users", USER, &|row| Some((list_of(row).to_owned(), id(row, "id")?))),
        table("teams", &["id", "name"], plain),
        table("inboxes", &["id", "name", "channel", "from", "deleted_at"], &|row| {
            let is_there = some(row, "deleted_at").is_none();
            is_there.then(|| id(row, "id").map(|id| (String::new(), id))).flatten()
        }),
        table("conversation_statuses", &["id", "name", "category"], plain),
        table("conversation_priorities", &["id", "name"], plain),
        table("custom_attribute_definitions", &["id", "name", "applies_to", "key", "data_type"], plain),
        table("conversations", CONVERSATION, plain),
        table("conversation_messages", MESSAGE, &|row| {
            let stands = !is_sent_on(row);
            stands.then(|| id(row, "id").map(|id| (text(row, "conversation_id"), id))).flatten()
        }),
        table("media", &["id", "uuid", "filename", "content_type", "model_type", "model_id"], &|row| {
            let is_file = text(row, "model_type") == "messages";
            is_file.then(|| id(row, "id").map(|id| (text(row, "model_id"), id))).flatten()
        }),
        table("tags", &["id", "name"], plain),
        table("conversation_tags", &["id", "tag_id", "conversation_id"], &|row| {
            Some((text(row, "conversation_id"), id(row, "id")?))
        }),
    ]
}

const USER: &[&str] = &[
    "id",
    "type",
    "deleted_at",
    "enabled",
    "email",
    "first_name",
    "last_name",
    "phone_number_country_code",
    "phone_number",
    "custom_attributes",
    "created_at",
    "updated_at",
];
const CONVERSATION: &[&str] = &[
    "id",
    "uuid",
    "created_at",
    "updated_at",
    "contact_id",
    "assigned_user_id",
    "assigned_team_id",
    "inbox_id",
    "status_id",
    "priority_id",
    "subject",
    "last_message_at",
    "snoozed_until",
];
const MESSAGE: &[&str] = &[
    "id",
    "uuid",
    "created_at",
    "type",
    "status",
    "private",
    "conversation_id",
    "content_type",
    "content",
    "text_content",
    "sender_id",
    "meta",
];

impl Source for Dumped {
    fn origin(&self) -> Origin {
        origin(&self.base)
    }

    fn files(&self) -> Arc<dyn Files> {
        self.folder.clone()
    }

    fn inboxes(&mut self) -> Result<Vec<Inbox>, Error> {
        for agent in self.dump.all("users", "ours")? {
            self.shapes.work(&agent);
        }
        for team in self.dump.all("teams", "")? {
            self.shapes.teams.insert(text(&team, "id"), text(&team, "name"));
        }
        Ok(self.shapes.inboxes(&self.dump.all("inboxes", "")?))
    }

    fn attributes(&mut self) -> Result<Vec<Attribute>, Error> {
        let all = self.dump.all("custom_attribute_definitions", "")?;
        Ok(all.iter().filter_map(shapes::attribute).collect())
    }

    fn people(&mut self, page: u64) -> Result<Page<Person>, Error> {
        if page == 1 {
            self.after = i64::MIN;
        }
        let mut rows = Vec::new();
        for (number, row) in self.dump.after("users", "people", self.after)? {
            self.after = number;
            let whole = Some(shapes::person(&told_person(&row)));
            rows.push(Row { their: number.to_string(), moved_at: None, whole });
        }
        let all = self.dump.count("users", "people")?;
        Ok(Page { all: Some(all), last: rows.is_empty(), rows })
    }

    fn person(&mut self, their: &str) -> Result<Option<Person>, No> {
        let Ok(number) = their.parse() else { return Ok(None) };
        let found = self.dump.one("users", "people", number)?;
        Ok(found.map(|row| shapes::person(&told_person(&row))))
    }

    fn threads(&mut self, page: u64) -> Result<Page<Thread>, Error> {
        if page == 1 {
            self.after = i64::MIN;
        }
        self.numbers.clear();
        let mut rows = Vec::new();
        for (number, row) in self.dump.after("conversations", "", self.after)? {
            self.after = number;
            let their = text(&row, "uuid");
            self.numbers.insert(their.clone(), number);
            let times = json!({ "updated_at": stamp(&row, "updated_at"), "last_message_at": stamp(&row, "last_message_at") });
            rows.push(Row { their, moved_at: moved(&times), whole: None });
        }
        let all = self.dump.count("conversations", "")?;
        Ok(Page { all: Some(all), last: rows.is_empty(), rows })
    }

    fn thread(&mut self, their: &str) -> Result<Option<Thread>, No> {
        let Some(number) = self.numbers.get(their) else { return Ok(None) };
        let Some(row) = self.dump.one("conversations", "", *number)? else { return Ok(None) };
        Ok(Some(self.shapes.thread(&self.told_thread(&row)?)))
    }

    fn entries(&mut self, of: &Thread, each: &mut Each<'_>) -> Result<(), No> {
        let Some(number) = self.numbers.get(&of.their) else { return Ok(()) };
        Ok(self.dump.pages("conversation_messages", &number.to_string(), |page| {
            let told = |row| Ok(self.shapes.entry(&self.told_entry(row)?, &of.inbox));
            each(page.iter().map(told).collect::<Result<_, Error>>()?)
        })?)
    }
}
