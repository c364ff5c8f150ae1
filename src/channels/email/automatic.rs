//! Whether a program wrote a letter, and which kind of program (RFC 3834 and what came before it).
//!
//! Two things follow. No such letter is ever answered automatically. And one that answers by itself (an
//! out-of-office note, a receipt) is filed quietly: nobody waits for an answer to it. A letter that a shop's form or
//! a list sends is no such answer: a person may well be behind it, so it is as loud as any other.

use super::mime::Head;

/// Why a letter counts as written by a program, in the word of [`crate::domain::mail::Envelope::automatic`].
pub(super) fn why(head: &Head, nobody_to_return_to: bool, own: &str) -> Option<&'static str> {
    let field = |name: &str| head.field(name).trim().to_ascii_lowercase();
    let has = |name: &str| !head.field(name).trim().is_empty();
    let author = head.from.first().map(|from| from.address.as_str()).unwrap_or_default();
    let submitted = field("auto-submitted");
    let submitted = submitted.split([';', ' ', '(']).next().unwrap_or_default();
    let precedence = field("precedence");
    if submitted == "auto-replied"
        || precedence == "auto_reply"
        || REPLIES.iter().any(|name| says_yes(&field(name)))
    {
        return Some("reply");
    }
    if is_absence(&head.subject) && (nobody_to_return_to || has("in-reply-to") || has("references")) {
        return Some("reply");
    }
    if !own.is_empty() && author.eq_ignore_ascii_case(own) {
        return Some("own");
    }
    if ["list-id", "list-unsubscribe", "list-post"].iter().any(|name| has(name)) || precedence == "list" {
        return Some("list");
    }
    if matches!(precedence.as_str(), "bulk" | "junk") {
        return Some("bulk");
    }
    if !submitted.is_empty() && submitted != "no" {
        return Some("generated");
    }
    if nobody_to_return_to {
        return Some("reply");
    }
    let name = author.split('@').next().unwrap_or_default().replace(['-', '_', '.'], "");
    match name.as_str() {
        "mailerdaemon" | "postmaster" => Some("generated"),
        name if NOBODY.iter().any(|nobody| name.starts_with(nobody)) => Some("no_reply"),
        _ => None,
    }
}

/// Fields that only programs which answer by themselves write. `X-Auto-Response-Suppress` is none of them: it asks
/// others not to answer, and stands in many letters of people (MS-OXCMAIL 2.2.3.2.14).
const REPLIES: [&str; 8] = [
    "x-autoreply",
    "x-auto-reply",
    "x-autorespond",
    "x-autoresponder",
    "x-autoreply-from",
    "x-mail-autoreply",
    "x-vacation",
    "auto-reply",
];

const NOBODY: [&str; 5] = ["noreply", "donotreply", "neverreply", "noresponse", "nepasrepondre"];

/// How programs begin the subject of such an answer.
const ABSENT: [&str; 18] = [
    "automatic reply",
    "auto reply",
    "auto-reply",
    "autoreply",
    "auto:",
    "out of office",
    "out-of-office",
    "out of the office",
    "abwesenheit",
    "automatische antwort",
    "respuesta automática",
    "fuera de la oficina",
    "réponse automatique",
    "absence du bureau",
    "risposta automatica",
    "resposta automática",
    "automatisch antwoord",
    "autosvar",
];

fn is_absence(subject: &str) -> bool {
    let subject = subject.to_lowercase();
    ABSENT.iter().any(|words| subject.starts_with(words))
}

fn says_yes(value: &str) -> bool {
    !value.is_empty() && !matches!(value, "no" | "none" | "false" | "0")
}

/// Why a filter on the way took the letter for spam, in its words; `None` where it did not.
pub(super) fn spam(head: &Head) -> Option<String> {
    let said = |name: &str, bad: &dyn Fn(&str) -> bool| {
        let found = head.all(name).find(|value| bad(&value.trim().to_ascii_lowercase()));
        found.map(|value| format!("{name}: {}", value.chars().take(200).collect::<String>()))
    };
    let yes = |value: &str| value.starts_with("yes") || value == "true";
    said("x-spam-flag", &yes)
        .or_else(|| said("x-spam-status", &yes))
        .or_else(|| said("x-spam", &yes))
        .or_else(|| {
            said("x-ms-exchange-organization-scl", &|level| level.parse().is_ok_and(|level: i32| level >= 5))
        })
        .or_else(|| said("x-forefront-antispam-report", &|report| report.contains("sfv:spm")))
        .or_else(|| {
            said("x-rspamd-action", &|action| matches!(action, "reject" | "add header" | "rewrite subject"))
        })
}
