//! The page of a conversation: what it shows is gathered here, from one reading connection.

use std::collections::BTreeMap;

use super::{inbox, labels, later, letter, mail, person, place, templates_of};
use crate::actions::{deal, reach};
use crate::domain::agent::Agent;
use crate::domain::answering::Form;
use crate::domain::channel::{self, Channel};
use crate::domain::contact::Contact;
use crate::domain::conversation::{Conversation, Status};
use crate::domain::deed::Deed;
use crate::domain::message::{Kind, Message, State};
use crate::domain::template::Template;
use crate::domain::window::{self, Window};
use crate::domain::{Id, Span, draft};
use crate::i18n::kind;
use crate::store::{self, Connection, setting};
use crate::templates::composer::{Composer, Problem};
use crate::templates::header::Header;
use crate::templates::later::Chosen;
use crate::templates::message::Entry;
use crate::templates::person::{Person, Way};
use crate::templates::place::Place;
use crate::templates::row;
use crate::templates::thread::{self as template, Done, Thread};
use crate::web::http::Response;
use crate::web::{Cx, Failure, work};

/// How many entries of a thread a page has.
const ENTRIES: u32 = 50;
/// To how many of the customer's messages somebody may react on a page.
const REACTABLE: usize = 10;

/// What a page was asked for beside the conversation.
#[derive(Default)]
pub struct Ask {
    pub place: Place,
    pub before: Option<Id<Message>>,
    /// What is asked of the templates.
    pub prepared: templates_of::Asked,
    /// What was typed and refused, and why.
    pub typed: Option<(draft::Kind, String)>,
    pub problem: Option<Problem>,
    /// Files that were uploaded with it.
    pub files: Vec<crate::domain::message::Attachment>,
    /// How a mail was to be answered that was refused.
    pub form: Option<Form>,
    /// The saved reply that is to take the place of what was typed, if its writer agrees.
    pub replace: Option<Id<Template>>,
    /// When it was to be sent.
    pub later: Chosen,
    /// A field with what is wrong in it.
    pub wrong: Option<(&'static str, String)>,
}

/// The page. Looking at it changes nothing; a form of its own marks it as read.
pub fn page(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let ask = Ask {
        place: place::of(cx),
        before: cx.query.trimmed("before").parse().ok(),
        prepared: templates_of::asked(cx),
        replace: cx.query.trimmed("replace").parse().ok(),
        ..Ask::default()
    };
    show(cx, ask)
}

/// The page as it was asked for.
pub fn show(cx: &Cx<'_>, ask: Ask) -> Result<Response, Failure> {
    let id: Id<Conversation> = cx.param("id")?;
    let mut frame = cx.frame("")?;
    let place = ask.place.clone();
    let (list, thread) = cx.read(|c| {
        let thread = gather(c, cx, id, ask)?;
        Ok::<_, Failure>((inbox::load(c, cx, &place, Some(id))?, thread))
    })?;
    frame.title.clone_from(&thread.header.name);
    frame.view = place.view;
    Ok(cx.page(&frame, &template::page(&frame, &list, &thread)))
}

/// Everything that the page shows.
pub fn gather(c: &Connection, cx: &Cx<'_>, id: Id<Conversation>, ask: Ask) -> Result<Thread, Failure> {
    let who = cx.who()?;
    let conversation = reach::conversation(c, &who.viewer, id)?;
    let channel = &store::channel::get(c, conversation.channel)?.ok_or(Failure::NotFound)?;
    let contact = store::contact::get(c, conversation.contact)?.ok_or(Failure::NotFound)?;
    let names = store::thread::names(c)?;
    let header = header(c, cx, &ask.place, (&conversation, channel, &contact), &names)?;
    let (entries, earlier) = entries(c, cx, (&conversation, channel), ask.before, (&names, &header.name))?;
    let person = person::load(c, cx, &conversation, (&contact, &header.name), &names)?;
    let composer = composer(c, cx, (&conversation, channel, &contact), ask, &person)?;
    let waiting = later::load(c, cx, &conversation, &names)?;
    let assistant = store::greeting::held(c, &[id])?.remove(&id);
    Ok(Thread {
        done: done(cx, &header),
        assistant,
        header,
        labels: labels::load(c, id)?,
        waiting,
        entries,
        earlier,
        composer,
        person,
    })
}

type Whole<'a> = (&'a Conversation, &'a Channel, &'a Contact);

fn header(
    c: &Connection,
    cx: &Cx<'_>,
    place: &Place,
    (conversation, channel, contact): Whole<'_>,
    names: &BTreeMap<Id<Agent>, String>,
) -> Result<Header, Failure> {
    let who = cx.who()?;
    let address = store::contact::address(c, conversation.address)?.ok_or(Failure::NotFound)?;
    let queues = store::queue::all(c)?;
    let followers = store::notice::followers(c, conversation.id)?;
    let queue = |id| queues.iter().find(|queue| Some(queue.id) == id).map(|queue| queue.name.clone());
    Ok(Header {
        name: row::name(&contact.name, Some(&address)),
        picture: contact.picture.clone(),
        kind: channel.card.speaks_as,
        channel_name: channel.name.clone(),
        assignee_name: conversation.assignee.and_then(|agent| names.get(&agent).cloned()),
        queue_name: queue(conversation.queue),
        agents: store::agent::working(c)?,
        ending: super::ending::questions(c, conversation, channel)?,
        me: who.agent.id,
        follows: followers.contains(&who.agent.id),
        followers: followers
            .iter()
            .filter(|follower| **follower != who.agent.id)
            .filter_map(|follower| names.get(follower).cloned())
            .collect(),
        others: cx.app.presence.others(conversation.id, who.agent.id, cx.now),
        place: place.clone(),
        handing: work::of_head(c, conversation, &who.viewer)?,
        workflows: store::workflow::any_published(c)?,
        conversation: conversation.clone(),
        queues: queues.iter().map(|queue| (queue.id, queue.name.clone())).collect(),
        to_queues_only: channel.card.speaks_as == channel::Kind::Email && !deal::begun_here(c, conversation)?,
    })
}

fn entries(
    c: &Connection,
    cx: &Cx<'_>,
    (conversation, channel): (&Conversation, &Channel),
    before: Option<Id<Message>>,
    (names, contact): (&BTreeMap<Id<Agent>, String>, &str),
) -> Result<(Vec<Entry>, Option<Id<Message>>), Failure> {
    let me = cx.who()?.agent.id;
    let mut messages = store::message::entries(c, conversation.id, before, ENTRIES + 1)?;
    let more = messages.len() > ENTRIES as usize;
    if more {
        messages.remove(0);
    }
    let ids: Vec<Id<Message>> = messages.iter().map(|message| message.id).collect();
    let mut files = store::attachment::of_messages(c, &ids)?;
    let answered: Vec<Id<Message>> = messages.iter().filter_map(|message| message.reply_to).collect();
    let quoted = store::thread::quoted(c, conversation.id, &answered)?;
    let undo = setting::get(c, setting::key::UNDO_SECONDS)?.and_then(|text| text.parse().ok()).unwrap_or(5);
    let mut readings = mail::readings(c, &messages)?;
    let author = |message: &Message| match message.author.filter(|_| message.extra.writer.is_empty()) {
        Some(agent) => names.get(&agent).cloned().unwrap_or_default(),
        None if !message.extra.writer.is_empty() => message.extra.writer.clone(),
        None => contact.to_owned(),
    };
    let reacts = reacts(c, cx, conversation, channel)?;
    let reactable = reactable(&messages);
    let entries = messages.into_iter().map(|message| Entry {
        author: author(&message),
        mine: message.author == Some(me),
        files: files.extract_if(.., |file| file.message == Some(message.id)).collect(),
        quote: quoted
            .iter()
            .find(|q| Some(q.id) == message.reply_to)
            .map(|q| (author(q), crate::domain::conversation::snippet(&q.body))),
        undo: message.kind == Kind::Outbound
            && message.state == State::Queued
            && message.author == Some(me)
            && cx.now.since(message.created_at) < Span::seconds(undo),
        react: if reactable.contains(&message.id) { reacts.clone() } else { Vec::new() },
        reading: readings.remove(&message.id),
        message,
    });
    Ok((entries.collect(), ids.first().copied().filter(|_| more)))
}

/// What can be reacted with here; nothing while the window is closed.
fn reacts(
    c: &Connection,
    cx: &Cx<'_>,
    conversation: &Conversation,
    channel: &Channel,
) -> Result<Vec<String>, Failure> {
    let grants = store::grant::of(c, conversation.address, conversation.channel)?;
    let open = window::window(&channel.card.window, &grants, cx.now);
    let may = open.allows(window::Sender::Person, window::Content::Free);
    Ok(if may { channel.card.reacts.clone() } else { Vec::new() })
}

/// To which messages somebody may react on this page: the customer's newest. To older ones nobody does, and each costs.
fn reactable(messages: &[Message]) -> Vec<Id<Message>> {
    let theirs = |message: &&Message| {
        message.kind == Kind::Inbound && message.revoked_at.is_none() && message.provider_id.is_some()
    };
    messages.iter().rev().filter(theirs).take(REACTABLE).map(|message| message.id).collect()
}

fn composer(
    c: &Connection,
    cx: &Cx<'_>,
    (conversation, channel, contact): Whole<'_>,
    ask: Ask,
    person: &Person,
) -> Result<Composer, Failure> {
    let who = cx.who()?;
    let kept = |kind| {
        store::draft::get(c, store::draft::Place { agent: who.agent.id, conversation: conversation.id, kind })
    };
    let (mut reply, mut note) = (kept(draft::Kind::Reply)?, kept(draft::Kind::Note)?);
    let mode = ask.typed.as_ref().map_or(draft::Kind::Reply, |(kind, _)| *kind);
    match ask.typed {
        Some((draft::Kind::Reply, text)) => reply = text,
        Some((draft::Kind::Note, text)) => note = text,
        None => {}
    }
    let prepared = templates_of::load(c, cx, (conversation, channel, contact), ask.prepared)?;
    if let Some(words) = &prepared.words {
        reply = if reply.trim().is_empty() { words.clone() } else { format!("{reply}\n{words}") };
    }
    let files = ask.files.clone();
    let asked = letter::Asked { form: ask.form, replace: ask.replace, wrong: ask.wrong, files: ask.files };
    let letter = letter::load(c, cx, (conversation, channel), (asked, &reply, &prepared.saved))?;
    let grants = store::grant::of(c, conversation.address, conversation.channel)?;
    let opted_out = store::contact::opted_out(c, conversation.address)?.is_some();
    let open = |way: &&Way| way.window.as_ref().is_some_and(Window::is_open);
    let instead = person.ways.iter().filter(open).find_map(|way| {
        let href = way.href.clone()?;
        Some((cx.texts.composer_instead(kind::within(&cx.texts, way.kind)), href))
    });
    Ok(Composer {
        window: window::window(&channel.card.window, &grants, cx.now),
        card: channel.card.clone(),
        state: channel.state,
        last_wrote: store::thread::last_wrote(c, conversation.id)?,
        reply,
        note,
        mode,
        seen: match &letter {
            Some((letter, _)) => letter.form.answers.map(Id::new),
            None => store::message::newest_said(c, conversation.id)?.map(|message| message.id),
        },
        keys: (crate::random::key(), crate::random::key()),
        saved: prepared.saved,
        picker: prepared.picker,
        problem: ask.problem,
        instead,
        files: match &letter {
            Some((_, files)) => files.clone(),
            None => {
                let kind = draft::Kind::Reply;
                let place = store::draft::Place { agent: who.agent.id, conversation: conversation.id, kind };
                letter::kept(c, &who.viewer, &store::draft::form(c, place)?, files)?
            }
        },
        letter: letter.map(|(letter, _)| letter),
        later: ask.later,
        enter_sends: channel.card.enter_sends && who.agent.enter_sends,
        closed_off: match (contact.blocked_at, opted_out) {
            (Some(_), _) => Some(cx.texts.composer_contact_blocked()),
            (None, true) => Some(cx.texts.composer_opted_out()),
            (None, false) => None,
        },
    })
}

/// What the form before this page did, as the redirect says.
fn done(cx: &Cx<'_>, header: &Header) -> Option<Done> {
    let t = &cx.texts;
    let reopen =
        (header.conversation.status != Status::Open).then(|| (header.action("reopen"), t.thread_undo()));
    let deed: Option<Id<Deed>> = cx.query.trimmed("deed").parse().ok();
    let back = deed.map(|deed| {
        let path = header.place.href(&format!("/deeds/{deed}/undo"));
        let joint = if path.contains('?') { '&' } else { '?' };
        (format!("{path}{joint}c={}", header.conversation.id), t.thread_undo())
    });
    let reopen = back.clone().or(reopen);
    let asked = cx.query.trimmed("done");
    let (sentence, undo) = match asked {
        "wrapup" if header.conversation.status == Status::Open => (t.thread_sent_wrapup(), None),
        "closed" => (t.thread_done_closed(), reopen),
        "snoozed" => (t.thread_done_snoozed(), reopen),
        "assigned" => (t.thread_done_assigned(), back),
        "followed" => (t.thread_done_followed(), None),
        "unfollowed" => (t.thread_done_unfollowed(), None),
        "transferred" => (t.thread_done_transferred(), back),
        "undone" => (t.thread_done_undone(), None),
        "read" => (t.thread_done_read(), None),
        "planned" => (t.later_done_planned(), None),
        "changing" => (t.later_done_changing(), None),
        "cancelled" => (t.later_done_cancelled(), None),
        "tagged" => (t.label_done_tagged(), back),
        "priority" => (t.label_done_priority(), back),
        "" if deed.is_some() => (t.bulk_taken_back(), None),
        _ => return None,
    };
    Some(Done { sentence, undo, closes: asked == "wrapup" })
}
