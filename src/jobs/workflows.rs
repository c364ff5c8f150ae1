//! Moves workflows on: one step a transaction, so that a restart goes on where it stopped, and calls to programs outside
//! every transaction. A slow program holds up only its own run.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::Stop;
use super::lanes::{Lanes, Lap};
use crate::actions::workflow::{self as action, Calling, Heard};
use crate::desk::Desk;
use crate::domain::workflow::{Begins, Run};
use crate::domain::{Id, Timestamp};
use crate::net::{Body, Call, CallError, signature};
use crate::random;
use crate::store::{self, event, workflow, workflow_run};

/// How long a program may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// The largest answer that is read, in bytes.
const LARGEST: u64 = 64 * 1024;
/// How many runs are looked up at a time.
const MOST: u32 = 100;

/// Moves on what is due until it is told to stop.
pub fn run(desk: &Arc<Desk>, stop: &Stop) {
    recover(desk);
    let lanes = Lanes {
        desk,
        topic: workflow_run::TOPIC,
        due: &|now| {
            begin(desk, now);
            due(desk, now)
        },
        next: &|now| desk.readers.read::<_, store::Error>(|c| workflow_run::due_after(c, now)).ok().flatten(),
        work: &|id| go_on(desk, id, &|| stop.is_set()),
    };
    lanes.run(stop);
}

/// Begins what begins by itself and moves on what is due, on this thread, until nothing is.
pub fn drain(desk: &Arc<Desk>) {
    begin(desk, desk.clock.now());
    loop {
        let due = due(desk, desk.clock.now());
        if due.is_empty() {
            return;
        }
        for id in due {
            go_on(desk, id, &|| false);
        }
    }
}

/// Leaves to people what was calling a program when the desk ended. To be called before anything goes on.
pub fn recover(desk: &Desk) {
    let now = desk.clock.now();
    match desk.writer.write(move |tx| action::recover(tx, now)) {
        Ok(0) => {}
        Ok(count) => log::warn!("{count} workflows were telling a program when the desk ended"),
        Err(fault) => log::error!("the workflows could not be put in order: {fault:?}"),
    }
}

fn due(desk: &Desk, now: Timestamp) -> Vec<Id<Run>> {
    let found = desk.readers.read::<_, store::Error>(|c| workflow_run::due(c, now, MOST));
    found.unwrap_or_else(|fault| {
        log::error!("which workflows go on cannot be read: {fault}");
        Vec::new()
    })
}

/// Looks for what begins by itself since the last look.
fn begin(desk: &Desk, now: Timestamp) {
    let waiting = desk.readers.read::<_, store::Error>(|c| {
        let by_itself = workflow::published(c)?.into_iter().filter(|one| one.flow.begins != Begins::Hand);
        let mut waiting = Vec::new();
        let latest = event::latest(c)?;
        for version in by_itself {
            let own = workflow::get(c, version.workflow)?;
            waiting.extend(own.filter(|own| own.cursor < latest).map(|own| own.id));
        }
        Ok(waiting)
    });
    for id in waiting.unwrap_or_default() {
        loop {
            match desk.writer.write(move |tx| action::look(tx, id, now)) {
                Ok(true) => {}
                Ok(false) => break,
                Err(fault) => {
                    log::error!("workflow {id} cannot look at what happened: {fault:?}");
                    break;
                }
            }
        }
    }
}

/// Moves a run on until it waits, ends, or needs a person.
fn go_on(desk: &Arc<Desk>, id: Id<Run>, stopped: &dyn Fn() -> bool) -> Lap {
    Lap::of(stopped, || next(desk, id), |fault| log::error!("the workflow {id} is stuck: {fault:?}"))
}

/// One step. `false`: nothing is due any more.
fn next(desk: &Arc<Desk>, id: Id<Run>) -> crate::actions::Result<bool> {
    let now = desk.clock.now();
    let Some(calling) = desk.writer.write(move |tx| action::advance(tx, id, now))? else {
        let due = desk.readers.read::<_, store::Error>(|c| workflow_run::get(c, id))?;
        return Ok(due.is_some_and(|run| run.is_due(now)));
    };
    let heard = catch_unwind(AssertUnwindSafe(|| tell(desk, &calling)));
    let heard = heard.unwrap_or_else(|_| Heard::Unsure(String::new()));
    let (dice, now) = (random::number(), desk.clock.now());
    desk.writer.write(move |tx| action::heard(tx, &calling, &heard, dice, now))?;
    Ok(true)
}

/// Tells the program.
fn tell(desk: &Desk, calling: &Calling) -> Heard {
    let bytes = calling.body.to_string().into_bytes();
    let mut headers = vec![("x-transom-delivery", calling.delivery.as_str())];
    let secret = match &calling.sealed {
        Some((place, sealed)) => match desk.webhook_secret(place, sealed) {
            Some(secret) => Some(secret),
            // A copy of the desk without its key file cannot sign, and what is not signed may be refused there.
            None => {
                return Heard::NotSent(
                    "the secret was sealed with another key file; make a new one".to_owned(),
                );
            }
        },
        None => None,
    };
    let signed = secret.map(|secret| signature::sha256_header(&secret, &bytes));
    if let Some(signed) = &signed {
        headers.push(("x-transom-signature", signed));
    }
    let call = Call {
        method: "POST",
        url: &calling.url,
        headers: &headers,
        body: Body::Bytes { content_type: "application/json", bytes: &bytes },
        time: PATIENCE,
        trusted: false,
        most: LARGEST,
    };
    match desk.client.call_outward(call) {
        Ok(answer) => Heard::Answer { status: answer.status, body: answer.body },
        Err(CallError::NotSent(text)) => Heard::NotSent(text),
        Err(CallError::Unsure(text)) => Heard::Unsure(text),
        Err(CallError::Forbidden(text)) => Heard::Forbidden(text),
    }
}
