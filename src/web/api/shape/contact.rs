//! Contacts in the API.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::person::Person;
use super::time;
use crate::domain::Id;
use crate::domain::agent::Agent;
use crate::domain::contact::{self, AddressKind};
use crate::store::{self, Connection};
use crate::web::api::ask::given;
use crate::web::api::schema::{
    Schemas, answer, id, list, moment, named, number, one_of, or_null, request, text, text_up_to,
    texts_by_name, yes_no,
};

/// A contact.
#[derive(Serialize)]
pub struct Contact {
    pub id: i64,
    pub name: String,
    pub language: Option<String>,
    pub about: String,
    /// The agent who looks after this person.
    pub dedicated: Option<Person>,
    pub blocked: bool,
    pub blocked_at: Option<String>,
    pub addresses: Vec<Address>,
    /// The team's own fields in which something stands, by their names.
    pub fields: BTreeMap<String, String>,
    pub created_at: String,
    pub updated_at: String,
}

/// A way to reach a contact.
#[derive(Serialize, Clone)]
pub struct Address {
    pub id: i64,
    pub kind: AddressKind,
    pub value: String,
    /// The account inside which the value has a meaning.
    pub channel_id: Option<i64>,
    pub verified: bool,
    /// Whether one may write there; `null`: nobody said.
    pub may_write: Option<bool>,
}

impl Address {
    /// The address as the API shows it.
    pub fn of(address: &contact::Address) -> Address {
        Address {
            id: address.id.get(),
            kind: address.kind,
            value: address.value.clone(),
            channel_id: address.scope.map(Id::get),
            verified: address.verified,
            may_write: address.allowed,
        }
    }
}

/// These contacts with their addresses, in the order of `ids`.
pub fn gather(connection: &Connection, ids: &[Id<contact::Contact>]) -> store::Result<Vec<Contact>> {
    let mut found: BTreeMap<_, _> =
        store::contact::many(connection, ids)?.into_iter().map(|contact| (contact.id, contact)).collect();
    let mut addresses: BTreeMap<_, Vec<Address>> = BTreeMap::new();
    for address in store::contact::addresses_of(connection, ids)? {
        addresses.entry(address.contact).or_default().push(Address::of(&address));
    }
    let agents = if found.values().any(|contact| contact.dedicated.is_some()) {
        store::agent::all(connection)?
    } else {
        Vec::new()
    };
    let (own, mut values) = (store::field::all(connection)?, store::field::values(connection, ids)?);
    let mut named = |id| -> BTreeMap<String, String> {
        let values = values.remove(&id).unwrap_or_default().into_iter();
        let name = |id| own.iter().find(|field| field.id == id).map(|field| field.name.clone());
        values.filter_map(|(id, value)| Some((name(id)?, value))).collect()
    };
    let in_order = ids.iter().filter_map(|id| found.remove(id));
    let in_order = in_order.map(|c| {
        let fields = named(c.id);
        Contact { fields, ..shape(&c, addresses.remove(&c.id).unwrap_or_default(), &agents) }
    });
    Ok(in_order.collect())
}

fn shape(contact: &contact::Contact, addresses: Vec<Address>, agents: &[Agent]) -> Contact {
    let dedicated = agents.iter().find(|agent| Some(agent.id) == contact.dedicated);
    Contact {
        id: contact.id.get(),
        name: contact.name.clone(),
        language: contact.language.clone(),
        about: contact.about.clone(),
        dedicated: dedicated.map(Person::of),
        blocked: contact.blocked_at.is_some(),
        blocked_at: contact.blocked_at.map(time),
        addresses,
        fields: BTreeMap::new(),
        created_at: time(contact.created_at),
        updated_at: time(contact.updated_at),
    }
}

/// A contact to be made.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewContact {
    #[serde(default)]
    pub name: String,
    pub language: Option<String>,
    #[serde(default)]
    pub about: String,
    #[serde(default)]
    pub addresses: Vec<NewAddress>,
    #[serde(default)]
    pub fields: Fields,
}

/// The team's own fields by their names; `null` empties one.
pub type Fields = BTreeMap<String, Option<String>>;

/// An address to be added.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAddress {
    pub kind: AddressKind,
    pub value: String,
    pub channel_id: Option<i64>,
}

/// What is to change.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContactChange {
    pub name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    pub language: Option<Option<String>>,
    pub about: Option<String>,
    #[serde(default, deserialize_with = "given")]
    pub dedicated_id: Option<Option<i64>>,
    pub blocked: Option<bool>,
    #[serde(default)]
    pub fields: Fields,
}

/// Which other contact is the same person.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Merge {
    pub other_id: i64,
    /// Leave the open conversations of the other one open.
    #[serde(default)]
    pub keep_open: bool,
}

/// Which merger is taken back: the number of its entry in the log.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    pub merge_id: i64,
}

/// What a person said about being written to, and where that is known from.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    pub allowed: bool,
    pub source: String,
}

/// How much was erased.
#[derive(Serialize)]
pub struct Erased {
    pub id: i64,
    pub addresses: i64,
    pub conversations: i64,
    pub messages: i64,
    pub attachments: i64,
}

/// The schemas of it all.
pub fn schemas() -> Schemas {
    let mut all = answers();
    all.extend(requests());
    all
}

fn answers() -> Schemas {
    let kind = one_of(AddressKind::ALL.map(AddressKind::as_str));
    let count = number();
    vec![
        (
            "Address",
            answer(&[
                ("id", id()),
                ("kind", kind),
                ("value", text()),
                ("channel_id", or_null(&id())),
                ("verified", yes_no()),
                ("may_write", or_null(&yes_no())),
            ]),
        ),
        (
            "Contact",
            answer(&[
                ("id", id()),
                ("name", text()),
                ("language", or_null(&text())),
                ("about", text()),
                ("dedicated", or_null(&named("Person"))),
                ("blocked", yes_no()),
                ("blocked_at", or_null(&moment())),
                ("addresses", list(&named("Address"))),
                ("fields", texts_by_name()),
                ("created_at", moment()),
                ("updated_at", moment()),
            ]),
        ),
        (
            "Erased",
            answer(&[
                ("id", id()),
                ("addresses", count.clone()),
                ("conversations", count.clone()),
                ("messages", count.clone()),
                ("attachments", count),
            ]),
        ),
    ]
}

fn requests() -> Schemas {
    let kind = one_of(AddressKind::ALL.map(AddressKind::as_str));
    vec![
        (
            "NewAddress",
            request(
                &["kind", "value"],
                &[("kind", kind), ("value", text_up_to(254)), ("channel_id", or_null(&id()))],
            ),
        ),
        (
            "NewContact",
            request(
                &[],
                &[
                    ("name", text_up_to(200)),
                    ("language", or_null(&text())),
                    ("about", text_up_to(10_000)),
                    ("addresses", list(&named("NewAddress"))),
                    ("fields", texts_by_name()),
                ],
            ),
        ),
        (
            "ContactChange",
            request(
                &[],
                &[
                    ("name", text_up_to(200)),
                    ("language", or_null(&text())),
                    ("about", text_up_to(10_000)),
                    ("dedicated_id", or_null(&id())),
                    ("blocked", yes_no()),
                    ("fields", texts_by_name()),
                ],
            ),
        ),
        ("Part", request(&["merge_id"], &[("merge_id", id())])),
        ("Consent", request(&["allowed", "source"], &[("allowed", yes_no()), ("source", text_up_to(200))])),
        ("Merge", request(&["other_id"], &[("other_id", id()), ("keep_open", yes_no())])),
    ]
}
