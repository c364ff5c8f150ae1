//! Who is at the generated desk: an administrator, agents, queues, one simulated channel of every kind.

use crate::actions::{agent, queue, setting, wrapup};
use crate::channels::Secrets;
use crate::cli::{Error, channel as channels};
use crate::desk::Desk;
use crate::domain::access::Viewer;
use crate::domain::agent::{Agent, Role};
use crate::domain::channel::{Channel, Kind, Settings};
use crate::domain::queue::Queue;
use crate::domain::{Id, Timestamp};
use crate::store::setting::key;
use crate::{channels as providers, password, random, store};

/// The administrator's address.
pub const ADMIN: &str = "admin@example.org";

const AGENTS: [&str; 19] = [
    "Petra Horáková",
    "Luis Ortega",
    "Amina Diallo",
    "Tom Fischer",
    "Sara Lindqvist",
    "Marco Rossi",
    "Julia Novak",
    "Kenji Mori",
    "Carla Mendes",
    "Ben Adams",
    "Ines Costa",
    "Yusuf Kaya",
    "Nora Berg",
    "Paulo Reis",
    "Eva Svoboda",
    "Omar Haddad",
    "Lena Vogel",
    "Dario Conti",
    "Alice Moreau",
];
const QUEUES: [&str; 3] = ["Sales", "Support", "Billing"];
const REASONS: [&str; 6] = ["Answered", "Order placed", "Refunded", "Complaint", "Spam", "No answer"];

/// Everybody and everything that a story needs.
pub struct Cast {
    pub agents: Vec<Id<Agent>>,
    names: Vec<String>,
    pub queues: Vec<Id<Queue>>,
    pub reasons: Vec<i64>,
    pub channels: Vec<Channel>,
}

impl Cast {
    /// Sets the desk up through the same actions as everybody.
    pub fn assemble(desk: &Desk, admin_password: &str) -> Result<Cast, Error> {
        let hash = password::hash(admin_password)?;
        let now = desk.clock.now();
        let (agents, names, queues, reasons) = desk.writer.write(move |tx| people(tx, &hash, now))?;
        for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Simulator) {
            let settings = Settings::from([("speaks_as".to_owned(), kind.as_str().to_owned())]);
            let channel =
                providers::draft(Kind::Simulator, kind.label().to_owned(), random::key(), settings, now);
            channels::insert(desk, channel, &Secrets::new())?;
        }
        let channels = desk.readers.read(store::channel::all)?;
        Ok(Cast { agents, names, queues, reasons, channels })
    }

    /// The name of an agent.
    pub fn name(&self, agent: Id<Agent>) -> String {
        let place = self.agents.iter().position(|other| *other == agent);
        place.map_or_else(String::new, |place| self.names[place].clone())
    }
}

type People = (Vec<Id<Agent>>, Vec<String>, Vec<Id<Queue>>, Vec<i64>);

fn people(tx: &store::Tx<'_>, hash: &str, now: Timestamp) -> crate::actions::Result<People> {
    let console = Viewer::console();
    setting::change(tx, &console, &[(key::TEAM, "Generated desk".into()), (key::COUNTRY, "GB".into())], now)?;
    let admin = agent::New {
        email: ADMIN.into(),
        name: "Administrator".into(),
        role: Role::Admin,
        password_hash: hash.to_owned(),
    };
    let mut agents = vec![agent::add(tx, &console, &admin, now)?];
    let mut names = vec![admin.name];
    for (number, name) in AGENTS.iter().enumerate() {
        let email = format!("agent{}@example.org", number + 1);
        let role = if number < 2 { Role::Supervisor } else { Role::Agent };
        let new = agent::New { email, name: (*name).into(), role, password_hash: String::new() };
        agents.push(agent::add(tx, &console, &new, now)?);
        names.push(new.name);
    }
    let queues = QUEUES.iter().map(|name| queue::add(tx, &console, name, now)).collect::<Result<_, _>>()?;
    let reasons = REASONS.iter().map(|name| Ok(wrapup::add_reason(tx, &console, name, None, now)?.get()));
    let reasons = reasons.collect::<crate::actions::Result<_>>()?;
    Ok((agents, names, queues, reasons))
}
