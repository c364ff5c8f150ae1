//! Where somebody is in the inbox: the list's query, as it stands in every URL of the desk.

use crate::domain::Id;
use crate::domain::channel::Channel;
use crate::domain::conversation::{Sort, Status, View};
use crate::domain::filter::Rule;

/// Which list one looks at. The URL is the state; what is left at its default stays out of the URL.
#[derive(Clone, PartialEq, Debug)]
pub struct Place {
    pub view: View,
    pub status: Status,
    pub sort: Sort,
    pub channel: Option<Id<Channel>>,
    pub q: String,
    /// A condition that narrows the list.
    pub only: Option<Rule>,
    /// The key of the last row of the page before.
    pub after: String,
}

impl Default for Place {
    fn default() -> Self {
        Place {
            view: View::Mine,
            status: Status::Open,
            sort: Sort::Newest,
            channel: None,
            q: String::new(),
            only: None,
            after: String::new(),
        }
    }
}

impl Place {
    /// The same list in the order that leaves nothing out.
    pub fn in_no_order(&self) -> Place {
        Place { sort: Sort::Newest, after: String::new(), ..self.clone() }
    }

    /// `path` with this place as its query.
    pub fn href(&self, path: &str) -> String {
        let query = self.query();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }

    /// The query without its question mark; empty at the default place.
    pub fn query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.fields() {
            query.append_pair(name, &value);
        }
        query.finish()
    }

    /// The same as names and values, for the hidden fields of a form.
    pub fn fields(&self) -> Vec<(&'static str, String)> {
        let mut fields = Vec::new();
        if self.view != View::Mine {
            fields.push(("view", self.view.as_text()));
        }
        if self.status != Status::Open {
            fields.push(("status", self.status.as_str().to_owned()));
        }
        if self.sort != Sort::Newest {
            fields.push(("sort", self.sort.as_str().to_owned()));
        }
        if let Some(channel) = self.channel {
            fields.push(("channel", channel.to_string()));
        }
        if let Some(only) = &self.only {
            fields.push(("only", only.clone().into()));
        }
        if !self.q.is_empty() {
            fields.push(("q", self.q.clone()));
        }
        if !self.after.is_empty() {
            fields.push(("after", self.after.clone()));
        }
        fields
    }

    /// Another inbox with the same filters, from its beginning.
    pub fn in_view(&self, view: View) -> Place {
        Place { view, after: String::new(), ..self.clone() }
    }

    /// Another status of the same inbox.
    pub fn in_status(&self, status: Status) -> Place {
        Place { status, after: String::new(), ..self.clone() }
    }

    /// The page that begins after this key.
    pub fn after(&self, after: &str) -> Place {
        Place { after: after.to_owned(), ..self.clone() }
    }
}
