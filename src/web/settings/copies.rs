//! The copies that the desk makes of its file: when, which there are, and a way to take one away.

use std::fs::File;

use crate::actions::{self, setting};
use crate::domain::Id;
use crate::domain::copies::Made;
use crate::store;
use crate::store::copy;
use crate::store::setting::key;
use crate::templates;
use crate::templates::settings::copies::Copies;
use crate::templates::typed::Typed;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::{Content, Response};
use crate::web::people;
use crate::web::settings::status;

/// The settings on this page; the fields of the form have their names.
const KEYS: [&str; 3] = [key::COPIES_HOUR, key::COPIES_DAILY, key::COPIES_WEEKLY];

/// How many are shown.
const SHOWN: u32 = 30;

/// The page.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let rota = cx.read(copy::rota)?;
    let typed = Typed::default()
        .with(key::COPIES_HOUR, rota.hour.to_string())
        .with(key::COPIES_DAILY, rota.daily.to_string())
        .with(key::COPIES_WEEKLY, rota.weekly.to_string());
    page(cx, &typed)
}

fn page(cx: &Cx<'_>, typed: &Typed) -> Result<Response, Failure> {
    let desk = &cx.app.desk;
    let made = cx.read(|connection| copy::newest(connection, SHOWN))?;
    let folder = desk.copies_folder();
    let made = made.into_iter().map(|made| (folder.join(&made.name).exists(), made)).collect();
    let (folder, working) = (folder.display().to_string(), desk.copies.is_working());
    let copies = Copies { made, folder, working, plain: status::copies(desk.copies.guard()) };
    let frame = forms::frame(cx, cx.texts.frame_copies())?;
    Ok(cx.page(&frame, &templates::settings::copies::page(&frame, &copies, typed)))
}

/// Saves when copies are made and how many are kept.
pub fn change(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let changes: Vec<setting::Change> =
        KEYS.iter().map(|name| (*name, cx.form.trimmed(name).to_owned())).collect();
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    match forms::outcome(cx.write(move |tx| setting::change(tx, &by, &changes, now)))? {
        Ok(()) => Ok(Response::redirect("/settings/copies?done=saved")),
        Err(refused) => {
            let typed = forms::typed(cx, &KEYS).refused(refused.clone());
            Ok(forms::back(page(cx, &typed)?, &refused))
        }
    }
}

/// Has a copy made at once.
pub fn make(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    cx.viewer()?.must_be(crate::domain::agent::Role::Admin)?;
    let desk = &cx.app.desk;
    desk.copies.want();
    desk.live.tell(&[store::copies::TOPIC.to_owned()].into());
    Ok(Response::redirect("/settings/copies"))
}

/// Gives a copy to an administrator who knows the password of the account.
pub fn download(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Made> = cx.param("id")?;
    match forms::outcome(handed_out(cx, id))? {
        Ok((made, file, length)) => {
            let mut response = Response::download("application/vnd.sqlite3", &made.name);
            response.body = Content::File { file, len: length };
            Ok(response)
        }
        Err(refused) => {
            let rota = cx.read(copy::rota)?;
            let typed = Typed::default()
                .with(key::COPIES_HOUR, rota.hour.to_string())
                .with(key::COPIES_DAILY, rota.daily.to_string())
                .with(key::COPIES_WEEKLY, rota.weekly.to_string())
                .with("copy", id.to_string())
                .refused(refused.clone());
            Ok(forms::back(page(cx, &typed)?, &refused))
        }
    }
}

fn handed_out(cx: &Cx<'_>, id: Id<Made>) -> Result<(Made, File, u64), Failure> {
    let who = cx.who()?;
    let (by, now) = (who.viewer.clone(), cx.now);
    // First, so that a number which is none is told as that, and nothing is counted for it.
    let known =
        cx.read(|c| copy::get(c, id))?.filter(|made| made.wrong.is_none()).ok_or(Failure::NotFound)?;
    people::confirmed(cx)?;
    let file = File::open(cx.app.desk.copies_folder().join(&known.name)).map_err(lost)?;
    // Whatever can go wrong here has not, so the log says what happened.
    let length = file.metadata().map_err(lost)?.len();
    let made = cx.write(move |tx| actions::copies::hand_out(tx, &by, id, now))?;
    Ok((made, file, length))
}

fn lost(fault: std::io::Error) -> Failure {
    log::error!("a copy cannot be read: {fault}");
    Failure::NotFound
}
