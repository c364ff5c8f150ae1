//! One channel: its settings, its test, its templates.

use crate::actions::{channel, checkup, template};
use crate::channels::{self, Account, Provider, given::Given};
use crate::domain::Id;
use crate::domain::channel::{Channel, ChannelState, Kind, Templates};
use crate::random;
use crate::store;
use crate::templates;
use crate::templates::settings::channel::Form;
use crate::templates::settings::channel_page::{Check, Page};
use crate::templates::typed::Typed;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::forms;
use crate::web::http::Response;

/// The word that a provider asks for when it is given the address of the webhook; it has to be looked up
/// again whenever the webhook is set anew, so it is shown to administrators.
const VERIFY: &str = "verify_token";

/// What is shown besides the channel itself.
#[derive(Default)]
struct Extra {
    typed: Option<Typed>,
    checks: Option<Vec<Check>>,
    sync_problem: Option<String>,
    /// Why the provider gave no access.
    access_problem: Option<String>,
    /// Secrets that were made up just now.
    made: Vec<&'static str>,
}

/// The page.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    page(cx, cx.param("id")?, Extra::default())
}

/// The page of a channel that was connected just now, with the words that were made for it.
pub fn fresh(cx: &Cx<'_>, id: Id<Channel>, made: &[&'static str]) -> Result<Response, Failure> {
    page(cx, id, Extra { made: made.to_vec(), checks: arranged(cx, id)?, ..Extra::default() })
}

/// Arranges at the provider what a channel needs that works from now on. `Some`: it did not work out.
fn arranged(cx: &Cx<'_>, id: Id<Channel>) -> Result<Option<Vec<Check>>, Failure> {
    let (account, provider) = account(cx, id)?;
    if account.channel.state != ChannelState::Enabled {
        return Ok(None);
    }
    let account = Account { public_url: super::base(cx), ..account };
    let checks = shown(provider.connect(&account, &cx.app.desk.client));
    Ok(checks.iter().any(|check| !check.good).then_some(checks))
}

fn shown(checks: Vec<channels::Check>) -> Vec<Check> {
    let shown = checks.into_iter().map(|check| {
        let good = check.outcome.is_ok();
        let (Ok(detail) | Err(detail)) = check.outcome;
        Check { step: check.step, good, detail }
    });
    shown.collect()
}

/// Back to the page after a change, or the page with what did not work out.
fn settled(cx: &Cx<'_>, id: Id<Channel>, word: &str) -> Result<Response, Failure> {
    match arranged(cx, id)? {
        None => Ok(Response::redirect(&format!("/settings/channels/{id}?done={word}"))),
        checks => page(cx, id, Extra { checks, ..Extra::default() }),
    }
}

/// The channel with its secrets, and the file that speaks for it.
pub fn account(cx: &Cx<'_>, id: Id<Channel>) -> Result<(Account, &'static dyn Provider), Failure> {
    let account = cx.read(|connection| match store::channel::get(connection, id)? {
        Some(channel) => cx.app.desk.account(connection, channel).map(Some),
        None => Ok(None),
    })?;
    let account = account.ok_or(Failure::NotFound)?;
    let provider = channels::provider(account.channel.kind).ok_or(Failure::NotFound)?;
    Ok((account, provider))
}

fn page(cx: &Cx<'_>, id: Id<Channel>, extra: Extra) -> Result<Response, Failure> {
    let (account, provider) = account(cx, id)?;
    let approves =
        account.channel.card.templates == Templates::Approved && account.channel.kind != Kind::Simulator;
    let (row, queues, listed, greeter) = cx.read(|connection| {
        Ok::<_, store::Error>((
            super::channels::row(cx, connection, account.channel.clone())?,
            store::queue::all(connection)?,
            store::template::of_channel(connection, id)?,
            store::greeting::of(connection, id)?,
        ))
    })?;
    let settings = super::channels::settings(provider, &account.secrets);
    let typed = extra.typed.unwrap_or_else(|| kept(&account.channel));
    let base = super::base(cx);
    let shown = |name: &&'static str| extra.made.contains(name) || *name == VERIFY;
    let names = provider.fields().iter().map(|field| field.name).filter(shown);
    let paste = names.filter_map(|name| Some((name, account.secrets.get(name)?.clone()))).collect();
    let calls = !matches!(row.channel.kind, Kind::Webchat | Kind::Simulator) && !provider.polls(&account);
    let page = Page {
        hook: calls.then(|| format!("{base}/hooks/{id}")),
        form: Form { kind: row.channel.kind, settings: &settings, queues: &queues, typed: &typed },
        row,
        paste,
        access_problem: extra.access_problem,
        access: super::access::of(cx, &account, provider, &base)?,
        base,
        assistant: greeter.filter(|(works, _)| *works).map(|(_, greeter)| greeter.label),
        checks: extra.checks,
        templates: approves.then_some(listed),
        sync_problem: extra.sync_problem,
    };
    let frame = forms::frame(cx, &page.row.channel.name)?;
    Ok(cx.page(&frame, &templates::settings::channel_page::page(&frame, &page)))
}

/// The page of a channel to which no access was given, with the reason.
pub fn refused_access(cx: &Cx<'_>, id: Id<Channel>, why: String) -> Result<Response, Failure> {
    page(cx, id, Extra { access_problem: Some(why), ..Extra::default() })
}

fn kept(channel: &Channel) -> Typed {
    let common = Typed::default()
        .with("name", &channel.name)
        .with("queue", channel.queue.map(|id| id.to_string()).unwrap_or_default())
        .with("on_close", channel.on_close.as_str())
        .with("on_return", channel.on_return.as_str());
    channel.settings.iter().fold(common, |typed, (name, value)| typed.with(name, value))
}

/// Saves the settings; secrets that were not typed stay as they are.
pub fn change(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Channel> = cx.param("id")?;
    match forms::outcome(changed(cx, id))? {
        Ok(()) => settled(cx, id, "saved"),
        Err(refused) => {
            let (_, provider) = account(cx, id)?;
            let typed = super::channels::typed(cx, provider).refused(refused.clone());
            let page = page(cx, id, Extra { typed: Some(typed), ..Extra::default() })?;
            Ok(forms::back(page, &refused))
        }
    }
}

fn changed(cx: &Cx<'_>, id: Id<Channel>) -> Result<(), Failure> {
    let (account, provider) = account(cx, id)?;
    let form = |name: &str| cx.form.get(name).map(str::to_owned);
    let given = Given::read(provider, &account.secrets, &form, &random::token)?;
    let mut row = account.channel;
    row.card = provider.card(&given.settings);
    row.settings = given.settings;
    super::channels::take_common(cx, &mut row);
    let sealed = (given.secrets != account.secrets).then(|| cx.app.desk.seal(&row, &given.secrets));
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| {
        channel::change(tx, &by, &row, now)?;
        match sealed {
            Some(sealed) => channel::set_secrets(tx, &by, id, &sealed, now),
            None => Ok(()),
        }
    })
}

/// Really calls the provider, outside of every transaction, and shows what each step came to.
pub fn test(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Channel> = cx.param("id")?;
    let (account, provider) = account(cx, id)?;
    let account = Account { public_url: super::base(cx), ..account };
    let checks = cx.app.desk.test(account, provider);
    let (wrong, now) = (channels::wrong(&checks), cx.now);
    cx.write(move |tx| checkup::record(tx, id, &wrong, now))?;
    page(cx, id, Extra { checks: Some(shown(checks)), ..Extra::default() })
}

/// Asks the provider for its templates.
pub fn sync(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let id: Id<Channel> = cx.param("id")?;
    let (account, provider) = account(cx, id)?;
    match provider.templates(&account, &cx.app.desk.client) {
        None => Err(Failure::NotFound),
        Some(Err(failure)) => page(cx, id, Extra { sync_problem: Some(failure.message), ..Extra::default() }),
        Some(Ok(listed)) => {
            let now = cx.now;
            cx.write(move |tx| template::take_synced(tx, id, &listed, now))?;
            Ok(Response::redirect(&format!("/settings/channels/{id}?done=done#templates")))
        }
    }
}

/// Switches the channel off.
pub fn disable(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| channel::disable(tx, &by, id, now))?;
    Ok(Response::redirect(&format!("/settings/channels/{id}?done=done")))
}

/// Switches the channel on, or gives one that its provider refused another chance.
pub fn enable(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now, id) = (cx.viewer()?.clone(), cx.now, cx.param("id")?);
    cx.write(move |tx| channel::enable(tx, &by, id, now))?;
    settled(cx, id, "done")
}
