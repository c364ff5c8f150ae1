//! What a program is told when something did not work: a code, a sentence, what to do instead.

use serde::Serialize;

use super::shape::time;
use crate::domain::{Id, Refused};
use crate::i18n::{Texts, halt, refusal};
use crate::store;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::{Method, Response};

#[derive(Serialize)]
struct Body {
    error: Told,
}

/// The error object; the first four fields are always there.
#[derive(Serialize)]
struct Told {
    code: &'static str,
    message: String,
    fix: String,
    retry_at: Option<String>,
    /// The field that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
    /// The contact or conversation that is in the way.
    #[serde(skip_serializing_if = "Option::is_none")]
    contact_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation_id: Option<i64>,
}

/// The answer to a request that failed. `allowed` are the methods of the address; `most` is the largest
/// body that it takes.
pub fn answer(cx: &Cx<'_>, failure: &Failure, allowed: &[Method], most: u64) -> Response {
    let methods: Vec<&str> = allowed.iter().map(|method| method.as_str()).collect();
    let methods = methods.join(", ");
    let error = match failure {
        Failure::Refused(refused) => refused_as(cx, refused),
        Failure::Method => {
            told("method_not_allowed", cx.texts.api_method(), cx.texts.api_method_fix(&methods))
        }
        Failure::TooLarge => {
            told("too_large", cx.texts.api_too_large(), cx.texts.api_too_large_fix(refusal::size(most)))
        }
        other => plain(&cx.texts, other),
    };
    let retry = match failure {
        Failure::Refused(Refused::TooMany { until }) => Some((until.since(cx.now).0.max(0) + 999) / 1000),
        _ => None,
    };
    let bytes = serde_json::to_vec(&Body { error }).unwrap_or_default();
    let mut response = Response::json(failure.status(), bytes);
    match failure {
        Failure::SignedOut => response = response.with_header("WWW-Authenticate", "Bearer realm=\"transom\""),
        Failure::Method => response = response.with_header("Allow", methods),
        _ => {}
    }
    match retry {
        Some(seconds) => response.with_header("Retry-After", seconds.max(1).to_string()),
        None => response,
    }
}

fn refused_as(cx: &Cx<'_>, refused: &Refused) -> Told {
    let mut error = told(
        refusal::code(refused),
        &refusal::sentence(&cx.texts, refused, &cx.zone),
        refusal::fix(&cx.texts, refused, &cx.zone),
    );
    error.retry_at = refusal::retry_at(refused).map(time);
    match refused {
        Refused::Field { field, .. } => error.field = Some(field),
        Refused::AddressTaken { contact, .. } => error.contact_id = Some(contact.get()),
        Refused::AlreadyActive { conversation } => error.conversation_id = conversation.map(Id::get),
        _ => {}
    }
    error
}

fn plain(t: &Texts, failure: &Failure) -> Told {
    match failure {
        Failure::SignedOut => told("unauthorized", t.api_unauthorized(), t.api_unauthorized_fix().to_owned()),
        Failure::Forged => told("forbidden", t.api_forbidden(), t.api_forbidden_fix().to_owned()),
        Failure::Bad(what) => told("malformed", &t.api_bad_request(what), t.api_bad_request_fix().to_owned()),
        Failure::Malformed { code: code @ "provider", what } => {
            told(code, &t.api_provider(what), t.api_provider_fix().to_owned())
        }
        Failure::Malformed { code, what } => {
            told(code, &t.api_bad_request(what), t.api_bad_request_fix().to_owned())
        }
        Failure::Broken(store::Error::DiskFull) => {
            told("disk_full", t.api_disk_full(), t.api_disk_full_fix().to_owned())
        }
        Failure::Broken(store::Error::Halted(why)) => {
            told(why.code(), halt::sentence(t, *why), halt::fix(t, *why).to_owned())
        }
        Failure::Broken(_) => told("broken", t.api_broken(), t.api_broken_fix().to_owned()),
        _ => told("not_found", t.api_not_found(), t.api_not_found_fix().to_owned()),
    }
}

fn told(code: &'static str, message: &str, fix: String) -> Told {
    let message = message.to_owned();
    Told { code, message, fix, retry_at: None, field: None, contact_id: None, conversation_id: None }
}
