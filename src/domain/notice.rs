//! What somebody of the team is told personally, and who is meant by an @name.

use std::str::FromStr;

use super::agent::Agent;
use super::conversation::Conversation;
use super::message::Message;
use super::search::fold;
use super::{Id, Span, Timestamp};

/// So many notices stand on one page.
pub const PAGE: u32 = 50;
/// How long notices that were seen are kept.
pub const KEPT: Span = Span::days(90);
/// How long before a window closes somebody is told, in minutes, where the team has not said otherwise.
pub const NUDGE: i64 = 60;

/// One thing that somebody is told.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Notice {
    pub id: Id<Notice>,
    pub agent: Id<Agent>,
    pub kind: Kind,
    pub conversation: Id<Conversation>,
    /// The note in which one was named, or what the customer wrote.
    pub message: Option<Id<Message>>,
    /// The colleague who caused it; `None`: the customer, or the clock.
    pub by: Option<Id<Agent>>,
    pub at: Timestamp,
    pub seen: bool,
}

/// Why somebody is told.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// A note names this person.
    Mention,
    /// A colleague gave this person a conversation.
    Assigned,
    /// A conversation that nobody has came into a queue of this person.
    Queue,
    /// Something was said in a conversation that this person follows.
    Followed,
    /// A customer waits, and the window for an answer closes soon.
    Window,
    /// A workflow that this person started did not go on.
    Workflow,
}

impl Kind {
    pub const ALL: [Kind; 6] =
        [Kind::Mention, Kind::Assigned, Kind::Queue, Kind::Followed, Kind::Window, Kind::Workflow];

    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Mention => "mention",
            Kind::Assigned => "assigned",
            Kind::Queue => "queue",
            Kind::Followed => "followed",
            Kind::Window => "window",
            Kind::Workflow => "workflow",
        }
    }
}

impl FromStr for Kind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(())
    }
}

/// How somebody wants to be told of one kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Choice {
    pub kind: Kind,
    /// At all: in the list, and by the number in the bar.
    pub told: bool,
    /// By a notification of the browser as well.
    pub browser: bool,
    /// By a sound as well.
    pub sound: bool,
}

impl Choice {
    /// How people are told who chose nothing. What comes into a queue is shown by the inbox already, and telling
    /// everybody of each would teach them to look away.
    pub const fn usual(kind: Kind) -> Choice {
        Choice { kind, told: !matches!(kind, Kind::Queue), browser: false, sound: false }
    }
}

/// What is unseen of one person's notices.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Unseen {
    /// How many there are of each kind; kinds without any may be left out.
    pub counts: Vec<(Kind, u32)>,
    /// The newest of them.
    pub newest: Option<Notice>,
}

impl Unseen {
    /// How many there are together.
    pub fn total(&self) -> u32 {
        self.counts.iter().map(|(_, count)| count).sum()
    }

    /// How many there are of `kind`.
    pub fn of(&self, kind: Kind) -> u32 {
        self.counts.iter().filter(|(of, _)| *of == kind).map(|(_, count)| count).sum()
    }

    /// One word that differs whenever what is unseen does.
    pub fn mark(&self) -> String {
        format!("{}-{}", self.newest.as_ref().map_or(0, |notice| notice.id.get()), self.total())
    }
}

/// Who is named by `@` in a note, each once and in the order of `people`.
///
/// A name is the whole name, the first word of it, the e-mail address, or what stands before its `@`; capitals and
/// accents do not matter. Of several that fit at one place the longest counts. A first name that two people share
/// names neither: the note would tell the wrong one.
pub fn mentioned(body: &str, people: &[Agent]) -> Vec<Id<Agent>> {
    let text = fold(body);
    let names: Vec<(String, Id<Agent>)> = people.iter().flat_map(names).collect();
    let mut found = Vec::new();
    let mut before = ' ';
    for (at, sign) in text.char_indices() {
        if sign == '@' && !before.is_alphanumeric() {
            found.extend(named(text.get(at + 1..).unwrap_or_default(), &names));
        }
        before = sign;
    }
    people.iter().map(|one| one.id).filter(|id| found.contains(id)).collect()
}

/// What to write behind an `@` to name this person and nobody else of `people`; nothing where no word does.
pub fn handle(agent: &Agent, people: &[Agent]) -> Option<String> {
    let local = agent.email.split('@').next().unwrap_or_default();
    let mut words = [agent.name.as_str(), local, &agent.email].into_iter();
    words.find(|word| mentioned(&format!("@{word} "), people) == [agent.id]).map(str::to_owned)
}

fn names(agent: &Agent) -> impl Iterator<Item = (String, Id<Agent>)> + use<> {
    let whole = fold(&agent.name);
    let first = whole.split_whitespace().next().unwrap_or_default().to_owned();
    let local = fold(agent.email.split('@').next().unwrap_or_default());
    let mut all = vec![whole.trim().to_owned(), first, local, fold(&agent.email)];
    all.sort_unstable();
    all.dedup();
    let id = agent.id;
    all.into_iter().filter(|name| !name.is_empty()).map(move |name| (name, id))
}

/// Whom the words right behind an `@` name.
fn named(rest: &str, names: &[(String, Id<Agent>)]) -> Option<Id<Agent>> {
    let fits = |name: &str| {
        rest.strip_prefix(name).is_some_and(|after| !after.chars().next().is_some_and(char::is_alphanumeric))
    };
    let fitting: Vec<&(String, Id<Agent>)> = names.iter().filter(|(name, _)| fits(name)).collect();
    let longest = fitting.iter().map(|(name, _)| name.len()).max()?;
    let mut of_longest = fitting.iter().filter(|(name, _)| name.len() == longest).map(|(_, id)| *id);
    let one = of_longest.next()?;
    of_longest.all(|other| other == one).then_some(one)
}
