//! How letters travel: out by SMTP, and the test that really signs in.

use std::cell::RefCell;

use super::super::{Account, Check, Order};
use super::imap::{Fault, Imap};
use super::letter::Letter;
use super::settings::{self, Credential, Server};
use super::smtp::{Smtp, Undelivered};
use super::{mailbox, trouble};
use crate::domain::outbox::{Failure, Outcome};

/// Whether letters are fetched; otherwise a mail server hands them over.
pub(super) fn polls(account: &Account) -> bool {
    settings::imap(account).is_some()
}

/// A connection for outgoing mail, and what it was made with.
struct Open {
    server: Server,
    credential: Credential,
    smtp: Smtp,
}

thread_local! {
    // A thread sends what one channel has and then ends, and the connection with it.
    static OPEN: RefCell<Option<Open>> = const { RefCell::new(None) };
}

/// Sends a letter.
pub(super) fn send(account: &Account, order: &Order<'_>) -> Outcome {
    let letter = Letter::of(account, order);
    match deliver(account, &letter) {
        Ok(()) => {
            keep_copy(account, &letter);
            Outcome::Sent { provider_id: Some(letter.identifier().to_owned()) }
        }
        Err(failure) => Outcome::Failed(failure),
    }
}

fn deliver(account: &Account, letter: &Letter<'_>) -> Result<(), Failure> {
    let server =
        settings::smtp(account).ok_or_else(|| Failure::reconnect("no server for outgoing mail is set"))?;
    let credential = settings::credential(account).ok_or_else(trouble::no_access)?;
    let before = OPEN.take().filter(|open| open.server == server && open.credential == credential);
    // One that was left open has perhaps died meanwhile; before the letter begins, that is no harm.
    let smtp = match before.map(|open| open.smtp).and_then(Smtp::still_there) {
        Some(smtp) => smtp,
        None => open(account, &server, &credential)?,
    };
    let (smtp, sent) = smtp.deliver(letter);
    if let Some(smtp) = smtp {
        OPEN.set(Some(Open { server, credential, smtp }));
    }
    sent.map_err(trouble::of_letter)
}

fn open(account: &Account, server: &Server, credential: &Credential) -> Result<Smtp, Failure> {
    Smtp::open(server, credential, hello(account)).map_err(|fault| match fault {
        // A token can run out between the look at it and its use.
        Undelivered::Refused { words, .. } if settings::is_oauth(account) => mailbox::passes(words),
        // No letter has begun.
        Undelivered::Lost(words) => Failure::away(words),
        other => trouble::of_letter(other),
    })
}

/// The name under which we greet: our own domain, because the machine's name is nobody's business.
fn hello(account: &Account) -> &str {
    let address = account.get("address");
    address.rsplit_once('@').map_or("localhost", |(_, domain)| domain)
}

/// Puts a copy of what was sent into the mailbox. The letter has left, so nothing of this changes the outcome.
fn keep_copy(account: &Account, letter: &Letter<'_>) {
    let folder = account.get(settings::SENT_FOLDER.name).trim();
    // Whoever reads the shared mailbox learns nothing of a colleague's account.
    if folder.is_empty() || letter.is_for_colleagues() {
        return;
    }
    let mut bytes = Vec::new();
    let kept = letter.write(&mut bytes).map_err(|fault| Fault::Lost(fault.to_string())).and_then(|()| {
        let open = mailbox::open(account).map_err(|failure| Fault::Lost(failure.message));
        let mut imap = open?;
        imap.append(folder, &bytes)?;
        imap.leave();
        Ok(())
    });
    if let Err(fault) = kept {
        let words = mailbox::words(fault);
        log::warn!("channel {}: no copy of a sent letter was put into {folder}: {words}", account.channel.id);
    }
}

/// Signs in to both servers, opens the folders, and says what is wrong.
pub(super) fn test(account: &Account) -> Vec<Check> {
    let mut checks = Vec::new();
    if polls(account) {
        inbound(account, &mut checks);
    }
    checks.push(Check { step: "mail_out", outcome: outbound(account) });
    checks
}

fn inbound(account: &Account, checks: &mut Vec<Check>) {
    let host = settings::imap(account).map(|server| server.peer.host).unwrap_or_default();
    let mut imap = match mailbox::open(account) {
        Ok(imap) => imap,
        Err(failure) => {
            checks.push(Check { step: "mail_in", outcome: Err(failure.message) });
            return;
        }
    };
    checks.push(Check { step: "mail_in", outcome: Ok(host) });
    let mut wanted = settings::folders(account);
    wanted.extend(
        Some(account.get(settings::SENT_FOLDER.name).trim().to_owned()).filter(|name| !name.is_empty()),
    );
    checks.push(Check { step: "mail_folder", outcome: folders(&mut imap, &wanted) });
    imap.leave();
}

fn folders(imap: &mut Imap, wanted: &[String]) -> Result<String, String> {
    for folder in wanted {
        if let Err(fault) = imap.select(folder, false) {
            let known = imap.folders().unwrap_or_default().join(", ");
            return Err(format!("{folder}: {} ({known})", mailbox::words(fault)));
        }
    }
    // The others, so that one sees what else there is to read.
    let mut others = imap.folders().unwrap_or_default();
    others.retain(|name| !wanted.contains(name));
    let wanted = wanted.join(", ");
    Ok(if others.is_empty() { wanted } else { format!("{wanted} ({})", others.join(", ")) })
}

fn outbound(account: &Account) -> Result<String, String> {
    let server = settings::smtp(account).ok_or_else(|| "no server for outgoing mail is set".to_owned())?;
    let credential = settings::credential(account).ok_or_else(|| trouble::no_access().message)?;
    let smtp = open(account, &server, &credential).map_err(|failure| failure.message)?;
    smtp.leave();
    Ok(server.peer.host)
}
