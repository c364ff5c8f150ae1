//! Every "no" of the rules, with what its sentence needs: what, why, until when, what to do instead.

use serde::Serialize;

use super::agent::{Agent, Role};
use super::contact::Contact;
use super::conversation::{Conversation, Status};
use super::keys::Act;
use super::limit::Limit;
use super::message::Message;
use super::offer::Denied;
use super::outbound::NoOutbound;
use super::sensitive::Finding;
use super::window::Window;
use super::{Id, Timestamp, later, workflow};

/// Why a picture cannot stand inside a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoPicture {
    /// The team allows none.
    Off,
    /// Nobody has told the desk where readers reach it.
    NoAddress,
    /// It is too large.
    TooLarge,
    /// It is no picture that mail programs show.
    NotShown,
    /// There is no such picture here: it lies elsewhere, belongs to somebody else, or is kept no longer.
    Unknown,
    /// It would stand where none may, as in a signature.
    NotHere,
}

/// The rules say no.
#[derive(Clone, PartialEq, Debug)]
pub enum Refused {
    /// The window does not allow this now.
    WindowClosed { window: Window },
    /// The text is too long for the channel, by `excess`.
    TooLong { limit: Limit, excess: u32 },
    /// Nothing to send: no text and no file.
    Empty,
    /// Somebody wrote after what the sender last saw. `by` is `None` when it was the customer.
    NewerMessage { latest: Id<Message>, by: Option<String> },
    /// The channel takes no such file.
    FileType { media_type: String },
    /// The file is larger than the channel takes, in bytes.
    FileTooLarge { most: u64 },
    /// The channel takes fewer files a message.
    TooManyFiles { most: u32 },
    /// There is no room for files any more: the disk is nearly full, or the file as large as the team allows.
    NoRoom,
    /// The files of one message are larger together than the channel takes, in bytes.
    FilesTooLarge { most: u64 },
    /// Something typed among the recipients is no address.
    NoRecipient { field: &'static str, typed: String },
    /// A recipient is the desk itself.
    OwnAddress { field: &'static str, address: String },
    /// The text or the name of a file holds card or account numbers. `may`: whoever has seen the warning may send it.
    Sensitive { found: Vec<Finding>, may: bool },
    /// The team does not send these words.
    RestrictedWords { words: Vec<String> },
    /// The person was written to under this subject before.
    SubjectUsed { conversation: Id<Conversation> },
    /// A picture inside the text does not leave this desk.
    InlinePicture { why: NoPicture },
    /// An entry point of this kind has no assistant.
    NoAssistant,
    /// The channel is switched off.
    ChannelDisabled,
    /// The person must write first on this kind of channel.
    CannotBegin,
    /// The agent may not begin a conversation there, or not now.
    Outbound { why: NoOutbound },
    /// The address is not one of its kind. `expected` names the form, as in `+49 30 1234567`.
    BadAddress { expected: &'static str },
    /// A phone number without its country code.
    NoCountryCode,
    /// There is already an open conversation with that address on that entry point; `None`: where who asks may not see it.
    AlreadyActive { conversation: Option<Id<Conversation>> },
    /// The address belongs to somebody already.
    AddressTaken { contact: Id<Contact>, name: String },
    /// Conversations still stand on the address.
    AddressInUse,
    /// The contact is blocked.
    ContactBlocked,
    /// The person asked not to be written to.
    OptedOut,
    /// The channel takes no such reaction, or not to this message.
    NoReaction,
    /// It already is so.
    AlreadyThere { status: Status },
    /// The time for it lies in the past.
    TimePassed,
    /// Another agent holds it.
    AssignedTo { agent: Id<Agent>, name: String },
    /// Only these may do it.
    NeedsRole { role: Role },
    /// Mails are handed to a queue, never to one person.
    QueueOnly,
    /// It belongs to a queue that the agent is not in.
    NotYours,
    /// The template does not exist, or is not approved.
    TemplateUnusable { name: String, status: String },
    /// A gap of the template is not filled.
    TemplateGap { parameter: String },
    /// A gap of a text that only the desk fills, and the desk knows no such thing.
    UnknownGap { parameter: String },
    /// A gap stands in a text that was typed; whoever has seen the warning may send it.
    RawGap { parameter: String },
    /// The template was changed after its writer looked at it.
    TemplateChanged { name: String },
    /// A locked template may not be changed.
    TemplateLocked,
    /// Somebody changed it in the meantime, so it cannot be taken back.
    ChangedSince,
    /// The two were merged too long ago to be parted.
    MergedLongAgo,
    /// It has left already, so it cannot be taken back.
    TooLate,
    /// What was done was taken back already, or too long ago to be taken back.
    UndoOver,
    /// A field of a form is missing or wrong. `field` is its name, `problem` what is wrong with it.
    Field { field: &'static str, problem: Problem },
    /// The last administrator cannot be taken away.
    LastAdmin,
    /// Not on a desk with real channels.
    OnlySimulated,
    /// The same key was used for something else.
    KeyReused,
    /// Two shortcuts cannot share a key.
    KeyTaken { key: String, first: Act, second: Act },
    /// The browser needs this key itself.
    KeyReserved { act: Act, key: String },
    /// What was to be sent later has been overtaken; whoever knows of it may send it all the same.
    Overtaken { why: later::Why },
    /// There is nothing to try again.
    NotRetryable,
    /// Work that is handed out is not taken, handed on or ended.
    Work(Denied),
    /// The person has no password to be asked for, and came by the provider of identities too long ago.
    SignInAgain,
    /// A workflow cannot be published or started.
    Workflow { why: workflow::Refusal },
    /// Too many attempts; again from this time on.
    TooMany { until: Timestamp },
}

/// What is wrong with a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Problem {
    Missing,
    TooShort {
        least: u32,
    },
    TooLong {
        most: u32,
    },
    NotAnEmail,
    NotAUrl,
    NotANumber,
    /// A number that is too large.
    Beyond {
        most: u32,
    },
    /// No day and time, or one that there is not.
    NoTime,
    Taken,
    /// There are as many as there may be.
    TooMany {
        most: u32,
    },
    Unknown,
    TooCommon,
    /// A workbook of a spreadsheet, where a sheet of plain text is wanted: packed as today's are, or of the old kind.
    Workbook,
    OldWorkbook,
    /// A sheet without a line of headings, or without a row below it.
    NoHeads,
    NoRows,
    /// A quotation mark that begins in this line of a sheet is never closed.
    OpenQuote {
        line: u32,
    },
    /// It ends before it begins.
    BeforeIt,
    /// Something still uses it.
    InUse,
    Wrong,
}
