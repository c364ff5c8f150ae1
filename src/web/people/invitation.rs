//! Setting a password by a link that an administrator gave: an invitation, or a way back in.

use super::Fresh;
use crate::actions::{self, sign_in};
use crate::domain::agent::Agent;
use crate::store::{self, invitation};
use crate::templates;
use crate::templates::login::Invitation;
use crate::templates::typed::Typed;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;
use crate::web::session;

/// The page behind the link.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    match invited(cx)? {
        // The page of the sign-in says why, and what to do.
        Some(who) if !cx.read(|c| sign_in::takes_password(c, &who))? => Ok(Response::redirect("/login")),
        Some(who) => page(cx, &who, &Typed::default()),
        None => over(cx),
    }
}

fn invited(cx: &Cx<'_>) -> Result<Option<Agent>, Failure> {
    let hash = session::hash(&cx.param::<String>("token")?);
    cx.read(|connection| {
        let Some((id, _)) = invitation::find(connection, &hash, cx.now)? else { return Ok(None) };
        let who = store::agent::get(connection, id)?;
        Ok::<_, store::Error>(who.filter(|who| who.disabled_at.is_none()))
    })
}

fn page(cx: &Cx<'_>, who: &Agent, typed: &Typed) -> Result<Response, Failure> {
    let frame = cx.frame(cx.texts.sign_in_invitation_title(&who.name))?;
    let shown = Invitation { name: &who.name, email: &who.email, typed };
    Ok(cx.page(&frame, &templates::login::invitation(&frame, &shown)))
}

fn over(cx: &Cx<'_>) -> Result<Response, Failure> {
    let frame = cx.frame(cx.texts.sign_in_over_title())?;
    Ok(Response { status: 404, ..cx.page(&frame, &templates::login::over(&frame)) })
}

/// Sets the password and signs in.
pub fn accept(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let Some(who) = invited(cx)? else { return over(cx) };
    let hash = match forms::outcome(forms::new_password(cx, &[&who.name, &who.email]))? {
        Ok(hash) => hash,
        Err(refused) => {
            let typed = Typed::default().refused(refused.clone());
            return Ok(forms::back(page(cx, &who, &typed)?, &refused));
        }
    };
    let link = session::hash(&cx.param::<String>("token")?);
    let fresh = Fresh::new(cx, who.id, hash, None)?;
    let (begin, now) = (fresh.begin.clone(), cx.now);
    let entered = cx.app.desk.writer.write(move |tx| {
        actions::agent::accept(tx, &link, &begin.checked, now)?;
        sign_in::begin(tx, &begin, now)
    });
    match entered {
        Ok(begun) => Ok(fresh.go(cx, begun, "/inbox")),
        // Somebody used the link in this moment.
        Err(actions::Error::NotFound) => over(cx),
        Err(other) => Err(other.into()),
    }
}
