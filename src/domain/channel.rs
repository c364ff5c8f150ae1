//! A connected channel account (an *entry point*), and what its kind of channel can do, as data.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::contact::AddressKind;
use super::limit::Limit;
use super::queue::Queue;
use super::throttle::Pace;
use super::window::Rule;
use super::{Id, Span, Timestamp};

/// Every kind of channel there is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Whatsapp,
    Messenger,
    Instagram,
    Telegram,
    Line,
    Viber,
    Wechat,
    Tiktok,
    Sms,
    Email,
    Webchat,
    Custom,
    Simulator,
}

impl Kind {
    /// Every kind, in the order in which pages list them.
    pub const ALL: [Kind; 13] = [
        Kind::Whatsapp,
        Kind::Messenger,
        Kind::Instagram,
        Kind::Telegram,
        Kind::Line,
        Kind::Viber,
        Kind::Wechat,
        Kind::Tiktok,
        Kind::Sms,
        Kind::Email,
        Kind::Webchat,
        Kind::Custom,
        Kind::Simulator,
    ];

    /// The word for it on the command line, in the API and in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Whatsapp => "whatsapp",
            Kind::Messenger => "messenger",
            Kind::Instagram => "instagram",
            Kind::Telegram => "telegram",
            Kind::Line => "line",
            Kind::Viber => "viber",
            Kind::Wechat => "wechat",
            Kind::Tiktok => "tiktok",
            Kind::Sms => "sms",
            Kind::Email => "email",
            Kind::Webchat => "webchat",
            Kind::Custom => "custom",
            Kind::Simulator => "simulator",
        }
    }

    /// The kind of address by which it knows people.
    pub const fn person(self) -> AddressKind {
        match self {
            Kind::Whatsapp => AddressKind::Whatsapp,
            Kind::Messenger => AddressKind::Messenger,
            Kind::Instagram => AddressKind::Instagram,
            Kind::Telegram => AddressKind::Telegram,
            Kind::Line => AddressKind::Line,
            Kind::Viber => AddressKind::Viber,
            Kind::Wechat => AddressKind::Wechat,
            Kind::Tiktok => AddressKind::Tiktok,
            Kind::Sms => AddressKind::Phone,
            Kind::Email => AddressKind::Email,
            Kind::Webchat => AddressKind::Visitor,
            Kind::Custom | Kind::Simulator => AddressKind::Custom,
        }
    }

    /// The name that people know it by; the same in every language but for the last four.
    pub const fn label(self) -> &'static str {
        match self {
            Kind::Whatsapp => "WhatsApp",
            Kind::Messenger => "Messenger",
            Kind::Instagram => "Instagram",
            Kind::Telegram => "Telegram",
            Kind::Line => "LINE",
            Kind::Viber => "Viber",
            Kind::Wechat => "WeChat",
            Kind::Tiktok => "TikTok",
            Kind::Sms => "SMS",
            Kind::Email => "E-mail",
            Kind::Webchat => "Website chat",
            Kind::Custom => "Custom",
            Kind::Simulator => "Simulator",
        }
    }
}

impl FromStr for Kind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(())
    }
}

/// What a channel account can do. Its file in `channels/` makes it, the row keeps it, everybody reads it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Card {
    /// The kind whose rules hold: the kind itself, or the one that a simulator imitates.
    pub speaks_as: Kind,
    /// The messaging window.
    pub window: Rule,
    /// The longest text that one message may carry.
    pub text: Limit,
    /// The longest text beside a file; `None` where a file takes no text with it.
    pub caption: Option<Limit>,
    /// Which files may go out, and how large; empty where none may.
    pub files: Vec<FileRule>,
    /// How many files one message carries at most.
    pub files_per_message: u32,
    /// How many bytes the files of one message have together at most, as they travel; `None`: no limit beside that of
    /// each file.
    #[serde(default)]
    pub files_together: Option<u64>,
    /// Bold, italics and the like survive.
    pub rich_text: bool,
    /// Emoji survive.
    pub emoji: bool,
    /// Which templates it knows.
    pub templates: Templates,
    /// An answer can point at the message that it answers.
    pub replies: bool,
    /// The reactions that can be sent; empty: none.
    #[serde(default)]
    pub reacts: Vec<String>,
    /// The provider tells that a message reached the device.
    pub delivered: bool,
    /// The provider tells that a message was read.
    pub read: bool,
    /// The kind of address that an agent may write to first; `None` where the customer must begin.
    pub starts_with: Option<AddressKind>,
    /// Enter sends and Shift+Enter breaks the line; otherwise Ctrl+Enter sends.
    pub enter_sends: bool,
    /// How long a provider goes on accepting repeated sends under one key.
    pub repeat: Repeat,
    /// How long after the customer wrote answers cost nothing more; later ones may be charged. `None`: it makes no
    /// difference.
    #[serde(default)]
    pub session: Option<Span>,
    /// How fast it sends; `None`: as fast as it can.
    #[serde(default)]
    pub pace: Option<Pace>,
}

/// One class of files that a channel takes.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FileRule {
    /// What it is sent as.
    pub what: FileClass,
    /// Accepted media types; one that ends in `/*` takes all of its kind, `*/*` takes every file.
    pub types: Vec<String>,
    /// The largest size in bytes.
    pub most: u64,
}

/// How a provider treats a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FileClass {
    Image,
    Audio,
    Video,
    Sticker,
    File,
}

/// Which templates a channel knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Templates {
    /// Saved replies of our own only.
    Own,
    /// Own ones, and ones that the provider approves beforehand.
    Approved,
}

/// What makes a send whose outcome is unknown safe to repeat.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Repeat {
    /// Nothing does: a person decides.
    Never,
    /// The provider recognises our key and executes it once.
    ByKey,
    /// Whoever gets it twice sees it once, mostly: it is repeated one time, then a person decides.
    Once,
    /// The same, but for a first answer within [`AT_ONCE`] of the customer's message, which goes another way.
    ByKeyLater,
}

/// How long after a customer's message an answer counts as given at once.
pub const AT_ONCE: Span = Span::minutes(1);

impl Card {
    /// What a message with this text and files of these media types counts as where the account may send so many.
    pub fn weight<'a>(&self, text: &str, media_types: impl Iterator<Item = &'a str>) -> u32 {
        let files: Vec<bool> = media_types
            .map(|kind| self.file_rule(kind).map(|rule| rule.what))
            .map(|what| matches!(what, Some(FileClass::Audio | FileClass::Video)))
            .collect();
        let is_apart = files.is_empty() || self.caption.is_none();
        self.pace.map_or(1, |pace| pace.weight.of(text, is_apart, &files))
    }

    /// The rule for a file of this media type, if the channel takes it at all.
    pub fn file_rule(&self, media_type: &str) -> Option<&FileRule> {
        self.files.iter().find(|rule| rule.types.iter().any(|wanted| type_matches(wanted, media_type)))
    }
}

fn type_matches(wanted: &str, media_type: &str) -> bool {
    match wanted.strip_suffix("/*") {
        Some("*") => true,
        Some(class) => media_type.split('/').next() == Some(class),
        None => wanted.eq_ignore_ascii_case(media_type),
    }
}

/// A connected account of one kind: a WhatsApp number, a page, a mailbox, a website chat.
#[derive(Clone, PartialEq, Debug)]
pub struct Channel {
    pub id: Id<Channel>,
    pub kind: Kind,
    /// What the team calls it.
    pub name: String,
    /// A random public word that stands for it in URLs which strangers see.
    pub key: String,
    /// Everything that is no secret, by the names of the settings table.
    pub settings: Settings,
    pub card: Card,
    pub state: ChannelState,
    /// What is wrong with it, in the provider's words, while it is `Broken`.
    pub problem: Option<String>,
    /// Where its new conversations go.
    pub queue: Option<Id<Queue>>,
    pub on_close: OnClose,
    pub on_return: OnReturn,
    /// When a delivery last came in.
    pub received_at: Option<Timestamp>,
    /// When something was last sent.
    pub sent_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// Settings of a channel by name; unset ones are absent.
pub type Settings = BTreeMap<String, String>;

/// Whether a channel works.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChannelState {
    Enabled,
    /// Switched off by an administrator: nothing goes in or out.
    Disabled,
    /// The provider refuses us; what is sent waits until an administrator reconnects it.
    Broken,
}

impl ChannelState {
    pub const fn as_str(self) -> &'static str {
        match self {
            ChannelState::Enabled => "enabled",
            ChannelState::Disabled => "disabled",
            ChannelState::Broken => "broken",
        }
    }
}

/// The closing logic: what becomes of the assignee when a conversation is closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OnClose {
    Keep,
    Unassign,
}

impl OnClose {
    pub const fn as_str(self) -> &'static str {
        match self {
            OnClose::Keep => "keep",
            OnClose::Unassign => "unassign",
        }
    }
}

/// What happens when somebody writes into a closed conversation.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OnReturn {
    /// The same conversation opens again, as a new episode.
    Reopen,
    /// A new conversation begins, which links back.
    New,
}

impl OnReturn {
    pub const fn as_str(self) -> &'static str {
        match self {
            OnReturn::Reopen => "reopen",
            OnReturn::New => "new",
        }
    }
}
