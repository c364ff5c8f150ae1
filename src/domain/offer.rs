//! Work that is held out to somebody, who takes it or not: from a queue, by a colleague's transfer, or to join.

use std::str::FromStr;

use super::agent::Agent;
use super::conversation::Conversation;
use super::queue::Queue;
use super::{Id, Timestamp};

/// One offer. At most one of each kind waits for a conversation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Offer {
    pub id: Id<Offer>,
    pub conversation: Id<Conversation>,
    pub agent: Id<Agent>,
    pub kind: Kind,
    /// From which queue it comes.
    pub queue: Option<Id<Queue>>,
    /// Who asks, for a transfer or a conference.
    pub from: Option<Id<Agent>>,
    /// A word to the one who is asked.
    pub note: String,
    /// Why it went to this person, for the card.
    pub why: String,
    pub state: State,
    pub offered_at: Timestamp,
    pub expires_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    /// When who asked had seen to it: at once where it was accepted, by hand where it came back.
    pub settled_at: Option<Timestamp>,
}

/// What taking it means.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// The queue's next conversation becomes theirs.
    Queue,
    /// A colleague's conversation becomes theirs.
    Transfer,
    /// They write along in a colleague's conversation.
    Conference,
}

impl Kind {
    pub const ALL: [Kind; 3] = [Kind::Queue, Kind::Transfer, Kind::Conference];

    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Queue => "queue",
            Kind::Transfer => "transfer",
            Kind::Conference => "conference",
        }
    }
}

impl FromStr for Kind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(())
    }
}

/// What became of it. Every offer ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    Waiting,
    Accepted,
    Declined,
    /// Nobody answered in time (S69, S81).
    Expired,
    /// The reason for it went away: closed, taken by somebody, the person left.
    Withdrawn,
    /// A supervisor had somebody else asked. The one who was asked did nothing.
    Recalled,
}

impl State {
    pub const ALL: [State; 6] =
        [State::Waiting, State::Accepted, State::Declined, State::Expired, State::Withdrawn, State::Recalled];

    pub const fn as_str(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Accepted => "accepted",
            State::Declined => "declined",
            State::Expired => "expired",
            State::Withdrawn => "withdrawn",
            State::Recalled => "recalled",
        }
    }
}

impl FromStr for State {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        State::ALL.into_iter().find(|state| state.as_str() == text).ok_or(())
    }
}

/// Why work that is handed out is not taken, handed on or ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Denied {
    /// Nothing is offered to this agent that could be taken or declined.
    NoOffer,
    /// Something is held out to this agent, who cannot leave before it is answered (S193).
    OfferWaits,
    /// Nobody has accepted it yet, so nobody can hand it on, end it or bring others in (S64, S228).
    NotAccepted,
    /// The colleague takes no work of this type now: idle, not answering, away, or with as much as fits.
    NotFree { name: String },
    /// Nobody of the queue is free now.
    NobodyFree,
    /// Somebody is being asked already.
    AlreadyAsked { name: String },
    /// Nobody can be brought in: the conversation was begun here (S60).
    ConferenceBegun,
    /// Nobody can be brought in: mail has answers and side conversations (S223).
    ConferenceMail,
    /// Only who brought the colleague in may end that (S111).
    NotInitiator { name: String },
    /// The customer has to agree before this is ended (S113).
    ConsentMissing,
    /// The administrator does not let agents stop the countdown (S194).
    CountdownStays,
}

impl Denied {
    /// The word for it in the API; never renamed.
    pub const fn code(&self) -> &'static str {
        match self {
            Denied::NoOffer => "no_offer",
            Denied::OfferWaits => "offer_waits",
            Denied::NotAccepted => "not_accepted",
            Denied::NotFree { .. } => "not_free",
            Denied::NobodyFree => "nobody_free",
            Denied::AlreadyAsked { .. } => "already_asked",
            Denied::ConferenceBegun => "conference_begun",
            Denied::ConferenceMail => "conference_mail",
            Denied::NotInitiator { .. } => "not_initiator",
            Denied::ConsentMissing => "consent_missing",
            Denied::CountdownStays => "countdown_stays",
        }
    }
}
