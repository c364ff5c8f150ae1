//! Saved replies from a sheet: the form, and what became of the rows.

use maud::{Markup, html};

use crate::i18n::Texts;
use crate::templates::frame::Frame;
use crate::templates::parts;

const HERE: &str = "/settings/templates/import";
/// How many wrong rows stand on the page.
const PROBLEMS: usize = 50;

/// What became of a row, or would.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Became {
    Made,
    Changed,
    Same,
    Wrong,
}

/// How many rows became what.
pub struct Counts {
    pub made: usize,
    pub changed: usize,
    pub same: usize,
    pub wrong: usize,
}

impl Counts {
    /// Counts the rows.
    pub fn of(rows: &[Became]) -> Counts {
        let count = |what| rows.iter().filter(|row| **row == what).count();
        Counts {
            made: count(Became::Made),
            changed: count(Became::Changed),
            same: count(Became::Same),
            wrong: count(Became::Wrong),
        }
    }
}

/// What the page tells of a sheet.
pub struct Told {
    pub counts: Counts,
    /// Line, cells and reason of the rows that cannot be taken.
    pub problems: Vec<(u32, Vec<String>, String)>,
    /// Headings that say nothing to the desk.
    pub unread: Vec<String>,
    /// The sheet, which goes on with the form.
    pub text: String,
    /// It was only tried.
    pub dry: bool,
}

/// The form.
pub fn form(frame: &Frame, problem: Option<String>) -> Markup {
    let t = &frame.texts;
    let wrong = problem.is_some();
    let body = html! {
        header { h1 { (t.templates_import_title()) } a.button href="/settings/templates" { (t.form_back()) } }
        p { (t.templates_import_intro()) }
        form.stack method="post" action=(HERE) enctype="multipart/form-data" {
            (frame.token())
            div.field {
                label for="f-file" { (t.roster_file()) }
                input type="file" id="f-file" name="file" accept=".csv,.tsv,.txt,text/csv" required aria-describedby="f-file-hint" aria-invalid=[wrong.then_some("true")];
                @if let Some(problem) = &problem { p.error role="alert" { (problem) } }
                p.hint id="f-file-hint" { (t.templates_import_hint()) }
            }
            (parts::actions(t.templates_import_try(), None))
        }
        p.line {
            a.button.edged href={ (HERE) "/sample" } download { (t.templates_import_sample()) }
            a.button.edged href={ (HERE) "/export" } download { (t.templates_import_export()) }
        }
    };
    parts::settings(frame, "/settings/templates", &body)
}

/// What became of a sheet, or would become of it.
pub fn told(frame: &Frame, told: &Told) -> Markup {
    let t = &frame.texts;
    let Counts { made, changed, same, wrong } = told.counts;
    let body = html! {
        header { h1 { (t.templates_import_title()) } a.button href=(HERE) { (t.templates_import_other()) } }
        p role="status" { @if told.dry { (t.templates_import_tried()) } @else { (t.templates_import_done()) } }
        dl.facts {
            dt { (t.templates_import_made()) } dd { (made) }
            dt { (t.templates_import_changed()) } dd { (changed) }
            dt { (t.templates_import_same()) } dd { (same) }
            dt { (t.templates_import_wrong()) } dd { (wrong) }
        }
        @if !told.unread.is_empty() { p.quiet { (t.templates_import_unread(told.unread.join(", "))) } }
        form method="post" action=(HERE) enctype="multipart/form-data" {
            (frame.token())
            input type="hidden" name="sheet" value=(told.text);
            @if !told.problems.is_empty() { (problems(t, told)) }
            p.line {
                @if told.dry && made + changed > 0 { button.button.main type="submit" name="take" value="1" { (t.templates_import_take()) } }
                @if !told.problems.is_empty() { button.button.edged type="submit" formaction={ (HERE) "/errors" } { (t.templates_import_errors()) } }
                a.button href="/settings/templates" { (t.form_back()) }
            }
        }
    };
    parts::settings(frame, "/settings/templates", &body)
}

fn problems(t: &Texts, told: &Told) -> Markup {
    let rows = html! {
        @for (line, cells, why) in told.problems.iter().take(PROBLEMS) {
            tr { td { (line) } td { (shown(cells)) } td { (why) } }
        }
    };
    html! {
        h2 { (t.templates_import_problems()) }
        (parts::table(t.templates_import_problems(), &[t.roster_line(), t.roster_row(), t.roster_reason()], &rows))
    }
}

/// The filled cells, cut so that a row stays a row.
fn shown(cells: &[String]) -> String {
    let filled = cells.iter().filter(|cell| !cell.is_empty());
    filled.map(|cell| cell.chars().take(60).collect::<String>()).collect::<Vec<_>>().join(" · ")
}
