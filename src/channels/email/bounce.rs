//! What mail servers say of letters that we sent: delivery status notifications (RFC 3464) and the forms that came
//! before them or go their own way (qmail, old Exchange, forwarders).

use super::mime::{File, Head, Mail, identifiers};
use crate::domain::inbound::Report;
use crate::domain::outbox::{Cause, Failure};

/// How much of a report's text is looked at, in bytes.
const MOST: usize = 100_000;

/// The report that a letter is; `None` for every other letter.
pub(super) fn report(mail: &Mail, nobody_to_return_to: bool) -> Option<Report> {
    let status = part(mail, &["message/delivery-status", "message/global-delivery-status"]);
    let standard = mail.head.media_type == "multipart/report" && status.is_some();
    if !standard && !looks_like(mail, nobody_to_return_to) {
        return None;
    }
    let facts = status.map(|status| facts(&String::from_utf8_lossy(&status.bytes))).unwrap_or_default();
    let text: String = mail.text.chars().take(MOST).collect();
    let words = if facts.words.is_empty() { reason(&text) } else { facts.words };
    let code = if facts.status.is_empty() { code_in(&words) } else { facts.status };
    let failed = match facts.action.as_str() {
        "failed" => true,
        "delayed" => false,
        // Somebody who wants to hear that it arrived: nothing of ours asks for that.
        "delivered" | "relayed" | "expanded" => return None,
        _ => !code.starts_with('4') && !is_late(&mail.head.subject, &text),
    };
    let recipient =
        if facts.recipient.is_empty() { failed_recipient(&mail.head, &text) } else { facts.recipient };
    let cause = if is_policy(&code) { Cause::Policy } else { Cause::Unreachable };
    let words = if words.is_empty() { mail.head.subject.clone() } else { words };
    let fault = match failed {
        true => Failure::never(cause, words),
        false => Failure::later(Cause::Transient, words, None),
    };
    Some(Report { identifiers: ours(mail, &text), failed, fault, recipient })
}

/// What the machine-readable part tells of the first recipient that was not reached.
#[derive(Default)]
struct Facts {
    action: String,
    status: String,
    recipient: String,
    words: String,
}

fn facts(text: &str) -> Facts {
    let blocks = text.replace("\r\n", "\n");
    let mut found = Facts::default();
    for block in blocks.split("\n\n") {
        let head = Head::read(block.as_bytes());
        let value = |name: &str| {
            let value = head.field(name);
            value.split_once(';').map_or(value, |(_, value)| value).trim().to_owned()
        };
        let action = value("action").to_ascii_lowercase();
        // One failure among successes is what counts.
        if action.is_empty() || (found.action == "failed" && action != "failed") {
            continue;
        }
        let final_one = value("final-recipient");
        let recipient = if final_one.is_empty() { value("original-recipient") } else { final_one };
        let words = [value("diagnostic-code"), value("status")].into_iter().find(|words| !words.is_empty());
        let first = found.action.is_empty() || (action == "failed" && found.action != "failed");
        if first {
            found = Facts {
                action,
                status: value("status"),
                recipient: recipient.trim_matches(['<', '>']).to_lowercase(),
                words: short(&words.unwrap_or_default()),
            };
        }
    }
    found
}

/// Whether a letter without a machine-readable part speaks of one that did not arrive.
fn looks_like(mail: &Mail, nobody_to_return_to: bool) -> bool {
    let author = mail.head.from.first().map(|from| from.address.as_str()).unwrap_or_default();
    let name = author.split('@').next().unwrap_or_default().to_ascii_lowercase();
    let by_machine = nobody_to_return_to
        || ["mailer-daemon", "postmaster", "mail-daemon", "mailerdaemon"].contains(&name.as_str())
        || name.starts_with("microsoftexchange");
    let subject = mail.head.subject.to_lowercase();
    let text = mail.text.chars().take(2_000).collect::<String>().to_lowercase();
    by_machine
        && (!mail.head.field("x-failed-recipients").is_empty()
            || SUBJECTS.iter().any(|words| subject.contains(words))
            || text.contains("this is the qmail-send program")
            || text.contains("this message was created automatically by mail delivery software"))
}

const SUBJECTS: [&str; 16] = [
    "undeliver",
    "delivery status notification",
    "delivery failure",
    "delivery has failed",
    "mail delivery failed",
    "mail delivery system",
    "returned mail",
    "failure notice",
    "could not be delivered",
    "delivery delayed",
    "delayed mail",
    "warning: message",
    "unzustellbar",
    "no se puede entregar",
    "non remis",
    "non distribué",
];

fn is_late(subject: &str, text: &str) -> bool {
    let subject = subject.to_lowercase();
    let text = text.to_lowercase();
    ["delayed", "delay)", "warning: message", "verzögert", "retrasad"]
        .iter()
        .any(|word| subject.contains(word))
        || text.contains("this is a warning message only")
        || text.contains("you do not need to resend")
}

/// The identifiers of the letter that came back: in the copy that the report carries, or in its text.
fn ours(mail: &Mail, text: &str) -> Vec<String> {
    let copies = ["message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"];
    let mut found = Vec::new();
    for file in mail.files.iter().filter(|file| copies.contains(&file.media_type.as_str())) {
        let blank = file.bytes.windows(2).position(|two| two == b"\n\n");
        let crlf = file.bytes.windows(4).position(|four| four == b"\r\n\r\n");
        let end = [blank, crlf].into_iter().flatten().min().unwrap_or(file.bytes.len());
        let head = Head::read(file.bytes.get(..end).unwrap_or_default());
        found.extend(identifiers(head.field("message-id"), 1));
    }
    for line in text.lines() {
        let line = line.trim_start_matches(['>', ' ', '|']);
        if line.get(..11).is_some_and(|name| name.eq_ignore_ascii_case("message-id:")) {
            found.extend(identifiers(&line[11..], 1));
        }
    }
    found.extend(identifiers(mail.head.field("in-reply-to"), 5));
    found.extend(identifiers(mail.head.field("references"), 20));
    found.truncate(40);
    found
}

fn part<'a>(mail: &'a Mail, kinds: &[&str]) -> Option<&'a File> {
    mail.files.iter().find(|file| kinds.contains(&file.media_type.as_str()))
}

/// The line of the text that says why: one with a code of SMTP, or with a status.
fn reason(text: &str) -> String {
    let says = |line: &&str| {
        let words = line.split(|one: char| !(one.is_ascii_digit() || one == '.'));
        words.into_iter().any(is_code)
    };
    short(text.lines().map(str::trim).find(says).unwrap_or_default())
}

/// `550` or `5.1.1`: what RFC 5321 and RFC 3463 call a lasting or a passing failure.
fn is_code(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    match parts.as_slice() {
        [code] => {
            code.len() == 3 && (code.starts_with("55") || code.starts_with("45") || code.starts_with("42"))
        }
        [class, subject, detail] => {
            matches!(*class, "4" | "5")
                && [subject, detail].iter().all(|part| !part.is_empty() && part.len() <= 3)
        }
        _ => false,
    }
}

fn code_in(words: &str) -> String {
    let mut found =
        words.split(|one: char| !(one.is_ascii_digit() || one == '.')).filter(|word| is_code(word));
    found.next().unwrap_or_default().to_owned()
}

/// The groups of RFC 3463 that speak of security and policy.
fn is_policy(code: &str) -> bool {
    code.split('.').nth(1) == Some("7")
}

fn failed_recipient(head: &Head, text: &str) -> String {
    let named = head.field("x-failed-recipients").split(',').next().unwrap_or_default().trim();
    if !named.is_empty() {
        return named.to_lowercase();
    }
    // qmail writes the address in angle brackets and a colon.
    let line = text.lines().map(str::trim).find(|line| line.starts_with('<') && line.ends_with(">:"));
    line.map(|line| line.trim_matches(['<', '>', ':']).to_lowercase()).unwrap_or_default()
}

fn short(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(300).collect()
}
