//! Who is next: pure functions from what is known of the agents to one of them and the reason.

use super::agent::Agent;
use super::availability::{Media, State};
use super::profile::{Full, Load, Profile};
use super::queue::Spread;
use super::{Id, Timestamp};

/// What routing knows of somebody.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub agent: Id<Agent>,
    /// Is at the desk with a browser.
    pub present: bool,
    pub state: State,
    pub load: Load,
    pub profile: Profile,
    /// When this person was last given something by this queue; `None`: never.
    pub last_dealt: Option<Timestamp>,
    /// Has not answered this very conversation before.
    pub passed: bool,
    /// Looks after this contact, or had the conversation last.
    pub knows: bool,
    pub speaks: bool,
}

/// Why somebody is not asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Out {
    Away,
    Idle,
    Rona,
    Full(Full),
}

/// Why it is this one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why {
    /// Looks after this person, or had the conversation last.
    Knows,
    /// Speaks the language, which others who are free do not.
    Speaks,
    /// Has the least of everybody who is free.
    LeastBusy,
    /// Has waited longest for work of this queue.
    Turn,
    /// Is the only one who is free.
    Only,
}

impl Why {
    /// The word under which pages find their sentence.
    pub const fn as_str(self) -> &'static str {
        match self {
            Why::Knows => "knows",
            Why::Speaks => "speaks",
            Why::LeastBusy => "least_busy",
            Why::Turn => "turn",
            Why::Only => "only",
        }
    }
}

/// Whether this person can be asked for work of this type (S83, S85, S156).
pub fn free(candidate: &Candidate, media: Media) -> Result<(), Out> {
    match candidate.state {
        State::Rona => return Err(Out::Rona),
        State::Idle(_) => return Err(Out::Idle),
        State::Available if !candidate.present => return Err(Out::Away),
        State::Available => {}
    }
    candidate.profile.fits(media, &candidate.load).map_err(Out::Full)
}

/// Who is asked next; `None` when nobody can be. Who let this conversation pass before comes after everybody else,
/// who knows the person before everybody else, then who speaks the language, then by the queue's way of spreading.
pub fn next(candidates: &[Candidate], media: Media, spread: Spread) -> Option<(Id<Agent>, Why)> {
    let free: Vec<&Candidate> =
        candidates.iter().filter(|candidate| free(candidate, media).is_ok()).collect();
    let busy = |candidate: &Candidate| candidate.load.values().sum::<u32>();
    let order = |candidate: &&&Candidate| {
        let turn = candidate.last_dealt.unwrap_or(Timestamp(i64::MIN));
        let spread = match spread {
            Spread::RoundRobin => (turn.0, i64::from(busy(candidate))),
            Spread::LeastBusy => (i64::from(busy(candidate)), turn.0),
        };
        (candidate.passed, !candidate.knows, !candidate.speaks, spread, candidate.agent.get())
    };
    let chosen = free.iter().min_by_key(order)?;
    let why = match spread {
        _ if free.len() == 1 => Why::Only,
        _ if chosen.knows => Why::Knows,
        _ if chosen.speaks && others(chosen, &free).any(|other| !other.speaks) => Why::Speaks,
        Spread::RoundRobin => Why::Turn,
        Spread::LeastBusy => Why::LeastBusy,
    };
    Some((chosen.agent, why))
}

/// Who else could have been asked as well as the chosen one.
fn others<'a>(chosen: &'a Candidate, free: &'a [&'a Candidate]) -> impl Iterator<Item = &'a Candidate> {
    free.iter().copied().filter(move |other| other.agent != chosen.agent && other.passed <= chosen.passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn somebody(id: i64) -> Candidate {
        Candidate {
            agent: Id::new(id),
            present: true,
            state: State::Available,
            load: Load::new(),
            profile: Profile::default(),
            last_dealt: None,
            passed: false,
            knows: false,
            speaks: true,
        }
    }

    fn asked(candidates: &[Candidate], spread: Spread) -> Option<(i64, Why)> {
        next(candidates, Media::Chat, spread).map(|(agent, why)| (agent.get(), why))
    }

    #[test]
    fn s83_s85_only_who_is_there_and_available_is_asked() {
        let idle = Candidate { state: State::Idle(None), ..somebody(1) };
        let rona = Candidate { state: State::Rona, ..somebody(2) };
        let away = Candidate { present: false, ..somebody(3) };
        let full = Candidate { load: Load::from([(Media::Chat, 5)]), ..somebody(4) };
        assert_eq!(asked(&[idle, rona, away, full], Spread::LeastBusy), None);
        assert_eq!(asked(&[somebody(5)], Spread::LeastBusy), Some((5, Why::Only)));
    }

    #[test]
    fn work_is_spread_by_load_or_by_turn() {
        let busy = Candidate { load: Load::from([(Media::Email, 2)]), last_dealt: None, ..somebody(1) };
        let dealt = Candidate { last_dealt: Some(Timestamp(9)), ..somebody(2) };
        let both = [busy, dealt];
        assert_eq!(asked(&both, Spread::LeastBusy), Some((2, Why::LeastBusy)));
        assert_eq!(asked(&both, Spread::RoundRobin), Some((1, Why::Turn)));
    }

    #[test]
    fn who_knows_the_person_goes_first_and_who_let_it_pass_last() {
        let knows = Candidate { knows: true, load: Load::from([(Media::Chat, 4)]), ..somebody(2) };
        assert_eq!(asked(&[somebody(1), knows.clone()], Spread::LeastBusy), Some((2, Why::Knows)));
        let passed = Candidate { passed: true, ..knows };
        assert_eq!(asked(&[somebody(1), passed], Spread::LeastBusy), Some((1, Why::LeastBusy)));
    }

    #[test]
    fn who_speaks_the_language_goes_before_who_does_not() {
        let foreign = Candidate { speaks: false, ..somebody(1) };
        assert_eq!(asked(&[foreign.clone(), somebody(2)], Spread::RoundRobin), Some((2, Why::Speaks)));
        let passed = Candidate { passed: true, ..foreign };
        let third = Candidate { last_dealt: Some(Timestamp(9)), ..somebody(3) };
        assert_eq!(asked(&[passed, somebody(2), third], Spread::RoundRobin), Some((2, Why::Turn)));
    }
}
