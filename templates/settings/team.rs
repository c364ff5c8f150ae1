//! The team's name, language, time zone, country, help link and undo time.

use maud::{Markup, html};

use crate::templates::frame::Frame;
use crate::templates::parts::{self, Field};
use crate::templates::setup::{self, Choices};
use crate::templates::typed::Typed;

/// The page.
pub fn page(frame: &Frame, choices: &Choices, typed: &Typed) -> Markup {
    let t = &frame.texts;
    let known = [
        "team",
        "language",
        "time_zone",
        "country",
        "support_url",
        "undo_seconds",
        "nudge_minutes",
        "file_quota",
        "second_factor",
        "alerts",
    ];
    let support = Field { hint: t.team_support_hint(), ..typed.field(t, "support_url", t.team_support()) };
    let undo = Field { hint: t.team_undo_hint(), ..typed.field(t, "undo_seconds", t.team_undo()) };
    let nudge = Field { hint: t.team_nudge_hint(), ..typed.field(t, "nudge_minutes", t.team_nudge()) };
    let quota = Field { hint: t.team_quota_hint(), ..typed.field(t, "file_quota", t.team_quota()) };
    let who =
        [(String::new(), t.factor_who_wants().to_owned()), ("all".to_owned(), t.factor_all().to_owned())];
    let alerts = [(String::new(), t.alert_on().to_owned()), ("off".to_owned(), t.alert_off().to_owned())];
    let told = Field { hint: t.alert_hint(), ..typed.field(t, "alerts", t.alert_label()) };
    let body = html! {
        header { h1 { (t.frame_team()) } }
        @if let Some(problem) = typed.problem(t, &frame.zone, &known) { (parts::problem(&problem)) }
        form.stack method="post" action="/settings/team" {
            (frame.token())
            (setup::team(frame, choices, typed))
            (parts::text(&support, "text"))
            (parts::text(&undo, "number"))
            (parts::text(&nudge, "number"))
            (parts::text(&quota, "number"))
            (parts::select(&typed.field(t, "second_factor", t.factor_who()), &who))
            (parts::select(&told, &alerts))
            (parts::actions(t.form_save(), None))
        }
    };
    parts::settings(frame, "/settings/team", &body)
}
