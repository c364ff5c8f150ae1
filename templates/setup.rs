//! The first run: the desk gets its first administrator and its settings.

use maud::{Markup, html};

use super::frame::Frame;
use super::login::new_password;
use super::parts::{self, Field};
use super::typed::Typed;

/// What the set-up page offers to choose from.
pub struct Choices {
    pub languages: Vec<(String, String)>,
    pub zones: Vec<(String, String)>,
    pub countries: Vec<(String, String)>,
}

/// Without the code from the console: where to find it.
pub fn locked(frame: &Frame) -> Markup {
    let t = &frame.texts;
    html! {
        main.plain id="main" {
            h1 { (t.setup_locked_title()) }
            p { (t.setup_locked()) }
            p.quiet { (t.setup_locked_again()) }
        }
    }
}

/// The form.
pub fn page(frame: &Frame, choices: &Choices, typed: &Typed) -> Markup {
    let t = &frame.texts;
    let known = ["name", "email", "password", "team", "language", "time_zone", "country"];
    let name = Field { required: true, autocomplete: "name", ..typed.field(t, "name", t.setup_your_name()) };
    let email = Field { required: true, autocomplete: "username", ..typed.field(t, "email", t.form_email()) };
    html! {
        main.page id="main" {
            header { h1 { (t.setup_title()) } }
            p { (t.setup_intro()) }
            @if let Some(problem) = typed.problem(t, &frame.zone, &known) { (parts::problem(&problem)) }
            form.stack method="post" action="/setup" {
                (frame.token())
                input type="hidden" name="code" value=(typed.get("code"));
                section.card {
                    h2 { (t.setup_you()) }
                    (parts::text(&name, "text"))
                    (parts::text(&email, "email"))
                    (parts::text(&new_password(frame, typed, t.form_password()), "password"))
                }
                section.card { h2 { (t.setup_team()) } (team(frame, choices, typed)) }
                (parts::actions(t.setup_submit(), None))
            }
        }
    }
}

/// The fields of the team: also on its settings page.
pub fn team(frame: &Frame, choices: &Choices, typed: &Typed) -> Markup {
    let t = &frame.texts;
    let name =
        Field { required: true, autocomplete: "organization", ..typed.field(t, "team", t.team_name()) };
    let country = Field { hint: t.team_country_hint(), ..typed.field(t, "country", t.team_country()) };
    html! {
        (parts::text(&name, "text"))
        div.pair {
            (parts::select(&typed.field(t, "language", t.form_language()), &choices.languages))
            (parts::select(&typed.field(t, "time_zone", t.form_time_zone()), &choices.zones))
        }
        (parts::select(&country, &choices.countries))
    }
}

/// What to do first on a new desk.
pub fn done(frame: &Frame, files: (&str, &str)) -> Markup {
    let t = &frame.texts;
    html! {
        main.page id="main" {
            header { h1 { (t.setup_done_title()) } }
            p { (t.setup_done()) }
            p.line {
                a.button.main href="/settings/channels/new" { (t.setup_connect()) }
                form method="post" action="/simulator/start" {
                    (frame.token()) button.button.edged type="submit" { (t.setup_simulate()) }
                }
                a.button href="/inbox" { (t.setup_inbox()) }
            }
            section.card { h2 { (t.setup_backup_title()) } p { (t.setup_backup(files.0, files.1)) } }
        }
    }
}
