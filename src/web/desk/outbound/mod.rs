//! Writing first: which channel, to whom, and what (S35 to S47).

mod form;
mod wrong;

use super::compose::gaps;
use crate::actions::begin::{self, Begin};
use crate::actions::outbound;
use crate::actions::outgoing::Knows;
use crate::actions::prepared;
use crate::domain::channel::{Channel, ChannelState, Kind};
use crate::domain::contact::Address;
use crate::domain::outbound::NoOutbound;
use crate::domain::template::Template;
use crate::domain::{Id, Refused};
use crate::i18n::refusal;
use crate::store::{self, Connection};
use crate::templates::begin::{self as start, Against, Entry, List, Menu};
use crate::templates::outbound::{self as template, Wrong};
use crate::templates::picker::Chosen;
use crate::templates::row::written;
use crate::templates::typed::Typed;
use crate::web::http::{Method, Response};
use crate::web::{Cx, Failure, forms};

/// What the form holds besides a template.
const FIELDS: [&str; 6] = ["channel", "to", "subject", "body", "cc", "bcc"];

/// Where one writes to this address first: the entry point and the page, one for each kind of channel.
pub fn ways<'a>(channels: &[&'a Channel], address: &Address) -> Vec<(&'a Channel, String)> {
    let mut ways: Vec<(&Channel, String)> = Vec::new();
    for channel in channels.iter().copied().filter(|channel| begins(channel)) {
        let kind = channel.card.starts_with;
        let fits = kind == Some(address.kind) || kind.is_some_and(|kind| kind.alike() == Some(address.kind));
        let here = !address.kind.is_scoped() || address.scope == Some(channel.id);
        let new = ways.iter().all(|(known, _)| known.card.speaks_as != channel.card.speaks_as);
        if fits && here && new {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.append_pair("channel", &channel.id.to_string()).append_pair("to", &written(address));
            ways.push((channel, format!("/conversations/new?{}", query.finish())));
        }
    }
    ways
}

fn begins(channel: &Channel) -> bool {
    channel.state != ChannelState::Disabled && channel.card.starts_with.is_some()
}

/// The channels for the menu in the bar (S35, S36). Whoever may begin nothing has no such menu (S26).
pub fn menu(connection: &Connection, viewer: &crate::domain::access::Viewer) -> Result<Menu, Failure> {
    let entries = outbound::entries(connection, viewer)?;
    Ok(Menu {
        barred: entries.barred().is_some(),
        missing: !entries.without.is_empty(),
        kinds: kinds(entries.may.iter().map(|one| (one.id, one.speaks_as)), ""),
    })
}

/// The list of channels, or the form of the one that the URL names.
pub fn page(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let typed = FIELDS.iter().fold(Typed::default(), |typed, name| typed.with(name, cx.query.trimmed(name)));
    let kind = cx.query.trimmed("kind").parse().ok();
    show(cx, typed, &Show { kind, template: cx.query.trimmed("template").parse().ok(), ..Show::default() })
}

/// Begins the conversation, or shows the form again: with another template, or with what was refused.
pub fn send(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let typed = forms::typed(cx, &FIELDS);
    if let Some(choice) = cx.form.get("choose").map(|choice| choice.parse().ok()) {
        super::compose::files(cx)?;
        return chosen(cx, typed, choice);
    }
    if let Some(Ok(id)) = cx.form.get("write").map(str::parse) {
        return in_words(cx, typed, id);
    }
    if cx.form.get("act") == Some("picture") {
        return picture(cx);
    }
    let template: Option<Id<Template>> = cx.form.trimmed("template").parse().ok();
    let order = ordered(cx, template)?;
    let beside = beside(cx);
    let (viewer, now) = (cx.viewer()?.clone(), cx.now);
    let version = cx.form.trimmed("version").parse().ok();
    let begun = cx.write(move |tx| {
        if let Some(template) = template {
            prepared::unchanged(tx, template, version)?;
        }
        begin::first(tx, &viewer, &order, &beside, now)
    });
    match begun {
        Ok(id) => Ok(Response::redirect(&format!("/conversations/{id}"))),
        Err(Failure::Broken(fault)) => broken(cx, typed, template, fault),
        other => match forms::outcome(other)? {
            Ok(id) => Ok(Response::redirect(&format!("/conversations/{id}"))),
            Err(refused) => {
                let shown = Show { template, refused: Some(&refused), ..Show::default() };
                Ok(forms::back(show(cx, typed, &shown)?, &refused))
            }
        },
    }
}

/// What the form asks for.
fn ordered(cx: &mut Cx<'_>, template: Option<Id<Template>>) -> Result<Begin, Failure> {
    let attachments = super::compose::files(cx)?;
    let body = if template.is_some() { "" } else { cx.form.get("body").unwrap_or("") };
    Ok(Begin {
        channel: cx.form.trimmed("channel").parse().map_err(|_| Failure::NotFound)?,
        to: cx.form.trimmed("to").to_owned(),
        subject: cx.form.trimmed("subject").to_owned(),
        body: body.replace("\r\n", "\n"),
        template: template.map(|template| (template, gaps(cx))),
        attachments,
        key: Some(cx.form.trimmed("key").to_owned()).filter(|key| !key.is_empty()),
    })
}

fn beside(cx: &Cx<'_>) -> begin::Beside {
    let field = |name| cx.form.trimmed(name).to_owned();
    begin::Beside {
        copies: (field("cc"), field("bcc")),
        knows: Some(Knows::told(cx.form.all("knows"))),
        available: cx.form.get("available").is_some(),
    }
}

/// Something failed inside: nothing was begun, and that is said beside everything that was typed (S47).
fn broken(
    cx: &Cx<'_>,
    typed: Typed,
    template: Option<Id<Template>>,
    fault: store::Error,
) -> Result<Response, Failure> {
    log::error!("A conversation could not be begun: {fault}");
    let failure = Failure::Broken(fault);
    let wrong = Wrong {
        field: String::new(),
        sentence: cx.texts.outbound_broken().to_owned(),
        active: None,
        anyway: None,
        code: Some("outbound_failed"),
    };
    let shown = show(cx, typed, &Show { template, wrong: Some(wrong), ..Show::default() });
    // Where the page cannot be made either, the ordinary one says that something broke.
    Ok(Response { status: failure.status(), ..shown? })
}

/// A saved reply that may be changed and that nobody has to fill goes below what was typed; every other template has a
/// form of its own.
fn chosen(cx: &Cx<'_>, typed: Typed, id: Option<Id<Template>>) -> Result<Response, Failure> {
    let found = cx.read(|c| form::chosen(c, cx, &typed, id))?;
    match found.filter(|one| one.is_free() && one.gaps.is_empty()) {
        Some(reply) => show(cx, below(typed, &reply.filled()?), &Show::default()),
        None => show(cx, typed, &Show { template: id, ..Show::default() }),
    }
}

/// A saved reply with its gaps filled, to be changed before it is sent.
fn in_words(cx: &mut Cx<'_>, typed: Typed, id: Id<Template>) -> Result<Response, Failure> {
    super::compose::files(cx)?;
    let found = cx.read(|c| form::chosen(c, cx, &typed, Some(id)))?;
    let reply = found.filter(Chosen::is_free).ok_or(Failure::NotFound)?;
    match reply.filled() {
        Ok(words) => show(cx, below(typed, &words), &Show::default()),
        Err(refused) => {
            let shown = Show { template: Some(id), refused: Some(&refused), ..Show::default() };
            Ok(forms::back(show(cx, typed, &shown)?, &refused))
        }
    }
}

/// What was typed stays above what is put in.
fn below(typed: Typed, words: &str) -> Typed {
    let before = typed.get("body").trim_end().to_owned();
    let body = if before.is_empty() { words.to_owned() } else { format!("{before}\n{words}") };
    typed.with("body", body)
}

/// Puts the picture of the form into its text, where no script has done so, and shows the form again.
fn picture(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let refused = super::letter::picture(cx)?;
    super::compose::files(cx)?;
    let typed = forms::typed(cx, &FIELDS);
    let shown = show(cx, typed, &Show { refused: refused.as_ref(), ..Show::default() })?;
    Ok(match &refused {
        Some(refused) => forms::back(shown, refused),
        None => shown,
    })
}

/// What the page is to show besides what was typed.
#[derive(Default)]
struct Show<'a> {
    kind: Option<Kind>,
    template: Option<Id<Template>>,
    refused: Option<&'a Refused>,
    wrong: Option<Wrong>,
}

fn show(cx: &Cx<'_>, typed: Typed, shown: &Show<'_>) -> Result<Response, Failure> {
    let viewer = cx.viewer()?;
    let entries = cx.read(|c| outbound::entries(c, viewer))?;
    if let Some(why) = entries.barred().cloned() {
        return Err(Failure::Refused(Refused::Outbound { why }));
    }
    let asked = typed.get("channel").parse().ok();
    let all = cx.read(store::channel::all)?;
    let mut may: Vec<Channel> = entries.among(&all).into_iter().cloned().collect();
    if cx.request.method == Method::Post {
        // What was typed for an entry point that is not there for this agent any more stays on the page.
        may.extend(kept(cx, &may, asked)?);
    }
    let frame = cx.frame(cx.texts.outbound_title())?;
    let chosen = may.iter().find(|channel| Some(channel.id) == asked);
    let first = may.iter().find(|channel| Some(channel.card.speaks_as) == shown.kind);
    let Some(channel) = chosen.or(first) else {
        let list = cx.read(|c| listed(c, cx, &may, !entries.without.is_empty(), typed.get("to")))?;
        return Ok(cx.page(&frame, &start::channels(&frame, &list)));
    };
    let wrong = shown.refused.map(|refused| wrong::wrong(cx, channel, refused)).transpose()?;
    let mut form = cx.read(|c| form::load(c, &may, channel, typed))?;
    form.chosen = cx.read(|c| form::pick(c, cx, (channel, &form), shown.template))?;
    form.wrong = wrong.or_else(|| shown.wrong.clone());
    form.files = form::files(cx)?;
    form.letter = form::letter(cx, channel)?;
    form.knows = cx.form.all("knows").map(str::to_owned).collect();
    form.enter_sends = channel.card.enter_sends && cx.who()?.agent.enter_sends;
    if form.wrong.is_none() {
        form.against = cx.read(|c| against(c, cx, channel))?;
    }
    Ok(cx.page(&frame, &template::page(&frame, &form)))
}

fn kept(cx: &Cx<'_>, may: &[Channel], asked: Option<Id<Channel>>) -> Result<Option<Channel>, Failure> {
    let Some(id) = asked.filter(|id| may.iter().all(|channel| channel.id != *id)) else { return Ok(None) };
    let found = cx.read(|c| store::channel::get(c, id))?;
    Ok(found.filter(|channel| channel.card.starts_with.is_some()))
}

/// What is against beginning here now, as words with their code.
fn against(c: &Connection, cx: &Cx<'_>, channel: &Channel) -> Result<Option<Against>, Failure> {
    let Some(why) = outbound::against(c, cx.viewer()?, channel)? else { return Ok(None) };
    let idle = matches!(why, NoOutbound::Idle(_));
    let refused = Refused::Outbound { why };
    let (sentence, fix) =
        (refusal::sentence(&cx.texts, &refused, &cx.zone), refusal::fix(&cx.texts, &refused, &cx.zone));
    Ok(Some(Against { words: format!("{sentence} {fix}"), code: refusal::code(&refused), idle }))
}

/// The list of channels with what is against each.
fn listed(c: &Connection, cx: &Cx<'_>, may: &[Channel], missing: bool, to: &str) -> Result<List, Failure> {
    let mut list = List { missing, ..List::default() };
    for (kind, href) in kinds(may.iter().map(|channel| (channel.id, channel.card.speaks_as)), to) {
        let channel = may.iter().find(|channel| channel.card.speaks_as == kind);
        let against = channel.map(|channel| against(c, cx, channel)).transpose()?.flatten();
        list.entries.push(Entry { kind, href, against });
    }
    Ok(list)
}

/// Each kind once; its form starts with the first entry point.
fn kinds(channels: impl Iterator<Item = (Id<Channel>, Kind)>, to: &str) -> Vec<(Kind, String)> {
    let channels: Vec<(Id<Channel>, Kind)> = channels.collect();
    let mut kinds: Vec<(Kind, String)> = Vec::new();
    for kind in Kind::ALL {
        if let Some((id, _)) = channels.iter().find(|(_, speaks_as)| *speaks_as == kind) {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.append_pair("channel", &id.to_string());
            if !to.is_empty() {
                query.append_pair("to", to);
            }
            kinds.push((kind, format!("/conversations/new?{}", query.finish())));
        }
    }
    kinds
}
