//! What the desk puts into the gaps of prepared texts by itself: the name of the customer, the date, a number.

use std::collections::BTreeMap;

use jiff::Zoned;

/// Something that every desk knows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Parameter {
    ContactName,
    ContactFirst,
    ContactAddress,
    AgentName,
    AgentFirst,
    Team,
    Queue,
    Channel,
    Conversation,
    Subject,
    Date,
    Time,
}

impl Parameter {
    pub const ALL: [Parameter; 12] = [
        Parameter::ContactName,
        Parameter::ContactFirst,
        Parameter::ContactAddress,
        Parameter::AgentName,
        Parameter::AgentFirst,
        Parameter::Team,
        Parameter::Queue,
        Parameter::Channel,
        Parameter::Conversation,
        Parameter::Subject,
        Parameter::Date,
        Parameter::Time,
    ];

    /// The name of its gap. The dot keeps it apart from gaps that people fill.
    pub const fn as_str(self) -> &'static str {
        match self {
            Parameter::ContactName => "contact.name",
            Parameter::ContactFirst => "contact.first_name",
            Parameter::ContactAddress => "contact.address",
            Parameter::AgentName => "agent.name",
            Parameter::AgentFirst => "agent.first_name",
            Parameter::Team => "team.name",
            Parameter::Queue => "queue.name",
            Parameter::Channel => "channel.name",
            Parameter::Conversation => "conversation.number",
            Parameter::Subject => "conversation.subject",
            Parameter::Date => "date.today",
            Parameter::Time => "time.now",
        }
    }
}

/// The names that only the desk fills begin so.
const AREAS: [&str; 9] =
    ["contact.", "agent.", "team.", "queue.", "channel.", "conversation.", "date.", "time.", FIELD];
/// Before the name of a field of the team's own.
pub const FIELD: &str = "field.";

/// Where what stands in a gap comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Source {
    /// The desk, under this name.
    Desk(String),
    /// It looks like the desk's, and the desk knows no such thing.
    Unknown,
    /// Whoever sends it.
    Person,
}

impl Source {
    /// The source of a gap of this name.
    pub fn of(name: &str) -> Source {
        let known = Parameter::ALL.iter().any(|parameter| parameter.as_str() == name);
        let field = name.strip_prefix(FIELD).is_some_and(|field| !field.trim().is_empty());
        if known || field {
            Source::Desk(name.to_owned())
        } else if AREAS.iter().any(|area| name.starts_with(area)) {
            Source::Unknown
        } else {
            Source::Person
        }
    }
}

/// What the desk knows where something is written, by the names of the gaps.
#[derive(Clone, Debug, Default)]
pub struct Known(BTreeMap<String, String>);

impl Known {
    /// Adds what is known; an empty value is not known.
    pub fn put(&mut self, parameter: Parameter, value: &str) {
        self.insert(parameter.as_str().to_owned(), value);
    }

    /// Adds a field of the team's own.
    pub fn put_field(&mut self, name: &str, value: &str) {
        self.insert(format!("{FIELD}{name}"), value);
    }

    fn insert(&mut self, name: String, value: &str) {
        // A name or a subject with a line break in it is one line inside a sentence.
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        if !value.is_empty() {
            self.0.insert(name, value);
        }
    }

    /// What stands under this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

/// A day as people write it in this language; where that is not known, as computers do.
pub fn date(language: &str, here: &Zoned) -> String {
    let format = match language.split(['_', '-']).next() {
        // The words of the format are English.
        Some("en") => "%-d %B %Y",
        Some("es" | "ca" | "fr" | "it" | "pt") => "%-d/%-m/%Y",
        Some("de" | "cs" | "pl" | "nb" | "fi") => "%-d.%-m.%Y",
        _ => "%Y-%m-%d",
    };
    here.strftime(format).to_string()
}

/// The first of several names.
pub fn first(name: &str) -> &str {
    name.split_whitespace().next().unwrap_or_default()
}
