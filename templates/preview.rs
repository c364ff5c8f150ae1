//! The beginning of a text file on a page.

use maud::{Markup, html};

use super::frame::Frame;
use super::icon::icon;
use crate::domain::Id;
use crate::domain::conversation::Conversation;
use crate::domain::media;
use crate::domain::message::Attachment;
use crate::i18n::refusal;

/// A file and what it says.
pub struct Preview {
    pub file: Attachment,
    /// Where it was sent; `None` while it is being written.
    pub conversation: Option<Id<Conversation>>,
    pub words: Words,
    /// There is more in the file.
    pub cut: bool,
}

/// What a text file says.
pub enum Words {
    Text(String),
    Table(Vec<Vec<String>>),
}

/// Whether a file can be shown as words: by its type, or where its bytes tell none, by its name. Nothing of it runs.
pub fn is_shown(file: &Attachment) -> bool {
    let ending = file.name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    let named = ending.is_some_and(|ending| matches!(&*ending, "txt" | "csv" | "tsv" | "log" | "md"));
    matches!(&*file.media_type, "text/plain" | "text/csv") || (file.media_type == media::UNKNOWN && named)
}

/// Whether its words stand in rows.
pub fn is_table(file: &Attachment) -> bool {
    let name = file.name.to_ascii_lowercase();
    file.media_type == "text/csv" || name.ends_with(".csv") || name.ends_with(".tsv")
}

/// The page.
pub fn page(frame: &Frame, preview: &Preview) -> Markup {
    let t = &frame.texts;
    let file = &preview.file;
    html! {
        main.page.original id="main" tabindex="-1" {
            header {
                h1 dir="auto" { (file.name) }
                @if let Some(conversation) = preview.conversation { a.button.edged href={ "/conversations/" (conversation) "?view=all" } { (t.reading_back()) } }
            }
            p.line { a.button href={ "/attachments/" (file.key) "?download=1" } { (icon("file")) (t.attachment_download()) " " small { (refusal::size(file.size)) } } }
            @if preview.cut { p.quiet { (t.attachment_cut()) } }
            @match &preview.words {
                Words::Text(text) => pre.source tabindex="0" role="region" aria-label=(file.name) dir="auto" { (text) },
                Words::Table(rows) => div.source tabindex="0" role="region" aria-label=(file.name) {
                    table { tbody { @for row in rows { tr { @for cell in row { td dir="auto" { (cell) } } } } } }
                },
            }
        }
    }
}
