//! What stands around every page.

use jiff::tz::TimeZone;
use maud::{DOCTYPE, Markup, html};

use crate::domain::Timestamp;
use crate::domain::agent::{Agent, Theme};
use crate::domain::conversation::View;
use crate::i18n::Texts;

/// What every page needs.
pub struct Frame {
    pub texts: Texts,
    /// The viewer's time zone.
    pub zone: TimeZone,
    pub now: Timestamp,
    pub title: String,
    pub team: String,
    /// The path of this page.
    pub path: String,
    /// The inbox that the page belongs to.
    pub view: View,
    /// Who is signed in.
    pub agent: Option<Agent>,
    /// What every form must carry.
    pub csrf: String,
    /// The newest entry of the log when the page was made; live changes go on from here.
    pub cursor: i64,
    pub demo: bool,
    /// A sentence about what was just done.
    pub flash: Option<String>,
    /// URLs of the style sheet and the script.
    pub style: String,
    pub script: String,
}

impl Frame {
    /// The hidden field that every form carries.
    pub fn token(&self) -> Markup {
        html! { input type="hidden" name="csrf" value=(self.csrf); }
    }
}

/// The whole document.
pub fn page(frame: &Frame, body: &Markup) -> Markup {
    let theme = frame.agent.as_ref().map_or(Theme::System, |agent| agent.theme);
    html! {
        (DOCTYPE)
        html lang=(frame.texts.language().code()) data-theme=[(theme != Theme::System).then(|| theme.as_str())] {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (frame.title) " · Transom" }
                link rel="stylesheet" href=(frame.style);
                script src=(frame.script) defer {}
            }
            body { (body) }
        }
    }
}
