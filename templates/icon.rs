//! Signs: small drawings from one file, which the browser keeps.

use std::sync::LazyLock;

use maud::{Markup, html};

use crate::domain::channel::Kind;

const SPRITE: &[u8] = include_bytes!("../static/icons/signs.svg");
/// Changes whenever the drawings do, because icons are cached for ever.
const VERSION: u32 = version(SPRITE);

const fn version(bytes: &[u8]) -> u32 {
    let mut sum: u32 = 0x811c_9dc5;
    let mut place = 0;
    while place < bytes.len() {
        sum = (sum ^ bytes[place] as u32).wrapping_mul(0x0100_0193);
        place += 1;
    }
    // Six letters are enough to tell one drawing from the next.
    (sum >> 24) ^ (sum & 0x00ff_ffff)
}

/// The drawing with this name. It says nothing to those who listen; the words beside it do.
pub fn icon(name: &str) -> Markup {
    html! {
        svg.icon aria-hidden="true" { use href={ (ADDRESS.as_str()) (name) } {} }
    }
}

/// The sign of a kind of channel.
pub fn channel(kind: Kind) -> Markup {
    icon(kind.as_str())
}

/// The same within an image that has its words already. A list has it fifty times, so it says nothing twice.
pub fn within(kind: Kind) -> Markup {
    html! { svg { use href={ (ADDRESS.as_str()) (kind.as_str()) } {} } }
}

/// Before the name of a drawing. It stands in every row, and is short.
static ADDRESS: LazyLock<String> = LazyLock::new(|| format!("/signs.svg?{VERSION:x}#"));
