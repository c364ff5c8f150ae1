//! What each kind of channel can do, as one table: lengths, files, windows, receipts.
//!
//! The figures are the providers' own (`text_limit` may lower a length for one account, never raise it above
//! what the provider takes). A kind without a file of its own yet has its card here all the same, because a
//! simulated phone can speak as any of them.

use super::paces;
use crate::domain::Span;
use crate::domain::channel::{Card, FileClass, FileRule, Kind, Repeat, Settings, Templates};
use crate::domain::contact::AddressKind;
use crate::domain::limit::{Limit, Unit};
use crate::domain::window::{After, Rule};

const KB: u64 = 1024;
const MB: u64 = 1024 * KB;

/// What an account of this kind with these settings can do.
pub fn card(kind: Kind, settings: &Settings) -> Card {
    let mut card = match kind {
        Kind::Whatsapp => whatsapp(),
        Kind::Messenger => messenger(settings),
        Kind::Instagram => instagram(settings),
        Kind::Telegram => telegram(),
        Kind::Line => line(),
        Kind::Viber => viber(),
        Kind::Wechat => wechat(),
        Kind::Tiktok => tiktok(),
        Kind::Sms => sms(settings),
        Kind::Email => email(),
        Kind::Webchat => webchat(),
        Kind::Custom => custom(settings),
        Kind::Simulator => {
            let kind = settings.get("speaks_as").and_then(|word| word.parse().ok());
            return card(kind.filter(|kind| *kind != Kind::Simulator).unwrap_or(Kind::Whatsapp), settings);
        }
    };
    limit_text(&mut card, settings);
    card
}

/// The team's own limit (S121, S122): what the settings say, else a thousand where desks keep messages short.
fn limit_text(card: &mut Card, settings: &Settings) {
    let usual = match card.speaks_as {
        Kind::Messenger | Kind::Sms | Kind::Webchat => 1000,
        _ => card.text.most,
    };
    let wanted =
        settings.get("text_limit").and_then(|text| text.trim().parse().ok()).filter(|most| *most > 0);
    card.text.most = wanted.unwrap_or(usual).min(card.text.most);
    if let Some(caption) = &mut card.caption {
        caption.most = caption.most.min(card.text.most);
    }
}

/// What most chat channels have in common: no window, text only, the customer begins.
fn chat(kind: Kind, most: u32) -> Card {
    Card {
        speaks_as: kind,
        window: Rule::UNLIMITED,
        text: Limit::characters(most),
        caption: None,
        files: Vec::new(),
        files_per_message: 1,
        files_together: None,
        rich_text: false,
        emoji: true,
        templates: Templates::Own,
        replies: false,
        reacts: Vec::new(),
        delivered: false,
        read: false,
        starts_with: None,
        enter_sends: true,
        repeat: Repeat::Never,
        session: None,
        pace: paces::of(kind),
    }
}

fn files(what: FileClass, types: &[&str], most: u64) -> FileRule {
    FileRule { what, types: types.iter().map(|kind| (*kind).to_owned()).collect(), most }
}

const fn window(hours: i64, after: After, sends: Option<u32>) -> Rule {
    Rule { free: Some(Span::hours(hours)), person: None, after, sends }
}

/// What people mostly react with, where the provider takes any emoji.
const USUAL: [&str; 6] = ["👍", "❤️", "😂", "😮", "😢", "🙏"];
/// Of the emoji that Telegram takes (`ReactionTypeEmoji`), those that say the same; its heart has no variation selector.
const TELEGRAMS: [&str; 6] = ["👍", "❤", "😁", "😱", "😢", "🙏"];

fn reacts(emoji: &[&str]) -> Vec<String> {
    emoji.iter().map(|emoji| (*emoji).to_owned()).collect()
}

/// Meta's leave for a person's own answer, where the account has been granted it.
fn person(settings: &Settings) -> Option<Span> {
    (settings.get("human_agent").map(String::as_str) == Some("yes")).then_some(Span::days(7))
}

const DOCUMENTS: [&str; 8] = [
    "text/plain",
    "application/pdf",
    "application/msword",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.ms-excel",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
];

fn whatsapp() -> Card {
    Card {
        window: window(24, After::Template, None),
        caption: Some(Limit::characters(1024)),
        files: vec![
            files(FileClass::Image, &["image/jpeg", "image/png"], 5 * MB),
            files(FileClass::Sticker, &["image/webp"], 500 * KB),
            files(
                FileClass::Audio,
                &[
                    "audio/aac",
                    "audio/amr",
                    "audio/mpeg",
                    "audio/mp4",
                    "audio/m4a",
                    "audio/ogg",
                    "audio/opus",
                ],
                16 * MB,
            ),
            files(FileClass::Video, &["video/mp4", "video/3gpp"], 16 * MB),
            files(FileClass::File, &DOCUMENTS, 100 * MB),
        ],
        rich_text: true,
        templates: Templates::Approved,
        replies: true,
        delivered: true,
        read: true,
        starts_with: Some(AddressKind::Whatsapp),
        reacts: reacts(&USUAL),
        ..chat(Kind::Whatsapp, 4096)
    }
}

fn messenger(settings: &Settings) -> Card {
    Card {
        window: Rule { person: person(settings), ..window(24, After::Template, None) },
        files: vec![
            files(FileClass::Image, &["image/jpeg", "image/png", "image/gif"], 8 * MB),
            files(FileClass::Audio, &["audio/*"], 25 * MB),
            files(FileClass::Video, &["video/*"], 25 * MB),
            files(FileClass::File, &["*/*"], 25 * MB),
        ],
        rich_text: true,
        templates: Templates::Approved,
        replies: true,
        delivered: true,
        read: true,
        reacts: reacts(&USUAL),
        ..chat(Kind::Messenger, 2000)
    }
}

fn instagram(settings: &Settings) -> Card {
    Card {
        window: Rule { person: person(settings), ..window(24, After::Nothing, None) },
        text: Limit { most: 1000, unit: Unit::Bytes },
        files: vec![
            files(FileClass::Image, &["image/jpeg", "image/png", "image/gif"], 8 * MB),
            files(FileClass::Audio, &["audio/aac", "audio/mp4", "audio/m4a", "audio/x-wav"], 25 * MB),
            files(
                FileClass::Video,
                &["video/mp4", "video/ogg", "video/x-msvideo", "video/quicktime", "video/webm"],
                25 * MB,
            ),
            files(FileClass::File, &["application/pdf"], 25 * MB),
        ],
        replies: true,
        read: true,
        // The one that Meta documents there, as "love".
        reacts: reacts(&["❤️"]),
        ..chat(Kind::Instagram, 1000)
    }
}

fn telegram() -> Card {
    Card {
        caption: Some(Limit::characters(1024)),
        files: vec![
            files(FileClass::Image, &["image/jpeg", "image/png"], 10 * MB),
            files(FileClass::Audio, &["audio/mpeg", "audio/mp4", "audio/m4a"], 50 * MB),
            files(FileClass::Video, &["video/mp4"], 50 * MB),
            files(FileClass::File, &["*/*"], 50 * MB),
        ],
        rich_text: true,
        replies: true,
        reacts: reacts(&TELEGRAMS),
        ..chat(Kind::Telegram, 4096)
    }
}

fn line() -> Card {
    Card {
        text: Limit { most: 5000, unit: Unit::Utf16 },
        // A sound needs its length told, which is read from this format only; other files LINE does not take.
        files: vec![
            files(FileClass::Image, &["image/jpeg", "image/png"], 10 * MB),
            files(FileClass::Audio, &["audio/mp4", "audio/m4a"], 200 * MB),
            files(FileClass::Video, &["video/mp4"], 200 * MB),
        ],
        replies: true,
        repeat: Repeat::ByKeyLater,
        ..chat(Kind::Line, 5000)
    }
}

fn viber() -> Card {
    Card {
        files: vec![
            files(FileClass::Image, &["image/jpeg", "image/png", "image/gif"], MB),
            files(FileClass::Video, &["video/mp4"], 26 * MB),
            files(FileClass::File, &["*/*"], 50 * MB),
        ],
        delivered: true,
        read: true,
        session: Some(Span::hours(24)),
        ..chat(Kind::Viber, 7000)
    }
}

fn wechat() -> Card {
    Card {
        window: window(48, After::Nothing, Some(5)),
        text: Limit { most: 2048, unit: Unit::Bytes },
        files: vec![
            files(FileClass::Image, &["image/jpeg", "image/png", "image/gif"], 10 * MB),
            files(FileClass::Audio, &["audio/amr", "audio/mpeg"], 2 * MB),
            files(FileClass::Video, &["video/mp4"], 10 * MB),
        ],
        ..chat(Kind::Wechat, 2048)
    }
}

fn tiktok() -> Card {
    Card {
        window: window(48, After::Nothing, Some(10)),
        files: vec![files(FileClass::Image, &["image/jpeg", "image/png"], 3 * MB)],
        replies: true,
        read: true,
        ..chat(Kind::Tiktok, 6000)
    }
}

fn sms(settings: &Settings) -> Card {
    let pictures = settings.get("mms").map(String::as_str) == Some("yes");
    let images = || files(FileClass::Image, &["image/jpeg", "image/png", "image/gif"], 5 * MB);
    Card {
        emoji: false,
        delivered: true,
        pace: Some(paces::sms(settings)),
        starts_with: Some(AddressKind::Phone),
        caption: pictures.then_some(Limit::characters(1600)),
        files: if pictures { vec![images()] } else { Vec::new() },
        ..chat(Kind::Sms, 1600)
    }
}

fn email() -> Card {
    Card {
        caption: Some(Limit::characters(1_000_000)),
        files: vec![files(FileClass::File, &["*/*"], 25 * MB)],
        files_per_message: 20,
        // What the large mailboxes take of one letter, as it travels.
        files_together: Some(25 * MB),
        rich_text: true,
        replies: true,
        starts_with: Some(AddressKind::Email),
        enter_sends: false,
        // The identifier stays the same, and mailboxes show one of two letters that share it.
        repeat: Repeat::Once,
        ..chat(Kind::Email, 1_000_000)
    }
}

fn webchat() -> Card {
    Card {
        caption: Some(Limit::characters(10_000)),
        files: vec![
            files(FileClass::Image, &["image/*"], 25 * MB),
            files(FileClass::File, &["*/*"], 25 * MB),
        ],
        files_per_message: 10,
        // Nothing leaves the house, so nothing can leave it twice.
        repeat: Repeat::ByKey,
        ..chat(Kind::Webchat, 10_000)
    }
}

fn custom(settings: &Settings) -> Card {
    let hours = settings.get("window_hours").and_then(|text| text.trim().parse::<i64>().ok()).unwrap_or(0);
    // A year and more is no window; and the arithmetic of times must not run over.
    let limited = (1..=8784).contains(&hours);
    Card {
        window: if limited { window(hours, After::Nothing, None) } else { Rule::UNLIMITED },
        caption: Some(Limit::characters(10_000)),
        files: vec![files(FileClass::File, &["*/*"], 100 * MB)],
        files_per_message: 10,
        replies: true,
        delivered: true,
        read: true,
        starts_with: (!limited).then_some(AddressKind::Custom),
        repeat: Repeat::ByKey,
        reacts: reacts(&USUAL),
        ..chat(Kind::Custom, 10_000)
    }
}
