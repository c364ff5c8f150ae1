//! The phones themselves, the trouble that their providers make, and the clock.

use std::collections::BTreeSet;

use super::delivery::Player;
use super::{page, phone, stage};
use crate::actions::simulate::{self, Move};
use crate::channels;
use crate::domain::channel::{Channel, Kind, Settings};
use crate::domain::{Id, Span};
use crate::random;
use crate::store::{self, event, inbound, outbox};
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::Response;

/// `POST /simulator/phones`: one more phone, of the kind whose button was pressed.
pub fn add(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let kind: Kind = cx.form.trimmed("kind").parse().map_err(|()| Failure::Bad("kind"))?;
    if kind == Kind::Simulator {
        return Err(Failure::Bad("kind"));
    }
    make(cx, kind)?;
    Ok(Response::redirect(&page::back(cx, None)))
}

fn make(cx: &Cx<'_>, kind: Kind) -> Result<Id<Channel>, Failure> {
    let settings =
        Settings::from([("speaks_as".into(), kind.as_str().into()), ("trouble".into(), "none".into())]);
    let name = free_name(cx, kind)?;
    let draft = channels::draft(Kind::Simulator, name, random::key(), settings, cx.now);
    let (by, stage, now) = (cx.viewer()?.clone(), stage(cx), cx.now);
    cx.write(move |tx| simulate::add(tx, &by, stage, &draft, now))
}

/// A name that no channel has yet, so that two phones of one kind can be told apart.
fn free_name(cx: &Cx<'_>, kind: Kind) -> Result<String, Failure> {
    let wanted = cx.texts.simulator_channel(crate::i18n::kind::name(&cx.texts, kind));
    let taken: BTreeSet<String> =
        cx.read(store::channel::all)?.into_iter().map(|channel| channel.name).collect();
    let numbered = (2..).map(|number| format!("{wanted} {number}"));
    Ok(std::iter::once(wanted.clone()).chain(numbered).find(|name| !taken.contains(name)).unwrap_or(wanted))
}

/// `POST /simulator/start`: three phones on which somebody has just written, to begin with. Those that
/// are there already are left as they are.
pub fn start(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let there: BTreeSet<Kind> = cx
        .read(store::channel::all)?
        .iter()
        .filter(|channel| channel.kind == Kind::Simulator)
        .map(|channel| channel.card.speaks_as)
        .collect();
    let t = cx.texts;
    let first = [
        (Kind::Whatsapp, "+34600900101", "Ana García", t.simulator_first_whatsapp()),
        (Kind::Sms, "+12025550123", "Ben Carter", t.simulator_first_sms()),
        (Kind::Messenger, "lucie.novak", "Lucie Nováková", t.simulator_first_messenger()),
    ];
    for (kind, value, name, text) in first {
        if there.contains(&kind) {
            continue;
        }
        let phone = make(cx, kind)?;
        let word = format!("sim-in-{}", random::key());
        let body = Player { value, name }.text(&word, text, cx.now);
        let (by, stage, now) = (cx.viewer()?.clone(), stage(cx), cx.now);
        cx.write(move |tx| simulate::deliver(tx, (&by, stage), phone, (&word, &body), now))?;
    }
    Ok(Response::redirect("/simulator"))
}

/// `POST /simulator/ID/trouble`.
pub fn trouble(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let phone = phone(cx)?;
    let trouble = cx.form.trimmed("trouble").to_owned();
    if !page::TROUBLES.contains(&trouble.as_str()) {
        return Err(Failure::Bad("trouble"));
    }
    let (by, stage, now) = (cx.viewer()?.clone(), stage(cx), cx.now);
    cx.write(move |tx| simulate::trouble(tx, (&by, stage), phone.id, &trouble, now))?;
    Ok(Response::redirect(&page::back(cx, None)))
}

/// `POST /simulator/clock`: on by so many minutes, or back to the time of the world.
pub fn clock(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let to = match cx.form.trimmed("minutes") {
        "back" => Move::Back,
        minutes => match minutes.parse() {
            Ok(minutes @ 1..=525_600) => Move::On(Span::minutes(minutes)),
            _ => return Err(Failure::Bad("minutes: 1 to 525600, or back")),
        },
    };
    let (by, stage, now) = (cx.viewer()?.clone(), stage(cx), cx.now);
    let offset = cx.write(move |tx| simulate::clock(tx, &by, stage, to, now))?;
    let desk = &cx.app.desk;
    desk.clock.shift(Span(offset.0 - desk.clock.offset().0));
    // Whoever waits for a time that has now come.
    let topics = [event::DESK, outbox::TOPIC, inbound::TOPIC];
    desk.live.tell(&topics.map(str::to_owned).into_iter().collect());
    Ok(Response::redirect(&page::back(cx, None)))
}
