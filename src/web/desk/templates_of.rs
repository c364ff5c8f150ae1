//! The prepared texts that can be used in a conversation.

use std::collections::BTreeMap;

use crate::domain::contact::Contact;
use crate::domain::conversation::Conversation;
use crate::domain::template::{self, Status, Template};
use crate::store::{self, Connection};
use crate::templates::picker::{Chosen, Picker};

/// Saved replies, and templates that the provider approved.
pub struct Prepared {
    pub saved: Vec<Template>,
    pub picker: Picker,
}

/// What can be used here. `asked` is `list` or the number of a template, with what stands in its gaps.
pub fn load(
    c: &Connection,
    conversation: &Conversation,
    contact: &Contact,
    (asked, values): (&str, BTreeMap<String, String>),
) -> store::Result<Prepared> {
    let usable = store::template::usable(c, conversation.channel)?;
    let (saved, templates): (Vec<Template>, Vec<Template>) =
        usable.into_iter().partition(|template| template.status == Status::Own);
    let id = asked.parse().ok();
    let chosen = templates.iter().chain(&saved).find(|template| Some(template.id) == id).cloned();
    let chosen = chosen.map(|template| Chosen { values: with_name(&template, contact, values), template });
    let saved =
        saved.into_iter().map(|reply| Template { body: named(&reply.body, contact), ..reply }).collect();
    Ok(Prepared { saved, picker: Picker { templates, listed: asked == "list", chosen } })
}

const NAME: &str = "name";

/// The one gap that the desk can fill by itself (S212).
pub fn with_name(
    template: &Template,
    contact: &Contact,
    mut values: BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let asks = template::gaps(&template.body).iter().any(|gap| gap == NAME);
    if asks && !contact.name.is_empty() {
        values.entry(NAME.to_owned()).or_insert_with(|| contact.name.clone());
    }
    values
}

fn named(body: &str, contact: &Contact) -> String {
    if contact.name.is_empty() { body.to_owned() } else { body.replace("{{name}}", &contact.name) }
}
