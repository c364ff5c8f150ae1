//! Libredesk, asked over its API. Shapes: `cmd/handlers.go` and the models of `internal/conversation`, `internal/user`
//! and `internal/inbox`, as of version 948ffd8; answers stand in an envelope `data`, pages have up to 500 rows.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::ask::{Ask, No};
use super::told::{field_kind, fields, list, moment, number, some, text};
use super::{Each, Page, Row, Source};
use crate::cli::Error;
use crate::domain::Timestamp;
use crate::domain::brought::{Attribute, Colleague, Entry, File, Inbox, Origin, Person, Reach, Thread};
use crate::domain::channel::{Kind, Settings};
use crate::domain::contact::AddressKind;
use crate::domain::conversation::Status;
use crate::domain::mail::{Envelope, Mailbox};
use crate::domain::message::{self, State};
use crate::domain::tag::Priority;
use crate::net::Client;

/// Rows of one page.
const PAGE: usize = 200;

/// A Libredesk.
pub struct Libredesk {
    ask: Ask,
    agents: BTreeMap<String, Colleague>,
    teams: BTreeMap<String, String>,
    kinds: BTreeMap<String, Kind>,
}

impl Libredesk {
    /// The instance at `url`, seen with the key and the secret of an agent who may read everything.
    pub fn new(client: Client, url: &str, key: &str, secret: &str) -> Result<Libredesk, Error> {
        let word = STANDARD.encode(format!("{}:{}", key.trim(), secret.trim()));
        let ask = Ask::new(client, url, vec![("authorization", format!("Basic {word}"))])?;
        Ok(Libredesk { ask, agents: BTreeMap::new(), teams: BTreeMap::new(), kinds: BTreeMap::new() })
    }

    fn get(&self, path: &str) -> Result<Value, No> {
        let mut told = self.ask.get(&format!("/api/v1/{path}"))?;
        Ok(told.get_mut("data").map(Value::take).unwrap_or_default())
    }

    fn maybe(&self, path: &str) -> Result<Option<Value>, Error> {
        match self.get(path) {
            Ok(found) => Ok(Some(found)),
            // A number that is not there is called a wrong input, or not found.
            Err(No::Gone(_)) => Ok(None),
            Err(No::Other(fault)) => Err(fault),
        }
    }

    fn read_thread(&self, of: &Value) -> Thread {
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

    fn read_entry(&self, of: &Value, inbox: &str) -> Entry {
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

impl Source for Libredesk {
    fn origin(&self) -> Origin {
        Origin { key: format!("libredesk {}", self.ask.base()), name: "Libredesk" }
    }

    fn ask(&self) -> &Ask {
        &self.ask
    }

    fn inboxes(&mut self) -> Result<Vec<Inbox>, Error> {
        // The full list names people by their addresses; it needs one right more than the short one.
        for agent in self.maybe("agents")?.unwrap_or_default().as_array().into_iter().flatten() {
            self.agents.insert(text(agent, "id"), colleague(agent));
        }
        for team in self.maybe("teams/compact")?.unwrap_or_default().as_array().into_iter().flatten() {
            self.teams.insert(text(team, "id"), text(team, "name"));
        }
        let told = self.get("inboxes")?;
        let inboxes: Vec<Inbox> = told.as_array().into_iter().flatten().map(inbox).collect();
        self.kinds = inboxes.iter().map(|inbox| (inbox.their.clone(), inbox.kind)).collect();
        Ok(inboxes)
    }

    fn attributes(&mut self) -> Result<Vec<Attribute>, Error> {
        let told = self.maybe("custom-attributes?applies_to=contact")?.unwrap_or_default();
        let of_contacts = |one: &&Value| text(one, "applies_to") == "contact";
        let read = |one: &Value| Attribute {
            key: text(one, "key"),
            name: text(one, "name"),
            kind: field_kind(one, "data_type"),
        };
        Ok(told.as_array().into_iter().flatten().filter(of_contacts).map(read).collect())
    }

    fn people(&mut self, page: u64) -> Result<Page<Person>, Error> {
        let path = format!("contacts?page={page}&page_size={PAGE}&order=asc&order_by=users.created_at");
        self.get(&path).map(|told| listed(&told, "id", page)).map_err(Error::from)
    }

    fn person(&mut self, their: &str) -> Result<Option<Person>, Error> {
        Ok(self
            .maybe(&format!("contacts/{their}"))?
            .map(|of| person(&of))
            .filter(|one| !one.their.is_empty()))
    }

    fn threads(&mut self, page: u64) -> Result<Page<Thread>, Error> {
        let order = "order=asc&order_by=conversations.created_at";
        let path = format!("conversations/all?page={page}&page_size={PAGE}&{order}");
        self.get(&path).map(|told| listed(&told, "uuid", page)).map_err(Error::from)
    }

    fn thread(&mut self, their: &str) -> Result<Option<Thread>, Error> {
        Ok(self.maybe(&format!("conversations/{their}"))?.map(|of| self.read_thread(&of)))
    }

    /// Messages come newest first. They are read in that order, so that one that comes meanwhile is at most read twice,
    /// and then given in the order of time.
    fn entries(&mut self, of: &Thread, each: &mut Each<'_>) -> Result<(), Error> {
        let (mut all, mut page) = (Vec::new(), 1);
        loop {
            let told =
                self.get(&format!("conversations/{}/messages?page={page}&page_size={PAGE}", of.their))?;
            let rows = list(&told, "results");
            all.extend(rows.iter().map(|one| self.read_entry(one, &of.inbox)));
            if rows.is_empty() || number(&told, "total_pages").is_none_or(|pages| pages <= page) {
                break;
            }
            page += 1;
        }
        all.reverse();
        each(all)
    }
}

/// A page of a list that tells numbers only.
fn listed<T>(told: &Value, name: &str, page: u64) -> Page<T> {
    let rows = list(told, "results").iter().map(|one| Row {
        their: text(one, name),
        moved_at: moved(one),
        whole: None,
    });
    let last = number(told, "total_pages").is_none_or(|pages| pages <= page);
    Page { all: number(told, "total"), rows: rows.collect(), last }
}

/// When something last happened to it.
fn moved(of: &Value) -> Option<Timestamp> {
    moment(of, "updated_at").max(moment(of, "last_message_at"))
}

fn colleague(of: &Value) -> Colleague {
    let name = format!("{} {}", text(of, "first_name"), text(of, "last_name"));
    Colleague { name: name.trim().to_owned(), email: text(of, "email") }
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

fn person(of: &Value) -> Person {
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
