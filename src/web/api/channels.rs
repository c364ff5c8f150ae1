//! Channels: listed, connected, changed, tested.

use std::collections::BTreeMap;

use serde::Serialize;

use super::ask::{self, JSON};
use super::endpoint::{Endpoint, Gives};
use super::shape::channel::{Channel, ChannelChange, NewChannel, Step};
use super::shape::happening::Empty;
use super::shape::{All, created, shown};
use crate::actions::channel as action;
use crate::actions::checkup;
use crate::channels::{self, Account, Provider, Secrets, settings};
use crate::domain::agent::Role;
use crate::domain::channel::{self as account, Kind, OnClose, OnReturn, Settings};
use crate::domain::refused::Problem;
use crate::domain::{Id, Refused};
use crate::random;
use crate::store;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::Response;

/// The channels of the API.
pub const ENDPOINTS: &[Endpoint] = &[
    Endpoint::get("/api/v1/channels", Role::Agent, list, Gives::All("Channel"))
        .about("Every channel. Settings are shown to administrators only, secrets to nobody."),
    Endpoint::post("/api/v1/channels", Role::Admin, add, "NewChannel")
        .about("Connects a channel. Secrets stand among the settings and are sealed.")
        .giving(Gives::Created("Channel")),
    Endpoint::get("/api/v1/channels/{id}", Role::Agent, show, Gives::One("Channel")).about("One channel."),
    Endpoint::patch("/api/v1/channels/{id}", Role::Admin, change, "ChannelChange")
        .about("Changes what is given and leaves the rest.")
        .giving(Gives::One("Channel")),
    Endpoint::post("/api/v1/channels/{id}/test", Role::Admin, test, "Empty")
        .about("Really calls the provider and says what is wrong.")
        .giving(Gives::One("ChannelTest")),
];

fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let role = cx.viewer()?.role;
    let items = cx.read(|connection| {
        let all = store::channel::all(connection)?;
        let shown = all.into_iter().map(|channel| {
            let account = cx.app.desk.account(connection, channel)?;
            Ok(Channel::of(&reachable(cx, account), role))
        });
        shown.collect::<Result<Vec<_>, store::Error>>()
    })?;
    shown(&All { items })
}

fn add(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let asked: NewChannel = ask::body(cx, JSON)?;
    let provider = speaker(asked.kind)?;
    let (mut plain, mut secrets) = (Settings::new(), Secrets::new());
    settle(provider, &asked.settings, (&mut plain, &mut secrets))?;
    let name = if asked.name.trim().is_empty() { asked.kind.label().to_owned() } else { asked.name };
    let draft = account::Channel {
        queue: asked.queue_id.map(Id::new),
        on_close: asked.on_close.map_or(OnClose::Keep, OnClose::from),
        on_return: asked.on_return.map_or(OnReturn::Reopen, OnReturn::from),
        ..channels::draft(asked.kind, name, random::key(), plain, cx.now)
    };
    let sealed = (!secrets.is_empty()).then(|| cx.app.desk.seal(&draft, &secrets));
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let id = cx.write(move |tx| action::add(tx, &by, &draft, sealed.as_deref(), now))?;
    created(&one(cx, id)?)
}

fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id = cx.param("id")?;
    shown(&one(cx, id)?)
}

fn change(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let asked: ChannelChange = ask::body(cx, JSON)?;
    let Account { mut channel, mut secrets, .. } = account(cx, cx.param("id")?)?;
    let provider = speaker(channel.kind)?;
    settle(provider, &asked.settings, (&mut channel.settings, &mut secrets))?;
    channel.card = provider.card(&channel.settings);
    channel.name = asked.name.unwrap_or(channel.name);
    channel.queue = asked.queue_id.map_or(channel.queue, |queue| queue.map(Id::new));
    channel.on_close = asked.on_close.map_or(channel.on_close, OnClose::from);
    channel.on_return = asked.on_return.map_or(channel.on_return, OnReturn::from);
    let anew = settings::touch_secrets(provider, &asked.settings);
    let sealed = anew.then(|| cx.app.desk.seal(&channel, &secrets));
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, channel.id);
    cx.write(move |tx| {
        action::change(tx, &by, &channel, now)?;
        if let Some(sealed) = sealed {
            action::set_secrets(tx, &by, id, &sealed, now)?;
        }
        match asked.enabled {
            Some(true) => action::enable(tx, &by, id, now),
            Some(false) => action::disable(tx, &by, id, now),
            None => Ok(()),
        }
    })?;
    shown(&one(cx, id)?)
}

/// What came of a test.
#[derive(Serialize)]
struct Tested {
    ok: bool,
    steps: Vec<Step>,
}

fn test(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let Empty {} = ask::body(cx, JSON)?;
    let account = account(cx, cx.param("id")?)?;
    let id = account.channel.id;
    let checks = cx.app.desk.test(account.clone(), speaker(account.channel.kind)?);
    let (wrong, now) = (channels::wrong(&checks), cx.now);
    cx.write(move |tx| checkup::record(tx, id, &wrong, now))?;
    let steps: Vec<Step> = checks.into_iter().map(Step::of).collect();
    shown(&Tested { ok: steps.iter().all(|step| step.ok), steps })
}

/// The file that speaks for a kind.
fn speaker(kind: Kind) -> Result<&'static dyn Provider, Failure> {
    let unknown = Refused::Field { field: "kind", problem: Problem::Unknown };
    Ok(channels::provider(kind).ok_or(unknown)?)
}

fn settle(
    provider: &dyn Provider,
    given: &BTreeMap<String, String>,
    (plain, secrets): (&mut Settings, &mut Secrets),
) -> Result<(), Failure> {
    settings::settle(provider, given, plain, secrets, random::token).map_err(|fault| match fault {
        settings::Fault::Unknown(name) => ask::malformed("unknown_field", &format!("settings.{name}")),
        settings::Fault::Missing(field) => Refused::Field { field, problem: Problem::Missing }.into(),
        settings::Fault::Wrong(field, problem) => Refused::Field { field, problem }.into(),
    })
}

/// The channel with its secrets.
pub fn account(cx: &Cx<'_>, id: Id<account::Channel>) -> Result<Account, Failure> {
    let found = cx.read(|connection| match store::channel::get(connection, id)? {
        Some(channel) => cx.app.desk.account(connection, channel).map(Some),
        None => Ok(None),
    })?;
    found.map(|account| reachable(cx, account)).ok_or(Failure::NotFound)
}

/// The same with the address where we are reached, also when nobody set one.
fn reachable(cx: &Cx<'_>, account: Account) -> Account {
    Account { public_url: super::conversations::base(cx), ..account }
}

fn one(cx: &Cx<'_>, id: Id<account::Channel>) -> Result<Channel, Failure> {
    let role = cx.viewer()?.role;
    Ok(Channel::of(&account(cx, id)?, role))
}
