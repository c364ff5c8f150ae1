//! Who is at the demo: the team of Café Lumière, a simulated channel of every kind, replies and templates.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::actions::{self, agent, queue, setting, template, wrapup};
use crate::channels::Secrets;
use crate::cli::{Error, channel as channels, settings};
use crate::desk::Desk;
use crate::domain::access::Viewer;
use crate::domain::agent::Role;
use crate::domain::channel::{Channel, Kind, Settings};
use crate::domain::template::{Status, Template};
use crate::domain::{Id, Timestamp};
use crate::store::setting::key;
use crate::store::{self, Tx};
use crate::{channels as providers, password, random};

/// Somebody of the team.
pub struct Colleague {
    pub name: &'static str,
    pub email: &'static str,
    pub role: Role,
}

/// Whom the printed password belongs to first of all.
pub const ADMIN: &str = AGENTS[0].email;

/// The team.
pub const AGENTS: [Colleague; 4] = [
    Colleague { name: "Petra Horáková", email: "petra@lumiere.example", role: Role::Admin },
    Colleague { name: "Luis Ortega", email: "luis@lumiere.example", role: Role::Supervisor },
    Colleague { name: "Amina Diallo", email: "amina@lumiere.example", role: Role::Agent },
    Colleague { name: "Tom Fischer", email: "tom@lumiere.example", role: Role::Agent },
];

const REASONS: [&str; 6] = ["Booking", "Order", "Question", "Complaint", "Refund", "Spam"];

/// Name, language, category, and text.
const REPLIES: [(&str, &str, &str, &str); 5] = [
    (
        "Opening hours",
        "en",
        "About us",
        "We are open Tuesday to Sunday from 8:00 to 18:00, and the kitchen closes at 17:00.",
    ),
    (
        "Horario",
        "es",
        "About us",
        "Abrimos de martes a domingo, de 8:00 a 18:00; la cocina cierra a las 17:00.",
    ),
    (
        "Thanks for waiting",
        "en",
        "Along the way",
        "Thank you for waiting, {{name}}. I am looking into it right now.",
    ),
    (
        "Where the order is",
        "en",
        "Along the way",
        "Hello {{contact.first_name}}, order {{order}} left us on {{date.today}}. {{agent.first_name}}, {{team.name}}",
    ),
    ("Allergens", "en", ALLERGENS, "Everything is baked in a kitchen that also uses nuts, milk and gluten."),
];

/// What is said of allergens is said in these words only.
const ALLERGENS: &str = "Allergens";

const TEMPLATES: [(&str, &str, &str); 3] = [
    ("order_shipped", "en", "Hello {{name}}, your order {{order}} is on its way."),
    ("pedido_enviado", "es", "Hola, {{name}}: su pedido {{order}} está en camino."),
    ("table_tomorrow", "en", "Hello {{name}}, we look forward to seeing you tomorrow at {{time}}."),
];

/// Everybody and everything that the stories need.
pub struct Cast {
    pub agents: Vec<Viewer>,
    pub channels: Vec<Channel>,
    /// Wrap-up reasons by name.
    pub reasons: Vec<crate::domain::wrapup::Reason>,
}

/// Sets the desk up through the same actions as everybody.
pub fn assemble(desk: &Desk, word: &str) -> Result<Cast, Error> {
    let hash = password::hash(word)?;
    let now = desk.clock.now();
    let queue = desk.writer.write(move |tx| team(tx, &hash, now))?;
    connect(desk, queue)?;
    let channels = desk.readers.read(store::channel::all)?;
    let approving: Vec<Id<Channel>> = channels
        .iter()
        .filter(|channel| channel.card.templates == crate::domain::channel::Templates::Approved)
        .map(|channel| channel.id)
        .collect();
    desk.writer.write(move |tx| {
        approving.iter().try_for_each(|channel| template::take_synced(tx, *channel, &approved(), now))
    })?;
    let (agents, reasons) = desk.readers.read(|connection| {
        let agents = store::agent::all(connection)?;
        let viewers: store::Result<Vec<Viewer>> =
            agents.iter().map(|agent| store::agent::viewer(connection, agent)).collect();
        Ok::<_, store::Error>((viewers?, store::wrapup::all(connection)?))
    })?;
    Ok(Cast { agents, channels, reasons })
}

fn team(tx: &Tx<'_>, hash: &str, now: Timestamp) -> actions::Result<Id<crate::domain::queue::Queue>> {
    let console = Viewer::console();
    let settings = [(key::TEAM, "Café Lumière"), (key::COUNTRY, "ES"), (key::TIME_ZONE, "Europe/Madrid")];
    setting::change(tx, &console, &settings.map(|(name, value)| (name, value.to_owned())), now)?;
    let mut members = Vec::new();
    for colleague in &AGENTS {
        let new = agent::New {
            email: colleague.email.into(),
            name: colleague.name.into(),
            role: colleague.role,
            password_hash: hash.to_owned(),
        };
        members.push(agent::add(tx, &console, &new, now)?);
    }
    for name in REASONS {
        wrapup::add_reason(tx, &console, name, None, now)?;
    }
    for (name, language, category, body) in REPLIES {
        let saved = template::Saved {
            name: name.into(),
            language: language.into(),
            category: category.into(),
            body: body.into(),
            locked: category == ALLERGENS,
            ..template::Saved::default()
        };
        template::save(tx, &console, &saved, now)?;
    }
    let orders = queue::add(tx, &console, "Orders", now)?;
    queue::change(tx, &console, orders, ("Orders", &members), now)?;
    Ok(orders)
}

/// One phone of every kind, and a website chat that works in a real browser.
fn connect(desk: &Desk, orders: Id<crate::domain::queue::Queue>) -> Result<(), Error> {
    for kind in Kind::ALL.into_iter().filter(|kind| !matches!(kind, Kind::Simulator | Kind::Webchat)) {
        let given = BTreeMap::from([
            ("speaks_as".to_owned(), kind.as_str().to_owned()),
            ("human_agent".to_owned(), "yes".to_owned()),
        ]);
        let mut channel = made(desk, Kind::Simulator, kind.label().to_owned(), &given)?;
        channel.0.queue = (kind == Kind::Email).then_some(orders);
        channels::insert(desk, channel.0, &channel.1)?;
    }
    let (channel, secrets) = made(desk, Kind::Webchat, "lumiere.example".to_owned(), &BTreeMap::new())?;
    channels::insert(desk, channel, &secrets)?;
    Ok(())
}

fn made(
    desk: &Desk,
    kind: Kind,
    name: String,
    given: &BTreeMap<String, String>,
) -> Result<(Channel, Secrets), Error> {
    let (mut plain, mut secrets) = (Settings::new(), Secrets::new());
    if let Some(provider) = providers::provider(kind) {
        settings::settle(provider, given, &mut plain, &mut secrets)?;
    }
    Ok((providers::draft(kind, name, random::key(), plain, desk.clock.now()), secrets))
}

/// What a provider would say of our templates: two it has approved, one it still looks at.
fn approved() -> Vec<Template> {
    let template = |(name, language, body): (&str, &str, &str)| Template {
        id: Id::new(0),
        channel: None,
        name: name.into(),
        language: language.into(),
        category: "utility".into(),
        body: body.into(),
        components: Value::Null,
        status: if name == "table_tomorrow" { Status::Pending } else { Status::Approved },
        reason: None,
        locked: true,
        synced_at: None,
        ..Template::default()
    };
    TEMPLATES.into_iter().map(template).collect()
}
