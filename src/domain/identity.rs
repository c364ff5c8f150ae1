//! Signing in by a provider of identities (OpenID Connect): what the team has set up, what a provider says of
//! somebody, and why that may not be enough.

use serde::{Deserialize, Serialize};

use super::agent::{Role, normal_email};
use super::refused::Problem;
use super::{Refused, Span, Timestamp};

/// How far the clocks of a provider and of this desk may differ.
pub const SKEW: Span = Span::minutes(1);
/// How long somebody may take at the provider before the sign-in has to begin anew.
pub const ASKED: Span = Span::minutes(10);

/// The provider by which people of the team may sign in.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Provider {
    /// The address under which the provider publishes itself, exactly as it writes it into what it signs.
    pub issuer: String,
    /// The name of this desk at the provider.
    pub client: String,
    /// The secret of this desk at the provider, sealed; empty for a public client.
    pub secret: String,
    /// The domains of addresses that may come in; none: every address that somebody here has.
    pub domains: Vec<String>,
    /// What somebody becomes who comes for the first time; none: only who was added before comes in.
    pub role: Option<Role>,
    /// What stands on the button; empty: the usual words.
    pub words: String,
    /// The code of our own second factor is asked for as well.
    pub code: bool,
    /// Passwords let administrators in only, so that the desk stays open to somebody when the provider is not.
    #[serde(default)]
    pub only: bool,
}

impl Provider {
    /// Whether an address lies in one of the allowed domains.
    pub fn allows(&self, email: &str) -> bool {
        let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain);
        self.domains.is_empty() || self.domains.iter().any(|allowed| allowed == domain)
    }

    /// The same with every word in its normal form, or what is wrong. Whoever may come in without being added
    /// must be known by a domain: at a public provider everybody has an account.
    pub fn normal(mut self) -> Result<Provider, Refused> {
        let refused = |field, problem| Err(Refused::Field { field, problem });
        self.issuer = self.issuer.trim().to_owned();
        self.client = self.client.trim().to_owned();
        self.words = self.words.split_whitespace().collect::<Vec<_>>().join(" ");
        if self.issuer.is_empty() {
            return refused("issuer", Problem::Missing);
        }
        if !is_address(&self.issuer) || self.issuer.contains(['?', '#']) || self.issuer.len() > 500 {
            return refused("issuer", Problem::NotAUrl);
        }
        if self.client.is_empty() {
            return refused("client", Problem::Missing);
        }
        for (field, text, most) in [("client", &self.client, 300), ("words", &self.words, 60)] {
            if text.chars().count() > most {
                return refused(field, Problem::TooLong { most: u32::try_from(most).unwrap_or(u32::MAX) });
            }
        }
        let domains = self.domains.iter().map(|domain| domain.trim().trim_start_matches('@').to_lowercase());
        self.domains = domains.filter(|domain| !domain.is_empty()).collect();
        if self.domains.iter().any(|domain| normal_email(&format!("a@{domain}")).is_err()) {
            return refused("domains", Problem::Unknown);
        }
        if self.role.is_some() && self.domains.is_empty() {
            return refused("domains", Problem::Missing);
        }
        if self.role == Some(Role::Admin) {
            return refused("role", Problem::Unknown);
        }
        Ok(self)
    }
}

/// Whether a word is a web address. `http` is for a desk that may call inward addresses; the caller looks.
pub fn is_address(text: &str) -> bool {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| !host.is_empty() && !host.starts_with('/'))
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// What a provider says of somebody, in what it has signed (OpenID Connect Core 1.0, §2).
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Claims {
    #[serde(default)]
    pub iss: String,
    #[serde(default)]
    pub sub: String,
    /// One word or several.
    #[serde(default)]
    pub aud: serde_json::Value,
    #[serde(default)]
    pub azp: Option<String>,
    /// Seconds; some providers write fractions.
    #[serde(default)]
    pub exp: f64,
    #[serde(default)]
    pub iat: f64,
    #[serde(default)]
    pub nbf: Option<f64>,
    #[serde(default)]
    pub nonce: Option<String>,
    #[serde(default)]
    pub email: Option<String>,
    /// `true`; some providers write it as a word.
    #[serde(default)]
    pub email_verified: serde_json::Value,
    #[serde(default)]
    pub name: Option<String>,
}

/// Somebody, as a provider has proved.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shown {
    pub issuer: String,
    /// The name of the account at the provider, which never changes and is never given to another.
    pub subject: String,
    /// Lower case; none where the provider says none or does not vouch for it.
    pub email: Option<String>,
    pub name: String,
}

impl Claims {
    /// Holds every claim against what was asked for (OpenID Connect Core 1.0, §3.1.3.7). `nonce` is the word that
    /// this browser's sign-in began with.
    pub fn checked(&self, provider: &Provider, nonce: &str, now: Timestamp) -> Result<(), Trouble> {
        let audiences: Vec<&str> = match &self.aud {
            serde_json::Value::Array(all) => all.iter().filter_map(|one| one.as_str()).collect(),
            one => one.as_str().into_iter().collect(),
        };
        let (time, skew) = (seconds(now), seconds(Timestamp(SKEW.0)));
        let party = self.azp.as_deref();
        let wrong = [
            (self.iss != provider.issuer, "iss"),
            (!audiences.contains(&provider.client.as_str()), "aud"),
            (party.is_some_and(|party| party != provider.client), "azp"),
            (audiences.len() > 1 && party.is_none(), "azp"),
            (!self.exp.is_finite() || self.exp + skew <= time, "exp"),
            (!self.iat.is_finite() || self.iat <= 0.0 || self.iat - skew > time, "iat"),
            (self.nbf.is_some_and(|from| from - skew > time), "nbf"),
            (nonce.is_empty() || self.nonce.as_deref() != Some(nonce), "nonce"),
            (self.sub.is_empty() || self.sub.len() > 255, "sub"),
        ];
        match wrong.into_iter().find(|(wrong, _)| *wrong) {
            Some((_, what)) => Err(Trouble::Untrue(what)),
            None => Ok(()),
        }
    }

    /// Who it is.
    pub fn shown(&self) -> Shown {
        let vouched = match &self.email_verified {
            serde_json::Value::Bool(vouched) => *vouched,
            serde_json::Value::String(word) => word == "true",
            _ => false,
        };
        let email = self.email.as_deref().filter(|_| vouched).and_then(|email| normal_email(email).ok());
        let (issuer, subject) = (self.iss.clone(), self.sub.clone());
        Shown { issuer, subject, email, name: self.name.clone().unwrap_or_default() }
    }
}

fn seconds(at: Timestamp) -> f64 {
    // Exact for every time that a calendar has.
    std::time::Duration::from_millis(at.0.max(0).unsigned_abs()).as_secs_f64()
}

/// Why nobody comes in by the provider.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Trouble {
    /// The provider cannot be reached, or answers with something else.
    Unreachable,
    /// Its address lies where this desk may not call.
    Forbidden,
    /// What it publishes of itself is not what was set up.
    Odd,
    /// Somebody else is asking at this moment.
    Busy,
    /// The person, or the provider, said no.
    Denied,
    /// The answer does not belong to a sign-in that this browser has begun.
    Foreign,
    /// What it signed does not hold: which part.
    Untrue(&'static str),
    /// The provider does not vouch for an address.
    Unproved,
    /// The address is in none of the allowed domains.
    Domain,
    /// Nobody with this address was added.
    Stranger,
    /// The account here belongs to another account there.
    Taken,
    /// The account here is closed.
    Closed,
}

impl Trouble {
    /// The word for it in the log.
    pub const fn word(self) -> &'static str {
        match self {
            Trouble::Unreachable => "unreachable",
            Trouble::Forbidden => "forbidden",
            Trouble::Odd => "odd",
            Trouble::Busy => "busy",
            Trouble::Denied => "denied",
            Trouble::Foreign => "foreign",
            Trouble::Untrue(what) => what,
            Trouble::Unproved => "unproved",
            Trouble::Domain => "domain",
            Trouble::Stranger => "stranger",
            Trouble::Taken => "taken",
            Trouble::Closed => "closed",
        }
    }
}
