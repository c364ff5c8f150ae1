//! OpenID Connect over the outgoing client: what a provider publishes, its keys, and what it gives for a code.
//!
//! The code flow with PKCE (RFC 9700 §2.1.1). Tokens are read by `jsonwebtoken` over the cryptography that TLS
//! uses here; only RS256 and ES256 exist, so neither "none" nor a public key as a shared word can be asked for.

use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::crypto::{CryptoProvider, JwkUtils, JwtVerifier};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::signature::{self, Verifier};
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind, Validation};
use ring::signature as keys;
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{Answer, Body, Call, CallError, Client};
use crate::domain::identity::{Claims, Provider, Trouble, is_address};
use crate::domain::{Span, Timestamp};
use crate::locks::{hold, try_hold};

/// For each call to a provider: somebody waits in front of a browser.
const TIME: Duration = Duration::from_secs(5);
/// The longest answer of a provider, in bytes.
const MOST: u64 = 256 * 1024;
/// How long what a provider publishes is believed.
const FRESH: Span = Span::minutes(60);
/// How soon it is asked again after it did not answer, or for a key that is not known.
const AGAIN: Span = Span::seconds(30);

/// What a provider publishes of itself (OpenID Connect Discovery 1.0, §3).
#[derive(Clone, Debug, Deserialize)]
pub struct Published {
    pub issuer: String,
    pub authorization_endpoint: String,
    pub token_endpoint: String,
    #[serde(default)]
    pub userinfo_endpoint: String,
    pub jwks_uri: String,
    /// How this desk may prove itself; empty: by a header.
    #[serde(default)]
    pub token_endpoint_auth_methods_supported: Vec<String>,
    /// Answers say who gives them (RFC 9207).
    #[serde(default)]
    pub authorization_response_iss_parameter_supported: bool,
}

/// A provider, as it was last read.
#[derive(Clone, Debug)]
pub struct Known {
    pub published: Published,
    /// The keys with which it may sign, as it publishes them; those of other kinds are left out.
    pub keys: Vec<Jwk>,
    read_at: Timestamp,
}

/// What is remembered of the provider, so that a sign-in costs one call.
#[derive(Default)]
pub struct Memory {
    last: Mutex<Option<Last>>,
    asking: Mutex<()>,
}

#[derive(Clone)]
struct Last {
    issuer: String,
    at: Timestamp,
    known: Result<Arc<Known>, Trouble>,
}

impl Memory {
    /// The provider as it is known, read anew when that is long ago.
    pub fn known(&self, client: &Client, issuer: &str, now: Timestamp) -> Result<Arc<Known>, Trouble> {
        self.within(client, issuer, now, FRESH)
    }

    /// The same for a key that is not among those that are known: a provider changes its keys now and then.
    fn anew(&self, client: &Client, issuer: &str, now: Timestamp) -> Result<Arc<Known>, Trouble> {
        self.within(client, issuer, now, AGAIN)
    }

    fn within(
        &self,
        client: &Client,
        issuer: &str,
        now: Timestamp,
        most: Span,
    ) -> Result<Arc<Known>, Trouble> {
        let last = hold(&self.last).clone().filter(|last| last.issuer == issuer);
        if let Some(last) = last {
            let age = now.since(last.at);
            let good = if last.known.is_ok() { most } else { AGAIN };
            if age < good && age >= Span::ZERO {
                return last.known;
            }
        }
        // One at a time, so that a provider that is silent does not hold every worker.
        let Some(_turn) = try_hold(&self.asking) else { return Err(Trouble::Busy) };
        let known = read(client, issuer, now).map(Arc::new);
        *hold(&self.last) = Some(Last { issuer: issuer.to_owned(), at: now, known: known.clone() });
        known
    }
}

/// Reads what a provider publishes, and its keys.
pub fn read(client: &Client, issuer: &str, now: Timestamp) -> Result<Known, Trouble> {
    let at = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let published: Published = json(&fetch(client, &at, &[])?)?;
    let all = [&published.authorization_endpoint, &published.token_endpoint, &published.jwks_uri];
    let safe =
        |address: &str| is_address(address) && (address.starts_with("https://") || client.allow_private);
    let named = published.userinfo_endpoint.is_empty() || safe(&published.userinfo_endpoint);
    // Exactly as it was set up: a provider that names another could hand out that one's people (§4.3).
    if published.issuer != issuer || !named || !all.into_iter().all(|address| safe(address)) {
        return Err(Trouble::Odd);
    }
    let set: Value = json(&fetch(client, &published.jwks_uri, &[])?)?;
    let listed = set.get("keys").and_then(Value::as_array).ok_or(Trouble::Odd)?;
    // One by one, because keys of a kind that nobody here knows stand beside those that matter.
    let keys = listed.iter().filter_map(|key| serde_json::from_value::<Jwk>(key.clone()).ok());
    let keys: Vec<Jwk> = keys.filter(|key| algorithm(key).is_some()).collect();
    if keys.is_empty() {
        return Err(Trouble::Odd);
    }
    Ok(Known { published, keys, read_at: now })
}

/// With which algorithm a key signs; none: with none that is used here.
fn algorithm(key: &Jwk) -> Option<Algorithm> {
    let signs = matches!(key.common.public_key_use, None | Some(PublicKeyUse::Signature));
    let algorithm = match &key.algorithm {
        AlgorithmParameters::RSA(_) => Algorithm::RS256,
        AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => Algorithm::ES256,
        _ => return None,
    };
    let named = key.common.key_algorithm.is_none_or(|named| named.to_string() == format!("{algorithm:?}"));
    (signs && named).then_some(algorithm)
}

/// The words of one sign-in, which only this browser has.
pub struct Asked<'a> {
    pub state: &'a str,
    pub nonce: &'a str,
    /// The word whose hash was sent ahead (RFC 7636).
    pub verifier: &'a str,
    /// Where the provider sends the browser back to.
    pub back: &'a str,
}

/// The address at the provider to which a browser goes to sign in.
pub fn address(known: &Known, provider: &Provider, asked: &Asked<'_>) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(asked.verifier.as_bytes()));
    let at = &known.published.authorization_endpoint;
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("response_type", "code")
        .append_pair("client_id", &provider.client)
        .append_pair("redirect_uri", asked.back)
        .append_pair("scope", "openid email profile")
        .append_pair("state", asked.state)
        .append_pair("nonce", asked.nonce)
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256")
        .finish();
    format!("{at}{}{query}", if at.contains('?') { "&" } else { "?" })
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
    #[serde(default)]
    access_token: String,
}

/// One exchange of a code for what is said of somebody.
pub struct Exchange<'a> {
    pub client: &'a Client,
    pub memory: &'a Memory,
    pub provider: &'a Provider,
    /// The secret of this desk at the provider, opened; empty: a public client.
    pub secret: &'a str,
    pub now: Timestamp,
}

impl Exchange<'_> {
    /// Gives the code back to the provider, and holds what it signs against what was asked for.
    pub fn run(&self, code: &str, asked: &Asked<'_>) -> Result<Claims, Trouble> {
        let known = self.memory.known(self.client, &self.provider.issuer, self.now)?;
        let tokens: Tokens = json(&self.redeem(&known.published, code, asked)?)?;
        let claims = match self.read(&known, &tokens.id_token) {
            // Its keys may have changed since they were read.
            Err(Trouble::Untrue("kid")) if self.now.since(known.read_at) >= AGAIN => {
                let anew = self.memory.anew(self.client, &self.provider.issuer, self.now)?;
                self.read(&anew, &tokens.id_token)?
            }
            other => other?,
        };
        claims.checked(self.provider, asked.nonce, self.now)?;
        if claims.email.is_some() {
            return Ok(claims);
        }
        self.completed(claims, &known.published, &tokens.access_token)
    }

    fn redeem(&self, published: &Published, code: &str, asked: &Asked<'_>) -> Result<Vec<u8>, Trouble> {
        let methods = &published.token_endpoint_auth_methods_supported;
        let has = |method: &str| methods.iter().any(|known| known == method);
        let in_body = self.secret.is_empty() || (!has("client_secret_basic") && has("client_secret_post"));
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "authorization_code")
            .append_pair("code", code)
            .append_pair("redirect_uri", asked.back)
            .append_pair("code_verifier", asked.verifier);
        let safe = |word: &str| form_urlencoded::byte_serialize(word.as_bytes()).collect::<String>();
        let pair = format!("{}:{}", safe(&self.provider.client), safe(self.secret));
        let basic = format!("Basic {}", STANDARD.encode(pair));
        let mut headers = vec![("accept", "application/json")];
        if in_body {
            form.append_pair("client_id", &self.provider.client);
            if !self.secret.is_empty() {
                form.append_pair("client_secret", self.secret);
            }
        } else {
            headers.push(("authorization", &basic));
        }
        let body = form.finish();
        let answer = self.client.call(Call {
            method: "POST",
            url: &published.token_endpoint,
            headers: &headers,
            body: Body::Bytes { content_type: "application/x-www-form-urlencoded", bytes: body.as_bytes() },
            time: TIME,
            trusted: false,
            most: MOST,
        });
        match answer.map_err(failed)? {
            answer if answer.is_success() => Ok(answer.body),
            // A code that is spent, too old or another's; or this desk's own secret is wrong.
            Answer { status: 400..=499, .. } => Err(Trouble::Denied),
            _ => Err(Trouble::Unreachable),
        }
    }

    /// What was signed, by a key of the provider and by an algorithm of ours.
    fn read(&self, known: &Known, token: &str) -> Result<Claims, Trouble> {
        install();
        let header = jsonwebtoken::decode_header(token).map_err(|_| Trouble::Untrue("alg"))?;
        let wanted = header.alg;
        if !matches!(wanted, Algorithm::RS256 | Algorithm::ES256) || header.crit.is_some() {
            return Err(Trouble::Untrue("alg"));
        }
        let mut fitting = known.keys.iter().filter(|key| {
            let named = header.kid.is_none() || key.common.key_id == header.kid;
            named && algorithm(key) == Some(wanted)
        });
        let key = fitting.next().ok_or(Trouble::Untrue("kid"))?;
        if fitting.next().is_some() {
            return Err(Trouble::Untrue("kid"));
        }
        let key = DecodingKey::from_jwk(key).map_err(|_| Trouble::Untrue("kid"))?;
        let mut rules = Validation::new(wanted);
        rules.set_audience(&[&self.provider.client]);
        rules.set_issuer(&[&self.provider.issuer]);
        rules.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        // Times are held against the desk's own clock, with the other claims.
        rules.validate_exp = false;
        let read = jsonwebtoken::decode::<Claims>(token, &key, &rules);
        read.map(|read| read.claims).map_err(|fault| {
            Trouble::Untrue(match fault.kind() {
                ErrorKind::InvalidIssuer => "iss",
                ErrorKind::InvalidAudience => "aud",
                ErrorKind::MissingRequiredClaim(_) | ErrorKind::Json(_) => "claims",
                _ => "signature",
            })
        })
    }

    /// The address of who came, from where providers say it that do not sign it (§5.3): of the same person only.
    fn completed(&self, claims: Claims, published: &Published, access: &str) -> Result<Claims, Trouble> {
        if published.userinfo_endpoint.is_empty() || access.is_empty() {
            return Ok(claims);
        }
        let bearer = format!("Bearer {access}");
        let told: Claims =
            json(&fetch(self.client, &published.userinfo_endpoint, &[("authorization", &bearer)])?)?;
        if told.sub != claims.sub {
            return Err(Trouble::Untrue("sub"));
        }
        let name = claims.name.clone().or(told.name);
        Ok(Claims { email: told.email, email_verified: told.email_verified, name, ..claims })
    }
}

fn fetch(client: &Client, url: &str, more: &[(&str, &str)]) -> Result<Vec<u8>, Trouble> {
    let mut headers = vec![("accept", "application/json")];
    headers.extend(more);
    // Guarded, although an administrator chose the host: a page that says what came back would be a look inside.
    let call = Call {
        method: "GET",
        url,
        headers: &headers,
        body: Body::None,
        time: TIME,
        trusted: false,
        most: MOST,
    };
    match client.call(call).map_err(failed)? {
        answer if answer.is_success() => Ok(answer.body),
        _ => Err(Trouble::Unreachable),
    }
}

fn failed(fault: CallError) -> Trouble {
    match fault {
        CallError::Forbidden(_) => Trouble::Forbidden,
        CallError::NotSent(_) | CallError::Unsure(_) => Trouble::Unreachable,
    }
}

fn json<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, Trouble> {
    serde_json::from_slice(bytes).map_err(|_| Trouble::Odd)
}

/// Gives `jsonwebtoken` the cryptography that is here already.
fn install() {
    static CRYPTOGRAPHY: CryptoProvider = CryptoProvider {
        signer_factory: |_, _| Err(ErrorKind::InvalidAlgorithm.into()),
        verifier_factory: |algorithm, key| {
            Ok(Box::new(Check { algorithm: *algorithm, key: key.clone() }) as Box<dyn JwtVerifier>)
        },
        jwk_utils: JwkUtils::new_unimplemented(),
    };
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // Refused only where it was done before.
        let _ = CRYPTOGRAPHY.install_default();
    });
}

/// One signature to be looked at.
struct Check {
    algorithm: Algorithm,
    key: DecodingKey,
}

impl JwtVerifier for Check {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

impl Verifier<Vec<u8>> for Check {
    fn verify(&self, message: &[u8], signed: &Vec<u8>) -> Result<(), signature::Error> {
        let fits = match (self.algorithm, self.key.kind()) {
            (Algorithm::RS256, DecodingKeyKind::RsaModulusExponent { n, e }) => {
                let key = keys::RsaPublicKeyComponents { n, e };
                key.verify(&keys::RSA_PKCS1_2048_8192_SHA256, message, signed)
            }
            (Algorithm::ES256, DecodingKeyKind::SecretOrDer(point)) => {
                keys::UnparsedPublicKey::new(&keys::ECDSA_P256_SHA256_FIXED, point).verify(message, signed)
            }
            _ => return Err(signature::Error::new()),
        };
        fits.map_err(|_| signature::Error::new())
    }
}
