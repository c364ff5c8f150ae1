//! Who comes in by a provider of identities, and how that is set up.

use serde_json::json;

use super::{Error, Result};
use crate::domain::access::Viewer;
use crate::domain::agent::{Agent, Role, normal_name};
use crate::domain::event::kind;
use crate::domain::identity::{Provider, Shown, Trouble};
use crate::domain::{Id, Timestamp};
use crate::store::setting::{self, key};
use crate::store::{Tx, agent, event, identity, session};

/// Keeps how people may sign in by a provider; none: not at all.
pub fn configure(tx: &Tx<'_>, by: &Viewer, wanted: Option<&Provider>, now: Timestamp) -> Result<()> {
    by.must_be(Role::Admin)?;
    let text = wanted.map(|provider| json!(provider).to_string());
    if setting::get(tx, key::PROVIDER)? == text {
        return Ok(());
    }
    setting::set(tx, key::PROVIDER, text.as_deref())?;
    let data = json!({ "settings": [key::PROVIDER], "issuer": wanted.map(|provider| &provider.issuer) });
    let new = event::New { kind: kind::SETTING_CHANGED, agent: by.author(), data, ..event::New::default() };
    event::append(tx, &new, now)?;
    Ok(())
}

/// Who it is that a provider has proved. Whoever came before is known by the account at the provider and by
/// nothing else; the first time a vouched-for address says who it is, once. What stands in the way comes back
/// as a value, so that what was noted of it stays.
pub fn recognise(
    tx: &Tx<'_>,
    provider: &Provider,
    shown: &Shown,
    now: Timestamp,
) -> Result<std::result::Result<Id<Agent>, Trouble>> {
    let known = identity::find(tx, &shown.issuer, &shown.subject)?;
    let outcome = match (known, &shown.email) {
        (None, None) => Err(Trouble::Unproved),
        (_, None) if !provider.domains.is_empty() => Err(Trouble::Unproved),
        (_, Some(email)) if !provider.allows(email) => Err(Trouble::Domain),
        (Some(id), _) => Ok(id),
        (None, Some(email)) => first_time(tx, provider, shown, email, now)?,
    };
    let Ok(id) = outcome else { return Ok(outcome) };
    let open = agent::get(tx, id)?.is_some_and(|who| who.disabled_at.is_none());
    Ok(if open { Ok(id) } else { Err(Trouble::Closed) })
}

fn first_time(
    tx: &Tx<'_>,
    provider: &Provider,
    shown: &Shown,
    email: &str,
    now: Timestamp,
) -> Result<std::result::Result<Id<Agent>, Trouble>> {
    let id = match agent::by_email(tx, email)? {
        // A second account there for somebody here would be a second way in that nobody gave.
        Some(who) if identity::since(tx, who.id, &shown.issuer)?.is_some() => return Ok(Err(Trouble::Taken)),
        Some(who) if who.disabled_at.is_some() => return Ok(Err(Trouble::Closed)),
        Some(who) => who.id,
        None => match provider.role {
            Some(role) => added(tx, role, shown, email, now)?,
            None => return Ok(Err(Trouble::Stranger)),
        },
    };
    identity::tie(tx, &shown.issuer, &shown.subject, id, now)?;
    let data = json!({ "agent": id.get(), "issuer": shown.issuer });
    event::append(tx, &event::New { kind: kind::IDENTITY_TIED, data, ..event::New::default() }, now)?;
    Ok(Ok(id))
}

/// Adds who was never here, without a password.
fn added(tx: &Tx<'_>, role: Role, shown: &Shown, email: &str, now: Timestamp) -> Result<Id<Agent>> {
    let short: String = shown.name.chars().take(80).collect();
    let own = email.split('@').next().unwrap_or(email);
    let name = normal_name(&short).or_else(|_| normal_name(&own.chars().take(80).collect::<String>()))?;
    // Never an administrator, whatever the file says: that is for one of the team to give.
    let role = role.min(Role::Supervisor);
    let id = agent::insert(tx, &agent::New { email, name: &name, role, password_hash: "" }, now)?;
    let data = json!({ "agent": id.get(), "added": true, "role": role, "issuer": shown.issuer });
    event::append(tx, &event::New { kind: kind::AGENT_CHANGED, data, ..event::New::default() }, now)?;
    Ok(id)
}

/// Loosens the tie of somebody to an account at the provider, which ends that person's sessions. The next
/// sign-in there ties anew, by the address.
pub fn loosen(tx: &Tx<'_>, by: &Viewer, id: Id<Agent>, now: Timestamp) -> Result<()> {
    by.must_be(Role::Admin)?;
    agent::get(tx, id)?.ok_or(Error::NotFound)?;
    if identity::loosen(tx, id)? {
        session::delete_others(tx, id, None)?;
        let data = json!({ "agent": id.get() });
        let new =
            event::New { kind: kind::IDENTITY_LOOSENED, agent: by.author(), data, ..event::New::default() };
        event::append(tx, &new, now)?;
    }
    Ok(())
}
