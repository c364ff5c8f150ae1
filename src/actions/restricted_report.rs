//! The report of restricted words by mail (S217): once a day, where anything was found. The words themselves are not sent:
//! they would not leave.

use super::begin::{self, Begin};
use super::reply::{self, Reply};
use super::{Error, Result, letter, receive};
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::contact::AddressKind;
use crate::domain::refused::Problem;
use crate::domain::restricted::{Report, summary};
use crate::domain::window::Sender;
use crate::domain::{Id, Refused, Span, Timestamp};
use crate::store::setting::{self, key};
use crate::store::{self, Connection, Tx, restricted};

/// How often a report is sent at most.
const EVERY: Span = Span::days(1);
/// How many finds one report counts.
const MOST: u32 = 5000;

/// Where the report goes, if it goes anywhere.
pub fn kept(connection: &Connection) -> Result<Option<Report>> {
    let kept = setting::get(connection, key::RESTRICTED_REPORT)?;
    Ok(kept.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Sends the report to this address from now on; `None` sends none any more.
pub fn choose(tx: &Tx<'_>, by: &Viewer, report: Option<Report>, now: Timestamp) -> Result<()> {
    by.must_be(Role::Admin)?;
    let text = match report {
        Some(report) => {
            let wrong = |field, problem| Error::from(Refused::Field { field, problem });
            let channel = store::channel::get(tx, Id::new(report.channel))?.filter(letter::is_mail);
            channel.ok_or_else(|| wrong("channel", Problem::Unknown))?;
            let to =
                AddressKind::Email.normal(&report.to, None).map_err(|_| wrong("to", Problem::NotAnEmail))?;
            Some(serde_json::to_string(&Report { to, ..report }).unwrap_or_default())
        }
        None => None,
    };
    setting::set(tx, key::RESTRICTED_REPORT, text.as_deref())?;
    // What was found before somebody asked for the report is on the page.
    setting::set(tx, key::RESTRICTED_REPORTED, Some(&now.0.to_string()))?;
    super::setting::tell(tx, by, &[key::RESTRICTED_REPORT], now)
}

/// Whether a report is due.
pub fn is_due(connection: &Connection, now: Timestamp) -> Result<bool> {
    Ok(kept(connection)?.is_some() && now.since(last(connection)?) >= EVERY)
}

fn last(connection: &Connection) -> Result<Timestamp> {
    let last = setting::get(connection, key::RESTRICTED_REPORTED)?;
    Ok(Timestamp(last.and_then(|text| text.parse().ok()).unwrap_or(0)))
}

/// Sends what was found since the last report, as a conversation that nobody has to look after.
pub fn send(tx: &Tx<'_>, now: Timestamp) -> Result<()> {
    let Some(report) = kept(tx)?.filter(|_| is_due(tx, now).unwrap_or_default()) else { return Ok(()) };
    let finds = restricted::finds(tx, last(tx)?, MOST)?;
    setting::set(tx, key::RESTRICTED_REPORTED, Some(&now.0.to_string()))?;
    if finds.is_empty() {
        return Ok(());
    }
    let body = format!("{}\n\n{}", report.intro, summary(&report.line, &finds));
    let desk = Viewer { sender: Sender::Automatic, ..Viewer::console() };
    let order = Begin {
        channel: Id::new(report.channel),
        to: report.to,
        subject: report.subject,
        body: body.clone(),
        template: None,
        attachments: Vec::new(),
        key: None,
    };
    // A report that the rules refuse is not worth more than a line of the log; the page has it all the same.
    let sent = tx.part(|tx| match begin::begin(tx, &desk, &order, now) {
        Ok(id) => {
            let mut conversation = store::conversation::get(tx, id)?.ok_or(Error::NotFound)?;
            receive::shut(tx, &mut conversation, now)
        }
        // Whoever gets it has answered the last one.
        Err(Error::Refused(Refused::AlreadyActive { conversation: Some(conversation) })) => {
            let order = Reply {
                conversation,
                body,
                template: None,
                attachments: Vec::new(),
                reply_to: None,
                seen: None,
                key: None,
            };
            reply::reply(tx, &desk, &order, now).map(|_| ())
        }
        Err(other) => Err(other),
    });
    match sent {
        Err(Error::Refused(refused)) => {
            log::warn!("the report of restricted words is not sent: {refused:?}");
            Ok(())
        }
        other => other,
    }
}
