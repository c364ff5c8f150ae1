//! Prepared texts: saved replies of the team, and how the desk uses the templates of providers.

use std::collections::BTreeMap;

use crate::actions::template::{self, Saved, Scope};
use crate::domain::channel::Kind;
use crate::domain::parameter::{FIELD, Parameter};
use crate::domain::template::{Sought, Stage, Status, Template, Version};
use crate::domain::{Id, Refused, refused::Problem};
use crate::i18n::kind;
use crate::store::{self, Connection};
use crate::templates::picker;
use crate::templates::settings::templates as pages;
use crate::templates::typed::Typed;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;

const FIELDS: [&str; 9] =
    ["name", "language", "category", "body", "channel", "kind", "queue", "stage", "locked"];

/// Every prepared text that is looked for.
pub fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let field = |name| cx.query.trimmed(name).chars().take(200).collect::<String>();
    let sought = Sought {
        words: field("find"),
        category: field("category"),
        language: field("language"),
        stage: cx.query.trimmed("stage").parse().ok(),
        from: String::new(),
    };
    let channel = cx.query.trimmed("channel").parse().ok().map(Id::new);
    let page = cx.read(|c| {
        let choices = choices(cx, c)?;
        let mut replies = store::template::own(c)?;
        let mut provided = Vec::new();
        for one in store::channel::all(c)? {
            if channel.is_none_or(|id| id == one.id) {
                provided.extend(store::template::of_channel(c, one.id)?);
            }
            if Some(one.id) == channel {
                // What is offered on this channel, whatever the queue.
                replies.retain(|reply| Template { queue: None, ..reply.clone() }.fits(&one, None));
            }
        }
        let any = !replies.is_empty() || sought.asks() || channel.is_some();
        let of = |all: &[Template], value: fn(&Template) -> &str| -> Vec<String> {
            let values: std::collections::BTreeSet<&str> = all.iter().map(value).collect();
            values.into_iter().filter(|value| !value.is_empty()).map(str::to_owned).collect()
        };
        let all: Vec<Template> = replies.iter().chain(&provided).cloned().collect();
        let (categories, languages) = (of(&all, |one| &one.category), of(&all, |one| &one.language));
        replies.retain(|reply| sought.finds(reply));
        provided.retain(|template| sought.finds(template));
        Ok::<_, Failure>(pages::List {
            replies,
            provided,
            any,
            sought,
            channel,
            categories,
            languages,
            choices,
        })
    })?;
    let frame = forms::frame(cx, cx.texts.frame_templates())?;
    Ok(cx.page(&frame, &pages::list(&frame, &page)))
}

/// What a form offers to choose from.
fn choices(cx: &Cx<'_>, c: &Connection) -> Result<pages::Choices, Failure> {
    let t = &cx.texts;
    let first = |words: &str| std::iter::once((String::new(), words.to_owned()));
    let channels = store::channel::all(c)?;
    let kinds = Kind::ALL.into_iter().filter(|kind| channels.iter().any(|one| one.card.speaks_as == *kind));
    let queues = store::queue::all(c)?;
    let own = store::field::all(c)?;
    let parameters = Parameter::ALL.into_iter().map(|parameter| parameter.as_str().to_owned());
    Ok(pages::Choices {
        kinds: first(t.templates_every_kind())
            .chain(kinds.map(|one| (one.as_str().to_owned(), kind::name(t, one).to_owned())))
            .collect(),
        channels: first(t.templates_every_channel())
            .chain(channels.iter().map(|channel| (channel.id.to_string(), channel.name.clone())))
            .collect(),
        queues: first(t.templates_every_queue())
            .chain(queues.iter().map(|queue| (queue.id.to_string(), queue.name.clone())))
            .collect(),
        stages: Stage::ALL
            .map(|stage| (stage.as_str().to_owned(), picker::stage(t, stage).to_owned()))
            .to_vec(),
        parameters: parameters.chain(own.iter().map(|field| format!("{FIELD}{}", field.name))).collect(),
        categories: store::template::categories(c)?,
    })
}

fn page(cx: &Cx<'_>, id: Option<Id<Template>>, typed: &Typed) -> Result<Response, Failure> {
    let page = cx.read(|c| {
        let kept = id.map(|id| store::template::get(c, id)).transpose()?.flatten();
        let versions = id.map(|id| store::template::versions(c, id)).transpose()?.unwrap_or_default();
        let names = store::thread::names(c)?;
        let by = |version: &Version| version.agent.and_then(|agent| names.get(&agent).cloned());
        let versions = versions.into_iter().map(|version| (by(&version), version)).collect();
        Ok::<_, Failure>(pages::Page { id, kept, choices: choices(cx, c)?, versions })
    })?;
    let frame = forms::frame(cx, cx.texts.frame_templates())?;
    let provided = page.kept.as_ref().filter(|kept| kept.status != Status::Own);
    let shown = match provided {
        Some(template) => pages::provided(&frame, &page, template, typed),
        None => pages::reply(&frame, &page, typed),
    };
    Ok(cx.page(&frame, &shown))
}

/// The form for a new one.
pub fn blank(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    page(cx, None, &Typed::default().with("language", cx.texts.language().code()))
}

/// One prepared text; with `from`, a saved reply with the words of an earlier version in its form.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Template> = cx.param("id")?;
    let from: Option<u32> = cx.query.trimmed("from").parse().ok();
    let (found, version) = cx.read(|c| {
        let found = store::template::get(c, id)?.ok_or(Failure::NotFound)?;
        let version = from.map(|number| store::template::version(c, id, number)).transpose()?.flatten();
        Ok::<_, Failure>((found, version))
    })?;
    let mut typed = Typed::default()
        .with("name", found.name)
        .with("language", found.language)
        .with("category", found.category)
        .with("body", found.body)
        .with("channel", found.channel.map(|id| id.to_string()).unwrap_or_default())
        .with("kind", found.kind.map(Kind::as_str).unwrap_or_default())
        .with("queue", found.queue.map(|id| id.to_string()).unwrap_or_default())
        .with("stage", found.stage.as_str())
        .with("guarded", if found.guarded { "on" } else { "" })
        .with("locked", if found.locked { "on" } else { "" });
    for (gap, name) in &found.fills {
        typed = typed.with(&format!("fill.{gap}"), name);
    }
    if let Some(before) = version.filter(|_| found.status == Status::Own) {
        typed = typed
            .with("name", before.name)
            .with("language", before.language)
            .with("category", before.category)
            .with("body", before.body)
            .with("stage", before.stage.as_str())
            .with("locked", if before.locked { "on" } else { "" });
    }
    page(cx, Some(id), &typed)
}

/// Keeps a new one.
pub fn add(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    save(cx, None)
}

/// Keeps a changed one.
pub fn change(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id = cx.param("id")?;
    let found = cx.read(|c| store::template::get(c, id))?.ok_or(Failure::NotFound)?;
    if found.status == Status::Own { save(cx, Some(id)) } else { settle(cx, id, &found) }
}

/// A choice of a form: nothing, or one of those there are.
fn chosen<T: std::str::FromStr>(cx: &Cx<'_>, field: &'static str) -> Result<Option<T>, Refused> {
    match cx.form.trimmed(field) {
        "" => Ok(None),
        typed => typed.parse().map(Some).map_err(|_| forms::wrong(field, Problem::Unknown)),
    }
}

fn wanted(cx: &Cx<'_>, id: Option<Id<Template>>) -> Result<Saved, Refused> {
    let scope =
        Scope { channel: chosen(cx, "channel")?, kind: chosen(cx, "kind")?, queue: chosen(cx, "queue")? };
    Ok(Saved {
        id,
        name: cx.form.trimmed("name").to_owned(),
        language: cx.form.trimmed("language").to_owned(),
        category: cx.form.trimmed("category").to_owned(),
        body: cx.form.get("body").unwrap_or("").to_owned(),
        locked: cx.form.get("locked").is_some(),
        stage: chosen(cx, "stage")?.unwrap_or_default(),
        scope,
        guarded: cx.form.get("guarded").is_some(),
    })
}

fn save(cx: &Cx<'_>, id: Option<Id<Template>>) -> Result<Response, Failure> {
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let outcome = wanted(cx, id)
        .map_err(Failure::from)
        .and_then(|saved| cx.write(move |tx| template::save(tx, &by, &saved, now)));
    match forms::outcome(outcome)? {
        Ok(_) => Ok(Response::redirect("/settings/templates?done=saved")),
        Err(refused) => {
            let typed = forms::typed(cx, &FIELDS).with("guarded", cx.form.get("guarded").unwrap_or(""));
            let typed = typed.refused(refused.clone());
            Ok(forms::back(page(cx, id, &typed)?, &refused))
        }
    }
}

/// How the desk uses a template of a provider.
fn settle(cx: &Cx<'_>, id: Id<Template>, found: &Template) -> Result<Response, Failure> {
    let gap =
        |(name, value): (&str, &str)| Some((name.strip_prefix("fill.")?.to_owned(), value.trim().to_owned()));
    let fills: BTreeMap<String, String> = cx.form.iter().filter_map(gap).collect();
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let given = fills.clone();
    let wanted = || Ok::<_, Refused>((chosen(cx, "stage")?.unwrap_or_default(), chosen(cx, "queue")?));
    let outcome = wanted().map_err(Failure::from).and_then(|(stage, queue)| {
        cx.write(move |tx| template::settle(tx, &by, id, (stage, queue, &given), now))
    });
    match forms::outcome(outcome)? {
        Ok(()) => Ok(Response::redirect(&format!("/settings/templates/{id}?done=saved"))),
        Err(refused) => {
            let mut typed = forms::typed(cx, &["stage", "queue"]).with("name", &found.name);
            for (gap, name) in fills {
                typed = typed.with(&format!("fill.{gap}"), name);
            }
            Ok(forms::back(page(cx, Some(id), &typed.refused(refused.clone()))?, &refused))
        }
    }
}

/// Takes one away.
pub fn delete(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| template::delete(tx, &by, id, now))?;
    Ok(Response::redirect("/settings/templates?done=done"))
}
