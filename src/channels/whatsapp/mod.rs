//! WhatsApp, through Meta's Cloud API.

mod errors;
mod media;
mod message;
mod parse;
mod send;
mod template;

use std::io::Write;
use std::time::Duration;

use serde_json::Value;

use super::meta::{self, GRAPH};
use super::{
    Access, Account, Answer, Check, Fetched, Field, Forged, Hook, Malformed, Order, Provider, Raw, Reacting,
    cards,
};
use crate::domain::Timestamp;
use crate::domain::channel::{Card, Kind, Settings};
use crate::domain::inbound::Event;
use crate::domain::outbox::{Failure, Outcome};
use crate::domain::template::Template;
use crate::net::{self, Body, Call, Client};

/// WhatsApp.
pub(super) struct Whatsapp;

const TIME: Duration = Duration::from_secs(30);
/// Answers of the API are small; lists come in pages.
const ANSWER: u64 = 4 * 1024 * 1024;

const FIELDS: [Field; 7] = [
    Field::digits("phone_number_id"),
    Field::digits("business_account_id"),
    Field::secret("access_token"),
    Field::secret("app_secret"),
    Field::secret("verify_token").or("*"),
    super::API_BASE,
    super::TEXT_LIMIT.optional(),
];

impl Provider for Whatsapp {
    fn kind(&self) -> Kind {
        Kind::Whatsapp
    }

    fn fields(&self) -> &'static [Field] {
        &FIELDS
    }

    fn card(&self, settings: &Settings) -> Card {
        cards::card(Kind::Whatsapp, settings)
    }

    fn handshake(&self, account: &Account, hook: &Hook<'_>) -> Option<Answer> {
        meta::handshake(account, hook)
    }

    fn verify(&self, account: &Account, hook: &Hook<'_>) -> Result<(), Forged> {
        meta::verify(account, hook)
    }

    fn parse(&self, account: &Account, raw: &Raw<'_>) -> Result<Vec<Event>, Malformed> {
        parse::parse(account.get("phone_number_id"), raw)
    }

    fn send(&self, account: &Account, client: &Client, order: &Order<'_>) -> Outcome {
        match send::send(&Graph { account, client }, order) {
            Ok(provider_id) => Outcome::Sent { provider_id },
            Err(failure) => Outcome::Failed(failure),
        }
    }

    fn react(&self, account: &Account, client: &Client, reacting: &Reacting<'_>) -> Result<(), Failure> {
        send::react(&Graph { account, client }, reacting)
    }

    fn fetch(
        &self,
        account: &Account,
        client: &Client,
        source: &Value,
        sink: &mut dyn Write,
    ) -> Result<Fetched, Failure> {
        media::fetch(&Graph { account, client }, source, sink)
    }

    fn access(&self, account: &Account, client: &Client, now: Timestamp) -> Option<Result<Access, Failure>> {
        Some(meta::access(account, client, now))
    }

    fn test(&self, account: &Account, client: &Client) -> Vec<Check> {
        test(&Graph { account, client })
    }

    fn templates(&self, account: &Account, client: &Client) -> Option<Result<Vec<Template>, Failure>> {
        let graph = Graph { account, client };
        Some(meta::template::all(account, account.get("business_account_id"), |path| graph.get(path)))
    }
}

/// The API as this account calls it.
struct Graph<'a> {
    account: &'a Account,
    client: &'a Client,
}

impl Graph<'_> {
    fn url(&self, path: &str) -> String {
        meta::url(self.account, GRAPH, path)
    }

    fn bearer(&self) -> String {
        meta::bearer(self.account)
    }

    /// Whether an administrator chose where the API is.
    fn moved(&self) -> bool {
        self.account.has_own_api()
    }

    fn call(&self, method: &'static str, url: &str, body: Body<'_>) -> Result<net::Answer, net::CallError> {
        let bearer = self.bearer();
        let headers = [("authorization", bearer.as_str()), ("accept", "application/json")];
        let call =
            Call { method, url, headers: &headers, body, time: TIME, trusted: self.moved(), most: ANSWER };
        self.client.call(call)
    }

    /// What stands at `path`, or why it cannot be read.
    fn get(&self, path: &str) -> Result<Value, Failure> {
        let answer = self.call("GET", &self.url(path), Body::None).map_err(super::unanswered_harmless)?;
        if answer.is_success() {
            serde_json::from_slice(&answer.body).map_err(|fault| {
                Failure::later(crate::domain::outbox::Cause::Transient, fault.to_string(), None)
            })
        } else {
            Err(errors::refused(&answer))
        }
    }
}

fn test(graph: &Graph<'_>) -> Vec<Check> {
    let number = graph.account.get("phone_number_id");
    let phone = graph.get(&format!("{number}?fields=display_phone_number,verified_name"));
    let mut checks = Vec::new();
    match phone {
        Err(failure)
            if failure.cause == crate::domain::outbox::Cause::Auth && !errors::is_missing(&failure) =>
        {
            checks.push(Check { step: "token", outcome: Err(failure.message) });
            return checks;
        }
        Err(failure) => {
            checks.push(Check { step: "phone_number", outcome: Err(failure.message) });
            return checks;
        }
        Ok(phone) => {
            checks.push(Check { step: "token", outcome: Ok(String::new()) });
            let shown = [&phone["display_phone_number"], &phone["verified_name"]];
            let shown: Vec<&str> = shown.into_iter().filter_map(Value::as_str).collect();
            checks.push(Check { step: "phone_number", outcome: Ok(shown.join(" · ")) });
        }
    }
    checks.push(Check { step: "webhook", outcome: subscribed(graph) });
    checks
}

/// The names of the apps that get this account's webhooks.
fn subscribed(graph: &Graph<'_>) -> Result<String, String> {
    let business = graph.account.get("business_account_id");
    let apps = graph.get(&format!("{business}/subscribed_apps")).map_err(|failure| failure.message)?;
    let names: Vec<&str> = apps["data"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|app| app.pointer("/whatsapp_business_api_data/name").and_then(Value::as_str).unwrap_or("?"))
        .collect();
    if names.is_empty() {
        Err(format!("no app is subscribed; call {}", graph.account.hook_url()))
    } else {
        Ok(names.join(", "))
    }
}
