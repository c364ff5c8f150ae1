//! What lasts longer than one call to a provider: a connection that stays open, and access that is renewed.

use super::{Account, Polled, Secrets};
use crate::domain::outbox::Failure;
use crate::domain::{Span, Timestamp};
use crate::net::Client;

/// A connection that stays open from one poll to the next. One that failed is dropped and made anew.
pub trait Line: Send {
    /// What is new after `cursor`, or nothing after a long wait. Ends soon once `is_over` says so.
    fn next(&mut self, cursor: &str, now: Timestamp, is_over: &dyn Fn() -> bool) -> Result<Polled, Failure>;
}

/// What is asked of a person on a provider's page, and where the answer goes (OAuth 2 with PKCE, RFC 7636).
pub struct Asked<'a> {
    /// Where the provider sends the person back to.
    pub redirect: &'a str,
    /// What comes back with the person.
    pub state: &'a str,
    /// The secret half of the proof that the same desk asks for the token.
    pub verifier: &'a str,
}

/// Access that a person gives on a page of the provider. It runs out unless it is renewed, which is the business of
/// [`super::Provider::access`].
pub trait Consent: Sync {
    /// The address of that page. `Err` names the setting that is missing.
    fn page(&self, account: &Account, asked: &Asked<'_>) -> Result<String, &'static str>;

    /// Redeems the code that the person came back with, for the secrets to be kept besides the others.
    fn redeem(
        &self,
        account: &Account,
        client: &Client,
        code: &str,
        asked: &Asked<'_>,
    ) -> Result<Permit, Failure>;
}

/// Access that was given: secrets by name, and for how long it holds.
pub struct Permit {
    pub secrets: Secrets,
    pub lasts: Span,
}

/// The secret that says until when an access holds: milliseconds since 1970.
pub const ACCESS_UNTIL: &str = "oauth_until";

/// Secrets with this beginning are no settings: they were given by the provider, and change by themselves.
pub const GIVEN: &str = "oauth_";
