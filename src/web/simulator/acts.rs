//! What one does on a phone: write, send a picture or a place, react, read, opt out.

use std::time::Duration;

use serde_json::Value;

use super::delivery::Player;
use super::{page, phone, stage};
use crate::actions::simulate;
use crate::domain::channel::{Channel, Kind};
use crate::domain::refused::Problem;
use crate::domain::{Refused, phone as numbers};
use crate::random;
use crate::store::event;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::Response;

/// How long a plain form waits for the desk to have read in what was sent, so that the page shows it.
const PATIENCE: Duration = Duration::from_millis(400);

/// `POST /simulator/ID/say`: a text, the picture or a place, by the button that was pressed.
pub fn say(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let phone = phone(cx)?;
    let (value, name) = (value(cx, &phone)?, cx.form.trimmed("name").to_owned());
    let player = Player { value: &value, name: &name };
    let (text, id) = (cx.form.trimmed("text"), format!("sim-in-{}", random::key()));
    let body = match cx.form.trimmed("what") {
        "picture" => player.picture(&id, text, cx.now),
        "location" => player.location(&id, cx.texts.simulator_place(), cx.now),
        _ if text.is_empty() => return Err(Refused::Empty.into()),
        _ => player.text(&id, text, cx.now),
    };
    deliver(cx, &phone, &value, &id, body)
}

/// `POST /simulator/ID/react`.
pub fn react(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let phone = phone(cx)?;
    let value = value(cx, &phone)?;
    let emoji: String = cx.form.trimmed("emoji").chars().take(8).collect();
    let body = Player { value: &value, name: "" }.reaction(cx.form.trimmed("message"), &emoji, cx.now);
    deliver(cx, &phone, &value, &random::key(), body)
}

/// `POST /simulator/ID/receipt`: the phone has received, or the person has read, everything of ours.
pub fn receipt(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let phone = phone(cx)?;
    let value = value(cx, &phone)?;
    let state = if cx.form.trimmed("state") == "delivered" { "delivered" } else { "read" };
    let body = Player { value: &value, name: "" }.watermark(state, cx.now);
    deliver(cx, &phone, &value, &random::key(), body)
}

/// `POST /simulator/ID/consent`: no more messages, please; or: messages again.
pub fn consent(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let phone = phone(cx)?;
    let value = value(cx, &phone)?;
    let allowed = Value::Bool(cx.form.trimmed("allowed") == "yes");
    let body = Player { value: &value, name: "" }.consent(&allowed, cx.now);
    deliver(cx, &phone, &value, &random::key(), body)
}

/// Who is played, in the form in which the channel knows its people.
fn value(cx: &Cx<'_>, phone: &Channel) -> Result<String, Failure> {
    let value = cx.form.trimmed("from");
    if value.is_empty() || value.len() > 120 {
        return Err(Refused::Field { field: "from", problem: Problem::Missing }.into());
    }
    let digits = value.chars().all(|letter| letter.is_ascii_digit() || " +-().".contains(letter));
    Ok(match phone.card.speaks_as {
        Kind::Whatsapp | Kind::Sms if digits => numbers::from_provider(value),
        Kind::Email => value.to_lowercase(),
        _ => value.to_owned(),
    })
}

fn deliver(
    cx: &Cx<'_>,
    phone: &Channel,
    value: &str,
    word: &str,
    body: Vec<u8>,
) -> Result<Response, Failure> {
    let (by, stage, now) = (cx.viewer()?.clone(), stage(cx), cx.now);
    let (to, word) = (phone.id, word.to_owned());
    let live = &cx.app.desk.live;
    let before = live.count(event::DESK);
    cx.write(move |tx| simulate::deliver(tx, (&by, stage), to, (&word, &body), now))?;
    live.wait(event::DESK, before, PATIENCE);
    Ok(Response::redirect(&page::back(cx, Some((phone.id, value)))))
}
