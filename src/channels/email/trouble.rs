//! What the words of mail servers mean for us.

use super::super::Account;
use super::imap::Fault;
use super::mailbox::{passes, words};
use super::settings;
use super::smtp::{Step, Undelivered};
use crate::domain::outbox::{Cause, Failure};

/// Response codes of a refusal that passes (RFC 5530).
const PASSING: [&str; 4] = ["UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG"];

/// Nobody has given us access yet, or the token is being renewed.
pub(super) fn no_access() -> Failure {
    passes("Access to the mailbox has not been given yet, or is being renewed.")
}

/// The mailbox did not let us in.
pub(super) fn of_sign_in(account: &Account, fault: Fault) -> Failure {
    match fault {
        Fault::Refused { code, words } if PASSING.contains(&code.as_str()) => passes(words),
        // A token can run out between the look at it and its use; whether access was taken from us shows when it
        // is renewed.
        Fault::Refused { words, .. } if settings::is_oauth(account) => {
            Failure::later(Cause::Auth, words, None)
        }
        Fault::Refused { words, .. } => Failure::reconnect(words),
        Fault::Lost(words) => passes(words),
    }
}

/// Reading the mailbox broke off.
pub(super) fn of_poll(fault: Fault) -> Failure {
    passes(words(fault))
}

/// The server for outgoing mail did not take a letter (RFC 5321 §4.2, RFC 3463 for the second number).
pub(super) fn of_letter(fault: Undelivered) -> Failure {
    match fault {
        Undelivered::Lost(words) => passes(words),
        Undelivered::Unsure(words) => Failure::unsure(words),
        Undelivered::Unreadable(words) => Failure::later(Cause::Media, words, None),
        Undelivered::Impossible(words) => Failure::never(Cause::Unreachable, words),
        Undelivered::Refused { step, status, words } => refused(step, status, words),
    }
}

fn refused(step: Step, status: u16, words: String) -> Failure {
    match (status, step) {
        // 530: sign in first; 534, 535, 538: not like this; any other 5xx while we sign in is no better.
        (530 | 534 | 535 | 538, _) | (500.., Step::SignIn) => Failure::reconnect(words),
        (..500, _) => passes(words),
        (552, _) if words.contains("5.2.2") => Failure::never(Cause::Unreachable, words),
        (552, _) => Failure::never(Cause::Media, words),
        (_, Step::Recipient) => Failure::never(Cause::Unreachable, words),
        (_, Step::Sender) => Failure::never(Cause::Policy, words),
        _ if words.contains("5.7.") => Failure::never(Cause::Policy, words),
        _ => Failure::never(Cause::InvalidContent, words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::outbox::Next;

    #[test]
    fn each_answer_of_a_server_has_its_meaning() {
        let table = [
            (421, Step::Greeting, "closing", "later"),
            (450, Step::Recipient, "greylisted", "later"),
            (451, Step::Letter, "try again", "later"),
            (452, Step::Letter, "full", "later"),
            (454, Step::SignIn, "temporary", "later"),
            (530, Step::Sender, "authentication required", "reconnect"),
            (535, Step::SignIn, "bad credentials", "reconnect"),
            (504, Step::SignIn, "unknown mechanism", "reconnect"),
            (550, Step::Recipient, "no such user", "unreachable"),
            (553, Step::Sender, "not your address", "policy"),
            (552, Step::Sender, "5.3.4 too big", "media"),
            (552, Step::Recipient, "5.2.2 mailbox full", "unreachable"),
            (550, Step::Letter, "5.7.1 looks like spam", "policy"),
            (554, Step::Letter, "no", "invalid_content"),
        ];
        for (status, step, words, meaning) in table {
            let failure = of_letter(Undelivered::Refused { step, status, words: words.to_owned() });
            let found = match failure.next {
                Next::Later { .. } | Next::Knock => "later",
                Next::Reconnect => "reconnect",
                Next::Never => failure.cause.as_str(),
                Next::Unsure | Next::Ask => "unsure",
            };
            assert_eq!(found, meaning, "{status} {words}");
            assert_eq!(failure.message, words);
        }
        assert_eq!(of_letter(Undelivered::Unsure(String::new())).next, Next::Unsure);
    }
}
