//! A mail server tells what became of one of our mails.

use super::{receipt, thread_of};
use crate::actions::Result;
use crate::actions::history::{self, Happening};
use crate::domain::Timestamp;
use crate::domain::channel::Channel;
use crate::domain::event::{Line, kind};
use crate::domain::inbound::{Receipt, Report};
use crate::domain::message::{Kind, Message, State};
use crate::store::{Tx, mail, message};

/// Notes the report on the mail that it speaks of. `false`: it speaks of none of ours.
pub(super) fn settled(
    tx: &Tx<'_>,
    channel: &Channel,
    report: &Report,
    at: Timestamp,
    now: Timestamp,
) -> Result<bool> {
    let Some(ours) = ours(tx, channel, report)? else { return Ok(false) };
    if report.failed {
        let mut fault = report.fault.clone();
        if !report.recipient.is_empty() && !fault.message.contains(&report.recipient) {
            fault.message = format!("{}: {}", report.recipient, fault.message);
        }
        let told = Receipt { provider_id: None, our_key: None, state: State::Failed, at, fault: Some(fault) };
        receipt::of(tx, channel, ours, &told, now)?;
        return Ok(true);
    }
    let conversation = thread_of(tx, &ours)?;
    let once = format!("late:{}", ours.id);
    if message::by_key(tx, &once)?.is_none() {
        let line =
            Line { to: report.recipient.clone(), note: report.fault.message.clone(), ..Line::default() };
        let told = Happening { key: Some(&once), ..Happening::own(kind::MESSAGE_DELAYED, line) };
        history::tell(tx, &conversation, &told, now)?;
    }
    Ok(true)
}

fn ours(tx: &Tx<'_>, channel: &Channel, report: &Report) -> Result<Option<Message>> {
    for identifier in &report.identifiers {
        let found = match message::by_provider(tx, channel.id, identifier)? {
            Some(found) => Some(found),
            None => match mail::by_identifiers(tx, channel.id, std::slice::from_ref(identifier))? {
                Some(id) => message::get(tx, id)?,
                None => None,
            },
        };
        if let Some(found) = found.filter(|found| found.kind == Kind::Outbound) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}
