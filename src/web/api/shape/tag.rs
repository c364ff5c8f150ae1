//! Tags and priorities in the API.

use serde::{Deserialize, Serialize};

use crate::domain::tag::{self, Colour, Priority};
use crate::web::api::schema::{Schemas, answer, id, one_of, request, text, text_up_to};

/// A tag of the team.
#[derive(Serialize)]
pub struct Tag {
    pub id: i64,
    pub name: String,
    pub colour: Colour,
}

impl Tag {
    /// The tag as the API shows one.
    pub fn of(tag: &tag::Tag) -> Tag {
        Tag { id: tag.id.get(), name: tag.name.clone(), colour: tag.colour }
    }
}

/// A tag to be added.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewTag {
    pub name: String,
    #[serde(default)]
    pub colour: Colour,
}

/// What is to change.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TagChange {
    pub name: Option<String>,
    pub colour: Option<Colour>,
}

/// Which tag is put on: one of the two.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Putting {
    pub tag_id: Option<i64>,
    pub name: Option<String>,
}

/// How pressing a conversation is to be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pressing {
    pub priority: Priority,
}

/// The schemas of it all.
pub fn schemas() -> Schemas {
    let colour = one_of(Colour::ALL.map(Colour::as_str));
    let name = text_up_to(40);
    vec![
        ("Tag", answer(&[("id", id()), ("name", text()), ("colour", colour.clone())])),
        ("NewTag", request(&["name"], &[("name", name.clone()), ("colour", colour.clone())])),
        ("TagChange", request(&[], &[("name", name.clone()), ("colour", colour)])),
        ("Putting", request(&[], &[("tag_id", id()), ("name", name)])),
        ("Pressing", request(&["priority"], &[("priority", one_of(Priority::ALL.map(Priority::as_str)))])),
    ]
}
