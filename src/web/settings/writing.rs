//! What happens when the team writes: numbers that should not leave, reasons after sending, and what stands below mails.

use crate::actions::{letter, setting, writing};
use crate::domain::Id;
use crate::domain::channel::Channel;
use crate::store;
use crate::store::setting::key;
use crate::templates;
use crate::templates::settings::writing::Entry;
use crate::templates::typed::Typed;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;

const KEYS: [&str; 3] = [key::SENSITIVE, key::WRAPUP_ON_SEND, key::INLINE_PICTURES];

/// The page.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let typed = kept(cx)?;
    page(cx, &typed)
}

fn kept(cx: &Cx<'_>) -> Result<Typed, Failure> {
    let [sensitive, wrapup, pictures] = cx.read(|c| {
        let kept = |key| store::setting::get(c, key);
        Ok::<_, store::Error>([kept(KEYS[0])?, kept(KEYS[1])?, kept(KEYS[2])?])
    })?;
    Ok(Typed::default()
        .with(KEYS[0], sensitive.unwrap_or_else(|| "warn".to_owned()))
        .with(KEYS[1], if wrapup.is_some() { "on" } else { "" })
        .with(KEYS[2], if pictures.is_some() { "on" } else { "" }))
}

fn page(cx: &Cx<'_>, typed: &Typed) -> Result<Response, Failure> {
    let (entries, reached) = cx.read(|c| {
        let mut entries = Vec::new();
        for channel in store::channel::all(c)?.into_iter().filter(letter::is_mail) {
            let signature = store::setting::get(c, &key::signature_of_channel(channel.id.get()))?;
            let quotes = letter::quotes(c, &channel)?;
            entries.push(Entry {
                id: channel.id,
                name: channel.name,
                signature: signature.unwrap_or_default(),
                quotes,
            });
        }
        Ok::<_, Failure>((entries, store::setting::get(c, key::REACHED_AT)?.is_some()))
    })?;
    let frame = forms::frame(cx, cx.texts.frame_writing())?;
    Ok(cx.page(&frame, &templates::settings::writing::page(&frame, typed, &entries, reached)))
}

/// Saves what holds for the team.
pub fn change(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let ticked = |key| if cx.form.get(key).is_some() { "yes" } else { "" }.to_owned();
    let changes: Vec<setting::Change> = vec![
        (KEYS[0], cx.form.trimmed(KEYS[0]).to_owned()),
        (KEYS[1], ticked(KEYS[1])),
        (KEYS[2], ticked(KEYS[2])),
    ];
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    match forms::outcome(cx.write(move |tx| setting::change(tx, &by, &changes, now)))? {
        Ok(()) => Ok(Response::redirect("/settings/writing?done=saved")),
        Err(refused) => {
            let typed = forms::typed(cx, &KEYS).refused(refused.clone());
            Ok(forms::back(page(cx, &typed)?, &refused))
        }
    }
}

/// Saves what stands below the mails of one entry point.
pub fn entry_point(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Channel> = cx.param("id")?;
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let signature = cx.form.get("signature").unwrap_or("").replace("\r\n", "\n");
    let quotes = cx.form.get("quotes").is_some();
    match forms::outcome(cx.write(move |tx| writing::entry_point(tx, &by, id, (&signature, quotes), now)))? {
        Ok(()) => Ok(Response::redirect("/settings/writing?done=saved")),
        Err(refused) => {
            let typed = kept(cx)?.refused(refused.clone());
            Ok(forms::back(page(cx, &typed)?, &refused))
        }
    }
}
