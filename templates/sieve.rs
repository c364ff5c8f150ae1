//! What a list can be narrowed by, in words: the choices of the filter and of the builder of saved views.

use maud::{Markup, html};

use super::labels::priority_name;
use crate::domain::Id;
use crate::domain::agent::Agent;
use crate::domain::channel::Channel;
use crate::domain::field::{Field, Kind};
use crate::domain::filter::{Test, Who};
use crate::domain::queue::Queue;
use crate::domain::tag::{Priority, Tag};
use crate::i18n::Texts;

/// What the team has, to choose from.
#[derive(Default)]
pub struct Choices {
    pub tags: Vec<Tag>,
    pub channels: Vec<(Id<Channel>, String)>,
    pub queues: Vec<(Id<Queue>, String)>,
    pub agents: Vec<(Id<Agent>, String)>,
    /// The team's own fields of contacts.
    pub fields: Vec<Field>,
}

type Group = (String, Vec<(Test, String)>);

impl Choices {
    fn groups(&self, t: &Texts) -> Vec<Group> {
        let tags = self.tags.iter().map(|tag| (Test::Tag(tag.id), tag.name.clone()));
        let tagged = std::iter::once((Test::Tagged, t.sieve_any_tag().to_owned()));
        let priorities =
            Priority::ALL.map(|level| (Test::Priority(level), priority_name(t, level).to_owned()));
        let whose =
            [(Test::Assignee(Who::Me), t.sieve_me()), (Test::Assignee(Who::Nobody), t.sieve_nobody())];
        let whose = whose.map(|(test, words)| (test, words.to_owned())).into_iter();
        let agents = self.agents.iter().map(|(id, name)| (Test::Assignee(Who::Agent(*id)), name.clone()));
        let queues = self.queues.iter().map(|(id, name)| (Test::Queue(Some(*id)), name.clone()));
        let none = std::iter::once((Test::Queue(None), t.sieve_no_queue().to_owned()));
        let channels = self.channels.iter().map(|(id, name)| (Test::Channel(*id), name.clone()));
        let states = [
            (Test::Unread, t.sieve_unread()),
            (Test::Unanswered, t.sieve_unanswered()),
            (Test::Failed, t.sieve_failed()),
            (Test::Closing(120), t.sieve_closing()),
            (Test::WindowOpen, t.sieve_window_open()),
            (Test::Blocked, t.sieve_blocked()),
        ];
        let times = [
            (Test::Waiting(60), t.sieve_waiting_hour()),
            (Test::Waiting(240), t.sieve_waiting_hours()),
            (Test::Waiting(1440), t.sieve_waiting_day()),
            (Test::Quiet(1440), t.sieve_quiet_day()),
            (Test::Quiet(4320), t.sieve_quiet_days()),
            (Test::Quiet(10080), t.sieve_quiet_week()),
        ];
        let own = |(test, words): (Test, &str)| (test, words.to_owned());
        let common = vec![
            (t.sieve_state(), states.map(own).to_vec()),
            (t.sieve_time(), times.map(own).to_vec()),
            (t.label_priority(), priorities.to_vec()),
            (t.sieve_tag(), tagged.chain(tags).collect()),
            (t.sieve_whose(), whose.chain(agents).collect()),
            (t.sieve_queue(), none.chain(queues).collect()),
            (t.inbox_channel(), channels.collect()),
        ];
        let common = common.into_iter().map(|(name, tests)| (name.to_owned(), tests));
        common.chain(self.fields.iter().map(|field| (field.name.clone(), values(t, field)))).collect()
    }

    /// Whether there is a field whose values nobody can list.
    pub fn asks_for_values(&self) -> bool {
        self.fields.iter().any(is_free)
    }

    /// The value that was typed beside a condition.
    pub fn typed<'t>(&self, test: Option<&'t Test>) -> &'t str {
        match test {
            Some(Test::Field(id, value)) if self.is_free(*id) => value,
            _ => "",
        }
    }

    fn is_free(&self, id: Id<Field>) -> bool {
        self.fields.iter().any(|field| field.id == id && is_free(field))
    }

    /// The options of a select without a place beside it for a value.
    pub fn narrow(&self, t: &Texts, chosen: Option<&Test>, none: &str) -> Markup {
        let mut groups = self.groups(t);
        groups.retain(|(_, tests)| {
            !tests.iter().any(|(test, _)| matches!(test, Test::Field(_, value) if value.is_empty()))
        });
        select(&groups, &chosen.map(ToString::to_string).unwrap_or_default(), none)
    }

    /// The options of a select; the first stands for nothing.
    pub fn options(&self, t: &Texts, chosen: Option<&Test>, none: &str) -> Markup {
        let chosen = match chosen {
            Some(Test::Field(id, _)) if self.is_free(*id) => Test::Field(*id, String::new()).to_string(),
            other => other.map(ToString::to_string).unwrap_or_default(),
        };
        select(&self.groups(t), &chosen, none)
    }

    /// The words of a test, as they stand above a narrowed list.
    pub fn words(&self, t: &Texts, test: &Test) -> String {
        if let Test::Field(id, value) = test
            && let Some(field) = self.fields.iter().find(|field| field.id == *id && is_free(field))
        {
            return format!("{}: {value}", field.name);
        }
        let groups = self.groups(t);
        let found = groups.iter().find_map(|(name, tests)| {
            let (_, words) = tests.iter().find(|(known, _)| known == test)?;
            Some(format!("{name}: {words}"))
        });
        found.unwrap_or_else(|| test.to_string())
    }
}

/// Whether a field takes any value, so that it is typed and not chosen.
fn is_free(field: &Field) -> bool {
    matches!(field.kind, Kind::Text | Kind::Number | Kind::Date)
}

/// What can be chosen of a field.
fn values(t: &Texts, field: &Field) -> Vec<(Test, String)> {
    let test = |value: &str, words: &str| (Test::Field(field.id, value.to_owned()), words.to_owned());
    match field.kind {
        Kind::Choice => field.choices.iter().map(|choice| test(choice, choice)).collect(),
        Kind::Yes => vec![test("yes", t.segments_yes())],
        Kind::Text | Kind::Number | Kind::Date => vec![test("", t.sieve_beside())],
    }
}

fn select(groups: &[Group], chosen: &str, none: &str) -> Markup {
    let known = groups.iter().flat_map(|(_, tests)| tests).any(|(test, _)| test.to_string() == chosen);
    html! {
        option value="" { (none) }
        // What was chosen elsewhere, or is gone by now, stays chosen.
        @if !known && !chosen.is_empty() { option value=(chosen) selected { (chosen) } }
        @for (name, tests) in groups {
            @if !tests.is_empty() {
                optgroup label=(name) {
                    @for (test, words) in tests {
                        option value=(test) selected[test.to_string() == chosen] { (words) }
                    }
                }
            }
        }
    }
}
