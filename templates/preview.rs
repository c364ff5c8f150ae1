//! The beginning of a text file on a page.

use maud::{Markup, html};

use super::frame::Frame;
use super::icon::icon;
use crate::domain::Id;
use crate::domain::conversation::Conversation;
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

/// Whether a file of this type can be shown as words.
pub fn is_shown(media_type: &str) -> bool {
    matches!(media_type, "text/plain" | "text/csv")
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
