//! Contacts from a sheet: the form, what the columns hold, and what became of the rows.

use maud::{Markup, html};

use super::frame::Frame;
use super::parts;
use crate::domain::roster::{Column, Roster, State};
use crate::i18n::{Texts, when};

/// What the page of one sheet shows.
pub struct Page {
    pub roster: Roster,
    /// What the columns hold, as it was typed last.
    pub columns: Vec<Option<Column>>,
    /// What a column may hold: the word and how it is called.
    pub choices: Vec<(String, String)>,
    /// The cells of the first rows.
    pub examples: Vec<Vec<String>>,
    /// Line, cells and reason of the first rows that cannot be taken.
    pub problems: Vec<(u32, Vec<String>, String)>,
    /// For each column what is wrong with what was chosen for it.
    pub doubled: Vec<Option<String>>,
    /// Why nothing begins.
    pub problem: Option<&'static str>,
}

fn state(t: &Texts, state: State) -> &'static str {
    match state {
        State::Coming => t.roster_state_coming(),
        State::New => t.roster_state_new(),
        State::Trying => t.roster_state_trying(),
        State::Tried => t.roster_state_tried(),
        State::Taking => t.roster_state_taking(),
        State::Done => t.roster_state_done(),
        State::Stopped => t.roster_state_stopped(),
    }
}

/// The form, and the sheets that are here.
pub fn list(frame: &Frame, all: &[Roster], problem: Option<String>) -> Markup {
    let t = &frame.texts;
    let wrong = problem.is_some();
    html! {
        main.page id="main" tabindex="-1" {
            header { h1 { (t.roster_heading()) } a.button href="/contacts" { (t.contacts_title()) } }
            p { (t.roster_intro()) }
            form.stack method="post" action="/contacts/import" enctype="multipart/form-data" {
                (frame.token())
                div.field {
                    label for="f-file" { (t.roster_file()) }
                    input type="file" id="f-file" name="file" accept=".csv,.tsv,.txt,text/csv" required aria-describedby="f-file-hint" aria-invalid=[wrong.then_some("true")];
                    @if let Some(problem) = &problem { p.error role="alert" { (problem) } }
                    p.hint id="f-file-hint" { (t.roster_file_hint()) }
                }
                (parts::actions(t.roster_upload(), None))
            }
            @if !all.is_empty() {
                h2 { (t.roster_earlier()) }
                ul { @for one in all { li {
                    a href={ "/contacts/import/" (one.id) } { (one.name) } ", " (t.roster_rows(i64::from(one.rows))) ", "
                    (when::moment(t, one.created_at, frame.now, &frame.zone)) ". " (state(t, one.state))
                } } }
            }
        }
    }
}

/// One sheet.
pub fn page(frame: &Frame, page: &Page) -> Markup {
    let t = &frame.texts;
    let roster = &page.roster;
    let at = format!("/contacts/import/{}", roster.id);
    html! {
        main.page.wide id="main" tabindex="-1" {
            header { h1 { (t.roster_heading()) } a.button href="/contacts/import" { (t.form_back()) } }
            p { b { (roster.name) } ", " (t.roster_rows(i64::from(roster.rows))) }
            @if let Some(problem) = page.problem { (parts::problem(problem)) }
            p role="status" { (state(t, roster.state)) }
            @if roster.state.is_at_work() { (progress(frame, roster, &at)) }
            @if roster.counts.all() > 0 { (counts(t, roster)) }
            @if !page.problems.is_empty() && !roster.state.is_at_work() { (problems(t, page, &at)) }
            @if roster.state.may_begin() { (columns(frame, page, &at)) }
            @if !roster.state.is_at_work() { (parts::one_button(frame, &format!("{at}/delete"), t.roster_delete())) }
        }
    }
}

fn progress(frame: &Frame, roster: &Roster, at: &str) -> Markup {
    let t = &frame.texts;
    let done = roster.counts.all();
    let words = t.roster_progress(done.to_string(), roster.rows.to_string());
    html! {
        p.line { progress max=(roster.rows) value=(done) aria-label=(words) {} span { (words) } }
        div.line {
            a.button.edged href=(at) { (t.roster_refresh()) }
            (parts::one_button(frame, &format!("{at}/stop"), t.roster_stop()))
        }
    }
}

fn counts(t: &Texts, roster: &Roster) -> Markup {
    let all = roster.counts;
    html! {
        h2 { (t.roster_counts()) }
        dl.facts {
            dt { (t.roster_made()) } dd { (all.made) }
            dt { (t.roster_changed()) } dd { (all.changed) }
            dt { (t.roster_same()) } dd { (all.same) }
            dt { (t.roster_wrong()) } dd { (all.wrong) }
        }
    }
}

fn problems(t: &Texts, page: &Page, at: &str) -> Markup {
    let rows = html! {
        @for (line, cells, why) in &page.problems {
            tr { td { (line) } td { (filled(cells)) } td { (why) } }
        }
    };
    html! {
        h2 { (t.roster_problems()) }
        (parts::table(t.roster_problems(), &[t.roster_line(), t.roster_row(), t.roster_reason()], &rows))
        p { a.button.edged href={ (at) "/errors" } download { (t.roster_errors()) } }
        p.quiet { (t.roster_errors_hint()) }
    }
}

fn filled(cells: &[String]) -> String {
    let filled = cells.iter().map(String::as_str).filter(|cell| !cell.is_empty());
    filled.collect::<Vec<_>>().join(" · ")
}

fn columns(frame: &Frame, page: &Page, at: &str) -> Markup {
    let t = &frame.texts;
    let example = |place: usize| -> String {
        let cells = page.examples.iter().filter_map(|row| row.get(place)).filter(|cell| !cell.is_empty());
        cells.map(|cell| cell.chars().take(60).collect::<String>()).collect::<Vec<_>>().join(" · ")
    };
    let rows = html! {
        @for (place, head) in page.roster.heads.iter().enumerate() {
            @let chosen = page.columns.get(place).copied().flatten().map(|column| column.to_string());
            @let wrong = page.doubled.get(place).and_then(Option::as_ref);
            @let said = wrong.map(|_| format!("f-column-{place}-error"));
            tr {
                th scope="row" { (head) }
                td { select name="column" aria-label=(t.roster_holds_of(head)) aria-describedby=[said.as_ref()] aria-invalid=[wrong.map(|_| "true")] {
                    option value="" { (t.roster_left_out()) }
                    @for (word, words) in &page.choices {
                        option value=(word) selected[chosen.as_ref() == Some(word)] { (words) }
                    }
                }
                @if let Some(wrong) = wrong { p.error id=[said] { (wrong) } } }
                td { (example(place)) }
            }
        }
    };
    html! {
        h2 { (t.roster_columns()) }
        form.stack.roster method="post" action=(at) {
            (frame.token())
            (parts::table(t.roster_columns(), &[t.roster_heading_column(), t.roster_holds(), t.roster_example()], &rows))
            p.line {
                button.button.main type="submit" name="try" value="1" { (t.roster_try()) }
                button.button.edged type="submit" { (t.roster_take()) }
            }
        }
    }
}
