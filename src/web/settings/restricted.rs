//! Restricted words: the list, who may see what is covered, and what was found.

use std::collections::BTreeMap;

use crate::actions::{letter, restricted as action, restricted_report as reports, setting};
use crate::domain::refused::Problem;
use crate::domain::restricted::{Find, Held, Report};
use crate::domain::{Refused, Span};
use crate::store;
use crate::store::setting::key;
use crate::templates::settings::restricted::{self as pages, Found, Page};
use crate::templates::typed::Typed;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;

const PAGE: &str = "/settings/restricted";
/// How far the report looks back.
const BACK: Span = Span::days(30);
/// How many finds the report counts, and how many of them it lists.
const MOST: u32 = 5000;
const LISTED: usize = 50;

/// The page.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let typed = Typed::default().with("held", Held::Both.as_str());
    page(cx, &typed)
}

fn page(cx: &Cx<'_>, typed: &Typed) -> Result<Response, Failure> {
    let since = cx.now - BACK;
    let (words, uncover, finds, names) = cx.read(|c| {
        let finds = store::restricted::finds(c, since, MOST)?;
        let uncover = store::setting::get(c, key::UNCOVER)?;
        Ok::<_, store::Error>((store::restricted::all(c)?, uncover, finds, store::thread::names(c)?))
    })?;
    let mut counts: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    for find in &finds {
        let count = counts.entry(find.word.as_str()).or_default();
        match find.way {
            crate::domain::restricted::Way::Sent => count.0 += 1,
            crate::domain::restricted::Way::Received => count.1 += 1,
        }
    }
    let mut counts: Vec<(String, i64, i64)> =
        counts.into_iter().map(|(word, (sent, received))| (word.to_owned(), sent, received)).collect();
    counts.sort_by_key(|(_, sent, received)| std::cmp::Reverse(sent + received));
    let told = |find: &Find| Found {
        who: find.agent.and_then(|agent| names.get(&agent).cloned()),
        find: find.clone(),
    };
    let (mail, chosen) = cx.read(|c| {
        let all = store::channel::all(c)?.into_iter().filter(letter::is_mail);
        let mail: Vec<(String, String)> = all.map(|one| (one.id.to_string(), one.name)).collect();
        Ok::<_, Failure>((mail, reports::kept(c)?))
    })?;
    let shown = Page {
        mail,
        report: chosen,
        words,
        uncover: uncover.unwrap_or_default(),
        counts,
        finds: finds.iter().take(LISTED).map(told).collect(),
    };
    let frame = forms::frame(cx, cx.texts.restricted_title())?;
    Ok(cx.page(&frame, &pages::page(&frame, &shown, typed)))
}

fn back(cx: &Cx<'_>, refused: &Refused) -> Result<Response, Failure> {
    let typed = forms::typed(cx, &["words", "held"]).refused(refused.clone());
    Ok(forms::back(page(cx, &typed)?, refused))
}

/// Adds words.
pub fn add(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, words) = (cx.viewer()?.clone(), cx.now, cx.form.get("words").unwrap_or("").to_owned());
    let held: Result<Held, Failure> =
        cx.form.trimmed("held").parse().map_err(|()| forms::wrong("held", Problem::Unknown).into());
    let added = held.and_then(|held| cx.write(move |tx| action::add(tx, &by, &words, held, now)));
    match forms::outcome(added)? {
        Ok(_) => Ok(Response::redirect(&format!("{PAGE}?done=saved"))),
        Err(refused) => back(cx, &refused),
    }
}

/// Takes a word off the list.
pub fn delete(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| action::delete(tx, &by, id, now))?;
    Ok(Response::redirect(&format!("{PAGE}?done=done")))
}

/// Says who may see what is covered.
pub fn right(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let changes: Vec<setting::Change> = vec![(key::UNCOVER, cx.form.trimmed(key::UNCOVER).to_owned())];
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    match forms::outcome(cx.write(move |tx| setting::change(tx, &by, &changes, now)))? {
        Ok(()) => Ok(Response::redirect(&format!("{PAGE}?done=saved"))),
        Err(refused) => back(cx, &refused),
    }
}

/// Says where the report goes; an empty address ends it.
pub fn report(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let t = &cx.texts;
    let (to, team) = (cx.form.trimmed("to").to_owned(), cx.read(|c| store::setting::get(c, key::TEAM))?);
    let report = (!to.is_empty()).then(|| Report {
        to,
        channel: cx.form.trimmed("channel").parse().unwrap_or_default(),
        subject: t.restricted_mail_subject(team.unwrap_or_default()),
        intro: t.restricted_mail_intro().to_owned(),
        line: t.restricted_mail_line("{word}", "{sent}", "{received}"),
    });
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    match forms::outcome(cx.write(move |tx| reports::choose(tx, &by, report, now)))? {
        Ok(()) => Ok(Response::redirect(&format!("{PAGE}?done=saved"))),
        Err(refused) => {
            let typed = forms::typed(cx, &["to", "channel"]).refused(refused.clone());
            Ok(forms::back(page(cx, &typed)?, &refused))
        }
    }
}
