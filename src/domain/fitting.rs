//! Whether what is to be sent fits the channel: the length of the text, the files, their sizes and number.

use super::Refused;
use super::channel::Card;
use super::limit::Limit;
use super::visible::is_blank;

/// A file that is to go out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct File<'a> {
    pub media_type: &'a str,
    pub size: u64,
}

/// `Ok` when a message of this text and these files can leave on a channel with this card (S121, S184).
pub fn check(card: &Card, text: &str, files: &[File<'_>]) -> Result<(), Refused> {
    if is_blank(text) && files.is_empty() {
        return Err(Refused::Empty);
    }
    let limit = text_limit(card, !files.is_empty());
    if let Some(excess) = limit.excess(text) {
        return Err(Refused::TooLong { limit, excess });
    }
    check_files(card, files)
}

/// `Ok` when these files can leave together on a channel with this card.
pub fn check_files(card: &Card, files: &[File<'_>]) -> Result<(), Refused> {
    files.iter().try_for_each(|file| one(card, *file))?;
    if files.len() > usize::try_from(card.files_per_message).unwrap_or(usize::MAX) {
        return Err(Refused::TooManyFiles { most: card.files_per_message });
    }
    let together: u64 = files.iter().map(|file| travelling(file.size)).sum();
    if let Some(most) = card.files_together.filter(|most| together > *most) {
        return Err(Refused::FilesTooLarge { most: at_home(most) });
    }
    Ok(())
}

/// How long the text may be, alone or beside files. Where a file takes no text with it, the text leaves as a
/// message of its own and its own limit holds.
pub fn text_limit(card: &Card, beside_files: bool) -> Limit {
    card.caption.filter(|_| beside_files).unwrap_or(card.text)
}

/// How large a file is in a letter: three bytes travel as four, in lines of 76 with their ends (RFC 2045 §6.8).
pub const fn travelling(size: u64) -> u64 {
    let letters = size.div_ceil(3) * 4;
    letters + letters.div_ceil(76) * 2
}

/// How large files may be at home so that they travel within `most`, in bytes.
pub const fn at_home(most: u64) -> u64 {
    most / 78 * 57
}

fn one(card: &Card, file: File<'_>) -> Result<(), Refused> {
    let Some(rule) = card.file_rule(file.media_type) else {
        return Err(Refused::FileType { media_type: file.media_type.to_owned() });
    };
    if file.size > rule.most { Err(Refused::FileTooLarge { most: rule.most }) } else { Ok(()) }
}
