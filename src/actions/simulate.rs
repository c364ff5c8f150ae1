//! Playing the customer: simulated phones and a clock that can be moved.
//!
//! What a played customer does goes the way of every delivery: it is kept, and read in by the same job.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::channel::{Channel, ChannelState, Kind};
use crate::domain::event::kind;
use crate::domain::{Id, Refused, Span, Timestamp};
use crate::store::{Tx, channel, event, inbound, setting};

/// What this desk allows.
#[derive(Clone, Copy, Debug)]
pub struct Stage {
    /// A throw-away desk: everybody may play.
    pub demo: bool,
    /// The clock may be moved.
    pub movable_clock: bool,
}

impl Stage {
    /// `Ok` for those who may play the customer here.
    pub fn admits(&self, by: &Viewer) -> std::result::Result<(), Refused> {
        if self.demo { Ok(()) } else { by.must_be(Role::Admin) }
    }
}

/// Adds a simulated phone. `draft` is complete but for its number.
pub fn add(tx: &Tx<'_>, by: &Viewer, stage: Stage, draft: &Channel, now: Timestamp) -> Result<Id<Channel>> {
    stage.admits(by)?;
    if draft.kind != Kind::Simulator {
        return Err(Refused::OnlySimulated.into());
    }
    let id = channel::insert(tx, draft)?;
    let entry = event::New {
        kind: kind::CHANNEL_CHANGED,
        agent: by.author(),
        data: json!({ "channel": id.get() }),
        ..event::New::default()
    };
    event::append(tx, &entry, now)?;
    Ok(id)
}

/// Keeps what a played customer did, as a provider's delivery would be kept; `word` names it.
pub fn deliver(
    tx: &Tx<'_>,
    (by, stage): (&Viewer, Stage),
    to: Id<Channel>,
    (word, body): (&str, &[u8]),
    now: Timestamp,
) -> Result<bool> {
    stage.admits(by)?;
    let phone = simulated(tx, to)?;
    if phone.state == ChannelState::Disabled {
        return Err(Refused::ChannelDisabled.into());
    }
    let key = format!("simulated:{word}");
    let new =
        inbound::New { channel: phone.id, dedupe_key: &key, headers: &BTreeMap::new(), body: &body.into() };
    Ok(inbound::insert(tx, &new, now)?)
}

/// Lets the provider behind a simulated phone misbehave, or behave again.
pub fn trouble(
    tx: &Tx<'_>,
    (by, stage): (&Viewer, Stage),
    phone: Id<Channel>,
    trouble: &str,
    now: Timestamp,
) -> Result<()> {
    stage.admits(by)?;
    let mut phone = simulated(tx, phone)?;
    phone.settings.insert("trouble".into(), trouble.to_owned());
    channel::update(tx, &phone)?;
    let entry = event::New {
        kind: kind::CHANNEL_CHANGED,
        agent: by.author(),
        data: json!({ "channel": phone.id.get() }),
        ..event::New::default()
    };
    event::append(tx, &entry, now)?;
    Ok(())
}

fn simulated(tx: &Tx<'_>, id: Id<Channel>) -> Result<Channel> {
    channel::get(tx, id)?.filter(|channel| channel.kind == Kind::Simulator).ok_or(Error::NotFound)
}

/// Where the clock is to go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Move {
    /// So much further on.
    On(Span),
    /// To the time of the world.
    Back,
}

/// Moves the desk's clock and returns by how much it now differs from the world's. Where real customers
/// write, the real time decides, so it is refused while any channel reaches them.
pub fn clock(tx: &Tx<'_>, by: &Viewer, stage: Stage, to: Move, now: Timestamp) -> Result<Span> {
    stage.admits(by)?;
    if !stage.movable_clock || !only_simulated(tx)? {
        return Err(Refused::OnlySimulated.into());
    }
    let before =
        setting::get(tx, setting::key::CLOCK_OFFSET)?.and_then(|text| text.parse().ok()).unwrap_or(0);
    let offset = match to {
        Move::On(span) => Span(span.0.saturating_add(before).clamp(0, FARTHEST.0)),
        Move::Back => Span::ZERO,
    };
    setting::set(tx, setting::key::CLOCK_OFFSET, Some(&offset.0.to_string()))?;
    let entry = event::New {
        kind: kind::SETTING_CHANGED,
        agent: by.author(),
        data: json!({ "setting": setting::key::CLOCK_OFFSET, "value": offset.0 }),
        ..event::New::default()
    };
    event::append(tx, &entry, now)?;
    Ok(offset)
}

/// How far ahead of the world a desk may run.
const FARTHEST: Span = Span::days(3650);

/// Whether nothing of this desk reaches real people over a provider.
pub fn only_simulated(connection: &crate::store::Connection) -> crate::store::Result<bool> {
    let channels = channel::all(connection)?;
    let real = |channel: &Channel| {
        channel.state != ChannelState::Disabled && !matches!(channel.kind, Kind::Simulator | Kind::Webchat)
    };
    Ok(!channels.iter().any(real))
}
