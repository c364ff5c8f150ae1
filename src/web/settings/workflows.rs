//! Workflows: made, published, withdrawn.

use std::collections::BTreeMap;

use crate::actions::workflow as action;
use crate::domain::Id;
use crate::domain::template::{Status, gaps};
use crate::domain::workflow::{Ask, Flow, Step, Workflow};
use crate::random;
use crate::store::{self, Connection};
use crate::templates::settings::workflows::{self as pages, AT, Choices, Page, Row};
use crate::templates::typed::Typed;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;

/// How many versions are listed.
const VERSIONS: u32 = 10;
/// More questions or steps than any form has; reading ends here.
const FARTHEST: usize = 100;

/// Every workflow.
pub fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    overview(cx, &Typed::default())
}

fn overview(cx: &Cx<'_>, typed: &Typed) -> Result<Response, Failure> {
    let rows = cx.read(|c| {
        let all = store::workflow::all(c)?;
        all.into_iter().map(|workflow| row(c, workflow)).collect::<store::Result<Vec<_>>>()
    })?;
    let frame = forms::frame(cx, cx.texts.workflow_title())?;
    Ok(cx.page(&frame, &pages::list(&frame, &rows, typed)))
}

fn row(c: &Connection, workflow: Workflow) -> store::Result<Row> {
    let version = workflow.published.map(|id| store::workflow::version(c, id)).transpose()?.flatten();
    let changed = version
        .as_ref()
        .is_some_and(|version| version.flow != workflow.draft || version.name != workflow.name);
    Ok(Row { number: version.map(|version| version.number), changed, workflow })
}

/// Adds one with nothing in it, and goes to its page.
pub fn add(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, name) = (cx.viewer()?.clone(), cx.now, cx.form.trimmed("name").to_owned());
    match forms::outcome(cx.write(move |tx| action::add(tx, &by, &name, now)))? {
        Ok(id) => Ok(Response::redirect(&format!("{AT}/{id}"))),
        Err(refused) => {
            let typed = forms::typed(cx, &["name"]).refused(refused.clone());
            Ok(forms::back(overview(cx, &typed)?, &refused))
        }
    }
}

/// One workflow.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Workflow> = cx.param("id")?;
    let workflow = cx.read(|c| store::workflow::get(c, id))?.ok_or(Failure::NotFound)?;
    let (name, flow) = (workflow.name, workflow.draft);
    page(cx, id, (name, flow), Typed::default())
}

fn page(
    cx: &Cx<'_>,
    id: Id<Workflow>,
    (name, flow): (String, Flow),
    typed: Typed,
) -> Result<Response, Failure> {
    let page = cx.read(|c| {
        let workflow = store::workflow::get(c, id)?.ok_or(Failure::NotFound)?;
        Ok::<_, Failure>(Page {
            row: row(c, workflow)?,
            faults: action::faults(c, &flow)?,
            versions: store::workflow::versions(c, id, VERSIONS)?,
            has_secret: store::workflow::secret(c, id)?.is_some(),
            choices: choices(c)?,
            name,
            flow,
            typed,
        })
    })?;
    let frame = forms::frame(cx, page.row.workflow.name.clone())?;
    Ok(cx.page(&frame, &pages::page(&frame, &page)))
}

fn choices(c: &Connection) -> store::Result<Choices> {
    let mut templates = store::template::own(c)?;
    let channels = store::channel::all(c)?;
    for channel in &channels {
        let known = store::template::of_channel(c, channel.id)?;
        templates.extend(known.into_iter().filter(|one| one.status == Status::Approved));
    }
    let place = |id| channels.iter().find(|channel| Some(channel.id) == id).map(|channel| &channel.name);
    let templates = templates.iter().map(|one| {
        let place = place(one.channel).map(|name| format!(" · {name}")).unwrap_or_default();
        (one.id.to_string(), format!("{} ({}){place}", one.name, one.language), gaps(&one.body))
    });
    let agents = store::agent::working(c)?.into_iter();
    Ok(Choices {
        templates: templates.collect(),
        tags: store::tag::all(c)?.into_iter().map(|tag| (tag.id.to_string(), tag.name)).collect(),
        agents: agents.map(|(id, name)| (id.to_string(), name)).collect(),
        queues: store::queue::all(c)?.into_iter().map(|queue| (queue.id.to_string(), queue.name)).collect(),
    })
}

/// Keeps what was typed, with one question or step more or less, or publishes it. What is refused comes back.
pub fn change(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Workflow> = cx.param("id")?;
    let (mut flow, name) = (typed(cx), cx.form.trimmed("name").to_owned());
    let act = cx.form.trimmed("act").to_owned();
    let place = alter(&mut flow, &act, cx.form.trimmed("new_step"));
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let (draft, called) = (flow.clone(), name.clone());
    let saved = cx.write(move |tx| action::save(tx, &by, id, (&called, draft), now));
    let by = cx.viewer()?.clone();
    let done = match saved {
        // Published on its own: what is not whole yet is kept all the same.
        Ok(_) if act == "publish" => cx.write(move |tx| action::publish(tx, &by, id, now)),
        other => other.map(drop),
    };
    match forms::outcome(done)? {
        Ok(()) => Ok(Response::redirect(&format!("{AT}/{id}?done=saved{place}"))),
        Err(refused) => {
            let back = page(cx, id, (name, flow), Typed::default().refused(refused.clone()))?;
            Ok(forms::back(back, &refused))
        }
    }
}

/// Does to the draft what the button says; where on the page that is.
fn alter(flow: &mut Flow, act: &str, kind: &str) -> String {
    let (verb, place) = act.split_once(':').unwrap_or((act, ""));
    let place: usize = place.parse().unwrap_or(usize::MAX);
    let steps = flow.steps.len();
    match verb {
        "add-ask" => {
            flow.asks.push(Ask { required: true, ..Ask::default() });
            "#asks".to_owned()
        }
        "drop-ask" if place < flow.asks.len() => {
            flow.asks.remove(place);
            "#asks".to_owned()
        }
        "add-step" => {
            flow.steps.extend(Step::blank(kind));
            format!("#s{steps}")
        }
        "drop" if place < steps => {
            flow.steps.remove(place);
            "#steps".to_owned()
        }
        "up" if place > 0 && place < steps => {
            flow.steps.swap(place, place - 1);
            format!("#s{}", place - 1)
        }
        "down" if place + 1 < steps => {
            flow.steps.swap(place, place + 1);
            format!("#s{}", place + 1)
        }
        _ => String::new(),
    }
}

/// The draft as it was typed.
fn typed(cx: &Cx<'_>) -> Flow {
    let form = &cx.form;
    let asks = (0..FARTHEST).map_while(|at| {
        let field = |name: &str| form.trimmed(&format!("a{at}.{name}"));
        form.get(&format!("a{at}.kind"))?;
        Some(Ask {
            name: field("name").to_owned(),
            label: field("label").to_owned(),
            kind: field("kind").parse().unwrap_or_default(),
            choices: lines(field("choices")),
            required: form.get(&format!("a{at}.required")).is_some(),
        })
    });
    let steps = (0..FARTHEST).map_while(|at| step(cx, at));
    Flow {
        about: form.trimmed("about").to_owned(),
        begins: form.trimmed("begins").parse().unwrap_or_default(),
        asks: asks.collect(),
        steps: steps.collect(),
    }
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

fn step(cx: &Cx<'_>, at: usize) -> Option<Step> {
    let field = |name: &str| cx.form.trimmed(&format!("s{at}.{name}"));
    let text = |name: &str| field(name).replace("\r\n", "\n");
    Some(match Step::blank(field("kind"))? {
        Step::Message { .. } => Step::Message { text: text("text") },
        Step::Note { .. } => Step::Note { text: text("text") },
        Step::Template { .. } => {
            let values: BTreeMap<String, String> = (0..FARTHEST)
                .map_while(|gap| {
                    let name = field(&format!("gapname{gap}")).to_owned();
                    (!name.is_empty()).then(|| (name, text(&format!("gap{gap}"))))
                })
                .collect();
            Step::Template { template: field("template").parse().ok(), values }
        }
        Step::Tag { .. } => Step::Tag { tag: field("tag").parse().ok() },
        Step::Untag { .. } => Step::Untag { tag: field("tag").parse().ok() },
        Step::Assign { .. } => Step::Assign { agent: field("agent").parse().ok() },
        Step::Queue { .. } => Step::Queue { queue: field("queue").parse().ok() },
        Step::Call { .. } => Step::Call { url: text("url") },
        Step::Wait { .. } => Step::Wait { minutes: text("minutes") },
        Step::Close => Step::Close,
    })
}

/// Offers it no longer.
pub fn withdraw(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id): (_, _, Id<Workflow>) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| action::withdraw(tx, &by, id, now))?;
    Ok(Response::redirect(&format!("{AT}/{id}?done=done")))
}

/// Takes it away.
pub fn delete(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id): (_, _, Id<Workflow>) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| action::delete(tx, &by, id, now))?;
    Ok(Response::redirect(&format!("{AT}?done=done")))
}

/// Makes a new secret for its calls and shows it, this once.
pub fn secret(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id): (_, _, Id<Workflow>) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    let secret = random::token();
    let sealed = cx.app.desk.seal_webhook(&action::place(id.get()), &secret);
    cx.write(move |tx| action::renew_secret(tx, &by, id, &sealed, now))?;
    let frame = cx.frame(cx.texts.workflow_secret_fresh())?;
    Ok(cx.page(&frame, &pages::fresh(&frame, &id.to_string(), &secret)))
}
