//! How work comes to people: the rules of a queue, the profiles, the reasons for taking none.

use maud::{Markup, html};

use crate::domain::agent::Agent;
use crate::domain::availability::{IdleReason, Media};
use crate::domain::channel::Kind;
use crate::domain::profile::{Blend, Profile};
use crate::domain::queue::{Mode, Queue, Spread};
use crate::i18n::{Texts, kind};
use crate::templates::frame::Frame;
use crate::templates::parts::{self, Field};
use crate::templates::typed::Typed;
use crate::templates::work::media;

fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
    of.iter().map(|(value, words)| ((*value).to_owned(), (*words).to_owned())).collect()
}

/// What the form of a queue's rules shows when nobody typed anything.
pub fn of_rules(queue: &Queue) -> Typed {
    let rules = &queue.rules;
    let spread = if rules.spread == Spread::RoundRobin { "round_robin" } else { "least_busy" };
    Typed::default()
        .with("mode", queue.mode.as_str())
        .with("spread", spread)
        .with("offer_for", (rules.offer_for.0 / 1000).to_string())
        .with("gone_after", (rules.gone_after.0 / 60_000).to_string())
        .with("release", if rules.release_when_gone { "on" } else { "" })
        .with("purpose", &rules.purpose)
        .with("priority", rules.priority.to_string())
        .with("language", &rules.language)
}

/// The form of a queue's rules.
pub fn rules(frame: &Frame, queue: &Queue, typed: &Typed, languages: &[(String, String)]) -> Markup {
    let t = &frame.texts;
    let modes = pairs(&[
        (Mode::Shared.as_str(), t.work_mode_shared()),
        (Mode::Assign.as_str(), t.work_mode_assign()),
        (Mode::Offer.as_str(), t.work_mode_offer()),
    ]);
    let spreads =
        pairs(&[("least_busy", t.work_spread_least_busy()), ("round_robin", t.work_spread_round_robin())]);
    let mut spoken = pairs(&[("", t.work_any_language())]);
    spoken.extend_from_slice(languages);
    let field = |name, label| typed.field(t, name, label);
    html! {
        section.card id="how" {
            h2 { (t.work_how()) }
            form.stack method="post" action={ "/settings/queues/" (queue.id) "/rules" } {
                (frame.token())
                (parts::select(&Field { hint: t.work_mode_hint(), ..field("mode", t.work_mode()) }, &modes))
                div.pair {
                    (parts::select(&field("spread", t.work_spread()), &spreads))
                    (parts::text(&field("offer_for", t.work_offer_for()), "number"))
                }
                div.pair {
                    (parts::text(&Field { hint: t.work_priority_hint(), ..field("priority", t.work_priority()) }, "number"))
                    (parts::select(&field("language", t.work_language()), &spoken))
                }
                (parts::text(&field("purpose", t.work_purpose()), "text"))
                (parts::check(&field("release", t.work_release())))
                (parts::text(&field("gone_after", t.work_gone_after()), "number"))
                (parts::actions(t.form_save(), None))
            }
            p { a href="/settings/profiles" { (t.work_profiles()) } " · " a href="/settings/idle-reasons" { (t.work_idle_reasons()) } }
        }
    }
}

fn blend(t: &Texts, blend: Blend) -> &'static str {
    match blend {
        Blend::Blended => t.work_blend_blended(),
        Blend::BlendedRealTime => t.work_blend_blended_real_time(),
        Blend::Exclusive => t.work_blend_exclusive(),
    }
}

/// Everything on the page of the profiles.
pub struct Profiles {
    pub all: Vec<Profile>,
    /// The team's, as its number.
    pub team: String,
    /// Everybody with the number of their own profile, or nothing.
    pub people: Vec<(Agent, String)>,
    /// The kinds of channel on which anybody can begin.
    pub kinds: Vec<Kind>,
}

/// Every profile, and who has which.
pub fn profiles(frame: &Frame, page: &Profiles, typed: &Typed) -> Markup {
    let t = &frame.texts;
    let cells = html! {
        @for profile in &page.all {
            tr {
                td { a href={ "/settings/profiles/" (profile.id.map(|id| id.to_string()).unwrap_or_default()) } { (profile.name) } }
                td { (blend(t, profile.blend)) }
                @for media in Media::DEALT { td.number { (profile.capacity.get(&media).copied().unwrap_or(0)) } }
            }
        }
    };
    let heads = [
        t.form_name(),
        t.work_blend(),
        media(t, Media::Chat),
        media(t, Media::Social),
        media(t, Media::Email),
    ];
    let choices = |none: &str| -> Vec<(String, String)> {
        let mut all = pairs(&[("", none)]);
        all.extend(page.all.iter().filter_map(|p| Some((p.id?.to_string(), p.name.clone()))));
        all
    };
    let body = html! {
        header { h1 { (t.work_profiles()) } }
        p.quiet { (t.work_profiles_intro()) }
        @if page.all.is_empty() { (parts::empty(t.work_profiles_empty(), None)) }
        @else {
            (parts::table(t.work_profiles(), &heads, &cells))
            section.card {
                (given(frame, "/settings/profiles/team", t.work_team_profile(), &page.team, &choices(t.work_standard())))
                @for (agent, own) in &page.people {
                    (given(frame, &format!("/settings/profiles/people/{}", agent.id), &t.work_person_profile(&agent.name), own, &choices(t.work_of_team())))
                }
            }
        }
        section.card { (form(frame, "/settings/profiles", (typed, &page.kinds), t.form_add())) }
    };
    parts::settings(frame, "/settings/profiles", &body)
}

fn given(frame: &Frame, action: &str, label: &str, value: &str, choices: &[(String, String)]) -> Markup {
    html! {
        form.line method="post" action=(action) {
            (frame.token())
            label { (label) " "
                select name="profile" { @for (id, words) in choices { option value=(id) selected[id == value] { (words) } } }
            }
            button.button.edged type="submit" { (frame.texts.form_save()) span.hidden { ": " (label) } }
        }
    }
}

/// What the form shows of a profile.
pub fn of_profile(profile: &Profile) -> Typed {
    let typed = Media::ALL.iter().fold(
        Typed::default().with("name", &profile.name).with("blend", profile.blend.as_str()),
        |typed, media| {
            typed.with(media.as_str(), profile.capacity.get(media).copied().unwrap_or(0).to_string())
        },
    );
    let typed = typed.with("outbound_most", profile.outbound_most.to_string());
    profile.outbound.iter().fold(typed, |typed, kind| typed.with(&begins(*kind), "on"))
}

/// The name of the box that lets people begin on a kind of channel.
pub fn begins(kind: Kind) -> String {
    format!("outbound_{}", kind.as_str())
}

/// One profile.
pub fn profile(frame: &Frame, profile: &Profile, (typed, kinds): (&Typed, &[Kind])) -> Markup {
    let t = &frame.texts;
    let at = format!("/settings/profiles/{}", profile.id.map(|id| id.to_string()).unwrap_or_default());
    let body = html! {
        header { h1 { (profile.name) } }
        (form(frame, &at, (typed, kinds), t.form_save()))
        section.card {
            p { (t.work_profile_delete_hint()) }
            (parts::one_button(frame, &format!("{at}/delete"), t.form_delete()))
        }
    };
    parts::settings(frame, "/settings/profiles", &body)
}

fn form(frame: &Frame, action: &str, (typed, kinds): (&Typed, &[Kind]), main: &str) -> Markup {
    let t = &frame.texts;
    let blends: Vec<(String, String)> =
        Blend::ALL.map(|one| (one.as_str().to_owned(), blend(t, one).to_owned())).to_vec();
    html! {
        @if let Some(problem) = typed.problem(t, &frame.zone, &["name", "blend", "outbound_most"]) { (parts::problem(&problem)) }
        form.stack method="post" action=(action) {
            (frame.token())
            (parts::text(&Field { required: true, ..typed.field(t, "name", t.form_name()) }, "text"))
            (parts::select(&typed.field(t, "blend", t.work_blend()), &blends))
            fieldset.field {
                legend { (t.work_automatic()) }
                div.pair {
                    @for one in Media::DEALT {
                        (parts::text(&typed.field(t, one.as_str(), &t.work_capacity(media(t, one))), "number"))
                    }
                }
                p.hint { (t.work_automatic_hint()) }
            }
            fieldset.field {
                legend { (t.work_outbound()) }
                @for one in kinds {
                    (parts::check(&typed.field(t, &begins(*one), kind::name(t, *one))))
                }
                p.hint { (t.work_outbound_hint()) }
            }
            (parts::text(&typed.field(t, "outbound_most", t.work_outbound_most()), "number"))
            (parts::actions(main, None))
        }
    }
}

/// The reasons for taking no work.
pub fn idle(frame: &Frame, reasons: &[IdleReason], typed: &Typed) -> Markup {
    let t = &frame.texts;
    let cells = html! {
        @for reason in reasons {
            tr {
                td { (reason.name) }
                td { (parts::one_button(frame, &format!("/settings/idle-reasons/{}/archive", reason.id), t.reasons_archive())) }
            }
        }
    };
    let body = html! {
        header { h1 { (t.work_idle_reasons()) } }
        p.quiet { (t.work_idle_intro()) }
        @if reasons.is_empty() { (parts::empty(t.work_idle_empty(), None)) }
        @else { (parts::table(t.work_idle_reasons(), &[t.form_name(), t.form_actions()], &cells)) }
        section.card {
            form.stack method="post" action="/settings/idle-reasons" {
                (frame.token())
                (parts::text(&Field { required: true, ..typed.field(t, "name", t.form_name()) }, "text"))
                (parts::actions(t.form_add(), None))
            }
        }
    };
    parts::settings(frame, "/settings/idle-reasons", &body)
}
