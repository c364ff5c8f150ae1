//! Whether the desk is well: one word for anybody, figures for a program with an administrator's token.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use super::context::Cx;
use super::failure::Failure;
use super::http::Response;
use super::routes::{Guard, Route};
use crate::domain::agent::Role;
use crate::store;

/// Where the figures are.
pub const METRICS: &str = "/metrics";

/// The routes of this file.
pub const ROUTES: &[Route] = &[
    Route::page("/healthz", Guard::Public, healthz),
    Route::page(METRICS, Guard::Token(Role::Admin), metrics),
];

/// What was counted since the start.
pub struct Tally {
    started: Instant,
    /// Answers by the first digit of their status.
    answers: [AtomicU64; 6],
}

impl Tally {
    /// Counts from now on.
    pub fn start() -> Tally {
        Tally { started: Instant::now(), answers: Default::default() }
    }

    /// Counts an answer.
    pub fn answered(&self, status: u16) {
        if let Some(count) = self.answers.get(usize::from(status / 100)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Says that the file can be read, and whether it is written into; nothing else.
fn healthz(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    cx.read(store::health::readable)?;
    if let Some(why) = cx.app.desk.writer.halt() {
        return Ok(Response::text(503, &format!("{}\n", why.code())));
    }
    Ok(Response::text(200, "ok\n"))
}

fn metrics(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let counts = cx.read(store::health::counts)?;
    let mut text = String::new();
    for (name, help, value) in [
        ("outbox_waiting", "Messages that wait to be sent.", counts.outbox_waiting),
        ("outbox_unsure", "Messages of which nobody knows whether they were sent.", counts.outbox_unsure),
        ("inbound_new", "Deliveries that are kept and not yet read.", counts.inbound_new),
        ("inbound_failed", "Deliveries that could not be read.", counts.inbound_failed),
        ("conversations_failed", "Conversations in which a message failed or is unsure.", counts.failed),
        ("events", "The number of the newest entry of the log.", counts.events),
        ("memory_resident_bytes", "Memory of the process.", resident()),
        ("uptime_seconds", "Since the start.", seconds(&cx.app.tally)),
    ] {
        let _ = write!(
            text,
            "# HELP transom_{name} {help}\n# TYPE transom_{name} gauge\ntransom_{name} {value}\n"
        );
    }
    text.push_str(
        "# HELP transom_answers_total Answers by class of status.\n# TYPE transom_answers_total counter\n",
    );
    for (class, count) in cx.app.tally.answers.iter().enumerate().skip(1) {
        let count = count.load(Ordering::Relaxed);
        let _ = writeln!(text, "transom_answers_total{{status=\"{class}xx\"}} {count}");
    }
    Ok(Response::new(200)
        .with_header("Content-Type", "text/plain; version=0.0.4")
        .with_body(text.into_bytes()))
}

fn seconds(tally: &Tally) -> i64 {
    i64::try_from(tally.started.elapsed().as_secs()).unwrap_or(i64::MAX)
}

/// Resident memory by the system's own account; 0 where it keeps none.
fn resident() -> i64 {
    let pages = std::fs::read_to_string("/proc/self/statm")
        .ok()
        .and_then(|text| text.split_whitespace().nth(1)?.parse::<i64>().ok());
    pages.unwrap_or(0) * i64::try_from(rustix::param::page_size()).unwrap_or(4096)
}
