//! Sends people of the team what happened to their account, by the first mailbox of the desk that takes it.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;

use super::Stop;
use crate::actions::alert::{self as action, Ended};
use crate::channels::{Account, alert as mail};
use crate::desk::Desk;
use crate::domain::agent::Agent;
use crate::domain::alert::{Alert, PATIENCE};
use crate::domain::channel::{ChannelState, Kind};
use crate::domain::outbox::{Next, Outcome};
use crate::random;
use crate::store::setting::{self, key};
use crate::store::{self, agent, alert, channel};

/// How often one looks even if nobody called: what failed may be tried again.
const PULSE: Duration = Duration::from_secs(30);

/// Sends until it is told to stop.
pub fn run(desk: &Arc<Desk>, stop: &Stop) {
    while !stop.is_set() {
        let seen = desk.live.count(alert::TOPIC);
        drain(desk, &|| stop.is_set());
        stop.wait(desk, alert::TOPIC, seen, PULSE);
    }
}

/// Sends what is due, on this thread, and returns how many mails were looked at.
pub fn drain(desk: &Arc<Desk>, stopped: &dyn Fn() -> bool) -> usize {
    let mut looked_at = 0;
    while !stopped() {
        let now = desk.clock.now();
        let next = desk.readers.read::<_, store::Error>(|connection| alert::next(connection, now));
        let Ok(Some(next)) = next else { break };
        let how = send(desk, &next);
        if let Err(fault) = desk.writer.write(move |tx| action::ended(tx, &next, how, now)) {
            // Tried again in a while rather than at once: the disk may be full.
            log::warn!("a mail about an account could not be noted as sent: {fault:?}");
            break;
        }
        looked_at += 1;
    }
    looked_at
}

/// What the mail needs.
struct Told {
    who: Agent,
    zone: TimeZone,
    team: String,
    mailboxes: Vec<Account>,
}

fn look(desk: &Desk, alert: &Alert) -> store::Result<Option<Told>> {
    desk.readers.read(|connection| {
        let Some(who) = agent::get(connection, alert.agent)?.filter(|who| who.disabled_at.is_none()) else {
            return Ok(None);
        };
        let mut mailboxes = Vec::new();
        for channel in channel::all(connection)? {
            if channel.kind == Kind::Email && channel.state == ChannelState::Enabled {
                mailboxes.push(desk.account(connection, channel)?);
            }
        }
        // Whoever is known here by the address of an inbox would write to the whole team.
        if mailboxes.iter().any(|one| one.get("address").eq_ignore_ascii_case(&who.email)) {
            return Ok(None);
        }
        let zone = who.time_zone.clone().or(setting::get(connection, key::TIME_ZONE)?);
        let zone = zone.and_then(|zone| TimeZone::get(&zone).ok()).unwrap_or(TimeZone::UTC);
        let team = setting::get(connection, key::TEAM)?.unwrap_or_else(|| "Transom".to_owned());
        Ok(Some(Told { who, zone, team, mailboxes }))
    })
}

fn send(desk: &Desk, alert: &Alert) -> Ended {
    let now = desk.clock.now();
    let told = match look(desk, alert) {
        Ok(Some(told)) if now.since(alert.at) < PATIENCE && !desk.options.demo => told,
        Ok(_) => return Ended::Done,
        Err(fault) => {
            log::warn!("a mail about an account could not be made: {fault}");
            return Ended::Later { dice: random::number() };
        }
    };
    let reader = mail::Reader {
        name: &told.who.name,
        address: &told.who.email,
        language: told.who.language.as_deref(),
        zone: &told.zone,
        team: &told.team,
    };
    let mut later = false;
    for account in &told.mailboxes {
        match mail::send(account, &desk.client, alert, &reader, now) {
            Outcome::Failed(failure) => match failure.next {
                Next::Later { .. } | Next::Knock => later = true,
                // It may have left: a second one would only frighten.
                Next::Unsure | Next::Ask => return Ended::Done,
                Next::Never | Next::Reconnect => {}
            },
            Outcome::Sent { .. } | Outcome::Charged { .. } => return Ended::Done,
        }
    }
    if later { Ended::Later { dice: random::number() } } else { Ended::Done }
}
