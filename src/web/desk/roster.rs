//! Contacts from a sheet: given, told what its columns hold, tried, taken, and what could not be taken.

use std::sync::Arc;

use crate::actions::roster as actions;
use crate::actions::sheet as sheets;
use crate::desk::Desk;
use crate::domain::field::Field;
use crate::domain::roster::{Column, Roster, State};
use crate::domain::{Id, Refused, sheet};
use crate::i18n::{Texts, refusal, roster as words};
use crate::store;
use crate::templates::roster::{self as template, Page};
use crate::web::http::Response;
use crate::web::{Cx, Failure, sheet as download};

/// Rows that are put down with one commit.
const PART: usize = 500;
/// Rows that stand on the page, as examples and as problems, and those that are read at a time for a file.
const EXAMPLES: u32 = 3;
const PROBLEMS: u32 = 20;
const READ: u32 = 200;

/// The form, and the sheets that are here.
pub fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    listed(cx, None)
}

fn listed(cx: &Cx<'_>, refused: Option<(&Refused, String)>) -> Result<Response, Failure> {
    let all = cx.read(store::roster::all)?;
    let frame = cx.frame(cx.texts.roster_heading())?;
    let (refused, sentence) = refused.unzip();
    let mut response = cx.page(&frame, &template::list(&frame, &all, sentence));
    if let Some(refused) = refused {
        response.status = Failure::Refused(refused.clone()).status();
    }
    Ok(response)
}

/// Puts a sheet down, a part at a time, so that the others at the desk do not wait for it.
pub fn give(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let file = std::mem::take(&mut cx.form.files).into_iter().find(|file| file.field == "file");
    let missing = Refused::Field { field: "file", problem: crate::domain::refused::Problem::Missing };
    let said = |refused: &Refused| refusal::sentence(&cx.texts, refused, &cx.zone);
    let Some(file) = file else { return listed(cx, Some((&missing, said(&missing)))) };
    let sheet = match sheets::read(&file.bytes) {
        Ok(sheet) => sheet,
        Err(refused) => return listed(cx, Some((&refused, said(&refused)))),
    };
    let (heads, name, who) = (sheet.heads, file.name, by.clone());
    let id = cx.write(move |tx| actions::begin(tx, &who, &name, &heads, now))?;
    let mut rows = sheet.rows.into_iter().peekable();
    while rows.peek().is_some() {
        let (part, who): (Vec<_>, _) = (rows.by_ref().take(PART).collect(), by.clone());
        cx.write(move |tx| actions::add(tx, &who, id, &part))?;
    }
    cx.write(move |tx| actions::complete(tx, &by, id))?;
    Ok(Response::redirect(&format!("/contacts/import/{id}")))
}

/// One sheet: what its columns hold, how far it has come, and what became of its rows.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id = cx.param("id")?;
    page(cx, id, None)
}

fn page(cx: &Cx<'_>, id: Id<Roster>, typed: Option<Vec<Option<Column>>>) -> Result<Response, Failure> {
    let by = cx.viewer()?;
    let refused = typed.is_some();
    let problem = typed.as_ref().and_then(|columns| {
        if columns.iter().all(Option::is_none) {
            return Some(cx.texts.roster_none_chosen());
        }
        Column::doubled(columns).iter().any(Option::is_some).then(|| cx.texts.roster_some_doubled())
    });
    let page = cx.read(|c| {
        let roster = actions::seen(c, by, id)?;
        let own = store::field::all(c)?;
        let named = |column: Column| (column.to_string(), words::column(&cx.texts, column, &own));
        let all = Column::ALL.into_iter().chain(own.iter().map(|field| Column::Own(field.id)));
        let choices = all.map(named).collect();
        let problems = store::roster::wrong(c, id, 0, PROBLEMS)?.into_iter();
        let problems = problems.map(|one| (one.number, one.cells, words::why(&cx.texts, &one.why, &own)));
        Ok::<_, Failure>(Page {
            examples: store::roster::rows(c, id, 0, EXAMPLES)?.into_iter().map(|one| one.cells).collect(),
            problems: problems.collect(),
            doubled: doubled(&cx.texts, typed.as_deref().unwrap_or_default(), &roster.heads, &own),
            columns: typed.unwrap_or_else(|| roster.columns.clone()),
            choices,
            roster,
            problem,
        })
    })?;
    let frame = cx.frame(cx.texts.roster_heading())?;
    let mut response = cx.page(&frame, &template::page(&frame, &page));
    if page.roster.state.is_at_work() {
        // The page looks again by itself, with scripts or without, as long as there is something to come.
        response = response.with_header("Refresh", "3");
    }
    if refused {
        response.status = 422;
    }
    Ok(response)
}

/// For each column what is to be said beside it, where one before it holds the same.
fn doubled(t: &Texts, columns: &[Option<Column>], heads: &[String], own: &[Field]) -> Vec<Option<String>> {
    let said = |(first, column): (Option<usize>, &Option<Column>)| {
        Some(t.roster_doubled(heads.get(first?)?, words::column(t, (*column)?, own)))
    };
    Column::doubled(columns).into_iter().zip(columns).map(said).collect()
}

/// Tries the rows, or takes them.
pub fn start(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (id, by, now) = (cx.param("id")?, cx.viewer()?.clone(), cx.now);
    let columns: Vec<Option<Column>> = cx.form.all("column").map(|word| word.parse().ok()).collect();
    let (dry, typed) = (cx.form.get("try").is_some(), columns.clone());
    match cx.write(move |tx| actions::start(tx, &by, id, columns, dry, now)) {
        Ok(()) => Ok(Response::redirect(&format!("/contacts/import/{id}"))),
        Err(Failure::Refused(Refused::Field { .. })) => page(cx, id, Some(typed)),
        Err(other) => Err(other),
    }
}

/// Stops what is going on.
pub fn stop(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (id, by) = (cx.param("id")?, cx.viewer()?.clone());
    cx.write(move |tx| actions::stop(tx, &by, id))?;
    Ok(Response::redirect(&format!("/contacts/import/{id}")))
}

/// Takes a sheet away, a part at a time.
pub fn delete(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (id, by) = (cx.param("id")?, cx.viewer()?.clone());
    loop {
        let who = by.clone();
        let most = u32::try_from(PART).unwrap_or(u32::MAX);
        if cx.write(move |tx| actions::remove(tx, &who, id, most))? {
            return Ok(Response::redirect("/contacts/import"));
        }
    }
}

/// The rows that cannot be taken as a sheet, with the reasons.
pub fn errors(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (id, by) = (cx.param("id")?, cx.viewer()?.clone());
    let (roster, own) = cx.read(|c| Ok::<_, Failure>((actions::seen(c, &by, id)?, store::field::all(c)?)))?;
    if roster.state == State::Coming {
        return Err(Failure::NotFound);
    }
    let heads = roster.heads.iter().map(String::as_str).chain(["error"]);
    let head = sheet::line(heads);
    let mut rows = Rows {
        desk: cx.app.desk.clone(),
        id,
        own,
        texts: cx.texts,
        width: roster.heads.len(),
        after: 0,
        over: false,
    };
    Ok(download::parted("errors", &head, move || rows.part().map_err(std::io::Error::other)))
}

/// The rows as bytes, read a part at a time.
struct Rows {
    desk: Arc<Desk>,
    id: Id<Roster>,
    own: Vec<Field>,
    texts: Texts,
    width: usize,
    after: u32,
    over: bool,
}

impl Rows {
    fn part(&mut self) -> store::Result<Option<Vec<u8>>> {
        if self.over {
            return Ok(None);
        }
        let (id, after) = (self.id, self.after);
        let found = self.desk.readers.read(|c| store::roster::wrong(c, id, after, READ))?;
        self.over = found.len() < usize::try_from(READ).unwrap_or(usize::MAX);
        let mut text = String::new();
        for mut one in found {
            self.after = one.number;
            one.cells.resize(self.width, String::new());
            one.cells.push(words::why(&self.texts, &one.why, &self.own));
            text.push_str(&sheet::line(one.cells));
        }
        Ok(Some(text.into_bytes()))
    }
}
