//! Libredesk, asked over its API. Shapes: `cmd/handlers.go` and the models of `internal/conversation`, `internal/user`
//! and `internal/inbox`, as of version 948ffd8; answers stand in an envelope `data`, pages have up to 500 rows.

pub mod dump;
mod shapes;

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::ask::{Ask, No};
use super::files::Files;
use super::told::{number, text, wanted};
use super::{Each, Page, Row, Source};
use crate::cli::Error;
use crate::domain::brought::{Attribute, Inbox, Origin, Person, Thread};
use crate::net::Client;
use shapes::{Shapes, moved};

/// Rows of one page.
const PAGE: usize = 200;

/// A Libredesk.
pub struct Libredesk {
    ask: Ask,
    shapes: Shapes,
}

impl Libredesk {
    /// The instance at `url`, seen with the key and the secret of an agent who may read everything.
    pub fn new(client: Client, url: &str, key: &str, secret: &str) -> Result<Libredesk, Error> {
        let word = STANDARD.encode(format!("{}:{}", key.trim(), secret.trim()));
        let ask = Ask::new(client, url, vec![("authorization", format!("Basic {word}"))])?;
        Ok(Libredesk { ask, shapes: Shapes::default() })
    }

    fn get(&self, path: &str) -> Result<Value, No> {
        let mut told = self.ask.get(&format!("/api/v1/{path}"))?;
        Ok(told.get_mut("data").map(Value::take).unwrap_or_default())
    }

    fn maybe(&self, path: &str) -> Result<Option<Value>, No> {
        match self.get(path) {
            Ok(found) => Ok(Some(found)),
            // A number that is not there is called a wrong input, or not found.
            Err(No::Gone(_)) => Ok(None),
            Err(other) => Err(other),
        }
    }
}

/// The instance at `base`: the same for its API and for a dump of its database.
fn origin(base: &str) -> Origin {
    Origin { key: format!("libredesk {base}"), name: "Libredesk" }
}

impl Source for Libredesk {
    fn origin(&self) -> Origin {
        origin(self.ask.base())
    }

    fn files(&self) -> Arc<dyn Files> {
        Arc::new(self.ask.clone())
    }

    fn inboxes(&mut self) -> Result<Vec<Inbox>, Error> {
        // The full list names people by their addresses; it needs one right more than the short one.
        for agent in self.maybe("agents")?.unwrap_or_default().as_array().into_iter().flatten() {
            self.shapes.work(agent);
        }
        for team in self.maybe("teams/compact")?.unwrap_or_default().as_array().into_iter().flatten() {
            self.shapes.teams.insert(text(team, "id"), text(team, "name"));
        }
        let told = self.get("inboxes")?;
        Ok(self.shapes.inboxes(told.as_array().map_or(&[], Vec::as_slice)))
    }

    fn attributes(&mut self) -> Result<Vec<Attribute>, Error> {
        let told = self.maybe("custom-attributes?applies_to=contact")?.unwrap_or_default();
        Ok(told.as_array().into_iter().flatten().filter_map(shapes::attribute).collect())
    }

    fn people(&mut self, page: u64) -> Result<Page<Person>, Error> {
        let path = format!("contacts?page={page}&page_size={PAGE}&order=asc&order_by=users.created_at");
        Ok(listed(&self.get(&path)?, "id", page)?)
    }

    fn person(&mut self, their: &str) -> Result<Option<Person>, No> {
        Ok(self
            .maybe(&format!("contacts/{their}"))?
            .map(|of| shapes::person(&of))
            .filter(|one| !one.their.is_empty()))
    }

    fn threads(&mut self, page: u64) -> Result<Page<Thread>, Error> {
        let order = "order=asc&order_by=conversations.created_at";
        let path = format!("conversations/all?page={page}&page_size={PAGE}&{order}");
        Ok(listed(&self.get(&path)?, "uuid", page)?)
    }

    fn thread(&mut self, their: &str) -> Result<Option<Thread>, No> {
        Ok(self.maybe(&format!("conversations/{their}"))?.map(|of| self.shapes.thread(&of)))
    }

    /// Messages come newest first. They are read in that order, so that one that comes meanwhile is at most read twice,
    /// and then given in the order of time.
    fn entries(&mut self, of: &Thread, each: &mut Each<'_>) -> Result<(), No> {
        let (mut all, mut page) = (Vec::new(), 1);
        loop {
            let told =
                self.get(&format!("conversations/{}/messages?page={page}&page_size={PAGE}", of.their))?;
            let rows = wanted(&told, "results")?;
            all.extend(rows.iter().map(|one| self.shapes.entry(one, &of.inbox)));
            if rows.is_empty() || number(&told, "total_pages").is_none_or(|pages| pages <= page) {
                break;
            }
            page += 1;
        }
        all.reverse();
        Ok(each(all)?)
    }
}

/// A page of a list that tells numbers only.
fn listed<T>(told: &Value, name: &str, page: u64) -> Result<Page<T>, No> {
    let rows = wanted(told, "results")?.iter().map(|one| Row {
        their: text(one, name),
        moved_at: moved(one),
        whole: None,
    });
    let last = number(told, "total_pages").is_none_or(|pages| pages <= page);
    Ok(Page { all: number(told, "total"), rows: rows.collect(), last })
}
