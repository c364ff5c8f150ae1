//! Writing first where work is handed out: who may, on what, in which state, and how many at once (S25–S39).

use super::Id;
use super::availability::{IdleReason, Media, State};
use super::channel::Kind;
use super::profile::Profile;

/// What is against a conversation that an agent wants to begin. It is told, never hidden (S30, S32, S39).
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum NoOutbound {
    /// The profile lets its people begin nothing (S26).
    Right,
    /// The profile does not name this kind of channel (S27).
    NotInProfile(Kind),
    /// The profile names it, but work of its type is taken by hand and not sent automatically (S29).
    ByHand(Kind),
    /// Neither Available nor RONA (S32), with the name of the reason where one was chosen.
    Idle(Option<String>),
    /// So many that were begun here are the most at once (S39).
    Most(u32),
}

impl NoOutbound {
    /// The reason code that people are shown and programs get; never renamed.
    pub const fn code(&self) -> &'static str {
        match self {
            NoOutbound::Right => "outbound_not_allowed",
            NoOutbound::NotInProfile(_) => "outbound_not_in_profile",
            NoOutbound::ByHand(_) => "outbound_by_hand",
            NoOutbound::Idle(_) => "outbound_idle",
            NoOutbound::Most(_) => "outbound_most",
        }
    }

    /// Nothing that the agent can do about it: somebody has to change the profile.
    pub const fn is_right(&self) -> bool {
        matches!(self, NoOutbound::Right | NoOutbound::NotInProfile(_) | NoOutbound::ByHand(_))
    }
}

impl Profile {
    /// Whether its people may begin conversations on this kind of channel: it has to be named, and work of its type has
    /// to come to them automatically (S27–S29).
    pub fn begins(&self, kind: Kind) -> Result<(), NoOutbound> {
        if self.outbound.is_empty() {
            return Err(NoOutbound::Right);
        }
        if !self.outbound.contains(&kind) {
            return Err(NoOutbound::NotInProfile(kind));
        }
        match self.capacity.get(&Media::of(kind)) {
            Some(most) if *most > 0 => Ok(()),
            _ => Err(NoOutbound::ByHand(kind)),
        }
    }
}

/// Whether somebody in this state may begin one more beside those that they have begun. RONA keeps requests away and not
/// one's own work, and so does nothing that is going on (S31–S33, X10).
pub fn now(state: State, begun: u32, most: u32) -> Result<(), Stop> {
    match state {
        State::Idle(reason) => Err(Stop::Idle(reason)),
        State::Available | State::Rona if begun >= most => Err(Stop::Most(most)),
        State::Available | State::Rona => Ok(()),
    }
}

/// What is against it at this moment only.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stop {
    Idle(Option<Id<IdleReason>>),
    Most(u32),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s25_s27_s28_s29_a_profile_begins_what_it_names_and_is_sent_automatically() {
        let usual = Profile::default();
        let may: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| usual.begins(*kind).is_ok()).collect();
        assert_eq!(may, [Kind::Sms, Kind::Email], "SMS and mail only");
        let one = Profile { outbound: vec![Kind::Email], ..Profile::default() };
        assert_eq!(one.begins(Kind::Sms), Err(NoOutbound::NotInProfile(Kind::Sms)));
        let mut by_hand = Profile::default();
        by_hand.capacity.insert(Media::Social, 0);
        assert_eq!(by_hand.begins(Kind::Sms), Err(NoOutbound::ByHand(Kind::Sms)));
        assert_eq!(by_hand.begins(Kind::Email), Ok(()));
        let none = Profile { outbound: Vec::new(), ..Profile::default() };
        assert_eq!(none.begins(Kind::Sms), Err(NoOutbound::Right));
    }

    #[test]
    fn s31_s32_s39_x10_available_and_rona_begin_up_to_the_most_and_idle_does_not() {
        for state in [State::Available, State::Rona] {
            assert_eq!(now(state, 4, 5), Ok(()));
            assert_eq!(now(state, 5, 5), Err(Stop::Most(5)));
        }
        assert_eq!(now(State::Idle(Some(Id::new(3))), 0, 5), Err(Stop::Idle(Some(Id::new(3)))));
    }
}
