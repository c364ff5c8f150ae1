//! How long is kept what was said on one channel.

use crate::actions::retention;
use crate::domain::Id;
use crate::domain::Refused;
use crate::domain::channel::Channel;
use crate::domain::retention::{Amount, Rule};
use crate::store;
use crate::templates;
use crate::templates::typed::Typed;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;

/// The fields of the form.
const FIELDS: [&str; 4] = ["conversations", "files", "letters", "texts"];

/// The page.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id = cx.param("id")?;
    let rule = cx.read(|c| store::retention::get(c, id))?;
    let text = |days: Option<u32>| days.map(|days| days.to_string()).unwrap_or_default();
    let typed = Typed::default()
        .with("conversations", text(rule.conversations))
        .with("files", text(rule.files))
        .with("letters", text(rule.letters))
        .with("texts", text(rule.texts));
    page(cx, id, &typed, None)
}

fn page(cx: &Cx<'_>, id: Id<Channel>, typed: &Typed, foretold: Option<Amount>) -> Result<Response, Failure> {
    let channel = cx.read(|c| store::channel::get(c, id))?.ok_or(Failure::NotFound)?;
    let frame = forms::frame(cx, cx.texts.retention_title(&channel.name))?;
    Ok(cx.page(&frame, &templates::settings::retention::page(&frame, &channel, typed, foretold)))
}

/// Saves the rule, or tells what would go by it.
pub fn change(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Channel> = cx.param("id")?;
    // Told before a field is looked at.
    cx.read(|c| store::channel::get(c, id))?.ok_or(Failure::NotFound)?;
    let typed = forms::typed(cx, &FIELDS);
    let rule = match rule(cx) {
        Ok(rule) => rule,
        Err(refused) => {
            let typed = typed.refused(refused.clone());
            return Ok(forms::back(page(cx, id, &typed, None)?, &refused));
        }
    };
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    if cx.form.get("look").is_some() {
        let foretold = cx.read(|c| retention::foretell(c, id, rule, now))?;
        return page(cx, id, &typed, Some(foretold));
    }
    cx.write(move |tx| retention::set(tx, &by, id, rule, now))?;
    Ok(Response::redirect(&format!("/settings/channels/{id}/retention?done=saved")))
}

fn rule(cx: &Cx<'_>) -> Result<Rule, Refused> {
    let days = |name: &'static str| retention::days(name, cx.form.trimmed(name));
    Ok(Rule {
        conversations: days("conversations")?,
        files: days("files")?,
        letters: days("letters")?,
        texts: days("texts")?,
    })
}
