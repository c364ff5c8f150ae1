//! A message of ours on its way into the outbox: the gate that every path passes, and what follows from it.

use std::collections::BTreeMap;

use super::letter::Letter;
use super::{Error, Result, assign, auto_close, notice, reach, reopen, restricted, window};
use super::{history, hosted};
use crate::domain::access::Viewer;
use crate::domain::channel::{Channel, ChannelState};
use crate::domain::conversation::{Conversation, Status, said_by};
use crate::domain::event::{Cause, kind};
use crate::domain::fitting::{self, File};
use crate::domain::mail::has_remote_pictures;
use crate::domain::message::{Attachment, Extra, Kind, Message, Prepared, State, TemplateUse};
use crate::domain::past::View;
use crate::domain::refused::Problem;
use crate::domain::sensitive;
use crate::domain::template::{self, Template};
use crate::domain::window::{Content, Sender};
use crate::domain::{Id, Refused, Span, Timestamp};
use crate::random;
use crate::store::{self, Tx, attachment, event, grant, message, outbox, setting};

/// A template with what is to stand in its gaps.
pub type Chosen = (Id<Template>, BTreeMap<String, String>);

/// The text that is to leave, and what it was made from.
#[derive(Default)]
pub(super) struct Text {
    pub body: String,
    /// The provider's template.
    pub template: Option<TemplateUse>,
    /// The prepared text, of the provider or of the team.
    pub prepared: Option<Prepared>,
}

impl Text {
    pub(super) fn content(&self) -> Content {
        content_of(self.template.as_ref())
    }
}

/// What the window has to allow for a message with or without a provider's template.
pub(super) fn content_of(template: Option<&TemplateUse>) -> Content {
    if template.is_some() { Content::Template } else { Content::Free }
}

/// The gate. Everything that is sent passes here, and the outbox asks the window once more.
pub(super) fn allowed(
    tx: &Tx<'_>,
    channel: &Channel,
    conversation: &Conversation,
    (sender, content): (Sender, Content),
    now: Timestamp,
) -> Result<()> {
    if channel.state == ChannelState::Disabled {
        return Err(Refused::ChannelDisabled.into());
    }
    reach::unblocked(tx, conversation)?;
    if store::contact::opted_out(tx, conversation.address)?.is_some() {
        return Err(Refused::OptedOut.into());
    }
    let window = window::of(tx, channel, conversation, now)?;
    if window.allows(sender, content) { Ok(()) } else { Err(Refused::WindowClosed { window }.into()) }
}

/// The files by their ids: uploaded by `by`, complete, and not yet sent with another message.
pub(super) fn files(tx: &Tx<'_>, by: &Viewer, ids: &[Id<Attachment>]) -> Result<Vec<Attachment>> {
    let mut files: Vec<Attachment> = Vec::new();
    for id in ids {
        let file = attachment::get(tx, *id)?.filter(|file| file.agent == by.author() && file.is_free());
        let file = file.ok_or(Refused::Field { field: "attachments", problem: Problem::Unknown })?;
        if !files.iter().any(|there| there.id == file.id) {
            files.push(file);
        }
    }
    Ok(files)
}

/// Whether text and files fit the channel.
pub(super) fn fits(channel: &Channel, text: &Text, files: &[Attachment]) -> Result<()> {
    let sizes: Vec<File<'_>> =
        files.iter().map(|file| File { media_type: &file.media_type, size: file.size }).collect();
    match text.template {
        // The provider has approved the length of its template already.
        Some(_) => fitting::check_files(&channel.card, &sizes)?,
        None => fitting::check(&channel.card, &text.body, &sizes)?,
    }
    Ok(())
}

/// What the writer has been warned of and sends all the same.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Knows {
    /// Card or account numbers.
    pub sensitive: bool,
    /// A subject that was used before.
    pub subject: bool,
    /// Gaps that nobody filled in what was typed.
    pub gaps: bool,
}

impl Knows {
    /// What a form says that its writer has read: one word for each warning. Gaps are looked for after numbers, so
    /// whoever was warned of them knows of both.
    pub fn told<'a>(words: impl Iterator<Item = &'a str>) -> Knows {
        words.fold(Knows::default(), |knows, word| match word {
            "sensitive" => Knows { sensitive: true, ..knows },
            "subject" => Knows { subject: true, ..knows },
            "gaps" => Knows { sensitive: true, gaps: true, ..knows },
            _ => knows,
        })
    }
}

/// A gap that stands in what a person typed was most likely meant to be filled (S212). A template passes here filled.
pub(super) fn whole(by: &Viewer, text: &Text, knows: Knows) -> Result<()> {
    if by.sender != Sender::Person || knows.gaps || text.prepared.is_some() {
        return Ok(());
    }
    match template::gaps(&text.body).into_iter().next() {
        Some(parameter) => Err(Refused::RawGap { parameter }.into()),
        None => Ok(()),
    }
}

/// Card and account numbers stay in the house (S95, S154): refused where the team says so; otherwise people are warned
/// once, and programs, who read no warning, pass.
pub(super) fn discreet(
    tx: &Tx<'_>,
    by: &Viewer,
    (text, files): (&str, &[Attachment]),
    knows: Knows,
) -> Result<()> {
    let rule = setting::get(tx, setting::key::SENSITIVE)?.unwrap_or_default();
    let blocks = rule == "block";
    let asks = rule != "off" && by.sender == Sender::Person && !knows.sensitive;
    if !blocks && !asks {
        return Ok(());
    }
    let mut found = sensitive::find(text);
    found.extend(files.iter().flat_map(|file| sensitive::find(&file.name)));
    found.sort_unstable();
    found.dedup();
    if found.is_empty() { Ok(()) } else { Err(Refused::Sensitive { found, may: !blocks }.into()) }
}

/// Our side writes: what is closed opens and goes to the sender (S20, S21), what is snoozed comes back, and
/// what nobody has goes to the first who answers (S202). The caller writes the conversation back.
pub(super) fn take_up(
    tx: &Tx<'_>,
    by: &Viewer,
    channel: &Channel,
    conversation: &mut Conversation,
    now: Timestamp,
) -> Result<()> {
    let was_closed = conversation.status == Status::Closed;
    reopen::opened(tx, channel, conversation, (Some(by), Cause::Sent), now)?;
    match by.author() {
        Some(sender) if was_closed || conversation.assignee.is_none() => {
            assign::given(tx, conversation, Some(sender), (by, Cause::Sent), now)
        }
        _ => Ok(()),
    }
}

/// A message that passed every check, with the thread that it goes into.
pub(super) struct Ready<'a> {
    pub by: &'a Viewer,
    pub channel: &'a Channel,
    pub text: Text,
    pub files: Vec<Attachment>,
    pub reply_to: Option<Id<Message>>,
    pub key: Option<&'a str>,
    /// Head and dress, for a mail.
    pub letter: Option<Letter>,
    /// The text that leaves before these files as a message of its own.
    pub part_of: Option<Id<Message>>,
}

impl<'a> Ready<'a> {
    /// A plain text and nothing with it.
    pub fn plain(by: &'a Viewer, channel: &'a Channel, text: Text) -> Ready<'a> {
        let (files, reply_to, key, letter, part_of) = (Vec::new(), None, None, None, None);
        Ready { by, channel, text, files, reply_to, key, letter, part_of }
    }
}

/// Puts the message into thread and outbox. Where the channel takes no text beside a file, text and files are
/// two messages, the text first; the id is the first one's. The caller writes the conversation back.
pub(super) fn queue(
    tx: &Tx<'_>,
    conversation: &mut Conversation,
    ready: &Ready<'_>,
    now: Timestamp,
) -> Result<Id<Message>> {
    decent(tx, ready)?;
    let apart = ready.text.template.is_none()
        && ready.channel.card.caption.is_none()
        && !ready.files.is_empty()
        && !ready.text.body.trim().is_empty();
    if !apart {
        return one(tx, conversation, ready, (&ready.text.body, &ready.files), now);
    }
    let first = one(tx, conversation, ready, (&ready.text.body, &[]), now)?;
    // The text may have been the last message that the window had left.
    allowed(tx, ready.channel, conversation, (ready.by.sender, Content::Free), now)?;
    let text = Text::default();
    let beside = Ready {
        key: None,
        text,
        files: Vec::new(),
        reply_to: None,
        letter: None,
        part_of: Some(first),
        ..*ready
    };
    one(tx, conversation, &beside, ("", &ready.files), now)?;
    Ok(first)
}

/// No word leaves that the team does not send (S217), whoever or whatever sends it. The text of a letter was looked at
/// when it was put together: only there it is known what of it is quoted.
fn decent(tx: &Tx<'_>, ready: &Ready<'_>) -> Result<()> {
    let mut said: Vec<&str> = ready.files.iter().map(|file| file.name.as_str()).collect();
    match &ready.letter {
        None => said.push(&ready.text.body),
        // The subject of an answer is the customer's own.
        Some(letter) if letter.head.mode.is_none() => said.push(&letter.head.subject),
        Some(_) => {}
    }
    restricted::sendable(tx, &said)
}

fn one(
    tx: &Tx<'_>,
    conversation: &mut Conversation,
    ready: &Ready<'_>,
    (body, files): (&str, &[Attachment]),
    now: Timestamp,
) -> Result<Id<Message>> {
    let part_of = ready.part_of.map(Id::get);
    let program = ready.by.is_program().then_some(ready.by.writer.as_str());
    let letter = ready.letter.as_ref();
    let head = letter.map(|letter| letter.addressed(tx, ready.channel, conversation.id)).transpose()?;
    let extra = Extra {
        template: ready.text.template.clone(),
        prepared: ready.text.prepared.clone().filter(|_| !body.is_empty()),
        part_of,
        mail: head.map(Box::new),
        typed: letter.map(|letter| letter.typed.clone()),
        pictured: letter.is_some_and(|letter| has_remote_pictures(&letter.html)),
        automatic: program.is_some(),
        writer: program.unwrap_or_default().to_owned(),
        ..Extra::default()
    };
    let newest = message::newest_said(tx, conversation.id)?.map(|message| message.id);
    let saw = View { window: conversation.window_closes_at, newest };
    let new = message::New {
        conversation: conversation.id,
        kind: Kind::Outbound,
        author: ready.by.author(),
        body,
        html: letter.map(|letter| letter.html.as_str()),
        state: State::Queued,
        channel: Some(ready.channel.id),
        provider_id: None,
        key: ready.key,
        reply_to: ready.reply_to,
        extra: &extra,
        at: now,
        coming: Some(event::Coming {
            kind: kind::MESSAGE_QUEUED,
            data: serde_json::json!({ "saw": saw.data() }),
        }),
    };
    let id = message::insert(tx, &new, now)?;
    if let Some(letter) = letter {
        store::mail::insert(tx, id, ready.channel.id, &letter.head.identifier)?;
        hosted::give(tx, &letter.typed, id, now)?;
    }
    for file in files {
        attachment::give(tx, file.id, Some(id))?;
    }
    let kind = (ready.by.sender, ready.text.content());
    // What an assistant says nobody takes back.
    let assistant = program.filter(|name| !name.is_empty());
    let due_at = if assistant.is_some() { now } else { now + undo_time(tx)? };
    dispatch(tx, conversation, id, (kind, due_at), now)?;
    conversation.last_message = Some(id);
    conversation.last_message_at = conversation.last_message_at.max(now);
    let shown = if body.is_empty() { files.first().map_or("", |file| &file.name) } else { body };
    conversation.snippet = said_by(assistant.unwrap_or_default(), shown);
    conversation.snippet_ours = assistant.is_none();
    conversation.waiting_since = None;
    conversation.unread = 0;
    conversation.updated_at = now;
    window::refresh(tx, ready.channel, conversation, now)?;
    history::came(tx, conversation);
    tell(tx, conversation, (id, ready.by), now)?;
    Ok(id)
}

/// What follows from an answer for those who wait for it or watch it.
fn tell(
    tx: &Tx<'_>,
    conversation: &Conversation,
    (id, by): (Id<Message>, &Viewer),
    now: Timestamp,
) -> Result<()> {
    if by.author().is_some() && by.sender == Sender::Person {
        auto_close::plan(tx, conversation, now)?;
        notice::answered(tx, conversation.id, now)?;
    }
    if !by.is_program() {
        notice::said(tx, conversation, (id, by.author()), now)?;
    }
    Ok(())
}

/// A new dispatch of a message under a key of its own. It uses up its share of the window here, in the same
/// transaction as the check, so that two quick replies cannot both take the last one.
pub(super) fn dispatch(
    tx: &Tx<'_>,
    conversation: &Conversation,
    message: Id<Message>,
    ((sender, content), due_at): ((Sender, Content), Timestamp),
    now: Timestamp,
) -> Result<()> {
    if content == Content::Free {
        grant::spend(tx, window::place(conversation), now)?;
    }
    let key = random::key();
    let new = outbox::New {
        message,
        conversation: conversation.id,
        channel: conversation.channel,
        due_at,
        key: &key,
        sender,
        content,
    };
    match outbox::of_message(tx, message)? {
        // A message that is sent again keeps its place before those that wait behind it.
        Some(unsure) => outbox::renew(tx, unsure.id, &new, now)?,
        None => {
            outbox::insert(tx, &new, now)?;
        }
    }
    Ok(())
}

/// Tells the log and the pages that a message stands elsewhere now.
pub(super) fn tell_state(
    tx: &Tx<'_>,
    conversation: &Conversation,
    (by, kind): (&Viewer, &'static str),
    message: Id<Message>,
    now: Timestamp,
) -> Result<()> {
    let data = serde_json::json!({ "state": State::Queued.as_str() });
    let entry =
        event::New { kind, agent: by.author(), message: Some(message), data, ..event::New::default() };
    history::log(tx, conversation, entry, now)
}

/// A message of ours and its conversation, if `by` may see it.
pub(super) fn ours(tx: &Tx<'_>, by: &Viewer, id: Id<Message>) -> Result<(Message, Conversation)> {
    let message = message::get(tx, id)?.ok_or(Error::NotFound)?;
    let conversation = reach::conversation(tx, by, message.conversation)?;
    if message.kind == Kind::Outbound { Ok((message, conversation)) } else { Err(Error::NotFound) }
}

/// How long a message waits so that it can be taken back.
fn undo_time(tx: &Tx<'_>) -> Result<Span> {
    let seconds = setting::get(tx, setting::key::UNDO_SECONDS)?.and_then(|text| text.parse::<i64>().ok());
    Ok(Span::seconds(seconds.unwrap_or(5).clamp(0, 60)))
}
