//! Mails of the desk to its own people about their account, as a mailbox of the desk sends them.

use jiff::tz::TimeZone;
use serde_json::Value;

use super::{Account, Order, provider};
use crate::domain::Timestamp;
use crate::domain::alert::{Alert, Of};
use crate::domain::contact::AddressKind;
use crate::domain::mail::{Envelope, GENERATED, Mailbox};
use crate::domain::outbox::{Cause, Failure, Outcome};
use crate::domain::window::{Sender, Window};
use crate::i18n::{Language, Texts, when};
use crate::net::Client;

/// Who reads it, and how.
pub struct Reader<'a> {
    pub name: &'a str,
    pub address: &'a str,
    /// The person's own language, where one was chosen.
    pub language: Option<&'a str>,
    pub zone: &'a TimeZone,
    /// What the team calls itself.
    pub team: &'a str,
}

/// Sends it from this mailbox.
pub fn send(
    account: &Account,
    client: &Client,
    alert: &Alert,
    reader: &Reader<'_>,
    now: Timestamp,
) -> Outcome {
    let Some(provider) = provider(account.channel.kind) else {
        return Outcome::Failed(Failure::never(Cause::Policy, "this channel sends no mail"));
    };
    let language = reader.language.and_then(Language::parse).unwrap_or(account.language);
    let texts = Texts::new(language);
    let mail = Envelope {
        to: vec![Mailbox { name: reader.name.to_owned(), address: reader.address.to_owned() }],
        subject: subject(&texts, alert.of, reader.team),
        automatic: Some(GENERATED.to_owned()),
        ..Envelope::default()
    };
    let body = body(&texts, alert, reader, &account.public_url, now);
    let order = Order {
        to: (AddressKind::Email, reader.address),
        subject: "",
        body: &body,
        html: None,
        mail: Some(&mail),
        template: None,
        files: Vec::new(),
        reply_to: None,
        answered: &Value::Null,
        last_inbound: None,
        last_provider: &Value::Null,
        key: &alert.key,
        attempt: alert.attempt + 1,
        sender: Sender::Automatic,
        window: Window::Unlimited,
        author: None,
        // The time at which it happened, so that each attempt is the same letter.
        now: alert.at,
    };
    provider.send(account, client, &order)
}

fn subject(t: &Texts, of: Of, team: &str) -> String {
    match of {
        Of::NewBrowser => t.alert_browser_subject(team),
        Of::PasswordChanged => t.alert_password_subject(team),
        Of::FactorOff => t.alert_factor_subject(team),
    }
}

fn body(t: &Texts, alert: &Alert, reader: &Reader<'_>, base: &str, now: Timestamp) -> String {
    let time = when::full(t, alert.at, now, reader.zone);
    let what = match alert.of {
        Of::NewBrowser => {
            let browser = if alert.browser.is_empty() { t.stranger_unknown() } else { &alert.browser };
            t.alert_browser_what(reader.team, browser, &alert.peer, time)
        }
        Of::PasswordChanged => t.alert_password_what(reader.team, time),
        Of::FactorOff => t.alert_factor_what(reader.team, time),
    };
    // Without a configured address there is no link: one that a request named could be anybody's.
    let way = match base {
        "" => t.alert_way().to_owned(),
        base => t.alert_link(format!("{base}/settings/profile#browsers")),
    };
    format!("{}\n\n{what}\n\n{}\n\n{way}\n", t.alert_hello(reader.name), t.alert_yours())
}
