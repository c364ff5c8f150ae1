//! Facebook Messenger and Instagram: two accounts of the Messenger Platform that speak nearly the same words.
//! Sources: developers.facebook.com/documentation/business-messaging (messenger-platform send-messages of
//! May 2026 and error-codes of June 2026, instagram-messaging webhooks of September 2026).
//!
//! After 24 hours a person may answer for up to seven days under the HUMAN_AGENT tag, if Meta approved that
//! for the page (`human_agent=yes`). Every other tag answers error 100 since April 2026 and is never sent.
//!
//! Not confirmed by a page of Meta's that we could read: shared places of Messenger, the limit of 2000 characters, that Instagram takes a file in the
//! request that carries its message, and the word for codes 1200, 17, 32 and 80006. Only read in other
//! programs: 100/2018276 as the answer to a HUMAN_AGENT tag that was not approved.

mod errors;
mod read;
mod send;

use std::io::Write;

use serde_json::{Value, json};

use super::meta;
use super::talk::{Talk, Target, download, text_at};
use super::{
    API_BASE, Access, Account, Answer, Check, Fetched, Field, Forged, Hook, Input, Malformed, Order, Profile,
    Provider, Raw, Reacting, TEXT_LIMIT, card,
};
use crate::domain::channel::{Card, Kind, Settings};
use crate::domain::contact::AddressKind;
use crate::domain::inbound::Event;
use crate::domain::outbox::{Failure, Outcome};
use crate::domain::template::Template;
use crate::domain::{Span, Timestamp};
use crate::net::Client;

const INSTAGRAM_GRAPH: &str = "https://graph.instagram.com";

const VERIFY: Field = Field { secret: true, ..Field::text("verify_token").or("*") };
const HUMAN_AGENT: Field = Field { input: Input::YesNo, ..Field::text("human_agent").or("no") };
const LOGIN: Field =
    Field { input: Input::Choice(&["page", "instagram"]), ..Field::text("login").or("page") };

const MESSENGER_FIELDS: &[Field] = &[
    Field::digits("page_id"),
    Field::secret("access_token"),
    Field::secret("app_secret"),
    VERIFY,
    HUMAN_AGENT,
    API_BASE,
    TEXT_LIMIT.optional(),
];

const INSTAGRAM_FIELDS: &[Field] = &[
    Field::digits("account_id"),
    LOGIN,
    Field::secret("access_token"),
    Field::secret("app_secret"),
    VERIFY,
    HUMAN_AGENT,
    API_BASE,
    TEXT_LIMIT.optional(),
];

/// What a page has to be subscribed to.
const SUBSCRIPTION: &str = "messages,messaging_postbacks,message_echoes,message_deliveries,message_reads,\
    message_reactions,message_edits,messaging_referrals,messenger_template_status_update";
/// What a page has to be subscribed to so that the messages of its Instagram account come.
const PAGE_SUBSCRIPTION: &str = "messages";
const INSTAGRAM_SUBSCRIPTION: &str =
    "messages,messaging_postbacks,messaging_seen,message_reactions,messaging_referral";

/// An account of the Messenger Platform, of either kind.
pub struct Platform {
    kind: Kind,
    fields: &'static [Field],
    address: AddressKind,
    /// The setting that names the account in deliveries.
    own: &'static str,
    /// What is asked of a person; the first of the names that is there is taken.
    person: &'static str,
}

/// A Facebook page.
pub static MESSENGER: Platform = Platform {
    kind: Kind::Messenger,
    fields: MESSENGER_FIELDS,
    address: AddressKind::Messenger,
    own: "page_id",
    person: "name,profile_pic",
};

/// An Instagram professional account.
pub static INSTAGRAM: Platform = Platform {
    kind: Kind::Instagram,
    fields: INSTAGRAM_FIELDS,
    address: AddressKind::Instagram,
    own: "account_id",
    person: "name,username,profile_pic",
};

impl Provider for Platform {
    fn kind(&self) -> Kind {
        self.kind
    }

    fn fields(&self) -> &'static [Field] {
        self.fields
    }

    fn card(&self, settings: &Settings) -> Card {
        card(self.kind, settings)
    }

    fn handshake(&self, account: &Account, hook: &Hook<'_>) -> Option<Answer> {
        meta::handshake(account, hook)
    }

    fn verify(&self, account: &Account, hook: &Hook<'_>) -> Result<(), Forged> {
        meta::verify(account, hook)
    }

    fn parse(&self, account: &Account, raw: &Raw<'_>) -> Result<Vec<Event>, Malformed> {
        read::read(self.address, account.get(self.own), raw)
    }

    fn send(&self, account: &Account, client: &Client, order: &Order<'_>) -> Outcome {
        send::send(&Graph::new(account, client), order)
    }

    fn react(&self, account: &Account, client: &Client, reacting: &Reacting<'_>) -> Result<(), Failure> {
        send::react(&Graph::new(account, client), reacting)
    }

    fn fetch(
        &self,
        account: &Account,
        client: &Client,
        source: &Value,
        sink: &mut dyn Write,
    ) -> Result<Fetched, Failure> {
        fetch(account, client, source, sink)
    }

    /// messenger-platform/identity/user-profile of March 2026. Only who wrote to the account can be asked for.
    fn profile(&self, account: &Account, client: &Client, person: &str) -> Option<Result<Profile, Failure>> {
        let graph = Graph::new(account, client);
        let person: String = form_urlencoded::byte_serialize(person.as_bytes()).collect();
        let url = graph.url(&format!("{person}?fields={}", self.person));
        Some(meta::get(account, client, &url).and_then(|talk| {
            if !talk.ok() {
                return Err(errors::failure(&talk));
            }
            let name = ["/name", "/username"].iter().find_map(|at| text_at(&talk.json, at));
            let picture = text_at(&talk.json, "/profile_pic").map(|url| json!({ "url": url }));
            Ok(Profile { name, picture })
        }))
    }

    fn access(&self, account: &Account, client: &Client, now: Timestamp) -> Option<Result<Access, Failure>> {
        let graph = Graph::new(account, client);
        Some(if graph.own == INSTAGRAM_GRAPH {
            renew(&graph, now)
        } else {
            meta::access(account, client, now)
        })
    }

    fn test(&self, account: &Account, client: &Client) -> Vec<Check> {
        let graph = Graph::new(account, client);
        match (self.kind, account.get("login")) {
            (Kind::Instagram, "instagram") => {
                let known = graph.named("me?fields=user_id,username", "/user_id");
                graph.test(known.and_then(|id| graph.same(&id)), INSTAGRAM_SUBSCRIPTION)
            }
            (Kind::Instagram, _) => {
                let linked =
                    graph.named("me?fields=instagram_business_account", "/instagram_business_account/id");
                graph.test(linked.and_then(|id| graph.same(&id)), PAGE_SUBSCRIPTION)
            }
            _ => {
                let page = graph.named(&format!("{}?fields=id,name", graph.node), "/name");
                graph.test(page, SUBSCRIPTION)
            }
        }
    }

    /// Meta drops a page after an hour in which deliveries failed, so it is asked, and subscribed again, each hour.
    fn holds(&self) -> Span {
        Span::hours(1)
    }

    fn templates(&self, account: &Account, client: &Client) -> Option<Result<Vec<Template>, Failure>> {
        let graph = Graph::new(account, client);
        (self.kind == Kind::Messenger).then(|| {
            meta::template::all(account, graph.node, |path| {
                let talk = meta::get(account, client, &graph.url(path))?;
                if talk.ok() { Ok(talk.json) } else { Err(errors::failure(&talk)) }
            })
        })
    }
}

/// The token of an Instagram login lives sixty days and can be renewed from its second day on
/// (instagram-platform/reference/refresh_access_token). It is renewed every month, long before it ends.
fn renew(graph: &Graph<'_>, now: Timestamp) -> Result<Access, Failure> {
    let token: String =
        form_urlencoded::byte_serialize(graph.account.get("access_token").as_bytes()).collect();
    // This address has no version.
    let base = graph.account.api(graph.own);
    let url = format!("{base}/refresh_access_token?grant_type=ig_refresh_token&access_token={token}");
    let talk = Target { client: graph.client, url: &url, headers: &[], trusted: graph.account.has_own_api() }
        .get()?;
    let lives = talk.json.get("expires_in").and_then(Value::as_i64).map(Span::seconds);
    match (talk.text("/access_token"), lives) {
        (Some(token), Some(lives)) if talk.ok() => {
            let secrets = [("access_token".to_owned(), token)].into();
            Ok(Access { until: Some(now + lives), again: now + Span::days(30), secrets })
        }
        _ => Err(errors::failure(&talk)),
    }
}

/// The API as this account calls it.
struct Graph<'a> {
    account: &'a Account,
    client: &'a Client,
    own: &'static str,
    /// On whose behalf is called: an Instagram account with a page is spoken for by the page of the token.
    node: &'a str,
}

impl<'a> Graph<'a> {
    fn new(account: &'a Account, client: &'a Client) -> Graph<'a> {
        let (own, node) = match (account.channel.kind, account.get("login")) {
            (Kind::Instagram, "instagram") => (INSTAGRAM_GRAPH, account.get("account_id")),
            (Kind::Instagram, _) => (meta::GRAPH, "me"),
            _ => (meta::GRAPH, account.get("page_id")),
        };
        Graph { account, client, own, node }
    }

    fn url(&self, path: &str) -> String {
        meta::url(self.account, self.own, path)
    }

    /// Calls `edge` of the node with POST, by whatever `ask` says there.
    fn post(
        &self,
        edge: &str,
        ask: impl FnOnce(&Target<'_>) -> Result<Talk, Failure>,
    ) -> Result<Talk, Failure> {
        let (url, bearer) = (self.url(&format!("{}/{edge}", self.node)), meta::bearer(self.account));
        let headers = [("authorization", bearer.as_str())];
        let target =
            Target { client: self.client, url: &url, headers: &headers, trusted: self.account.has_own_api() };
        ask(&target)
    }

    /// The text at `pointer` of what stands at `path`, or the provider's words.
    fn named(&self, path: &str, pointer: &str) -> Result<String, Told> {
        match meta::get(self.account, self.client, &self.url(path)) {
            Ok(talk) if talk.ok() => Ok(talk.text(pointer).unwrap_or_default()),
            Ok(talk) => Err(Told::by(&errors::failure(&talk))),
            Err(failure) => Err(Told::by(&failure)),
        }
    }

    /// Whether `id` is the account that the settings name.
    fn same(&self, id: &str) -> Result<String, Told> {
        let wanted = self.account.get("account_id");
        if id == wanted {
            return Ok(id.to_owned());
        }
        Err(Told { step: "page", words: format!("{wanted} ≠ {id}") })
    }

    /// Says whether the token is good, and subscribes again: after an hour of failures Meta unsubscribes a
    /// page silently.
    fn test(&self, known: Result<String, Told>, fields: &str) -> Vec<Check> {
        let found = match known {
            Ok(found) => found,
            Err(told) if told.step == "token" => {
                return vec![Check { step: "token", outcome: Err(told.words) }];
            }
            Err(told) => {
                let token = Check { step: "token", outcome: Ok(String::new()) };
                return vec![token, Check { step: told.step, outcome: Err(told.words) }];
            }
        };
        let form = |target: &Target<'_>| target.post_form(&[("subscribed_fields", fields)]);
        let webhook = match self.post("subscribed_apps", form) {
            Ok(talk) if talk.ok() => Ok(self.account.hook_url()),
            Ok(talk) => Err(errors::failure(&talk).message),
            Err(failure) => Err(failure.message),
        };
        vec![
            Check { step: "token", outcome: Ok(String::new()) },
            Check { step: "page", outcome: Ok(found) },
            Check { step: "webhook", outcome: webhook },
        ]
    }
}

/// What a step of the test came to.
struct Told {
    step: &'static str,
    words: String,
}

impl Told {
    /// An account that is not there is one thing, a token that is not good another.
    fn by(failure: &Failure) -> Told {
        let missing = failure.message.contains("(#100)") || failure.message.contains("(#803)");
        Told { step: if missing { "page" } else { "token" }, words: failure.message.clone() }
    }
}

/// The address is signed and serves whoever has it, so no token goes with the question.
fn fetch(
    account: &Account,
    client: &Client,
    source: &Value,
    sink: &mut dyn Write,
) -> Result<Fetched, Failure> {
    let url = source.get("url").and_then(Value::as_str).unwrap_or_default();
    let trusted = account.is_own_host(url);
    download(&Target { client, url, headers: &[], trusted }, sink)?;
    Ok(Fetched { media_type: None, name: None })
}
