//! Saved views: the page that makes one, and the one that changes one.

use crate::actions::saved::{self as action, Wish};
use crate::domain::conversation::{Sort, Status, View};
use crate::domain::filter::{Part, RULES, Rule, Test};
use crate::domain::saved::Saved;
use crate::domain::{Id, Refused};
use crate::store::{self, Connection};
use crate::templates::place::Place;
use crate::templates::sieve::Choices;
use crate::templates::views::{self as template, Builder, GROUPS, Group};
use crate::web::http::Response;
use crate::web::{Cx, Failure, forms};

/// What lists can be narrowed by.
pub fn choices(c: &Connection, cx: &Cx<'_>) -> Result<Choices, Failure> {
    let viewer = cx.viewer()?;
    let colleagues = store::agent::working(c)?.into_iter().filter(|(id, _)| *id != viewer.agent);
    let queues = store::queue::all(c)?.into_iter().filter(|queue| viewer.may_see(Some(queue.id), None));
    Ok(Choices {
        tags: store::tag::all(c)?,
        channels: store::channel::names(c)?,
        queues: queues.map(|queue| (queue.id, queue.name)).collect(),
        agents: colleagues.collect(),
        fields: store::field::all(c)?,
    })
}

/// The form for a new one.
pub fn blank(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    page(cx, &Builder::default(), None)
}

fn page(cx: &Cx<'_>, builder: &Builder, refused: Option<&Refused>) -> Result<Response, Failure> {
    let choices = cx.read(|c| choices(c, cx))?;
    let frame = forms::frame(cx, cx.texts.sieve_view())?;
    let response = cx.page(&frame, &template::page(&frame, &choices, builder, refused));
    Ok(match refused {
        Some(refused) => forms::back(response, refused),
        None => response,
    })
}

/// Saves a new one, and shows it.
pub fn add(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let builder = typed(cx, None)?;
    if let Some(more) = more(cx, &builder) {
        return page(cx, &more, None);
    }
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let wish = wish(&builder);
    match forms::outcome(cx.write(move |tx| action::add(tx, &by, wish, now)))? {
        Ok(id) => Ok(Response::redirect(&there(id, builder.sort))),
        Err(refused) => page(cx, &builder, Some(&refused)),
    }
}

fn there(id: Id<Saved>, sort: Sort) -> String {
    Place { view: View::Saved(id), status: Status::Open, sort, ..Place::default() }.href("/inbox")
}

fn found(cx: &Cx<'_>) -> Result<Saved, Failure> {
    let (id, viewer) = (cx.param("id")?, cx.viewer()?);
    cx.read(|c| action::seen(c, viewer, id))
}

/// One of them, to be changed by who may.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let saved = found(cx)?;
    let mine = action::may_change(cx.viewer()?, &saved);
    page(cx, &Builder::of(&saved, mine), None)
}

/// Changes one.
pub fn change(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let saved = found(cx)?;
    let builder = typed(cx, Some(saved.id))?;
    if let Some(more) = more(cx, &builder) {
        let mine = action::may_change(cx.viewer()?, &saved);
        return page(cx, &Builder { mine, ..more }, None);
    }
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, saved.id);
    let mut wish = wish(&builder);
    if Builder::of(&saved, true).too_deep {
        wish.filter = saved.filter;
    }
    match forms::outcome(cx.write(move |tx| action::change(tx, &by, id, wish, now)))? {
        Ok(()) => Ok(Response::redirect(&there(id, builder.sort))),
        Err(refused) => page(cx, &builder, Some(&refused)),
    }
}

/// Takes one away.
pub fn delete(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| action::delete(tx, &by, id, now))?;
    Ok(Response::redirect("/inbox"))
}

/// The builder with room for more, where that was asked for and nothing was to be saved.
fn more(cx: &Cx<'_>, builder: &Builder) -> Option<Builder> {
    let wanted = cx.form.get("add")?;
    let mut more = builder.clone();
    if let Ok(within) = wanted.parse() {
        more.add(within);
    }
    Some(more)
}

/// The builder as it was sent. A field that takes any value has it beside, in the form in which it is kept.
fn typed(cx: &Cx<'_>, id: Option<Id<Saved>>) -> Result<Builder, Failure> {
    let form = &cx.form;
    let fields = cx.read(store::field::all)?;
    let rows = |group: usize| {
        let row = |number: usize| -> Option<Rule> {
            let test: Test = form.trimmed(&format!("test.{group}.{number}")).parse().ok()?;
            let beside = form.trimmed(&format!("value.{group}.{number}"));
            let test = match test {
                Test::Field(id, value) if value.is_empty() => {
                    let normal = fields.iter().find(|field| field.id == id)?.normal(beside);
                    let value = normal.unwrap_or_else(|_| beside.to_owned());
                    Test::Field(id, Some(value).filter(|value| !value.is_empty())?)
                }
                other => other,
            };
            Some(Rule { not: form.trimmed(&format!("not.{group}.{number}")) == "not", test })
        };
        (0..RULES).filter_map(row).collect::<Vec<Rule>>()
    };
    let mut groups: Vec<Group> = Vec::new();
    for number in 0..GROUPS {
        let join = form.get(&format!("join.{number}"));
        if number > 0 && join.is_none() {
            break;
        }
        let within: usize = form.trimmed(&format!("within.{number}")).parse().unwrap_or(0);
        // Each stands behind the one that holds it.
        let within = if within < number { within } else { 0 };
        groups.push(Group { within, any: join == Some("any"), rules: rows(number) });
    }
    Ok(Builder {
        id,
        name: form.trimmed("name").to_owned(),
        shared: form.trimmed("shared") == "on",
        sort: form.trimmed("sort").parse().unwrap_or(Sort::Newest),
        groups,
        added: None,
        mine: true,
        too_deep: false,
    })
}

fn wish(builder: &Builder) -> Wish {
    let filter = part(&builder.groups, 0);
    Wish { name: builder.name.clone(), shared: builder.shared, filter, sort: builder.sort }
}

/// A group with those within it; one in which nothing stands does not count.
fn part(groups: &[Group], number: usize) -> Part {
    let mut parts: Vec<Part> = groups[number].rules.iter().cloned().map(Part::Rule).collect();
    let inner = (number + 1..groups.len()).filter(|inner| groups[*inner].within == number);
    let inner = inner.map(|inner| part(groups, inner));
    parts.extend(
        inner.filter(|part| !matches!(part, Part::All(rules) | Part::Any(rules) if rules.is_empty())),
    );
    if groups[number].any { Part::Any(parts) } else { Part::All(parts) }
}
