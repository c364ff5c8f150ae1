//! The channels: the list, and connecting one.

use crate::actions::channel;
use crate::channels::{self, Field, Input, Provider, Secrets, given::Given};
use crate::domain::Id;
use crate::domain::channel::{Channel, Kind, OnClose, OnReturn};
use crate::random;
use crate::store;
use crate::templates;
use crate::templates::settings::channel::{Control, Form, Setting};
use crate::templates::settings::channels::Row;
use crate::templates::typed::Typed;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;

/// Every channel.
pub fn list(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let rows = cx.read(|connection| {
        let channels = store::channel::all(connection)?;
        channels.into_iter().map(|channel| row(cx, connection, channel)).collect::<store::Result<Vec<_>>>()
    })?;
    let frame = forms::frame(cx, cx.texts.frame_channels())?;
    Ok(cx.page(&frame, &templates::settings::channels::list(&frame, &rows)))
}

/// A channel, and whether its secrets can still be read.
pub fn row(cx: &Cx<'_>, connection: &store::Connection, channel: Channel) -> store::Result<Row> {
    let needs_secrets = cx.app.desk.secrets(connection, &channel)?.is_none();
    let checkup = store::checkup::of(connection, channel.id)?;
    let worries = checkup.as_ref().map(|checkup| checkup.worries(cx.now)).unwrap_or_default();
    // A simulated channel has nothing to prove.
    let is_proved = checkup.is_some_and(|checkup| checkup.is_proved || !checkup.is_fed);
    Ok(Row { channel, needs_secrets, is_proved, worries })
}

/// Which kind, or the form for one.
pub fn blank(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let Some(word) = cx.query.get("kind") else {
        let kinds: Vec<(Kind, bool)> =
            Kind::ALL.into_iter().map(|kind| (kind, channels::provider(kind).is_some())).collect();
        let frame = cx.frame(cx.texts.channels_add())?;
        return Ok(cx.page(&frame, &templates::settings::channels::choose(&frame, &kinds)));
    };
    let kind: Kind = word.parse().map_err(|()| Failure::NotFound)?;
    let provider = channels::provider(kind).ok_or(Failure::NotFound)?;
    let typed = provider.fields().iter().filter(|field| !field.secret).fold(
        Typed::default()
            .with("on_close", OnClose::Keep.as_str())
            .with("on_return", OnReturn::Reopen.as_str()),
        |typed, field| typed.with(field.name, field.default.trim_start_matches('*')),
    );
    form(cx, provider, &typed)
}

fn form(cx: &Cx<'_>, provider: &dyn Provider, typed: &Typed) -> Result<Response, Failure> {
    let queues = cx.read(store::queue::all)?;
    let settings = settings(provider, &Secrets::new());
    let frame = cx.frame(cx.texts.channels_add())?;
    let form = Form { kind: provider.kind(), settings: &settings, queues: &queues, typed };
    Ok(cx.page(&frame, &templates::settings::channel::add(&frame, &form)))
}

/// The fields of a kind as its form shows them.
pub fn settings(provider: &dyn Provider, kept: &Secrets) -> Vec<Setting> {
    let control = |field: &Field| match field.input {
        Input::Text => Control::Text,
        Input::Digits => Control::Digits,
        Input::Number => Control::Number,
        Input::YesNo => Control::YesNo,
        Input::Choice(words) => Control::Choice(words),
    };
    let fields = provider.fields().iter();
    fields
        .map(|field| Setting {
            name: field.name,
            control: control(field),
            secret: field.secret,
            required: field.required,
            kept: kept.contains_key(field.name),
            made: field.default == "*",
        })
        .collect()
}

/// What was typed, without the secrets.
pub fn typed(cx: &Cx<'_>, provider: &dyn Provider) -> Typed {
    let plain = provider.fields().iter().filter(|field| !field.secret).map(|field| field.name);
    let names: Vec<&str> = plain.chain(["name", "queue", "on_close", "on_return"]).collect();
    forms::typed(cx, &names)
}

/// Takes over from the form what every kind of channel has.
pub fn take_common(cx: &Cx<'_>, channel: &mut Channel) {
    cx.form.trimmed("name").clone_into(&mut channel.name);
    channel.queue = cx.form.trimmed("queue").parse().ok();
    channel.on_close =
        if cx.form.get("on_close") == Some("unassign") { OnClose::Unassign } else { OnClose::Keep };
    channel.on_return =
        if cx.form.get("on_return") == Some("new") { OnReturn::New } else { OnReturn::Reopen };
}

/// Connects a channel, and shows what is to be pasted at the provider.
pub fn add(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let kind: Kind = cx.query.get("kind").and_then(|word| word.parse().ok()).ok_or(Failure::NotFound)?;
    let provider = channels::provider(kind).ok_or(Failure::NotFound)?;
    match forms::outcome(added(cx, provider))? {
        Ok((id, made)) => super::channel::fresh(cx, id, &made),
        Err(refused) => {
            let typed = typed(cx, provider).refused(refused.clone());
            Ok(forms::back(form(cx, provider, &typed)?, &refused))
        }
    }
}

fn added(cx: &Cx<'_>, provider: &dyn Provider) -> Result<(Id<Channel>, Vec<&'static str>), Failure> {
    let form = |name: &str| cx.form.get(name).map(str::to_owned);
    let given = Given::read(provider, &Secrets::new(), &form, &random::token)?;
    let mut draft = channels::draft(provider.kind(), String::new(), random::key(), given.settings, cx.now);
    take_common(cx, &mut draft);
    let sealed = (!given.secrets.is_empty()).then(|| cx.app.desk.seal(&draft, &given.secrets));
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let id = cx.write(move |tx| channel::add(tx, &by, &draft, sealed.as_deref(), now))?;
    Ok((id, given.made))
}
