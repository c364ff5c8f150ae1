//! `transom channel`: the connected accounts, from the console.

use serde_json::{Value, json};

use super::arguments::{Arguments, Opt};
use super::{Command, DB, Error, JSON, desk, print, print_json, settings};
use crate::actions::channel as actions;
use crate::channels::{self, Account, Provider, Secrets};
use crate::desk::Desk;
use crate::domain::Id;
use crate::domain::access::Viewer;
use crate::domain::channel::{Channel, Kind, Settings};
use crate::{random, store};

const SET: Opt = Opt::new("set", "KEY=VALUE", "a setting; KEY=@FILE reads it from a file").many();
const NAME: Opt = Opt::new("name", "NAME", "what the team calls it");
const PUBLIC_URL: Opt = Opt::new("public-url", "URL", "where providers reach the desk, for the webhook URL");

pub const ADD: Command = Command {
    name: "channel add",
    operands: "KIND",
    summary: "Connect a channel; prints its id and its webhook URL",
    about: "KIND: whatsapp messenger instagram telegram line viber wechat tiktok sms email webchat custom simulator.",
    options: &[DB, NAME, SET, PUBLIC_URL, JSON],
    run: add,
};

pub const LIST: Command = Command {
    name: "channel list",
    operands: "",
    summary: "List the channels",
    about: "",
    options: &[DB, PUBLIC_URL, JSON],
    run: list,
};

pub const CHANGE: Command = Command {
    name: "channel set",
    operands: "ID",
    summary: "Change the name or the settings of a channel",
    about: "A setting that is not named stays as it is; an empty value takes it away.",
    options: &[DB, NAME, SET, PUBLIC_URL, JSON],
    run: change,
};

pub const TEST: Command = Command {
    name: "channel test",
    operands: "ID",
    summary: "Call the provider and say what is wrong",
    about: "",
    options: &[DB, PUBLIC_URL, JSON],
    run: test,
};

pub const DISABLE: Command = Command {
    name: "channel disable",
    operands: "ID",
    summary: "Switch a channel off: nothing goes in or out",
    about: "",
    options: &[DB],
    run: disable,
};

pub const ENABLE: Command = Command {
    name: "channel enable",
    operands: "ID",
    summary: "Switch a channel on; what waited goes out",
    about: "",
    options: &[DB],
    run: enable,
};

fn add(mut arguments: Arguments) -> Result<(), Error> {
    let word = arguments.require_operand("KIND")?;
    arguments.finish()?;
    let kind: Kind = word.parse().map_err(|()| Error::Usage(format!("{word} is no kind of channel")))?;
    let provider = speaker(kind)?;
    let (mut settings, mut secrets) = (Settings::new(), Secrets::new());
    settings::settle(provider, &settings::given(&arguments.all("set")?)?, &mut settings, &mut secrets)?;
    let name = arguments.get("name")?.unwrap_or_else(|| kind.label().to_owned());
    let desk = desk::open(&arguments)?;
    let channel = channels::draft(kind, name, random::key(), settings, desk.clock.now());
    let id = insert(&desk, channel, &secrets)?;
    let account = load(&arguments, &desk, id)?;
    let steps = arranged(provider, &account, &desk);
    if arguments.has("json") {
        let mut told = shown(&account);
        told["steps"] = steps.iter().map(step).collect();
        return print_json(&told);
    }
    tell(&arguments, &desk, id)?;
    print_steps(&steps)
}

/// Arranges at the provider what the channel needs, as its page does. Without a public address a provider that
/// calls us is told nothing: the address would be a wrong one.
fn arranged(provider: &dyn Provider, account: &Account, desk: &Desk) -> Vec<channels::Check> {
    if account.public_url.is_empty() && !provider.polls(account) {
        return Vec::new();
    }
    provider.connect(account, &desk.client)
}

/// Connects a channel with its secrets sealed.
pub fn insert(desk: &Desk, channel: Channel, secrets: &Secrets) -> Result<Id<Channel>, Error> {
    let sealed = (!secrets.is_empty()).then(|| desk.seal(&channel, secrets));
    let now = desk.clock.now();
    Ok(desk.writer.write(move |tx| actions::add(tx, &Viewer::console(), &channel, sealed.as_deref(), now))?)
}

fn list(arguments: Arguments) -> Result<(), Error> {
    arguments.finish()?;
    let desk = desk::existing(&arguments)?;
    let channels = desk.readers.read(store::channel::all)?;
    let accounts = channels.into_iter().map(|channel| account(&arguments, &desk, channel));
    let accounts: Vec<Account> = accounts.collect::<Result<_, Error>>()?;
    if arguments.has("json") {
        return print_json(&accounts.iter().map(shown).collect());
    }
    for account in &accounts {
        let channel = &account.channel;
        let (kind, state) = (channel.kind.as_str(), channel.state.as_str());
        print(&format!("{:>4} {kind:<10} {state:<9} {}\n", channel.id.get(), channel.name))?;
    }
    Ok(())
}

fn change(mut arguments: Arguments) -> Result<(), Error> {
    let (desk, mut account) = named(&mut arguments)?;
    let provider = speaker(account.channel.kind)?;
    let given = settings::given(&arguments.all("set")?)?;
    let mut channel = account.channel;
    settings::settle(provider, &given, &mut channel.settings, &mut account.secrets)?;
    channel.card = channels::card(channel.kind, &channel.settings);
    if let Some(name) = arguments.get("name")? {
        channel.name = name;
    }
    let secret = given.keys().any(|name| provider.fields().iter().any(|f| f.secret && f.name == name));
    let sealed = secret.then(|| desk.seal(&channel, &account.secrets));
    let (id, now) = (channel.id, desk.clock.now());
    desk.writer.write(move |tx| {
        actions::change(tx, &Viewer::console(), &channel, now)?;
        match sealed {
            Some(sealed) => actions::set_secrets(tx, &Viewer::console(), channel.id, &sealed, now),
            None => Ok(()),
        }
    })?;
    tell(&arguments, &desk, id)
}

fn test(mut arguments: Arguments) -> Result<(), Error> {
    let (desk, account) = named(&mut arguments)?;
    let provider = speaker(account.channel.kind)?;
    let checks = desk.test(account, provider);
    if arguments.has("json") {
        print_json(&checks.iter().map(step).collect())?;
    } else {
        print_steps(&checks)?;
    }
    match checks.iter().find(|check| check.outcome.is_err()) {
        None => Ok(()),
        Some(check) => Err(Error::Failed(format!("the channel does not work: {}", check.step))),
    }
}

fn step(check: &channels::Check) -> Value {
    match &check.outcome {
        Ok(said) => json!({ "step": check.step, "ok": true, "said": said }),
        Err(said) => json!({ "step": check.step, "ok": false, "said": said }),
    }
}

fn print_steps(checks: &[channels::Check]) -> Result<(), Error> {
    for check in checks {
        let (mark, said) = match &check.outcome {
            Ok(said) => ("good", said),
            Err(said) => ("wrong", said),
        };
        print(&format!("{mark:<5} {}: {said}\n", check.step))?;
    }
    Ok(())
}

fn disable(mut arguments: Arguments) -> Result<(), Error> {
    let (desk, account) = named(&mut arguments)?;
    let (id, now) = (account.channel.id, desk.clock.now());
    desk.writer.write(move |tx| actions::disable(tx, &Viewer::console(), id, now))?;
    print(&format!("{} is off.\n", account.channel.name))
}

fn enable(mut arguments: Arguments) -> Result<(), Error> {
    let (desk, account) = named(&mut arguments)?;
    let (id, now) = (account.channel.id, desk.clock.now());
    desk.writer.write(move |tx| actions::enable(tx, &Viewer::console(), id, now))?;
    print(&format!("{} is on.\n", account.channel.name))
}

fn speaker(kind: Kind) -> Result<&'static dyn Provider, Error> {
    let sentence = || Error::Failed(format!("this version cannot connect {} yet", kind.as_str()));
    channels::provider(kind).ok_or_else(sentence)
}

/// The desk and the channel that the command names.
fn named(arguments: &mut Arguments) -> Result<(Desk, Account), Error> {
    let word = arguments.require_operand("ID")?;
    arguments.finish()?;
    let id: Id<Channel> =
        word.parse().map_err(|_| Error::Usage(format!("{word} is no number of a channel")))?;
    let desk = desk::existing(arguments)?;
    let account = load(arguments, &desk, id)?;
    Ok((desk, account))
}

fn load(arguments: &Arguments, desk: &Desk, id: Id<Channel>) -> Result<Account, Error> {
    let found = desk.readers.read(|connection| store::channel::get(connection, id))?;
    account(arguments, desk, found.ok_or_else(|| Error::Failed(format!("there is no channel {id}")))?)
}

fn account(arguments: &Arguments, desk: &Desk, channel: Channel) -> Result<Account, Error> {
    let mut account = desk.readers.read(|connection| desk.account(connection, channel))?;
    account.public_url = crate::config::public_url(arguments.get("public-url")?)?;
    Ok(account)
}

fn tell(arguments: &Arguments, desk: &Desk, id: Id<Channel>) -> Result<(), Error> {
    let account = load(arguments, desk, id)?;
    if arguments.has("json") {
        return print_json(&shown(&account));
    }
    let label = account.channel.kind.label();
    print(&format!("{label} channel {id}: {}\nWebhook URL: {}\n", account.channel.name, account.hook_url()))
}

/// A channel for programs. Secrets are named but not shown.
fn shown(account: &Account) -> Value {
    let channel = &account.channel;
    json!({
        "id": channel.id.get(),
        "kind": channel.kind,
        "name": channel.name,
        "key": channel.key,
        "state": channel.state.as_str(),
        "problem": channel.problem,
        "settings": channel.settings,
        "secrets": account.secrets.keys().collect::<Vec<_>>(),
        "webhook_url": account.hook_url(),
    })
}
