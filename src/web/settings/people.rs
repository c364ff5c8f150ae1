//! The people of the team.

use crate::actions::agent::{self, Change, New};
use crate::domain::agent::{Agent, Role};
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused, Timestamp};
use crate::random;
use crate::store::{self, invitation};
use crate::templates;
use crate::templates::settings::people::Row;
use crate::templates::typed::Typed;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;
use crate::web::session;

const FIELDS: [&str; 3] = ["name", "email", "role"];

/// Everybody.
pub fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    page(cx, &Typed::default().with("role", Role::Agent.as_str()))
}

fn page(cx: &Cx<'_>, typed: &Typed) -> Result<Response, Failure> {
    let rows = cx.read(|connection| {
        let people = store::agent::all(connection)?;
        people.into_iter().map(|agent| row(connection, agent, cx.now)).collect::<store::Result<Vec<_>>>()
    })?;
    let frame = forms::frame(cx, cx.texts.frame_people())?;
    Ok(cx.page(&frame, &templates::settings::people::list(&frame, &rows, typed)))
}

fn row(connection: &store::Connection, agent: Agent, now: Timestamp) -> store::Result<Row> {
    let invited_until = invitation::of_agent(connection, agent.id, now)?;
    let has_password = !store::agent::password_hash(connection, agent.id)?.is_empty();
    let second_factor = store::second_factor::is_on(connection, agent.id)?;
    let issuer = store::setting::provider(connection)?.map(|provider| provider.issuer);
    let tied =
        issuer.map(|issuer| store::identity::since(connection, agent.id, &issuer)).transpose()?.flatten();
    Ok(Row { agent, invited_until, has_password, second_factor, tied })
}

fn role(cx: &Cx<'_>) -> Result<Role, Failure> {
    let word = cx.form.trimmed("role");
    word.parse().map_err(|()| forms::wrong("role", Problem::Unknown).into())
}

/// Adds somebody: with a first password, or with a link to set one.
pub fn add(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    match forms::outcome(added(cx))? {
        Ok((_, None)) => Ok(Response::redirect("/settings/people?done=saved")),
        Ok((name, Some((token, until)))) => shown(cx, &name, &token, until),
        Err(refused) => {
            let typed = forms::typed(cx, &FIELDS).refused(refused.clone());
            Ok(forms::back(page(cx, &typed)?, &refused))
        }
    }
}

/// The name, and the link with its end where one was made.
type Added = (String, Option<(String, Timestamp)>);

fn added(cx: &Cx<'_>) -> Result<Added, Failure> {
    let (name, email) = (cx.form.trimmed("name").to_owned(), cx.form.trimmed("email").to_owned());
    let invite = cx.form.get("password").unwrap_or("").is_empty();
    let password_hash = if invite { String::new() } else { forms::new_password(cx, &[&name, &email])? };
    let new = New { email, name: name.clone(), role: role(cx)?, password_hash };
    let (by, now, token) = (cx.viewer()?.clone(), cx.now, random::token());
    let hash = session::hash(&token);
    let until = cx.write(move |tx| {
        let id = agent::add(tx, &by, &new, now)?;
        if invite { agent::invite(tx, &by, id, &hash, now).map(Some) } else { Ok(None) }
    })?;
    Ok((name, until.map(|until| (token, until))))
}

fn shown(cx: &Cx<'_>, name: &str, token: &str, until: Timestamp) -> Result<Response, Failure> {
    let link = format!("{}/invitation/{token}", super::base(cx));
    let frame = cx.frame(cx.texts.people_link_title(name))?;
    Ok(cx.page(&frame, &templates::settings::people::link(&frame, name, &link, until)))
}

/// One person.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let row = found(cx)?;
    let who = &row.agent;
    let typed =
        Typed::default().with("name", &who.name).with("email", &who.email).with("role", who.role.as_str());
    one(cx, &row, &typed)
}

fn found(cx: &Cx<'_>) -> Result<Row, Failure> {
    let id: Id<Agent> = cx.param("id")?;
    cx.read(|connection| {
        let who = store::agent::get(connection, id)?;
        who.map(|agent| row(connection, agent, cx.now)).transpose()
    })?
    .ok_or(Failure::NotFound)
}

fn one(cx: &Cx<'_>, row: &Row, typed: &Typed) -> Result<Response, Failure> {
    let frame = forms::frame(cx, &row.agent.name)?;
    Ok(cx.page(&frame, &templates::settings::people::person(&frame, row, typed)))
}

fn again(cx: &Cx<'_>, refused: &Refused) -> Result<Response, Failure> {
    let row = found(cx)?;
    let typed = forms::typed(cx, &FIELDS);
    // A button that was refused brings no fields along.
    let typed = if cx.form.get("name").is_some() {
        typed
    } else {
        typed
            .with("name", &row.agent.name)
            .with("email", &row.agent.email)
            .with("role", row.agent.role.as_str())
    };
    Ok(forms::back(one(cx, &row, &typed.refused(refused.clone()))?, refused))
}

/// Changes a person.
pub fn change(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Agent> = cx.param("id")?;
    let change = Change {
        name: cx.form.trimmed("name").to_owned(),
        email: cx.form.trimmed("email").to_owned(),
        role: match forms::outcome(role(cx))? {
            Ok(role) => role,
            Err(refused) => return again(cx, &refused),
        },
    };
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    match forms::outcome(cx.write(move |tx| agent::change(tx, &by, id, &change, now)))? {
        Ok(()) => Ok(Response::redirect("/settings/people?done=saved")),
        Err(refused) => again(cx, &refused),
    }
}

/// Lets a person out.
pub fn disable(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    match forms::outcome(cx.write(move |tx| agent::disable(tx, &by, id, now)))? {
        Ok(()) => Ok(Response::redirect("/settings/people?done=done")),
        Err(refused) => again(cx, &refused),
    }
}

/// Lets a person in again.
pub fn enable(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| agent::enable(tx, &by, id, now))?;
    Ok(Response::redirect("/settings/people?done=done"))
}

/// Makes a link with which the person sets a password.
pub fn link(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let row = found(cx)?;
    let (by, now, id, token) = (cx.viewer()?.clone(), cx.now, row.agent.id, random::token());
    let hash = session::hash(&token);
    let until = cx.write(move |tx| agent::invite(tx, &by, id, &hash, now))?;
    shown(cx, &row.agent.name, &token, until)
}

/// Loosens the tie to an account at the provider of identities.
pub fn loosen(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| crate::actions::identity::loosen(tx, &by, id, now))?;
    Ok(Response::redirect("/settings/people?done=done"))
}

/// Takes the second factor of somebody away who has lost it.
pub fn reset_factor(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| crate::actions::second_factor::remove(tx, &by, id, now))?;
    Ok(Response::redirect("/settings/people?done=done"))
}
