//! The messaging window: may we write to this person on this channel now, what, and until when.
//!
//! Every qualifying thing that a customer does leaves a [`Grant`]. One function, [`window`], answers
//! everyone who asks: the composer, the actions, the outbox, the API. The provider's own refusal
//! corrects the grants, because our knowledge is advice and the provider's answer is the truth.

use serde::{Deserialize, Serialize};

use super::{Span, Timestamp};

/// The window of a kind of channel, as data.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rule {
    /// How long free text is allowed after a qualifying event; `None`: always.
    pub free: Option<Span>,
    /// How long a person may still answer by hand; `None`: no longer than `free`.
    pub person: Option<Span>,
    /// What is left after that.
    pub after: After,
    /// How many messages one qualifying event allows; `None`: any number.
    pub sends: Option<u32>,
}

/// What may be sent when the window has closed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum After {
    /// Templates that the provider has approved.
    Template,
    /// Nothing, until the customer writes again.
    Nothing,
}

/// The three classes that a team needs to know.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Class {
    /// No window.
    A,
    /// Limited after the window.
    B,
    /// Nothing after the window.
    C,
}

impl Class {
    pub const fn as_str(self) -> &'static str {
        match self {
            Class::A => "A",
            Class::B => "B",
            Class::C => "C",
        }
    }
}

impl Rule {
    /// A channel on which one may write at any time.
    pub const UNLIMITED: Rule = Rule { free: None, person: None, after: After::Nothing, sends: None };

    /// The class of the channel (S15).
    pub const fn class(&self) -> Class {
        match (self.free, self.after, self.person) {
            (None, _, _) => Class::A,
            (Some(_), After::Template, _) | (Some(_), After::Nothing, Some(_)) => Class::B,
            (Some(_), After::Nothing, None) => Class::C,
        }
    }

    /// The grant that an event at `at`, by the provider's clock, leaves; `None` on a channel without a window.
    pub fn grant(&self, opener: Opener, at: Timestamp) -> Option<Grant> {
        let free = self.free?;
        let (length, sends_left) = match opener {
            Opener::Message => (free, self.sends),
            Opener::Lasting { length, sends } => (length, sends.or(self.sends)),
        };
        let closes_at = at + length;
        let person_until = self.person.map(|person| (at + person).max(closes_at));
        Some(Grant { opened_at: at, closes_at, person_until, sends_left })
    }
}

/// What opened a window.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Opener {
    /// The ordinary case: the customer wrote.
    Message,
    /// An action with a length of its own, such as an ad that opens seven days or a menu tap that opens a minute.
    Lasting { length: Span, sends: Option<u32> },
}

/// Leave to write, given by something that the customer did.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Grant {
    /// The provider's time of the event, never the time of receipt: deliveries can be days late.
    pub opened_at: Timestamp,
    /// The first moment at which free text is no longer allowed.
    pub closes_at: Timestamp,
    /// The first moment at which not even a person may answer by hand, where the channel has that.
    pub person_until: Option<Timestamp>,
    /// How many messages are left under this grant, where they are counted.
    pub sends_left: Option<u32>,
}

/// What one may send now.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum Window {
    /// Anything, at any time.
    Unlimited,
    /// Anything, until `closes`; `left` messages where they are counted.
    Open { closes: Timestamp, left: Option<u32> },
    /// A person may answer by hand until `closes`; nothing automatic.
    PersonOnly { closes: Timestamp },
    /// Only an approved template. `since` is when the window closed; `None`: the customer never wrote.
    TemplateOnly { since: Option<Timestamp> },
    /// Nothing.
    Blocked { why: Blocked },
}

/// Why nothing may be sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum Blocked {
    /// The window closed at this time.
    Closed { since: Timestamp },
    /// The customer never wrote here, and must write first.
    NeverWrote,
    /// Every message that the last grant allowed has been sent; it runs until `closes`.
    CountedOut { allowed: u32, closes: Timestamp },
}

/// Who or what sends.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sender {
    /// Somebody typed it and pressed Send.
    Person,
    /// A rule, a schedule, a flow or a program.
    Automatic,
}

/// What is to be sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Content {
    /// Free text or a file.
    Free,
    /// A template that the provider has approved.
    Template,
}

/// The answer to "may I write to this person now?" under `rule`, given everything that the customer did.
pub fn window(rule: &Rule, grants: &[Grant], now: Timestamp) -> Window {
    if rule.free.is_none() {
        return Window::Unlimited;
    }
    let open = grants.iter().filter(|grant| now < grant.closes_at);
    if let Some(grant) = open.clone().filter(|grant| grant.sends_left != Some(0)).max_by_key(|g| g.closes_at)
    {
        return Window::Open { closes: grant.closes_at, left: grant.sends_left };
    }
    let last_close = grants.iter().map(|grant| grant.closes_at).max();
    let by_hand =
        grants.iter().filter(|grant| grant.sends_left != Some(0)).filter_map(|g| g.person_until).max();
    if let Some(closes) = by_hand.filter(|closes| now < *closes) {
        return Window::PersonOnly { closes };
    }
    if rule.after == After::Template {
        return Window::TemplateOnly { since: last_close.filter(|since| *since <= now) };
    }
    let why = match (
        open.max_by_key(|grant| grant.closes_at),
        grants.iter().filter_map(Grant::last_moment).max(),
    ) {
        (Some(grant), _) => {
            Blocked::CountedOut { allowed: rule.sends.unwrap_or_default(), closes: grant.closes_at }
        }
        (None, Some(since)) => Blocked::Closed { since },
        (None, None) => Blocked::NeverWrote,
    };
    Window::Blocked { why }
}

/// Until when a person may answer freely under these grants: by hand too, where the channel leaves longer for that. `None`:
/// not now, or at any time.
pub fn by_hand_until(rule: &Rule, grants: &[Grant], now: Timestamp) -> Option<Timestamp> {
    rule.free?;
    let left = grants.iter().filter(|grant| grant.sends_left != Some(0));
    left.filter_map(Grant::last_moment).max().filter(|until| now < *until)
}

impl Grant {
    fn last_moment(&self) -> Option<Timestamp> {
        Some(self.person_until.map_or(self.closes_at, |until| until.max(self.closes_at)))
    }
}

impl Window {
    /// Whether this may leave now. The one question that every path which sends has to ask.
    pub const fn allows(&self, sender: Sender, content: Content) -> bool {
        match (self, content) {
            (Window::Unlimited | Window::Open { .. }, _) => true,
            (Window::PersonOnly { .. }, Content::Free) => matches!(sender, Sender::Person),
            (Window::PersonOnly { .. }, Content::Template) => matches!(sender, Sender::Person),
            (Window::TemplateOnly { .. }, Content::Template) => true,
            (Window::TemplateOnly { .. }, Content::Free) | (Window::Blocked { .. }, _) => false,
        }
    }

    /// Whether anything may leave now, whoever sends it.
    pub const fn is_open(&self) -> bool {
        matches!(self, Window::Unlimited | Window::Open { .. })
    }

    /// When the present state ends by itself.
    pub const fn closes(&self) -> Option<Timestamp> {
        match self {
            Window::Open { closes, .. } | Window::PersonOnly { closes } => Some(*closes),
            Window::Unlimited | Window::TemplateOnly { .. } | Window::Blocked { .. } => None,
        }
    }

    /// The word for the state in the API.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Window::Unlimited => "unlimited",
            Window::Open { .. } => "open",
            Window::PersonOnly { .. } => "person_only",
            Window::TemplateOnly { .. } => "template_only",
            Window::Blocked { .. } => "blocked",
        }
    }
}
