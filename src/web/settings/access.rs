//! Access to a channel that an administrator gives on a page of the provider: the way there, and the way back.
//!
//! What comes back is believed by its state alone: sealed by this desk for this administrator and this channel,
//! valid for an hour. With it comes the secret half of the proof (PKCE), so that nobody else can redeem the code.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::channels::{ACCESS_UNTIL, Account, Asked, Provider};
use crate::domain::channel::Channel;
use crate::domain::{Id, Span, Timestamp};
use crate::random;
use crate::templates::settings::mailbox::Access;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::Response;

/// How long somebody may take on the provider's page.
const VALID: Span = Span::hours(1);

/// What the seal of a state is for.
const PLACE: &str = "access";

#[derive(Serialize, Deserialize)]
struct State {
    channel: Id<Channel>,
    agent: i64,
    verifier: String,
    until: Timestamp,
}

/// What the page of a channel shows of its access; `None` where settings suffice.
pub fn of(
    cx: &Cx<'_>,
    account: &Account,
    provider: &dyn Provider,
    base: &str,
) -> Result<Option<Access>, Failure> {
    let Some(consent) = provider.consent(account) else { return Ok(None) };
    let redirect = redirect(base);
    let verifier = random::token();
    let state = State {
        channel: account.channel.id,
        agent: cx.viewer()?.agent.get(),
        verifier: verifier.clone(),
        until: cx.now + VALID,
    };
    let sealed = cx.app.desk.vault.seal(PLACE, &serde_json::to_vec(&state).unwrap_or_default());
    let asked = Asked { redirect: &redirect, state: &URL_SAFE_NO_PAD.encode(sealed), verifier: &verifier };
    let page = consent.page(account, &asked);
    let until = account.get(ACCESS_UNTIL).parse().ok().map(Timestamp);
    Ok(Some(Access { redirect, page, until }))
}

fn redirect(base: &str) -> String {
    format!("{base}/settings/access")
}

/// The administrator comes back from the provider.
pub fn given(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let viewer = cx.viewer()?.clone();
    let state = cx.query.get("state").and_then(|word| URL_SAFE_NO_PAD.decode(word).ok());
    let state = state.and_then(|sealed| cx.app.desk.vault.unseal(PLACE, &sealed));
    let state: Option<State> = state.and_then(|plain| serde_json::from_slice(&plain).ok());
    let state = state.filter(|state| state.agent == viewer.agent.get()).ok_or(Failure::NotFound)?;
    let id = state.channel;
    if state.until < cx.now {
        return super::channel::refused_access(cx, id, cx.texts.mailbox_access_over().to_owned());
    }
    let Some(code) = cx.query.get("code") else {
        let words = cx.query.get("error_description").or_else(|| cx.query.get("error")).unwrap_or_default();
        return super::channel::refused_access(cx, id, cx.texts.mailbox_access_refused(words));
    };
    let (account, provider) = super::channel::account(cx, id)?;
    let consent = provider.consent(&account).ok_or(Failure::NotFound)?;
    let redirect = redirect(&super::base(cx));
    let asked = Asked { redirect: &redirect, state: "", verifier: &state.verifier };
    match consent.redeem(&account, &cx.app.desk.client, code, &asked) {
        Ok(access) => {
            cx.app.desk.keep_permit(id, access, viewer)?;
            Ok(Response::redirect(&format!("/settings/channels/{id}?done=done#access")))
        }
        Err(failure) => {
            super::channel::refused_access(cx, id, cx.texts.mailbox_access_refused(failure.message))
        }
    }
}
