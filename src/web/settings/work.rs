//! How work comes to people: the rules of a queue, the profiles, the reasons for taking none.

use crate::actions::{profile, queue};
use crate::channels;
use crate::domain::agent::Agent;
use crate::domain::availability::{IdleReason, Media};
use crate::domain::channel::{Kind, Settings};
use crate::domain::profile::Profile;
use crate::domain::queue::{Mode, Queue, Rules, Spread};
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused, Span};
use crate::store;
use crate::templates::settings::work as pages;
use crate::templates::typed::Typed;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;

/// The fields of a queue's rules.
pub const RULES: [&str; 8] =
    ["mode", "spread", "offer_for", "gone_after", "release", "purpose", "priority", "language"];

fn number(cx: &Cx<'_>, field: &'static str) -> Result<i64, Refused> {
    cx.form.trimmed(field).parse().map_err(|_| forms::wrong(field, Problem::NotANumber))
}

/// Changes how the work of a queue comes to people. What the form does not ask stays as it is.
pub fn rule(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Queue> = cx.param("id")?;
    let found = cx.read(|connection| store::queue::get(connection, id))?.ok_or(Failure::NotFound)?;
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let outcome = ruled(cx, &found)
        .map_err(Failure::from)
        .and_then(|(mode, rules)| cx.write(move |tx| queue::rule(tx, &by, id, (mode, &rules), now)));
    match forms::outcome(outcome)? {
        Ok(()) => Ok(Response::redirect(&format!("/settings/queues/{id}?done=saved"))),
        Err(refused) => {
            let typed = forms::typed(cx, &RULES).refused(refused.clone());
            Ok(forms::back(super::queues::with_rules(cx, &found, &typed)?, &refused))
        }
    }
}

fn ruled(cx: &Cx<'_>, queue: &Queue) -> Result<(Mode, Rules), Refused> {
    let mode = cx.form.trimmed("mode").parse().map_err(|()| forms::wrong("mode", Problem::Unknown))?;
    let spread = match cx.form.trimmed("spread") {
        "round_robin" => Spread::RoundRobin,
        "least_busy" => Spread::LeastBusy,
        _ => return Err(forms::wrong("spread", Problem::Unknown)),
    };
    let language = cx.form.trimmed("language").to_owned();
    if !language.is_empty() && !forms::languages().iter().any(|(code, _)| *code == language) {
        return Err(forms::wrong("language", Problem::Unknown));
    }
    let rules = Rules {
        purpose: cx.form.trimmed("purpose").to_owned(),
        priority: number(cx, "priority")?,
        language,
        spread,
        offer_for: Span(number(cx, "offer_for")?.saturating_mul(1000)),
        release_when_gone: cx.form.get("release").is_some(),
        gone_after: Span(number(cx, "gone_after")?.saturating_mul(60_000)),
        ..queue.rules.clone()
    };
    Ok((mode, rules))
}

/// Every profile, and who has which.
pub fn profiles(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    profiles_page(cx, &pages::of_profile(&Profile::default()))
}

fn profiles_page(cx: &Cx<'_>, typed: &Typed) -> Result<Response, Failure> {
    let page = cx.read(|c| {
        let mut people = Vec::new();
        for agent in store::agent::all(c)?.into_iter().filter(|agent| agent.disabled_at.is_none()) {
            let own = store::profile::own(c, agent.id)?;
            people.push((agent, own.map(|id| id.to_string()).unwrap_or_default()));
        }
        let team = store::setting::get(c, store::setting::key::PROFILE)?.unwrap_or_default();
        Ok::<_, store::Error>(pages::Profiles { all: store::profile::all(c)?, team, people, kinds: kinds() })
    })?;
    let frame = forms::frame(cx, cx.texts.work_profiles())?;
    Ok(cx.page(&frame, &pages::profiles(&frame, &page, typed)))
}

fn wanted(cx: &Cx<'_>, before: Profile) -> Result<Profile, Refused> {
    let mut capacity = before.capacity;
    for media in Media::DEALT {
        let most = cx.form.trimmed(media.as_str()).parse();
        capacity.insert(media, most.map_err(|_| forms::wrong(media.as_str(), Problem::NotANumber))?);
    }
    let blend = cx.form.trimmed("blend").parse().map_err(|()| forms::wrong("blend", Problem::Unknown))?;
    let (mut outbound, mut outbound_most) = (before.outbound, before.outbound_most);
    if cx.form.get("outbound_most").is_some() {
        outbound_most = cx
            .form
            .trimmed("outbound_most")
            .parse()
            .map_err(|_| forms::wrong("outbound_most", Problem::NotANumber))?;
        outbound = kinds().into_iter().filter(|kind| cx.form.get(&pages::begins(*kind)).is_some()).collect();
    }
    let name = cx.form.trimmed("name").to_owned();
    Ok(Profile { id: before.id, name, blend, capacity, outbound, outbound_most })
}

/// The kinds of channel on which anybody can begin a conversation.
fn kinds() -> Vec<Kind> {
    let starts = |kind: &Kind| channels::card(*kind, &Settings::new()).starts_with.is_some();
    Kind::ALL.into_iter().filter(|kind| *kind != Kind::Simulator).filter(starts).collect()
}

/// What was typed into the form of a profile.
fn typed_profile(cx: &Cx<'_>) -> Typed {
    let typed = forms::typed(cx, &PROFILE);
    kinds().into_iter().map(pages::begins).fold(typed, |typed, name| {
        let ticked = cx.form.get(&name).unwrap_or("").to_owned();
        typed.with(&name, ticked)
    })
}

fn put(cx: &Cx<'_>, before: Profile) -> Result<Result<Id<Profile>, Refused>, Failure> {
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let outcome = wanted(cx, before)
        .map_err(Failure::from)
        .and_then(|wanted| cx.write(move |tx| profile::put(tx, &by, &wanted, now)));
    forms::outcome(outcome)
}

const PROFILE: [&str; 6] = ["name", "blend", "chat", "social", "email", "outbound_most"];

/// Adds a profile.
pub fn add_profile(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    match put(cx, Profile::default())? {
        Ok(_) => Ok(Response::redirect("/settings/profiles?done=saved")),
        Err(refused) => {
            let typed = typed_profile(cx).refused(refused.clone());
            Ok(forms::back(profiles_page(cx, &typed)?, &refused))
        }
    }
}

fn found(cx: &Cx<'_>) -> Result<Profile, Failure> {
    let id: Id<Profile> = cx.param("id")?;
    cx.read(|connection| store::profile::get(connection, id))?.ok_or(Failure::NotFound)
}

/// One profile.
pub fn profile(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let found = found(cx)?;
    profile_page(cx, &found, &pages::of_profile(&found))
}

fn profile_page(cx: &Cx<'_>, found: &Profile, typed: &Typed) -> Result<Response, Failure> {
    let frame = forms::frame(cx, &found.name)?;
    Ok(cx.page(&frame, &pages::profile(&frame, found, (typed, &kinds()))))
}

/// Changes a profile.
pub fn change_profile(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let found = found(cx)?;
    match put(cx, found.clone())? {
        Ok(_) => Ok(Response::redirect("/settings/profiles?done=saved")),
        Err(refused) => {
            let typed = typed_profile(cx).refused(refused.clone());
            Ok(forms::back(profile_page(cx, &found, &typed)?, &refused))
        }
    }
}

/// Takes a profile away.
pub fn delete_profile(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| profile::delete(tx, &by, id, now))?;
    Ok(Response::redirect("/settings/profiles?done=done"))
}

fn given(cx: &Cx<'_>) -> Result<Option<Id<Profile>>, Refused> {
    match cx.form.trimmed("profile") {
        "" => Ok(None),
        id => id.parse().map(Some).map_err(|_| forms::wrong("profile", Problem::Unknown)),
    }
}

/// Chooses the team's profile.
pub fn for_team(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, given(cx)?);
    cx.write(move |tx| profile::for_team(tx, &by, id, now))?;
    Ok(Response::redirect("/settings/profiles?done=saved"))
}

/// Gives somebody a profile.
pub fn give(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let who: Id<Agent> = cx.param("id")?;
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, given(cx)?);
    cx.write(move |tx| profile::give(tx, &by, who, id, now))?;
    Ok(Response::redirect("/settings/profiles?done=saved"))
}

/// The reasons for taking no work.
pub fn idle(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    idle_page(cx, &Typed::default())
}

fn idle_page(cx: &Cx<'_>, typed: &Typed) -> Result<Response, Failure> {
    let reasons = cx.read(store::availability::reasons)?;
    let frame = forms::frame(cx, cx.texts.work_idle_reasons())?;
    Ok(cx.page(&frame, &pages::idle(&frame, &reasons, typed)))
}

/// Adds a reason.
pub fn add_idle(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, name) = (cx.viewer()?.clone(), cx.now, cx.form.trimmed("name").to_owned());
    match forms::outcome(cx.write(move |tx| profile::add_reason(tx, &by, &name, now)))? {
        Ok(()) => Ok(Response::redirect("/settings/idle-reasons?done=saved")),
        Err(refused) => {
            let typed = forms::typed(cx, &["name"]).refused(refused.clone());
            Ok(forms::back(idle_page(cx, &typed)?, &refused))
        }
    }
}

/// Stops offering a reason.
pub fn archive_idle(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id): (_, _, Id<IdleReason>) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| profile::archive_reason(tx, &by, id, now))?;
    Ok(Response::redirect("/settings/idle-reasons?done=done"))
}
