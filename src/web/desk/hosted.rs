//! Pictures inside letters: put into a text, looked at by the team, and fetched by whoever reads the letter.

use crate::actions::hosted::{self, Found};
use crate::domain::{Refused, Timestamp, rich};
use crate::i18n::refusal;
use crate::store::hosted::Hosted;
use crate::web::form::Upload;
use crate::web::http::Response;
use crate::web::{Cx, Failure};

/// The field of a form that holds a picture for the text.
const FIELD: &str = "picture";
/// For how long a browser or a mail service keeps a picture, in seconds.
const KEPT: i64 = 86_400;

/// Keeps a picture and answers with the mark that stands for it in the text; for the editor. A refusal is its sentence.
pub fn add(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let file = taken(cx).ok_or(Failure::Bad(FIELD))?;
    match keep(cx, file) {
        Ok(mark) => Ok(Response::text(201, &mark)),
        Err(Failure::Refused(refused)) => {
            let status = Failure::Refused(refused.clone()).status();
            Ok(Response::text(status, &said(cx, &refused)))
        }
        Err(other) => Err(other),
    }
}

fn said(cx: &Cx<'_>, refused: &Refused) -> String {
    let (t, zone) = (&cx.texts, &cx.zone);
    format!("{} {}", refusal::sentence(t, refused, zone), refusal::fix(t, refused, zone))
}

/// The picture that came with this form.
pub(super) fn taken(cx: &mut Cx<'_>) -> Option<Upload> {
    let place = cx.form.files.iter().position(|file| file.field == FIELD)?;
    Some(cx.form.files.remove(place))
}

/// Keeps it; the mark for the text.
pub(super) fn keep(cx: &Cx<'_>, file: Upload) -> Result<String, Failure> {
    let (viewer, now) = (cx.viewer()?.clone(), cx.now);
    let last = file.name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name = last.rsplit_once('.').map_or(last, |(name, _)| name);
    let words: String = name.chars().filter(|c| !c.is_control()).take(80).collect();
    let address = cx.write(move |tx| hosted::add(tx, &viewer, file.bytes, now))?;
    Ok(format!("![{}]({address})", rich::escaped(&words)))
}

/// A picture for somebody of the team.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let key: String = cx.param("key")?;
    let viewer = cx.viewer()?;
    let picture = cx.read(|c| hosted::seen(c, viewer, &key))?;
    Ok(bytes(picture).with_header("Cache-Control", "private, max-age=3600"))
}

/// A picture for whoever has the letter; no sign-in, but a signature, and an end.
pub fn public(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (key, until, seal): (String, i64, String) = (cx.param("key")?, cx.param("until")?, cx.param("seal")?);
    let until = Timestamp(until);
    match cx.read(|c| hosted::found(c, (&key, until, &seal), cx.now))? {
        Found::Picture(picture) => {
            let left = KEPT.min(until.since(cx.now).0 / 1000);
            Ok(bytes(picture)
                // Pages of mail services show it.
                .with_header("Cross-Origin-Resource-Policy", "cross-origin")
                .with_header("Cache-Control", format!("public, max-age={left}")))
        }
        Found::Over => Ok(Response::text(410, cx.texts.letter_picture_over())),
    }
}

fn bytes(picture: Hosted) -> Response {
    Response::new(200)
        .with_header("Content-Type", picture.media_type)
        .with_header("Content-Disposition", "inline; filename=\"picture\"")
        .with_header("Content-Security-Policy", "default-src 'none'; sandbox")
        .with_body(picture.bytes)
}
