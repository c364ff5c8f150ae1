//! One's own shortcuts: which key does what.

use crate::actions::keymap;
use crate::domain::keys::Act;
use crate::templates::keys as pages;
use crate::templates::typed::Typed;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;

const PAGE: &str = "/settings/keys";

/// The page.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let keymap = &cx.who()?.agent.keymap;
    let typed = Act::ALL
        .iter()
        .fold(Typed::default(), |typed, act| typed.with(act.as_str(), keymap.key(*act).unwrap_or_default()));
    page(cx, &typed)
}

fn page(cx: &Cx<'_>, typed: &Typed) -> Result<Response, Failure> {
    let frame = forms::frame(cx, cx.texts.frame_keys())?;
    Ok(cx.page(&frame, &pages::page(&frame, typed)))
}

/// Keeps the chosen keys.
pub fn choose(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let typed: Vec<(Act, String)> =
        Act::ALL.map(|act| (act, cx.form.trimmed(act.as_str()).to_owned())).to_vec();
    save(cx, typed)
}

/// Brings the usual keys back.
pub fn reset(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    save(cx, Vec::new())
}

fn save(cx: &Cx<'_>, typed: Vec<(Act, String)>) -> Result<Response, Failure> {
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    match forms::outcome(cx.write(move |tx| keymap::choose(tx, &by, &typed, now)))? {
        Ok(()) => Ok(Response::redirect(&format!("{PAGE}?done=saved"))),
        Err(refused) => {
            let typed = forms::typed(cx, &Act::ALL.map(Act::as_str)).refused(refused.clone());
            Ok(forms::back(page(cx, &typed)?, &refused))
        }
    }
}
