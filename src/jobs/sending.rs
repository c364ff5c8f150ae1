//! One attempt to send: a claimed message becomes an order for its channel's file.

use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use serde_json::Value;

use super::parts::Parts;
use crate::actions::dispatch::Claimed;
use crate::channels::{self, Account, Order, OutFile, Provider};
use crate::desk::Desk;
use crate::domain::message::{Attachment, AttachmentState};
use crate::domain::outbox::{Cause, Failure, Outcome};
use crate::domain::template::{Status, Template};
use crate::domain::window::Content;
use crate::store;

/// Sends it and says what came of it. Whatever goes wrong is an outcome.
pub(super) fn send(desk: &Arc<Desk>, claimed: &Claimed) -> Outcome {
    let (provider, account) = match connect(desk, claimed) {
        Ok(found) => found,
        Err(failure) => return Outcome::Failed(failure),
    };
    let attempt = catch_unwind(AssertUnwindSafe(|| give(desk, claimed, provider, &account)));
    attempt.unwrap_or_else(|_| {
        // The panic is in the log already. It may have come after the request had left.
        Outcome::Failed(Failure::unsure(""))
    })
}

fn connect(desk: &Desk, claimed: &Claimed) -> Result<(&'static dyn Provider, Account), Failure> {
    let channel = claimed.channel.clone();
    let provider = channels::provider(channel.kind)
        .ok_or_else(|| Failure::reconnect(format!("{} cannot be connected yet", channel.kind.label())))?;
    let account = desk
        .readers
        .read::<_, store::Error>(|connection| desk.account(connection, channel))
        .map_err(|fault| Failure::later(Cause::Transient, fault.to_string(), None))?;
    // A copied file without its key file has lost its secrets: nothing is tried with empty ones.
    let missing = provider.fields().iter().find(|field| field.required && account.get(field.name).is_empty());
    match missing {
        Some(field) => Err(Failure::reconnect(format!("{} is not set", field.name))),
        None => Ok((provider, account)),
    }
}

fn give(desk: &Arc<Desk>, claimed: &Claimed, provider: &dyn Provider, account: &Account) -> Outcome {
    let template = match template(claimed) {
        Ok(template) => template,
        Err(failure) => return Outcome::Failed(failure),
    };
    let openers: Vec<Opener> = claimed.files.iter().map(|file| opener(desk, file)).collect();
    let files = match files(desk, claimed, &openers) {
        Ok(files) => files,
        Err(failure) => return Outcome::Failed(failure),
    };
    let last = claimed.last_inbound.as_ref();
    let order = Order {
        to: (claimed.address.kind, &claimed.address.value),
        subject: &claimed.conversation.subject,
        body: &claimed.message.body,
        html: claimed.message.html.as_deref(),
        mail: claimed.message.extra.mail.as_deref(),
        template: claimed.message.extra.template.as_ref().zip(template),
        files,
        reply_to: claimed.answers.as_ref().and_then(|answered| answered.provider_id.as_deref()),
        answered: claimed.answers.as_ref().map_or(&Value::Null, |answered| &answered.extra.provider),
        last_inbound: last.and_then(|last| Some((last.provider_id.as_deref()?, last.at))),
        last_provider: last.map_or(&Value::Null, |last| &last.extra.provider),
        key: &claimed.dispatch.key,
        attempt: claimed.dispatch.attempt,
        sender: claimed.dispatch.sender,
        window: claimed.window,
        author: claimed.author.as_deref(),
        now: desk.clock.now(),
    };
    provider.send(account, &desk.client, &order)
}

/// The provider's template, which must still be there and approved.
fn template(claimed: &Claimed) -> Result<Option<&Template>, Failure> {
    if claimed.dispatch.content != Content::Template {
        return Ok(None);
    }
    match &claimed.template {
        Some(template) if template.status == Status::Approved => Ok(Some(template)),
        Some(template) => Err(Failure::never(Cause::Template, template.reason.clone().unwrap_or_default())),
        None => Err(Failure::never(Cause::Template, "")),
    }
}

type Opener = Box<dyn Fn() -> io::Result<Box<dyn Read + Send>>>;

fn opener(desk: &Arc<Desk>, file: &Attachment) -> Opener {
    let (desk, id) = (desk.clone(), file.id);
    Box::new(move || Ok(Box::new(Parts::of(&desk, id))))
}

fn files<'a>(desk: &Desk, claimed: &'a Claimed, openers: &'a [Opener]) -> Result<Vec<OutFile<'a>>, Failure> {
    let mut files = Vec::with_capacity(openers.len());
    for (file, open) in claimed.files.iter().zip(openers) {
        let rule = claimed.channel.card.file_rule(&file.media_type);
        let rule = rule.ok_or_else(|| Failure::never(Cause::Media, file.media_type.clone()))?;
        if file.state != AttachmentState::Stored {
            return Err(Failure::never(Cause::Media, file.name.clone()));
        }
        files.push(OutFile {
            name: &file.name,
            media_type: &file.media_type,
            size: file.size,
            class: rule.what,
            url: desk
                .media_url(file, desk.clock.now())
                .map_err(|fault| Failure::later(Cause::Transient, format!("{fault:?}"), None))?,
            open,
        });
    }
    Ok(files)
}
