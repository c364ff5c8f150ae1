//! Chatwoot, asked over its application API. Shapes: its `swagger/` and `app/views/api/v1/` (JSON builders); pages of 15
//! contacts and 25 conversations, messages after a number a hundred at a time (`app/finders/message_finder.rb`).

pub mod dump;
mod shapes;
mod tables;

use std::sync::Arc;

use serde_json::Value;

use super::ask::{Ask, No};
use super::files::Files;
use super::told::{list, number, text, wanted};
use super::{Each, Page, Row, Source};
use crate::cli::Error;
use crate::domain::brought::{Attribute, Inbox, Origin, Person, Thread};
use crate::net::Client;
use shapes::{Shapes, moved, part};

/// An account of a Chatwoot.
pub struct Chatwoot {
    ask: Ask,
    account: String,
    shapes: Shapes,
}

impl Chatwoot {
    /// The account number `account` of the instance at `url`, seen with the access token of an administrator.
    pub fn new(client: Client, url: &str, token: &str, account: u64) -> Result<Chatwoot, Error> {
        let ask = Ask::new(client, url, vec![("api_access_token", token.trim().to_owned())])?;
        Ok(Chatwoot { ask, account: account.to_string(), shapes: Shapes::default() })
    }

    fn get(&self, path: &str) -> Result<Value, No> {
        self.ask.get(&format!("/api/v1/accounts/{}/{path}", self.account))
    }

    /// The same where it may be absent: older versions and other roles have less.
    fn maybe(&self, path: &str) -> Result<Option<Value>, No> {
        match self.get(path) {
            Ok(found) => Ok(Some(found)),
            Err(No::Gone(_)) => Ok(None),
            Err(other) => Err(other),
        }
    }
}

/// The account `account` of the instance at `base`: the same for its API and for a dump of its database.
fn origin(base: &str, account: &str) -> Origin {
    Origin { key: format!("chatwoot {base} {account}"), name: "Chatwoot" }
}

impl Source for Chatwoot {
    fn origin(&self) -> Origin {
        origin(self.ask.base(), &self.account)
    }

    fn files(&self) -> Arc<dyn Files> {
        Arc::new(self.ask.clone())
    }

    fn inboxes(&mut self) -> Result<Vec<Inbox>, Error> {
        let agents = self.maybe("agents")?.unwrap_or_default();
        for agent in agents.as_array().into_iter().flatten() {
            self.shapes.work(agent);
        }
        let told = self.get("inboxes")?;
        Ok(self.shapes.inboxes(list(&told, "payload")))
    }

    fn attributes(&mut self) -> Result<Vec<Attribute>, Error> {
        let told = self.maybe("custom_attribute_definitions?attribute_model=contact_attribute")?;
        let told = told.unwrap_or_default();
        Ok(told.as_array().into_iter().flatten().filter_map(shapes::attribute).collect())
    }

    fn people(&mut self, page: u64) -> Result<Page<Person>, Error> {
        let told = self.get(&format!("contacts?include_contact_inboxes=true&sort=name&page={page}"))?;
        let rows: Vec<Row<Person>> = wanted(&told, "payload")?
            .iter()
            .map(|one| Row { their: text(one, "id"), moved_at: None, whole: Some(self.shapes.person(one)) })
            .collect();
        Ok(Page { all: number(part(&told, "meta"), "count"), last: rows.is_empty(), rows })
    }

    fn person(&mut self, their: &str) -> Result<Option<Person>, No> {
        let told = self.maybe(&format!("contacts/{their}?include_contact_inboxes=true"))?;
        Ok(told.map(|told| self.shapes.person(part(&told, "payload"))).filter(|one| !one.their.is_empty()))
    }

    fn threads(&mut self, page: u64) -> Result<Page<Thread>, Error> {
        let path = format!("conversations?status=all&assignee_type=all&sort_by=created_at_asc&page={page}");
        let told = self.get(&path)?;
        let data = part(&told, "data");
        let rows: Vec<Row<Thread>> = wanted(data, "payload")?
            .iter()
            .map(|one| Row {
                their: text(one, "id"),
                moved_at: moved(one),
                whole: Some(self.shapes.thread(one)),
            })
            .collect();
        Ok(Page { all: number(part(data, "meta"), "all_count"), last: rows.is_empty(), rows })
    }

    fn thread(&mut self, their: &str) -> Result<Option<Thread>, No> {
        let told = self.maybe(&format!("conversations/{their}"))?;
        Ok(told.map(|told| self.shapes.thread(&told)))
    }

    fn entries(&mut self, of: &Thread, each: &mut Each<'_>) -> Result<(), No> {
        let mut after = 0;
        loop {
            let told = self.get(&format!("conversations/{}/messages?after={after}", of.their))?;
            let page = wanted(&told, "payload")?;
            let newest = page.iter().filter_map(|one| number(one, "id")).max().unwrap_or(after);
            if newest <= after {
                // What has no number is given all the same, so that somebody is told of it.
                let odd = page.iter().filter(|one| number(one, "id").is_none());
                return Ok(each(odd.map(|one| self.shapes.entry(one, &of.inbox)).collect())?);
            }
            after = newest;
            each(page.iter().map(|one| self.shapes.entry(one, &of.inbox)).collect())?;
        }
    }
}
