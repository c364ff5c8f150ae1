//! Signs that nobody sees.

/// Marks without a shape, which are copied along with words and numbers: joiners, directions, soft hyphens. They part
/// no word.
pub const fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Whether there is nothing to be seen in a text.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|letter| letter.is_whitespace() || letter.is_control() || is_invisible(letter))
}
