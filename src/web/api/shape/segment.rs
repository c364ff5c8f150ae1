//! Segments of contacts in the API.

use serde::{Deserialize, Serialize};

use super::time;
use crate::domain::segment;
use crate::web::api::schema::{Schemas, answer, id, list, moment, request, text, text_up_to, yes_no};

/// A saved segment.
#[derive(Serialize)]
pub struct Segment {
    pub id: i64,
    pub name: String,
    pub owner_id: i64,
    pub shared: bool,
    /// As `language:es`, `!open`, `after:2026-01-31`.
    pub rules: Vec<String>,
    pub created_at: String,
}

impl Segment {
    /// The segment as the API shows one.
    pub fn of(segment: &segment::Segment) -> Segment {
        Segment {
            id: segment.id.get(),
            name: segment.name.clone(),
            owner_id: segment.owner.get(),
            shared: segment.shared,
            rules: segment.rules.iter().map(ToString::to_string).collect(),
            created_at: time(segment.created_at),
        }
    }
}

/// A segment to be saved.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewSegment {
    pub name: String,
    pub rules: Vec<String>,
    #[serde(default)]
    pub shared: bool,
}

/// What is to change.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SegmentChange {
    pub name: Option<String>,
    pub rules: Option<Vec<String>>,
    pub shared: Option<bool>,
}

/// The schemas of it all.
pub fn schemas() -> Schemas {
    let mut rule = text_up_to(600);
    rule["description"] = serde_json::json!(
        "`language:es`, `blocked`, `open`, `before:2026-01-31`, `after:2026-01-31`, `channel:3`, `tag:5`, `field:3=gold`, `consent:yes` or `consent:no`; with `!` before it the opposite."
    );
    let (name, rules) = (text_up_to(80), list(&rule));
    vec![
        (
            "Segment",
            answer(&[
                ("id", id()),
                ("name", text()),
                ("owner_id", id()),
                ("shared", yes_no()),
                ("rules", list(&text())),
                ("created_at", moment()),
            ]),
        ),
        (
            "NewSegment",
            request(
                &["name", "rules"],
                &[("name", name.clone()), ("rules", rules.clone()), ("shared", yes_no())],
            ),
        ),
        ("SegmentChange", request(&[], &[("name", name), ("rules", rules), ("shared", yes_no())])),
    ]
}
