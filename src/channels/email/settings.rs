//! What the settings of a mailbox mean: which servers, which name, which folders.

use super::super::{Account, Field, Input};
use crate::net::wire::{Peer, Security, read_fingerprint};

const SECURITY: Input = Input::Choice(&["tls", "starttls", "plain"]);
const fn number(name: &'static str) -> Field {
    Field { input: Input::Number, ..Field::text(name).optional() }
}

/// Who runs the mailbox, which settles the servers of the large ones.
pub(super) const SERVICE: Field =
    Field { input: Input::Choice(&["other", "google", "microsoft"]), ..Field::text("service").or("other") };
/// How one signs in.
pub(super) const SIGN_IN: Field =
    Field { input: Input::Choice(&["password", "oauth"]), ..Field::text("sign_in").or("password") };
pub(super) const USER: Field = Field::text("user").optional();
pub(super) const PASSWORD: Field = Field::secret("password").optional();
pub(super) const CLIENT_ID: Field = Field::text("client_id").optional();
pub(super) const CLIENT_SECRET: Field = Field::secret("client_secret").optional();
pub(super) const TENANT: Field = Field::text("tenant").optional();
pub(super) const IMAP_HOST: Field = Field::text("imap_host").optional();
pub(super) const IMAP_PORT: Field = number("imap_port");
pub(super) const IMAP_SECURITY: Field = Field { input: SECURITY, ..Field::text("imap_security").or("tls") };
pub(super) const FOLDERS: Field = Field::text("folders").or("INBOX");
/// What becomes of a letter in the mailbox once it is kept here.
pub(super) const AFTERWARDS: Field =
    Field { input: Input::Choice(&["leave", "seen", "move"]), ..Field::text("afterwards").or("leave") };
pub(super) const MOVE_TO: Field = Field::text("move_to").optional();
/// How many days of old mail are fetched at first; none: from now on.
pub(super) const HISTORY_DAYS: Field = Field { input: Input::Number, ..Field::text("history_days").or("0") };
/// The largest letter that is fetched whole, in megabytes.
pub(super) const LARGEST_MB: Field = Field { input: Input::Number, ..Field::text("largest_mb").or("35") };
pub(super) const SMTP_HOST: Field = Field::text("smtp_host").optional();
pub(super) const SMTP_PORT: Field = number("smtp_port");
pub(super) const SMTP_SECURITY: Field = Field { input: SECURITY, ..Field::text("smtp_security").or("tls") };
pub(super) const SENDER_NAME: Field = Field::text("sender_name").optional();
/// The folder that takes a copy of each answer; empty: none, as where the server keeps one by itself.
pub(super) const SENT_FOLDER: Field = Field::text("sent_folder").optional();
/// The fingerprint of a certificate that is trusted besides the public ones.
pub(super) const CERTIFICATE: Field = Field::text("certificate").optional();

/// A server and how it is reached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Server {
    pub peer: Peer,
}

/// What one signs in with.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Credential {
    pub user: String,
    pub password: String,
    pub token: Option<String>,
}

/// What becomes of a letter in the mailbox once it is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Afterwards {
    Leave,
    See,
    Move(String),
}

/// The servers of the large services: IMAP, SMTP (their own help pages).
fn preset(service: &str) -> Option<[(&'static str, u16, Security); 2]> {
    match service {
        // support.google.com/mail/answer/7126229
        "google" => Some([("imap.gmail.com", 993, Security::Tls), ("smtp.gmail.com", 465, Security::Tls)]),
        // support.microsoft.com, "POP, IMAP, and SMTP settings for Outlook.com" and Microsoft 365
        "microsoft" => Some([
            ("outlook.office365.com", 993, Security::Tls),
            ("smtp.office365.com", 587, Security::StartTls),
        ]),
        _ => None,
    }
}

/// Where letters are fetched; `None`: nowhere, a mail server hands them over.
pub(super) fn imap(account: &Account) -> Option<Server> {
    server(account, 0, (IMAP_HOST.name, IMAP_PORT.name, IMAP_SECURITY.name), [993, 143])
}

/// Where answers go out; `None`: nobody told.
pub(super) fn smtp(account: &Account) -> Option<Server> {
    server(account, 1, (SMTP_HOST.name, SMTP_PORT.name, SMTP_SECURITY.name), [465, 587])
}

fn server(account: &Account, which: usize, names: (&str, &str, &str), ports: [u16; 2]) -> Option<Server> {
    let preset = preset(account.get(SERVICE.name)).and_then(|both| both.get(which).copied());
    let own = account.get(names.0).trim();
    let (host, port, security) = match (own, preset) {
        ("", None) => return None,
        ("", Some((host, port, security))) => (host.to_owned(), port, security),
        (own, _) => {
            let security = match account.get(names.2) {
                "starttls" => Security::StartTls,
                "plain" => Security::Plain,
                _ => Security::Tls,
            };
            (own.to_owned(), ports[usize::from(security != Security::Tls)], security)
        }
    };
    let port = account.get(names.1).parse().unwrap_or(port);
    let certificate = read_fingerprint(account.get(CERTIFICATE.name));
    Some(Server { peer: Peer { host, port, security, certificate } })
}

/// Whether one signs in by OAuth.
pub(super) fn is_oauth(account: &Account) -> bool {
    account.get(SIGN_IN.name) == "oauth"
}

/// What one signs in with; `None` while there is no access yet.
pub(super) fn credential(account: &Account) -> Option<Credential> {
    let user = Some(account.get(USER.name)).filter(|user| !user.is_empty()).unwrap_or(account.get("address"));
    let token = is_oauth(account).then(|| account.get(super::oauth::ACCESS).to_owned());
    if token.as_deref() == Some("") {
        return None;
    }
    let credential =
        Credential { user: user.to_owned(), password: account.get(PASSWORD.name).to_owned(), token };
    Some(credential)
}

/// The folders that are read.
pub(super) fn folders(account: &Account) -> Vec<String> {
    let named: Vec<String> = account
        .get(FOLDERS.name)
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    if named.is_empty() { vec!["INBOX".to_owned()] } else { named }
}

/// What becomes of a letter in the mailbox once it is kept.
pub(super) fn afterwards(account: &Account) -> Afterwards {
    let folder = account.get(MOVE_TO.name).trim();
    match account.get(AFTERWARDS.name) {
        "seen" => Afterwards::See,
        "move" if !folder.is_empty() => Afterwards::Move(folder.to_owned()),
        _ => Afterwards::Leave,
    }
}

/// The largest letter that is fetched whole, in bytes.
pub(super) fn largest(account: &Account) -> u64 {
    account.get(LARGEST_MB.name).parse().unwrap_or(35_u64).clamp(1, 150) * 1024 * 1024
}
