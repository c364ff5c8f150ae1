//! What was said there stands here: in its order, at its time, by whoever wrote it.

use super::colleague;
use crate::actions::{Error, Result, upload};
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::brought::{Entry, File, Origin};
use crate::domain::channel::Channel;
use crate::domain::conversation::{Conversation, snippet};
use crate::domain::event::{Line, kind};
use crate::domain::mail::has_remote_pictures;
use crate::domain::message::{Attachment, AttachmentState, Extra, Kind, Message};
use crate::domain::{Id, Timestamp, quoted};
use crate::random;
use crate::store::imported::{self, Taken, What};
use crate::store::{Tx, attachment, conversation as threads, mail, message};

/// A file that is to be fetched.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fetch {
    pub id: Id<Attachment>,
    /// Their number of it.
    pub their: String,
    pub url: String,
    pub media_type: String,
}

/// Takes what was said, in the order of time, each once. Returns how much of it is new, and the files that are still to
/// be fetched. The conversation is not touched where all of it was here.
pub fn entries(
    tx: &Tx<'_>,
    by: &Viewer,
    (origin, conversation): (&Origin, Id<Conversation>),
    all: &[Entry],
    now: Timestamp,
) -> Result<(u64, Vec<Fetch>)> {
    by.must_be(Role::Admin)?;
    let mut here = threads::get(tx, conversation)?.ok_or(Error::NotFound)?;
    let (mut new, mut files) = (0, Vec::new());
    for there in all {
        let place = (What::Message, there.their.as_str());
        if imported::get(tx, &origin.key, place.0, place.1)?.is_none() {
            let id = insert(tx, origin, (&here, there), now)?;
            imported::put(tx, &origin.key, place, &Taken { ours: id.get(), mark: String::new() })?;
            for file in &there.files {
                keep(tx, origin, (id, file), there.at.min(now))?;
            }
            say(&mut here, id, there, now);
            new += 1;
        }
        for file in &there.files {
            files.extend(missing(tx, origin, file)?);
        }
    }
    if new > 0 {
        threads::update(tx, &here)?;
    }
    Ok((new, files))
}

/// What the conversation quotes, and since when somebody waits.
fn say(here: &mut Conversation, id: Id<Message>, there: &Entry, now: Timestamp) {
    let at = there.at.min(now);
    match there.kind {
        Kind::Inbound => here.waiting_since = Some(here.waiting_since.map_or(at, |since| since.min(at))),
        Kind::Outbound if !there.automatic => here.waiting_since = None,
        Kind::Outbound => {}
        Kind::Note | Kind::Event => return,
    }
    here.failed += i64::from(there.state.is_trouble());
    if here.last_message.is_some() && at < here.last_message_at {
        return;
    }
    let file = there.files.first().map(|file| file.name.as_str()).unwrap_or_default();
    let shown = if there.body.trim().is_empty() { file } else { there.body.as_str() };
    (here.last_message, here.last_message_at) = (Some(id), at);
    here.snippet = if there.mail.is_some() { snippet(&quoted::gist(shown)) } else { snippet(shown) };
    here.snippet_ours = there.kind == Kind::Outbound;
}

fn insert(
    tx: &Tx<'_>,
    origin: &Origin,
    (here, there): (&Conversation, &Entry),
    now: Timestamp,
) -> Result<Id<Message>> {
    let author = there.by.as_ref().map(|who| colleague(tx, who)).transpose()?.flatten();
    let said = matches!(there.kind, Kind::Inbound | Kind::Outbound);
    let channel = Some(here.channel).filter(|_| said);
    let provider_id = free(tx, channel, there.provider_id.as_deref())?;
    let answers = match &there.answers {
        Some(their) => imported::get(tx, &origin.key, What::Message, their)?,
        None => None,
    };
    let at = there.at.min(now);
    let new = message::New {
        conversation: here.id,
        kind: there.kind,
        author,
        body: if there.kind == Kind::Event { kind::CONVERSATION_TOLD } else { &there.body },
        html: there.html.as_deref(),
        state: there.state,
        channel,
        provider_id,
        key: None,
        reply_to: answers.map(|taken| Id::new(taken.ours)),
        extra: &extra(there, author.is_none()),
        at,
        coming: None,
    };
    let id = message::insert(tx, &new, at)?;
    if let Some(head) = there.mail.as_ref().filter(|head| !head.identifier.is_empty()) {
        mail::insert(tx, id, here.channel, &head.identifier)?;
    }
    Ok(id)
}

/// The provider's id, unless another message of this channel has it.
fn free<'a>(tx: &Tx<'_>, channel: Option<Id<Channel>>, id: Option<&'a str>) -> Result<Option<&'a str>> {
    let (Some(channel), Some(id)) = (channel, id.filter(|id| !id.is_empty())) else { return Ok(None) };
    Ok(message::by_provider(tx, channel, id)?.is_none().then_some(id))
}

fn extra(there: &Entry, stranger: bool) -> Extra {
    let line = || Line { note: there.body.clone(), ..Line::default() };
    let event = match there.kind {
        Kind::Event => serde_json::to_value(line()).unwrap_or_default(),
        _ => serde_json::Value::Null,
    };
    let writer = there.by.as_ref().filter(|_| stranger).map(|who| who.name.clone());
    Extra {
        automatic: there.automatic,
        mail: there.mail.clone().map(Box::new),
        pictured: there.html.as_deref().is_some_and(has_remote_pictures),
        location: there.location.clone(),
        writer: writer.unwrap_or_default(),
        event,
        ..Extra::default()
    }
}

/// Keeps a file that is to be fetched.
fn keep(tx: &Tx<'_>, origin: &Origin, (message, file): (Id<Message>, &File), at: Timestamp) -> Result<()> {
    let claimed: String = file.media_type.chars().take(100).collect();
    let new = attachment::New {
        message: Some(message),
        agent: None,
        name: &upload::file_name(&file.name),
        media_type: &claimed,
        key: &random::file_word(),
        source: None,
    };
    let id = attachment::insert(tx, &new, at)?;
    let taken = Taken { ours: id.get(), mark: String::new() };
    Ok(imported::put(tx, &origin.key, (What::File, &file.their), &taken)?)
}

/// The file, where it is not here yet; where it lies may have changed since, and what could not be had once may be had
/// now.
fn missing(tx: &Tx<'_>, origin: &Origin, file: &File) -> Result<Option<Fetch>> {
    let Some(taken) = imported::get(tx, &origin.key, What::File, &file.their)? else { return Ok(None) };
    let Some(here) = attachment::get(tx, Id::new(taken.ours))? else { return Ok(None) };
    if !matches!(here.state, AttachmentState::Pending | AttachmentState::Failed) {
        return Ok(None);
    }
    let (their, url, media_type) = (file.their.clone(), file.url.clone(), file.media_type.clone());
    Ok(Some(Fetch { id: here.id, their, url, media_type }))
}
