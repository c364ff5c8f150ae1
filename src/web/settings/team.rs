//! The team's own settings.

use crate::actions::setting;
use crate::store;
use crate::store::setting::key;
use crate::templates;
use crate::templates::setup::Choices;
use crate::templates::typed::Typed;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;

/// The settings on this page; the fields of the form have their names.
const KEYS: [&str; 10] = [
    key::TEAM,
    key::LANGUAGE,
    key::TIME_ZONE,
    key::COUNTRY,
    key::SUPPORT_URL,
    key::UNDO_SECONDS,
    key::NUDGE_MINUTES,
    key::FILE_QUOTA,
    key::SECOND_FACTOR,
    key::ALERTS,
];

/// The page.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let typed = cx.read(|connection| {
        let mut typed = Typed::default().with(key::TIME_ZONE, "UTC").with(key::LANGUAGE, "en");
        for name in KEYS {
            if let Some(value) = store::setting::get(connection, name)? {
                typed = typed.with(name, value);
            }
        }
        Ok::<_, store::Error>(typed)
    })?;
    page(cx, &typed)
}

fn page(cx: &Cx<'_>, typed: &Typed) -> Result<Response, Failure> {
    let choices = Choices {
        languages: forms::languages(),
        zones: forms::zones(),
        countries: forms::countries(&cx.texts),
    };
    let frame = forms::frame(cx, cx.texts.frame_team())?;
    Ok(cx.page(&frame, &templates::settings::team::page(&frame, &choices, typed)))
}

/// Saves the settings.
pub fn change(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let changes: Vec<setting::Change> =
        KEYS.iter().map(|name| (*name, cx.form.trimmed(name).to_owned())).collect();
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    match forms::outcome(cx.write(move |tx| setting::change(tx, &by, &changes, now)))? {
        Ok(()) => Ok(Response::redirect("/settings/team?done=saved")),
        Err(refused) => {
            let typed = forms::typed(cx, &KEYS).refused(refused.clone());
            Ok(forms::back(page(cx, &typed)?, &refused))
        }
    }
}
