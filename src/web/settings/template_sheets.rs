//! Saved replies from a sheet: given, tried, taken, and what could not be taken as a file.
//!
//! Nothing of a sheet is kept: the page that tells what would become of it carries it along, and gives it back.

use crate::actions::sheet::Sheet;
use crate::actions::template::Became;
use crate::actions::template_sheet::{self as action, Row};
use crate::domain::Refused;
use crate::domain::refused::Problem;
use crate::domain::sheet;
use crate::domain::text_sheet::{Column, Wrong};
use crate::i18n::{Texts, refusal};
use crate::store;
use crate::templates::settings::template_sheets::{self as pages, Told};
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;
use crate::web::sheet as download;

/// The form.
pub fn page(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    form(cx, None)
}

fn form(cx: &Cx<'_>, refused: Option<&Refused>) -> Result<Response, Failure> {
    let frame = cx.frame(cx.texts.templates_import_title())?;
    let sentence = refused.map(|refused| match refused {
        Refused::Field { field: "file", problem: Problem::Unknown } => {
            cx.texts.templates_import_no_body().to_owned()
        }
        other => refusal::sentence(&cx.texts, other, &cx.zone),
    });
    let page = cx.page(&frame, &pages::form(&frame, sentence));
    Ok(match refused {
        Some(refused) => forms::back(page, refused),
        None => page,
    })
}

/// The sheet of this form: a file, or what the page before carried along. As text, because a page carries it.
fn given(cx: &mut Cx<'_>) -> Result<(String, Sheet), Refused> {
    let file = std::mem::take(&mut cx.form.files).into_iter().find(|file| file.field == "file");
    let text = match (file, cx.form.get("sheet")) {
        (Some(file), _) => match String::from_utf8(file.bytes) {
            Ok(text) => text,
            // Written by a program that knows only the letters of western Europe.
            Err(fault) => fault.as_bytes().iter().map(|byte| char::from(*byte)).collect(),
        },
        (None, Some(text)) => text.to_owned(),
        (None, None) => return Err(forms::wrong("file", Problem::Missing)),
    };
    let sheet = action::read(text.as_bytes())?;
    Ok((text, sheet))
}

fn rows(cx: &Cx<'_>, sheet: Sheet, dry: bool) -> Result<Vec<Row>, Failure> {
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| action::take(tx, &by, &sheet, dry, now))
}

/// Tries the rows of a sheet, or takes them.
pub fn take(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (text, sheet) = match given(cx) {
        Ok(given) => given,
        Err(refused) => return form(cx, Some(&refused)),
    };
    let dry = cx.form.get("take").is_none();
    let unread = sheet.heads.iter().filter(|head| Column::guess(head).is_none() && !head.is_empty());
    let unread: Vec<String> = unread.cloned().collect();
    let rows = rows(cx, sheet, dry)?;
    let why = |row: &Row| row.became.as_ref().err().map(|wrong| why(cx, wrong)).unwrap_or_default();
    let wrong = rows.iter().filter(|row| row.became.is_err());
    let problems = wrong.map(|row| (row.line, row.cells.clone(), why(row))).collect();
    let kinds: Vec<pages::Became> = rows.iter().map(|row| kind(row.became.as_ref().ok())).collect();
    let told = Told { counts: pages::Counts::of(&kinds), problems, unread, text, dry };
    let frame = cx.frame(cx.texts.templates_import_title())?;
    Ok(cx.page(&frame, &pages::told(&frame, &told)))
}

fn kind(became: Option<&Became>) -> pages::Became {
    match became {
        Some(Became::Made(_)) => pages::Became::Made,
        Some(Became::Changed(_)) => pages::Became::Changed,
        Some(Became::Same(_)) => pages::Became::Same,
        None => pages::Became::Wrong,
    }
}

/// What is wrong with a row, as a sentence.
fn why(cx: &Cx<'_>, wrong: &Wrong) -> String {
    let t: &Texts = &cx.texts;
    match wrong {
        Wrong::Twice => t.templates_import_twice().to_owned(),
        Wrong::Word { column, word } => t.templates_import_bad_word(column.as_str(), word),
        Wrong::Refused(Refused::Field { field, problem }) => {
            t.templates_import_field(*field, refusal::field(t, *problem))
        }
        Wrong::Refused(refused) => {
            format!("{} {}", refusal::sentence(t, refused, &cx.zone), refusal::fix(t, refused, &cx.zone))
        }
    }
}

/// The rows that cannot be taken as a sheet, with the reasons.
pub fn errors(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (_, sheet) = given(cx)?;
    let width = sheet.heads.len();
    let mut text = sheet::line(sheet.heads.iter().map(String::as_str).chain(["error"]));
    for row in rows(cx, sheet, true)? {
        if let Err(wrong) = &row.became {
            let mut cells = row.cells;
            cells.resize(width, String::new());
            cells.push(why(cx, wrong));
            text.push_str(&sheet::line(cells));
        }
    }
    Ok(download::whole("errors", &text))
}

/// A sheet to begin with, in the language of the page.
pub fn sample(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let t = &cx.texts;
    let mut text = sheet::line(Column::ALL.map(Column::as_str));
    let code = t.language().code();
    let rows = [
        (t.templates_sample_hours(), "any", "no", t.templates_sample_hours_body().to_owned()),
        (
            t.templates_sample_hello(),
            "start",
            "no",
            t.templates_sample_hello_body("{{contact.first_name}}", "{{agent.first_name}}"),
        ),
        (
            t.templates_sample_order(),
            "follow_up",
            "yes",
            t.templates_sample_order_body("{{order}}", "{{date.today}}"),
        ),
    ];
    for (name, stage, locked, body) in rows {
        let cells = [name, code, t.templates_sample_category(), stage, "", "", "", locked, "no", &body];
        text.push_str(&sheet::line(cells));
    }
    Ok(download::whole("saved-replies-sample", &text))
}

/// Every saved reply as a sheet that can be taken again.
pub fn export(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (replies, channels, queues) = cx.read(|c| {
        Ok::<_, store::Error>((store::template::own(c)?, store::channel::all(c)?, store::queue::all(c)?))
    })?;
    let mut text = sheet::line(Column::ALL.map(Column::as_str));
    for reply in &replies {
        text.push_str(&sheet::line(action::cells(reply, (&channels, &queues))));
    }
    Ok(download::whole("saved-replies", &text))
}
