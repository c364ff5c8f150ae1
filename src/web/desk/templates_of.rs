//! The prepared texts that can be used in a conversation.

use std::collections::BTreeMap;

use super::letter::Changed;
use crate::actions::prepared::{self, Place};
use crate::domain::access::Viewer;
use crate::domain::channel::Channel;
use crate::domain::contact::Contact;
use crate::domain::conversation::Conversation;
use crate::domain::draft;
use crate::domain::parameter::{Known, Parameter};
use crate::domain::template::{self, Sought, Stage, Status, Template};
use crate::domain::{Id, Timestamp};
use crate::store::{self, Connection};
use crate::templates::picker::{Chosen, Picker};
use crate::web::{Cx, Failure};

/// Saved replies, and templates that the provider approved.
pub struct Prepared {
    /// Saved replies with what the desk knows in their gaps.
    pub saved: Vec<Template>,
    pub picker: Picker,
    /// The words of the saved reply that goes into the answer.
    pub words: Option<String>,
}

/// What was asked of the picker: `list` or the number of a template, what stands in its gaps, and what is looked for.
#[derive(Default)]
pub struct Asked {
    pub template: String,
    pub values: BTreeMap<String, String>,
    pub sought: Sought,
    /// The saved reply that is to go into the answer.
    pub saved: Option<Id<Template>>,
}

/// What the address asks of the templates.
pub fn asked(cx: &Cx<'_>) -> Asked {
    let field = |name| cx.query.trimmed(name).chars().take(200).collect::<String>();
    let sought = Sought {
        words: field("find"),
        category: field("category"),
        language: field("language"),
        stage: cx.query.trimmed("stage").parse().ok(),
        from: field("from"),
    };
    let saved = cx.query.trimmed("saved").parse().ok();
    Asked { template: field("template"), values: BTreeMap::new(), sought, saved }
}

/// What the desk knows, for one language after the other.
pub struct Knowing<'a> {
    c: &'a Connection,
    by: &'a Viewer,
    place: Place<'a>,
    now: Timestamp,
    /// What will be known once something is sent that has no conversation yet.
    pub besides: Vec<(Parameter, String)>,
    found: BTreeMap<String, Known>,
}

impl<'a> Knowing<'a> {
    /// Of what is written in this place now.
    pub fn of(c: &'a Connection, by: &'a Viewer, place: Place<'a>, now: Timestamp) -> Knowing<'a> {
        Knowing { c, by, place, now, besides: Vec::new(), found: BTreeMap::new() }
    }

    /// For a text in this language.
    pub fn here(&mut self, language: &str) -> store::Result<&Known> {
        if !self.found.contains_key(language) {
            let mut known = prepared::known(self.c, self.by, self.place, language, self.now)?;
            self.besides.iter().for_each(|(parameter, value)| known.put(*parameter, value));
            self.found.insert(language.to_owned(), known);
        }
        Ok(self.found.entry(language.to_owned()).or_default())
    }

    /// A template somebody chose, with what was given for its gaps.
    pub fn chosen(&mut self, template: Template, values: BTreeMap<String, String>) -> store::Result<Chosen> {
        let values = self.suggested(&template, values)?;
        Ok(Chosen::new(template.clone(), self.here(&template.language)?, &values))
    }

    /// A gap that is called `name` is somebody's to fill, and the name of the contact stands there to begin with.
    fn suggested(
        &mut self,
        template: &Template,
        mut values: BTreeMap<String, String>,
    ) -> store::Result<BTreeMap<String, String>> {
        let asks = template::gaps(&template.body).iter().any(|gap| gap == NAME);
        if let Some(name) = self.here(&template.language)?.get(Parameter::ContactName.as_str())
            && asks
        {
            values.entry(NAME.to_owned()).or_insert_with(|| name.to_owned());
        }
        Ok(values)
    }

    /// The text with what is known in its gaps; the others stay.
    fn partly(&mut self, template: &Template) -> store::Result<String> {
        let given = self.suggested(template, BTreeMap::new())?;
        let mut values = template.values(self.here(&template.language)?, &given);
        for gap in template::gaps(&template.body) {
            let raw = format!("{{{{{gap}}}}}");
            values.entry(gap).or_insert(raw);
        }
        Ok(template::fill(&template.body, &values).unwrap_or_else(|_| template.body.clone()))
    }
}

const NAME: &str = "name";

/// What can be used here.
pub fn load(
    c: &Connection,
    cx: &Cx<'_>,
    (conversation, channel, contact): (&Conversation, &Channel, &Contact),
    asked: Asked,
) -> Result<Prepared, Failure> {
    let address = store::contact::address(c, conversation.address)?;
    let place = Place {
        channel,
        contact: Some(contact),
        address: address.as_ref(),
        conversation: Some(conversation),
    };
    let mut knowing = Knowing::of(c, cx.viewer()?, place, cx.now);
    let mut usable = store::template::usable(c, channel, conversation.queue)?;
    // What the contact reads comes first.
    usable.sort_by_key(|template| !speaks(template, contact));
    let into = asked.saved.filter(|_| asked.template.is_empty());
    let id = into.or_else(|| asked.template.parse().ok());
    let chosen = usable.iter().find(|template| Some(template.id) == id).cloned();
    let chosen = chosen.map(|template| knowing.chosen(template, asked.values)).transpose()?;
    let listed = asked.template == "list";
    let shown = if listed { usable.clone() } else { Vec::new() };
    let (mut saved, templates): (Vec<Template>, Vec<Template>) =
        usable.into_iter().partition(|template| template.status == Status::Own);
    for reply in &mut saved {
        reply.body = knowing.partly(reply)?;
    }
    // One that is locked, or that somebody has to fill, opens in the picker instead.
    let ready = |reply: &&Template| Some(reply.id) == into && reply.is_ready();
    let words = saved.iter().find(ready).map(|reply| reply.body.clone());
    let chosen = chosen.filter(|_| words.is_none());
    let picker = Picker::new(templates, chosen, listed.then_some((shown, asked.sought)));
    Ok(Prepared { saved, picker, words })
}

/// Whether a text is in the language that this contact reads.
fn speaks(template: &Template, contact: &Contact) -> bool {
    let first = |code: &str| code.split(['_', '-']).next().unwrap_or_default().to_ascii_lowercase();
    contact.language.as_deref().is_some_and(|language| first(language) == first(&template.language))
}

/// With which templates a conversation is begun first: those meant for it.
pub fn to_begin(templates: &mut [Template]) {
    templates.sort_by_key(|template| match template.stage {
        Stage::Start => 0,
        Stage::Any => 1,
        Stage::FollowUp | Stage::End => 2,
    });
}

/// A saved reply takes the place of what was typed once its writer has agreed; what was there can be put back (S173).
/// One that is locked, or has gaps that only its writer can fill, is filled in the picker.
pub fn replace(
    c: &Connection,
    cx: &Cx<'_>,
    (conversation, channel): (&Conversation, &Channel),
    changed: &mut Changed,
    what: &str,
) -> Result<(), Failure> {
    let contact = store::contact::get(c, conversation.contact)?.ok_or(Failure::NotFound)?;
    let prepared = load(c, cx, (conversation, channel, &contact), Asked::default())?;
    let id: Id<Template> = what.parse().map_err(|_| Failure::Bad("act"))?;
    let saved = prepared.saved.iter().find(|saved| saved.id == id).ok_or(Failure::NotFound)?;
    let agreed = cx.form.trimmed("sure") == what;
    if !saved.is_ready() {
        changed.asks = Some(("template", id.to_string()));
    } else if !changed.body.trim().is_empty() && !agreed {
        changed.asks = Some(("replace", id.to_string()));
    } else {
        changed.form.before = std::mem::replace(&mut changed.body, saved.body.clone());
        changed.form.standard = true;
    }
    Ok(())
}

/// Puts the filled text of the picker below what was typed before, so that its writer may change it. What is locked
/// stays in the picker (S210).
pub fn insert(cx: &Cx<'_>, id: Id<Conversation>, values: BTreeMap<String, String>) -> Result<(), Failure> {
    let template = cx.form.trimmed("template").to_owned();
    let viewer = cx.viewer()?;
    let (body, form) = cx.read(|c| {
        let conversation = crate::actions::reach::conversation(c, viewer, id)?;
        let channel = store::channel::get(c, conversation.channel)?.ok_or(Failure::NotFound)?;
        let contact = store::contact::get(c, conversation.contact)?.ok_or(Failure::NotFound)?;
        let asked = Asked { template, values, ..Asked::default() };
        let chosen = load(c, cx, (&conversation, &channel, &contact), asked)?.picker.chosen;
        let chosen = chosen.ok_or(Failure::NotFound)?;
        if chosen.template.locked || chosen.template.status != Status::Own {
            return Err(crate::domain::Refused::TemplateLocked.into());
        }
        let text = chosen.filled()?;
        let place = store::draft::Place { agent: viewer.agent, conversation: id, kind: draft::Kind::Reply };
        let before = store::draft::get(c, place)?;
        let text = if before.trim().is_empty() { text } else { format!("{}\n{text}", before.trim_end()) };
        Ok::<_, Failure>((text, store::draft::form(c, place)?))
    })?;
    let typed = crate::actions::draft::Typed { kind: draft::Kind::Reply, body, key: None };
    let (viewer, now) = (viewer.clone(), cx.now);
    cx.write(move |tx| crate::actions::draft::save_form(tx, &viewer, id, (&typed, Some(&form)), now))?;
    Ok(())
}
