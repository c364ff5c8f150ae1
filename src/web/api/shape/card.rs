//! What a channel can do, in the API: the same card that the help page shows (S225).

use serde::Serialize;

use crate::domain::channel::{self, FileClass, Templates};
use crate::domain::limit::Unit;
use crate::domain::window::After;
use crate::web::api::schema::{Schemas, answer, list, named, number, one_of, or_null, text, yes_no};

/// What a channel can do.
#[derive(Serialize)]
pub struct Card {
    /// The kind whose rules hold; another than its own for a simulator.
    pub speaks_as: channel::Kind,
    /// For how many hours one may answer freely after the customer wrote; null: at any time.
    pub window_hours: Option<i64>,
    /// For how many hours a person may answer by hand; null: no longer than that.
    pub person_hours: Option<i64>,
    /// What is left after that; null where the window never closes.
    pub after: Option<After>,
    /// How many messages one message of the customer allows; null: any number.
    pub sends: Option<u32>,
    pub text_most: u32,
    pub text_unit: &'static str,
    pub files: Vec<Files>,
    pub files_per_message: u32,
    pub rich_text: bool,
    pub emoji: bool,
    pub templates: Templates,
    /// An answer can point at a message.
    pub replies: bool,
    /// The reactions that it takes; empty: none.
    pub reactions: Vec<String>,
    pub delivered: bool,
    pub read: bool,
    /// We may write first.
    pub begins: bool,
}

/// One class of files.
#[derive(Serialize)]
pub struct Files {
    pub what: FileClass,
    /// Media types; `*` stands for any.
    pub types: Vec<String>,
    /// In bytes.
    pub most: u64,
}

impl Card {
    /// The card as the API shows it.
    pub fn of(card: &channel::Card) -> Card {
        let files = card.files.iter();
        Card {
            speaks_as: card.speaks_as,
            window_hours: card.window.free.map(|free| free.whole_hours()),
            person_hours: card.window.person.map(|person| person.whole_hours()),
            after: card.window.free.map(|_| card.window.after),
            sends: card.window.sends,
            text_most: card.text.most,
            text_unit: match card.text.unit {
                Unit::Characters => "characters",
                Unit::Utf16 => "utf16",
                Unit::Bytes => "bytes",
            },
            files: files
                .map(|rule| Files { what: rule.what, types: rule.types.clone(), most: rule.most })
                .collect(),
            files_per_message: card.files_per_message,
            rich_text: card.rich_text,
            emoji: card.emoji,
            templates: card.templates,
            replies: card.replies,
            reactions: card.reacts.clone(),
            delivered: card.delivered,
            read: card.read,
            begins: card.starts_with.is_some(),
        }
    }
}

/// The schemas of it all.
pub fn schemas() -> Schemas {
    let files = one_of(["image", "audio", "video", "sticker", "file"]);
    vec![
        (
            "Card",
            answer(&[
                ("speaks_as", one_of(channel::Kind::ALL.map(channel::Kind::as_str))),
                ("window_hours", or_null(&number())),
                ("person_hours", or_null(&number())),
                ("after", or_null(&one_of(["template", "nothing"]))),
                ("sends", or_null(&number())),
                ("text_most", number()),
                ("text_unit", one_of(["characters", "utf16", "bytes"])),
                ("files", list(&named("CardFiles"))),
                ("files_per_message", number()),
                ("rich_text", yes_no()),
                ("emoji", yes_no()),
                ("templates", one_of(["own", "approved"])),
                ("replies", yes_no()),
                ("reactions", list(&text())),
                ("delivered", yes_no()),
                ("read", yes_no()),
                ("begins", yes_no()),
            ]),
        ),
        ("CardFiles", answer(&[("what", files), ("types", list(&text())), ("most", number())])),
    ]
}
