//! The copies that the desk makes of its file.

use maud::{Markup, html};

use crate::domain::copies::Made;
use crate::i18n::{refusal, when};
use crate::templates::frame::Frame;
use crate::templates::parts::{self, Field};
use crate::templates::settings::status::{self, Copies as Plain};
use crate::templates::typed::Typed;

/// What the page shows.
pub struct Copies {
    /// The newest first, each with whether its file is still there.
    pub made: Vec<(bool, Made)>,
    pub folder: String,
    /// One is being made now.
    pub working: bool,
    /// What keeps copies whole that are made with other tools.
    pub plain: Plain,
}

/// The page.
pub fn page(frame: &Frame, copies: &Copies, typed: &Typed) -> Markup {
    let t = &frame.texts;
    let known = ["copies_hour", "copies_daily", "copies_weekly", "password"];
    let body = html! {
        header { h1 { (t.frame_copies()) } }
        p.quiet { (t.copies_intro(&copies.folder)) }
        @if let Some(problem) = typed.problem(t, &frame.zone, &known) { (parts::problem(&problem)) }
        @if copies.working { (parts::flash(t.copies_working())) }
        @else { (parts::one_button(frame, "/settings/copies/now", t.copies_now())) }
        @if copies.made.is_empty() { (parts::empty(t.copies_none(), None)) }
        @else {
            (parts::table(t.frame_copies(), &[t.copies_when(), t.copies_size(), t.copies_found(), t.form_actions()],
                &html! { @for (there, made) in &copies.made { (row(frame, made, *there, typed)) } }))
        }
        (rota(frame, typed))
        section.card {
            h2 { (t.status_copies()) }
            p { (status::plain(t, &copies.plain)) }
        }
        p.quiet { (t.copies_key()) }
    };
    parts::settings(frame, "/settings/copies", &body)
}

fn row(frame: &Frame, made: &Made, there: bool, typed: &Typed) -> Markup {
    let t = &frame.texts;
    let asked = typed.get("copy") == made.id.to_string();
    let id = format!("password-{}", made.id);
    html! {
        tr {
            td { (when::full(t, made.at, frame.now, &frame.zone)) }
            td { @if made.wrong.is_none() { (refusal::size(made.bytes)) } }
            td {
                @match &made.wrong {
                    None => (t.copies_whole()),
                    Some(why) => { span.chip.bad { (t.copies_failed()) } p.quiet { (why) } }
                }
            }
            td {
                @if made.wrong.is_none() && there {
                    details open[asked] {
                        summary { (t.copies_download()) }
                        form.stack method="post" action={ "/settings/copies/" (made.id) } {
                            (frame.token())
                            div.field {
                                label for=(id) { (t.copies_password()) }
                                input type="password" id=(id) name="password" autocomplete="current-password";
                                @if asked { @if let Some(error) = typed.error(t, "password") { p.error { (error) } } }
                            }
                            button.button.edged type="submit" { (t.copies_download()) }
                        }
                    }
                } @else if made.wrong.is_none() { span.quiet { (t.copies_gone()) } }
            }
        }
    }
}

fn rota(frame: &Frame, typed: &Typed) -> Markup {
    let t = &frame.texts;
    let hour = Field { hint: t.copies_hour_hint(), ..typed.field(t, "copies_hour", t.copies_hour()) };
    let daily = Field { hint: t.copies_daily_hint(), ..typed.field(t, "copies_daily", t.copies_daily()) };
    let weekly = typed.field(t, "copies_weekly", t.copies_weekly());
    html! {
        section.card {
            h2 { (t.copies_rota()) }
            form.stack method="post" action="/settings/copies" {
                (frame.token())
                (parts::text(&hour, "number"))
                (parts::text(&daily, "number"))
                (parts::text(&weekly, "number"))
                (parts::actions(t.form_save(), None))
            }
        }
    }
}
