//! A simulated phone: any kind of channel without a provider, for trying things out.
//!
//! `speaks_as` chooses the kind whose card and window hold. The page that plays the customer puts what
//! happens into the inbound table itself, in the form of [`super::plain`]; from outside nothing is taken.
//! What we send is "delivered" here without a network. `trouble` makes the provider misbehave:
//!
//! | `trouble` | an attempt to send |
//! |---|---|
//! | `none` | is taken |
//! | `fail` | is refused for good |
//! | `busy` | is refused for a minute |
//! | `unsure` | is never answered |
//! | `slow` | is taken after five seconds |

use std::time::Duration;

use super::{
    Account, Check, Field, Forged, Hook, Input, Malformed, Order, Provider, Raw, Reacting, cards, plain,
};
use crate::domain::Span;
use crate::domain::channel::{Card, Kind, Settings};
use crate::domain::inbound::Event;
use crate::domain::outbox::{Cause, Failure, Outcome};
use crate::net::Client;

/// The simulated phone.
pub(super) struct Simulator;

const KINDS: [&str; 12] = [
    "whatsapp",
    "messenger",
    "instagram",
    "telegram",
    "line",
    "viber",
    "wechat",
    "tiktok",
    "sms",
    "email",
    "webchat",
    "custom",
];
const TROUBLES: [&str; 5] = ["none", "fail", "busy", "unsure", "slow"];

const FIELDS: [Field; 5] = [
    Field { input: Input::Choice(&KINDS), ..Field::text("speaks_as").or("whatsapp") },
    Field { input: Input::Choice(&TROUBLES), ..Field::text("trouble").or("none") },
    Field { input: Input::YesNo, ..Field::text("human_agent").or("no") },
    Field { input: Input::Number, ..Field::text("window_hours").optional() },
    super::TEXT_LIMIT.optional(),
];

impl Provider for Simulator {
    fn kind(&self) -> Kind {
        Kind::Simulator
    }

    fn fields(&self) -> &'static [Field] {
        &FIELDS
    }

    fn card(&self, settings: &Settings) -> Card {
        cards::card(Kind::Simulator, settings)
    }

    fn verify(&self, _: &Account, _: &Hook<'_>) -> Result<(), Forged> {
        Err(Forged)
    }

    fn parse(&self, account: &Account, raw: &Raw<'_>) -> Result<Vec<Event>, Malformed> {
        plain::parse(account.channel.card.speaks_as.person(), raw)
    }

    fn send(&self, account: &Account, _: &Client, order: &Order<'_>) -> Outcome {
        match account.get("trouble") {
            "fail" => Outcome::Failed(Failure::never(Cause::Unreachable, "the simulated phone refuses it")),
            "busy" => {
                let wait = Some(Span::minutes(1));
                Outcome::Failed(Failure::later(Cause::RateLimited, "the simulated phone is busy", wait))
            }
            "unsure" => Outcome::Failed(Failure::unsure("the simulated phone did not answer")),
            "slow" => {
                std::thread::sleep(Duration::from_secs(5));
                taken(order)
            }
            _ => taken(order),
        }
    }

    fn react(&self, account: &Account, _: &Client, _: &Reacting<'_>) -> Result<(), Failure> {
        match account.get("trouble") {
            "fail" => Err(Failure::never(Cause::Unreachable, "the simulated phone refuses it")),
            "busy" => {
                Err(Failure::later(Cause::RateLimited, "the simulated phone is busy", Some(Span::minutes(1))))
            }
            "unsure" => Err(Failure::unsure("the simulated phone did not answer")),
            _ => Ok(()),
        }
    }

    fn test(&self, account: &Account, _: &Client) -> Vec<Check> {
        vec![Check { step: "page", outcome: Ok(format!("{}/simulator", account.public_url)) }]
    }
}

fn taken(order: &Order<'_>) -> Outcome {
    Outcome::Sent { provider_id: Some(format!("sim-{}", order.key)) }
}
