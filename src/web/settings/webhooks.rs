//! Programs that are told what happens.

use crate::actions::webhook::{self, New};
use crate::domain::webhook as hook;
use crate::random;
use crate::store;
use crate::templates;
use crate::templates::settings::webhooks::Row;
use crate::templates::typed::Typed;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;

/// Every webhook with its last answer.
pub fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    page(cx, &Typed::default())
}

fn page(cx: &Cx<'_>, typed: &Typed) -> Result<Response, Failure> {
    let rows = cx.read(|connection| {
        let webhooks = store::webhook::all(connection)?;
        let ids: Vec<_> = webhooks.iter().map(|webhook| webhook.id).collect();
        let answers = store::webhook::answers(connection, &ids, 1)?;
        let of = |id| answers.iter().filter(|answer| answer.webhook == id).cloned().collect();
        let rows = webhooks.into_iter().map(|webhook| Row { answers: of(webhook.id), webhook });
        Ok::<_, store::Error>(rows.collect::<Vec<_>>())
    })?;
    let frame = forms::frame(cx, cx.texts.frame_webhooks())?;
    Ok(cx.page(&frame, &templates::settings::webhooks::list(&frame, &rows, typed)))
}

/// Adds a webhook and shows its secret, this once.
pub fn add(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let secret = random::token();
    match forms::outcome(added(cx, &secret))? {
        Ok(()) => {
            let frame = cx.frame(cx.texts.webhooks_fresh())?;
            Ok(cx.page(&frame, &templates::settings::webhooks::fresh(&frame, &secret)))
        }
        Err(refused) => {
            let typed = forms::typed(cx, &["url", "kinds"]).refused(refused.clone());
            Ok(forms::back(page(cx, &typed)?, &refused))
        }
    }
}

fn added(cx: &Cx<'_>, secret: &str) -> Result<(), Failure> {
    // In its normal form before it is sealed: the seal is tied to the address.
    let url = hook::url(cx.form.trimmed("url"))?;
    let kinds = cx.form.trimmed("kinds").split([' ', ',']).filter(|kind| !kind.is_empty());
    let new = New {
        kinds: kinds.map(str::to_owned).collect(),
        sealed: cx.app.desk.seal_webhook(&url, secret),
        url,
    };
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| webhook::add(tx, &by, &new, now))?;
    Ok(())
}

/// Takes a webhook away.
pub fn delete(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| webhook::remove(tx, &by, id, now))?;
    Ok(Response::redirect("/settings/webhooks?done=done"))
}
