//! Whether somebody takes work, for each type of media on its own (S190–S193).

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::agent::Agent;
use super::channel::Kind;
use super::{Id, Timestamp};

/// The types of media for which people are there or not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Media {
    /// A telephone beside the desk. The desk makes no calls; people say by hand that they are on one.
    Telephony,
    /// A visitor who waits in front of a website.
    Chat,
    /// Messengers and SMS.
    Social,
    Email,
}

impl Media {
    /// In the order in which lists show them (S193).
    pub const ALL: [Media; 4] = [Media::Telephony, Media::Chat, Media::Social, Media::Email];

    /// The media whose work the desk hands out.
    pub const DEALT: [Media; 3] = [Media::Chat, Media::Social, Media::Email];

    /// The type to which a kind of channel belongs.
    pub const fn of(kind: Kind) -> Media {
        match kind {
            Kind::Webchat | Kind::Custom => Media::Chat,
            Kind::Email => Media::Email,
            _ => Media::Social,
        }
    }

    /// Somebody waits for the answer now; mail can lie a while.
    pub const fn is_real_time(self) -> bool {
        !matches!(self, Media::Email)
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Media::Telephony => "telephony",
            Media::Chat => "chat",
            Media::Social => "social",
            Media::Email => "email",
        }
    }
}

impl FromStr for Media {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Media::ALL.into_iter().find(|media| media.as_str() == text).ok_or(())
    }
}

/// An administrator's reason for not taking work.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IdleReason {
    pub id: Id<IdleReason>,
    pub name: String,
}

/// Whether somebody takes work of one type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    Available,
    /// Chosen by hand, with a reason where one was named; the state on sign-in (S190).
    Idle(Option<Id<IdleReason>>),
    /// An offer was not answered. Only the desk sets it and only the person leaves it (S81–S84, S192).
    Rona,
}

impl State {
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Available => "available",
            State::Idle(_) => "idle",
            State::Rona => "rona",
        }
    }
}

/// What somebody wants to be next, or is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Availability {
    pub agent: Id<Agent>,
    pub media: Media,
    pub state: State,
    pub since: Timestamp,
    /// Chosen during work: holds as soon as that has ended (S192).
    pub wanted: Option<State>,
}

impl Availability {
    /// The state that counts for more work: whoever has chosen to be idle when the present work ends (S192) is asked
    /// for nothing until then, or that end would never come.
    pub fn for_new_work(&self) -> State {
        match self.wanted {
            Some(State::Idle(reason)) => State::Idle(reason),
            _ => self.state,
        }
    }
}

/// Choosing a state by hand. Idle during work waits for its end; Available holds at once and ends RONA.
pub const fn choose(now: State, chosen: State, works: bool) -> (State, Option<State>) {
    match (now, chosen) {
        (_, State::Rona) => (now, None),
        (State::Available, State::Idle(_)) if works => (now, Some(chosen)),
        _ => (chosen, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s192_idle_during_work_waits_for_its_end_and_rona_cannot_be_chosen() {
        let idle = State::Idle(None);
        assert_eq!(choose(State::Available, idle, true), (State::Available, Some(idle)));
        assert_eq!(choose(State::Available, idle, false), (idle, None));
        for state in [State::Available, idle, State::Rona] {
            assert_eq!(choose(state, State::Rona, false), (state, None));
            assert_eq!(choose(state, State::Available, true), (State::Available, None), "S84: left by hand");
        }
        assert_eq!(choose(State::Rona, idle, true), (idle, None), "who is not dealt anything need not wait");
    }
}
