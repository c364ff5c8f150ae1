//! What calls to providers have in common: how a lost one counts, how long to wait, whose host it is.

use crate::domain::Span;
use crate::domain::outbox::{Cause, Failure, Next};
use crate::net::{Answer, CallError, DownloadError};

/// A call that was not answered, as an attempt to send.
pub(super) fn unanswered(fault: CallError) -> Failure {
    match fault {
        CallError::NotSent(text) => Failure::away(text),
        CallError::Unsure(text) => Failure::unsure(text),
        CallError::Forbidden(text) => Failure::never(Cause::Policy, text),
    }
}

/// A call that was not answered and that may be repeated, because it changes nothing that a customer sees.
pub(super) fn unanswered_harmless(fault: CallError) -> Failure {
    match unanswered(fault) {
        Failure { message, next: Next::Unsure, .. } => Failure::later(Cause::Transient, message, None),
        failure => failure,
    }
}

/// A file that did not arrive.
pub(super) fn not_fetched(fault: DownloadError) -> Failure {
    match fault {
        DownloadError::Call(fault) => unanswered_harmless(fault),
        DownloadError::TooLarge => Failure::never(Cause::Media, "the file is too large"),
        DownloadError::Sink(fault) => Failure::later(Cause::Transient, fault.to_string(), None),
    }
}

/// How long the other side asks us to wait.
pub(super) fn retry_after(answer: &Answer) -> Option<Span> {
    let seconds: i64 = answer.header("retry-after")?.trim().parse().ok()?;
    // A day is when we give up anyway.
    (seconds >= 0).then(|| Span::seconds(seconds.min(86_400)))
}

/// Whether two URLs name the same scheme, host and port.
pub(super) fn same_origin(a: &str, b: &str) -> bool {
    let origin = |url: &str| {
        let (scheme, rest) = url.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?;
        (!authority.contains('@')).then(|| format!("{scheme}://{authority}").to_ascii_lowercase())
    };
    origin(a).is_some_and(|a| origin(b) == Some(a))
}
