//! What happens without a browser: alerts, inbound, outbox, files, polls, checks of channels, copies, soundness, ticker,
//! tidier, webhooks, workflows.

pub mod access;
pub mod alert;
pub mod cards;
pub mod checkup;
pub mod copies;
pub mod dealer;
pub mod face;
pub mod inbound;
mod lanes;
pub mod media;
pub mod missed;
pub mod outbox;
mod parts;
pub mod poll;
pub mod reactions;
pub mod roster;
mod sending;
pub mod soundness;
pub mod ticker;
pub mod tidier;
pub mod webhooks;
pub mod workflows;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::desk::Desk;

/// Tells a job that it is to come to an end.
#[derive(Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// The desk is stopping: finish what is in hand and return.
    pub fn is_set(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// From now on it is. Who waits on a topic hears of it when that is told.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Waits as [`Live::wait`](crate::desk::Live::wait) does, and not at all when the desk is stopping: what was told
    /// before `seen` was counted is not told again.
    pub fn wait(&self, desk: &Desk, topic: &str, seen: u64, longest: Duration) {
        if !self.is_set() {
            desk.live.wait(topic, seen, longest);
        }
    }
}

/// The running jobs. They end when this is stopped or dropped.
pub struct Jobs {
    desk: Arc<Desk>,
    stop: Stop,
    threads: Vec<JoinHandle<()>>,
}

/// What a job does until it is told to stop.
pub type Job = fn(&Arc<Desk>, &Stop);

/// Every job with the name of its thread and the topic on which it waits.
const JOBS: &[(&str, &str, Job)] = &[
    ("inbound", crate::store::inbound::TOPIC, inbound::run),
    ("outbox", crate::store::outbox::TOPIC, outbox::run),
    ("reactions", crate::store::reaction::TOPIC, reactions::run),
    ("roster", crate::store::roster::TOPIC, roster::run),
    ("alert", crate::store::alert::TOPIC, alert::run),
    ("access", access::TOPIC, access::run),
    ("checkup", checkup::TOPIC, checkup::run),
    ("poll", poll::TOPIC, poll::run),
    ("media", crate::store::attachment::TOPIC, media::run),
    ("face", crate::store::face::TOPIC, face::run),
    ("copies", crate::store::copies::TOPIC, copies::run),
    ("dealer", crate::store::event::DESK, dealer::run),
    ("soundness", soundness::TOPIC, soundness::run),
    ("ticker", ticker::TOPIC, ticker::run),
    ("tidier", tidier::TOPIC, tidier::run),
    ("webhooks", crate::store::event::DESK, webhooks::run),
    ("workflows", crate::store::workflow_run::TOPIC, workflows::run),
];

/// Starts every job in a thread of its own.
pub fn start(desk: &Arc<Desk>) -> std::io::Result<Jobs> {
    cards::refresh(desk);
    let mut jobs = Jobs { desk: desk.clone(), stop: Stop::default(), threads: Vec::new() };
    for (name, _, job) in JOBS {
        let (desk, stop) = (desk.clone(), jobs.stop.clone());
        let thread = std::thread::Builder::new()
            .name((*name).to_owned())
            .spawn(move || keep_going(name, *job, &desk, &stop))?;
        jobs.threads.push(thread);
    }
    Ok(jobs)
}

/// How long a job rests that broke for the first time, and one that breaks again and again.
const REST: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(10));
/// A job that went on for so long before it broke is one that broke for the first time.
const WELL: Duration = Duration::from_secs(60);

/// A job that breaks begins again: without it the desk would look alive and lose its work.
fn keep_going(name: &str, job: Job, desk: &Arc<Desk>, stop: &Stop) {
    let mut rest = REST.0;
    while !stop.is_set() {
        let begun = Instant::now();
        if catch_unwind(AssertUnwindSafe(|| job(desk, stop))).is_err() && !stop.is_set() {
            if begun.elapsed() > WELL {
                rest = REST.0;
            }
            log::error!("the job {name} broke and begins again");
            std::thread::sleep(rest);
            rest = (rest * 2).min(REST.1);
        }
    }
}

impl Jobs {
    /// Lets every job finish what it has in hand, and waits for that.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.stop.set();
        self.desk.live.tell(&JOBS.iter().map(|(_, topic, _)| (*topic).to_owned()).collect());
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

impl Drop for Jobs {
    fn drop(&mut self) {
        self.end();
    }
}
