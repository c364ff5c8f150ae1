//! The chat of a website. Its provider is this program: the visitor's page posts what the visitor writes
//! ([`super::plain`] is its form) and shows whatever of ours counts as sent.

use super::{Account, Check, Field, Forged, Hook, Malformed, Order, Provider, Raw, cards, plain};
use crate::domain::channel::{Card, Kind, Settings};
use crate::domain::contact::AddressKind;
use crate::domain::inbound::Event;
use crate::domain::outbox::Outcome;
use crate::net::Client;

/// The website chat.
pub(super) struct Webchat;

/// `allowed_origins` names the sites that may embed the chat, parted by spaces or commas.
const FIELDS: [Field; 3] = [
    Field::text("allowed_origins").optional(),
    Field::secret("identity_secret").or("*"),
    super::TEXT_LIMIT.or("1000"),
];

impl Provider for Webchat {
    fn kind(&self) -> Kind {
        Kind::Webchat
    }

    fn fields(&self) -> &'static [Field] {
        &FIELDS
    }

    fn card(&self, settings: &Settings) -> Card {
        cards::card(Kind::Webchat, settings)
    }

    fn verify(&self, _: &Account, _: &Hook<'_>) -> Result<(), Forged> {
        // Visitors write through their own page; nobody has anything to say at the webhook's door.
        Err(Forged)
    }

    fn parse(&self, _: &Account, raw: &Raw<'_>) -> Result<Vec<Event>, Malformed> {
        plain::parse(AddressKind::Visitor, raw)
    }

    fn send(&self, _: &Account, _: &Client, _: &Order<'_>) -> Outcome {
        Outcome::Sent { provider_id: None }
    }

    fn test(&self, account: &Account, _: &Client) -> Vec<Check> {
        vec![Check {
            step: "page",
            outcome: Ok(format!("{}/chat/{}", account.public_url, account.channel.key)),
        }]
    }
}
