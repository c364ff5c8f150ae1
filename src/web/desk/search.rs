//! The page of the search: people first, then what was said, with the words marked.

use std::collections::BTreeMap;

use super::{inbox, place};
use crate::domain::message::{Kind, Message};
use crate::domain::snippet::{self, Piece, Sought};
use crate::domain::{Id, query};
use crate::i18n::Texts;
use crate::store::hits::{Hit, Place};
use crate::store::{self, Connection, list};
use crate::templates::search::{self as template, Found, Quote, Shown};
use crate::web::finding::{self, Asked, Problem};
use crate::web::http::Response;
use crate::web::{Cx, Failure};

/// How many conversations a page has.
const ROWS: usize = 30;
/// How many people are shown above them.
const PEOPLE: usize = 5;

/// The page; without words it explains itself.
pub fn page(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let typed = cx.query.get("q").unwrap_or_default().to_owned();
    let best = cx.query.trimmed("sort") == "best";
    let after: Option<Place> = cx.query.trimmed("after").parse().ok();
    let title = cx.texts.search_title();
    let mut frame = cx.frame(if typed.trim().is_empty() {
        title.to_owned()
    } else {
        format!("{} · {title}", typed.trim())
    })?;
    frame.view = place::of(cx).view;
    let found = cx.read(|c| find(c, cx, &typed, (best, after)))?;
    Ok(cx.page(&frame, &template::page(&frame, &found)))
}

fn find(
    c: &Connection,
    cx: &Cx<'_>,
    typed: &str,
    (best, after): (bool, Option<Place>),
) -> Result<Found, Failure> {
    let mut found = Found { typed: typed.to_owned(), best, resumed: after.is_some(), ..Found::default() };
    let asked = match finding::read(c, cx, typed)? {
        Ok(asked) => asked,
        Err(problem) => {
            found.problem = Some(sentence(&cx.texts, &problem));
            return Ok(found);
        }
    };
    found.asks = !asked.query.is_empty();
    found.ranks = asked.query.texts.iter().any(|text| !text.not);
    found.unknown.clone_from(&asked.query.unknown);
    found.left_out.clone_from(&asked.left_out);
    if after.is_none() {
        people(c, &asked, &mut found)?;
    }
    let page = asked.page(c, cx.viewer()?, (best, after, ROWS), cx.now)?;
    found.next = page.next.map(|next| next.to_string());
    found.bounded = page.bounded;
    let others = page.elsewhere.into_iter();
    found.elsewhere =
        others.map(|(status, count)| (status, count, query::in_status(typed, status))).collect();
    found.hits = shown(c, &asked, &page.hits)?;
    Ok(found)
}

/// What is wrong with an operator, and what it could be.
pub fn sentence(t: &Texts, problem: &Problem) -> String {
    let (operator, value) = (problem.operator.as_str(), &problem.value);
    if value.trim().is_empty() {
        return t.search_wrong_empty(operator);
    }
    if problem.possible.is_empty() {
        return t.search_wrong_none(value, operator);
    }
    t.search_wrong(value, operator, problem.possible.join(", "))
}

/// The people whom the words name, where nothing else is asked for.
fn people(c: &Connection, asked: &Asked, found: &mut Found) -> Result<(), Failure> {
    let plain = asked.query.plain();
    if plain.is_empty() || !asked.query.filters.is_empty() {
        return Ok(());
    }
    let most = u32::try_from(PEOPLE + 1).unwrap_or(u32::MAX);
    let mut ids = store::search::contacts(c, &plain, asked.country.as_deref(), most)?;
    found.more_people = (ids.len() > PEOPLE).then_some(plain);
    ids.truncate(PEOPLE);
    found.people = super::contacts::lines_of(c, &ids)?;
    Ok(())
}

fn shown(c: &Connection, asked: &Asked, hits: &[Hit]) -> Result<Vec<Shown>, Failure> {
    let ids: Vec<i64> = hits.iter().map(|hit| hit.conversation.get()).collect();
    let rows = list::by_ids(c, &ids)?;
    let all: Vec<Id<Message>> = hits.iter().flat_map(|hit| hit.messages.iter().copied()).collect();
    let messages: BTreeMap<_, _> =
        store::message::many(c, &all)?.into_iter().map(|message| (message.id, message)).collect();
    let mut files: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for file in store::attachment::of_messages(c, &all)? {
        files.entry(file.message).or_default().push(file.name);
    }
    let names = store::thread::names(c)?;
    let looks = inbox::looks(c, &rows)?;
    let words = sought(&asked.query);
    let mut shown = Vec::with_capacity(rows.len());
    for (row, hit) in rows.into_iter().zip(hits) {
        let subject = snippet::around(&row.conversation.subject, &words);
        let item = inbox::item(row, None, &looks);
        let mut quotes = Vec::new();
        for message in hit.messages.iter().filter_map(|id| messages.get(id)) {
            quotes.push(Quote {
                who: message.author_name(&names, &item.name),
                note: message.kind == Kind::Note,
                at: message.at,
                href: href(c, message)?,
                pieces: said(message, &words),
                files: named(files.get(&Some(message.id)).filter(|_| message.revoked_at.is_none()), &words),
            });
        }
        shown.push(Shown { item, subject, quotes, more: hit.more });
    }
    Ok(shown)
}

/// The message in its thread, on the page of the thread that holds it.
fn href(c: &Connection, message: &Message) -> Result<String, Failure> {
    let before = store::hit_rows::shown_before(c, message.conversation, message.id)?;
    let before = before.map_or_else(String::new, |before| format!("&before={before}"));
    Ok(format!("/conversations/{}?view=all{before}#m{}", message.conversation, message.id))
}

/// The words that are marked.
pub fn sought(query: &query::Query) -> Vec<Sought> {
    let wanted = query.texts.iter().filter(|text| !text.not);
    wanted.flat_map(|text| snippet::sought(&text.line, text.open)).collect()
}

/// A piece of what was said, around the words or from its beginning.
pub fn said(message: &Message, words: &[Sought]) -> Vec<Piece> {
    if message.revoked_at.is_some() {
        return Vec::new();
    }
    snippet::around(&message.body, words).unwrap_or_else(|| {
        let text = crate::domain::conversation::snippet(&message.body);
        if text.is_empty() { Vec::new() } else { vec![Piece { text, found: false }] }
    })
}

fn named(names: Option<&Vec<String>>, words: &[Sought]) -> Vec<Vec<Piece>> {
    let plain = |name: &String| vec![Piece { text: name.clone(), found: false }];
    let each = names.into_iter().flatten();
    each.map(|name| snippet::around(name, words).unwrap_or_else(|| plain(name))).collect()
}
