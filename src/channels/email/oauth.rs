//! Access to mailboxes of Google and Microsoft, which take no passwords: given by a person on their page, redeemed
//! for a token that holds for an hour, and renewed (RFC 6749, PKCE by RFC 7636).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::super::answered::unanswered_harmless;
use super::super::talk::read_json;
use super::super::{ACCESS_UNTIL, Access, Account, Asked, Consent, Permit, Secrets};
use super::settings;
use crate::domain::outbox::{Cause, Failure, Next};
use crate::domain::{Span, Timestamp};
use crate::net::{Body, Call, Client, signature};

/// The secret that holds the token one signs in with.
pub(super) const ACCESS: &str = "oauth_access";
const REFRESH: &str = "oauth_refresh";

/// How long before its end an access is renewed.
const EARLY: Span = Span::minutes(5);

/// How soon a busy provider is asked again.
const AGAIN: Span = Span::minutes(1);

/// Where access is given and tokens come from.
struct Issuer {
    page: String,
    token: String,
    scope: &'static str,
    /// What the page is asked besides.
    more: &'static [(&'static str, &'static str)],
}

/// developers.google.com/identity/protocols/oauth2/web-server, developers.google.com/gmail/imap/xoauth2-protocol
fn google() -> Issuer {
    Issuer {
        page: "https://accounts.google.com/o/oauth2/v2/auth".to_owned(),
        token: "https://oauth2.googleapis.com/token".to_owned(),
        scope: "https://mail.google.com/",
        // Without both there is no token that lasts.
        more: &[("access_type", "offline"), ("prompt", "consent")],
    }
}

/// learn.microsoft.com/exchange/client-developer/legacy-protocols/how-to-authenticate-an-imap-pop-smtp-application-by-using-oauth
fn microsoft(tenant: &str) -> Issuer {
    let tenant: String =
        form_urlencoded::byte_serialize(if tenant.is_empty() { "common" } else { tenant }.as_bytes())
            .collect();
    let base = format!("https://login.microsoftonline.com/{tenant}/oauth2/v2.0");
    Issuer {
        page: format!("{base}/authorize"),
        token: format!("{base}/token"),
        scope: "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access",
        more: &[],
    }
}

fn issuer(account: &Account) -> Issuer {
    let issuer = match account.get(settings::SERVICE.name) {
        "microsoft" => microsoft(account.get(settings::TENANT.name)),
        _ => google(),
    };
    if !account.has_own_api() {
        return issuer;
    }
    let base = account.api("");
    Issuer { page: format!("{base}/authorize"), token: format!("{base}/token"), ..issuer }
}

/// Access by OAuth.
pub(super) struct Oauth;

impl Consent for Oauth {
    fn page(&self, account: &Account, asked: &Asked<'_>) -> Result<String, &'static str> {
        let client = account.get(settings::CLIENT_ID.name);
        if client.is_empty() {
            return Err(settings::CLIENT_ID.name);
        }
        let issuer = issuer(account);
        let challenge = URL_SAFE_NO_PAD.encode(signature::sha256(asked.verifier.as_bytes()));
        let mut query = form_urlencoded::Serializer::new(String::new());
        query
            .append_pair("response_type", "code")
            .append_pair("client_id", client)
            .append_pair("redirect_uri", asked.redirect)
            .append_pair("scope", issuer.scope)
            .append_pair("state", asked.state)
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256")
            .append_pair("login_hint", account.get("address"))
            .extend_pairs(issuer.more);
        Ok(format!("{}?{}", issuer.page, query.finish()))
    }

    fn redeem(
        &self,
        account: &Account,
        client: &Client,
        code: &str,
        asked: &Asked<'_>,
    ) -> Result<Permit, Failure> {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", asked.redirect),
            ("code_verifier", asked.verifier),
        ];
        let access = ask(account, client, &form)?;
        if !access.secrets.contains_key(REFRESH) {
            return Err(Failure::reconnect("the provider gave an access that cannot be renewed"));
        }
        Ok(access)
    }
}

/// Says how long the access holds, and renews it shortly before its end; `None`: it was never given. It ends for nobody
/// as long as it can be renewed.
pub(super) fn access(account: &Account, client: &Client, now: Timestamp) -> Option<Result<Access, Failure>> {
    let refresh = Some(account.get(REFRESH)).filter(|refresh| !refresh.is_empty())?;
    let until = account.get(ACCESS_UNTIL).parse().map_or(Timestamp(0), Timestamp);
    let holds = |until: Timestamp, secrets| Access { until: None, again: until - EARLY, secrets };
    if until - EARLY > now {
        return Some(Ok(holds(until, Secrets::new())));
    }
    let renewed = ask(account, client, &[("grant_type", "refresh_token"), ("refresh_token", refresh)]);
    Some(renewed.map_err(soon).map(|permit| {
        let until = now + permit.lasts;
        let mut secrets = permit.secrets;
        secrets.insert(ACCESS_UNTIL.to_owned(), until.0.to_string());
        holds(until, secrets)
    }))
}

/// A busy provider is asked again while the old access still holds.
fn soon(failure: Failure) -> Failure {
    match failure.next {
        Next::Later { after: None } => Failure { next: Next::Later { after: Some(AGAIN) }, ..failure },
        _ => failure,
    }
}

fn ask(account: &Account, client: &Client, form: &[(&str, &str)]) -> Result<Permit, Failure> {
    let issuer = issuer(account);
    let mut body = form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(form).append_pair("client_id", account.get(settings::CLIENT_ID.name));
    let secret = account.get(settings::CLIENT_SECRET.name);
    if !secret.is_empty() {
        body.append_pair("client_secret", secret);
    }
    let body = body.finish();
    let call = Call {
        method: "POST",
        url: &issuer.token,
        headers: &[("accept", "application/json")],
        body: Body::Bytes { content_type: "application/x-www-form-urlencoded", bytes: body.as_bytes() },
        time: std::time::Duration::from_secs(30),
        trusted: account.has_own_api(),
        most: 256 * 1024,
    };
    let answer = client.call(call).map_err(unanswered_harmless)?;
    let json: Value = read_json(&answer.body).unwrap_or_default();
    let text = |name: &str| json.get(name).and_then(Value::as_str).map(str::to_owned);
    let Some(token) = text("access_token").filter(|_| answer.is_success()) else {
        let words = text("error_description").or_else(|| text("error"));
        let words = words.unwrap_or_else(|| format!("the provider answered {}", answer.status));
        return Err(match answer.status {
            400..=403 => Failure::reconnect(words),
            _ => Failure::later(Cause::Transient, words, None),
        });
    };
    let mut secrets = Secrets::from([(ACCESS.to_owned(), token)]);
    // A provider that turns the long-lived token takes back the old one.
    secrets.extend(text("refresh_token").map(|refresh| (REFRESH.to_owned(), refresh)));
    let seconds = json.get("expires_in").and_then(Value::as_i64).unwrap_or(3600).clamp(60, 86_400);
    Ok(Permit { secrets, lasts: Span::seconds(seconds) })
}
