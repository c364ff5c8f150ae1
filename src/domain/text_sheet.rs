//! Sheets of saved replies: what their columns hold, and what can be wrong with a row.

use super::Refused;
use super::search;
use super::template::Stage;

/// The most texts of a sheet.
pub const ROWS: usize = 1_000;
/// The largest sheet, in bytes.
pub const BYTES: usize = 2 * 1024 * 1024;

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Column {
    Name,
    Language,
    Category,
    Stage,
    Channel,
    Kind,
    Queue,
    Locked,
    Guarded,
    Body,
}

impl Column {
    pub const ALL: [Column; 10] = [
        Column::Name,
        Column::Language,
        Column::Category,
        Column::Stage,
        Column::Channel,
        Column::Kind,
        Column::Queue,
        Column::Locked,
        Column::Guarded,
        Column::Body,
    ];

    /// Its heading in the sheets that this desk writes.
    pub const fn as_str(self) -> &'static str {
        match self {
            Column::Name => "name",
            Column::Language => "language",
            Column::Category => "category",
            Column::Stage => "type",
            Column::Channel => "channel",
            Column::Kind => "channel_kind",
            Column::Queue => "queue",
            Column::Locked => "locked",
            Column::Guarded => "global",
            Column::Body => "body",
        }
    }

    /// How sheets of people call it, without accents and signs.
    const fn names(self) -> &'static [&'static str] {
        match self {
            Column::Name => &["name", "title", "shortcut", "nombre", "titulo"],
            Column::Language => &["language", "lang", "locale", "idioma"],
            Column::Category => &["category", "group", "folder", "categoria", "grupo"],
            Column::Stage => &["type", "stage", "meantfor", "tipo", "pensadapara"],
            Column::Channel => &["channel", "canal"],
            Column::Kind => &["channelkind", "channeltype", "tipodecanal"],
            Column::Queue => &["queue", "team", "cola"],
            Column::Locked => &["locked", "readonly", "bloqueada"],
            Column::Guarded => &["global"],
            Column::Body => &["body", "text", "content", "message", "texto", "mensaje"],
        }
    }

    /// What a column with this heading holds.
    pub fn guess(heading: &str) -> Option<Column> {
        let plain: String = search::fold(heading).chars().filter(|c| c.is_alphanumeric()).collect();
        Column::ALL.into_iter().find(|column| column.names().contains(&plain.as_str()))
    }
}

/// Yes or no as people write it into sheets.
pub fn yes(cell: &str) -> Option<bool> {
    match search::fold(cell.trim()).as_str() {
        "" | "no" | "n" | "false" | "0" | "off" => Some(false),
        "yes" | "y" | "true" | "1" | "x" | "on" | "si" | "s" => Some(true),
        _ => None,
    }
}

/// For which part of a conversation, as people write it into sheets.
pub fn stage(cell: &str) -> Option<Stage> {
    let plain: String = search::fold(cell).chars().filter(|c| c.is_alphanumeric()).collect();
    match plain.as_str() {
        "" | "any" | "anytime" | "cualquiera" | "cualquiermomento" => Some(Stage::Any),
        "start" | "inicio" => Some(Stage::Start),
        "followup" | "seguimiento" => Some(Stage::FollowUp),
        "end" | "final" | "fin" => Some(Stage::End),
        _ => None,
    }
}

/// Why a row cannot be taken.
#[derive(Clone, PartialEq, Debug)]
pub enum Wrong {
    /// The same text stands in a row above.
    Twice,
    /// There is no such channel, queue, kind or word.
    Word { column: Column, word: String },
    /// A rule of the desk.
    Refused(Refused),
}
