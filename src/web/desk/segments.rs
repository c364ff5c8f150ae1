//! Segments of contacts: asked for, saved, and taken along as a file.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::contacts::lines;
use crate::actions::segment as actions;
use crate::desk::Desk;
use crate::domain::contact::Contact;
use crate::domain::field::Field;
use crate::domain::refused::Problem;
use crate::domain::segment::{Rule, Segment};
use crate::domain::sheet;
use crate::domain::{Id, Refused};
use crate::i18n::refusal;
use crate::store;
use crate::templates::segments::{self as template, Page};
use crate::web::http::Response;
use crate::web::{Cx, Failure, sheet as download};

/// How many contacts stand on a page, and how many are read at a time for a file.
const ROWS: u32 = 50;
const PART: u32 = 200;

/// The rules that the query or the form names: whole ones, or those of the fields of the form. One that cannot be read is
/// refused, because without it the segment would hold people whom nobody asked for.
fn asked(cx: &Cx<'_>, fields: &[Field]) -> Result<Vec<Rule>, Refused> {
    let mut rules: Vec<Rule> = Vec::new();
    let mut add = |field: &'static str, rule: &str| {
        let wrong = Refused::Field { field, problem: Problem::Wrong };
        rule.parse().map(|rule| rules.push(rule)).map_err(|()| wrong)
    };
    for rule in cx.query.all("rule").chain(cx.form.all("rule")) {
        add("rule", rule)?;
    }
    for name in ["language", "before", "after", "channel", "tag", "consent"] {
        let field = if name == "before" { "until" } else { name };
        let value = cx.query.trimmed(field);
        if !value.is_empty() {
            add(field, &format!("{name}:{value}"))?;
        }
    }
    for name in ["blocked", "open"] {
        match cx.query.trimmed(name) {
            "yes" => add(name, name)?,
            "no" => add(name, &format!("!{name}"))?,
            _ => {}
        }
    }
    for field in fields {
        let value = cx.query.trimmed(&format!("field_{}", field.id));
        if let Some(value) = Some(value).filter(|value| !value.is_empty()) {
            let normal = field.normal(value).unwrap_or_else(|_| value.to_owned());
            add("field", &format!("field:{}={normal}", field.id))?;
        }
    }
    Ok(rules)
}

/// The contacts of a segment, with the form that makes one.
pub fn page(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    shown(cx, None, None)
}

fn shown(cx: &Cx<'_>, problem: Option<&Refused>, edited: Option<Id<Segment>>) -> Result<Response, Failure> {
    let viewer = cx.viewer()?.clone();
    let before: Option<Id<Contact>> = cx.query.trimmed("last").parse().ok();
    let chosen: Option<Id<Segment>> = cx.query.trimmed("segment").parse().ok();
    // Its conditions are the first ones of the form that changes it; what the form then sends stands for itself.
    let edited: Option<Id<Segment>> = cx.query.trimmed("edit").parse().ok().or(edited);
    let (page, unread) = cx.read(|c| {
        let fields = store::field::all(c)?;
        let chosen = chosen.map(|id| actions::seen(c, &viewer, id)).transpose()?;
        let edited = edited.map(|id| actions::seen(c, &viewer, id)).transpose()?;
        let read = match (&chosen, &edited) {
            (Some(segment), _) => Ok(segment.rules.clone()),
            (None, Some(segment)) if problem.is_none() && cx.query.get("go").is_none() => {
                Ok(segment.rules.clone())
            }
            _ => asked(cx, &fields),
        };
        let (rules, unread) = read.map_or_else(|why| (Vec::new(), Some(why)), |rules| (rules, None));
        let found = match unread {
            Some(_) => store::segment::Page { contacts: Vec::new(), next: None },
            None => store::segment::page(c, &rules, before, ROWS)?,
        };
        let page = Page {
            lines: lines(c, found.contacts)?,
            next: found.next,
            saved: store::segment::of(c, viewer.agent)?,
            channels: store::channel::all(c)?.into_iter().map(|one| (one.id, one.name)).collect(),
            tags: store::tag::all(c)?.into_iter().map(|tag| (tag.id, tag.name)).collect(),
            me: viewer.agent,
            rules,
            name: match (problem, &edited) {
                (None, Some(segment)) => segment.name.clone(),
                _ => cx.form.trimmed("name").to_owned(),
            },
            chosen,
            edited,
            fields,
            problem: problem.or(unread.as_ref()).map(|refused| sentence(cx, refused)),
            language: cx.query.trimmed("language").to_owned(),
            unread: unread.is_some(),
        };
        Ok::<_, Failure>((page, unread))
    })?;
    let frame = cx.frame(cx.texts.segments_title())?;
    let mut response = cx.page(&frame, &template::page(&frame, &page));
    if let Some(refused) = problem.or(unread.as_ref()) {
        response.status = Failure::Refused(refused.clone()).status();
    }
    Ok(response)
}

fn sentence(cx: &Cx<'_>, refused: &Refused) -> String {
    let t = &cx.texts;
    let field = match refused {
        Refused::Field { field: "language", .. } => Some(t.contacts_language()),
        Refused::Field { field: "after", .. } => Some(t.segments_after()),
        Refused::Field { field: "until", .. } => Some(t.segments_before()),
        Refused::Field { field: "channel", .. } => Some(t.segments_channel()),
        Refused::Field { field: "tag", .. } => Some(t.segments_tag()),
        _ => None,
    };
    let fix =
        field.map_or_else(|| refusal::fix(t, refused, &cx.zone), |field| t.refusal_field_named_fix(field));
    format!("{} {fix}", refusal::sentence(t, refused, &cx.zone))
}

/// Saves what was asked for under a name.
pub fn add(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let (name, shared) = (cx.form.trimmed("name").to_owned(), cx.form.get("shared").is_some());
    let rules = asked(cx, &[])?;
    match cx.write(move |tx| actions::add(tx, &by, (&name, shared, rules), now)) {
        Ok(id) => Ok(Response::redirect(&format!("/segments?segment={id}"))),
        Err(Failure::Refused(refused @ Refused::Field { .. })) => shown(cx, Some(&refused), None),
        Err(other) => Err(other),
    }
}

/// Changes what a segment is called, who has it, and whom it holds.
pub fn change(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (id, by, now): (Id<Segment>, _, _) = (cx.param("id")?, cx.viewer()?.clone(), cx.now);
    let change = actions::Change {
        name: Some(cx.form.trimmed("name").to_owned()),
        shared: Some(cx.form.get("shared").is_some()),
        rules: Some(asked(cx, &[])?),
    };
    match cx.write(move |tx| actions::change(tx, &by, id, change, now)) {
        Ok(()) => Ok(Response::redirect(&format!("/segments?segment={id}"))),
        Err(Failure::Refused(refused @ Refused::Field { .. })) => shown(cx, Some(&refused), Some(id)),
        Err(other) => Err(other),
    }
}

/// Takes a segment away.
pub fn delete(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (id, by, now) = (cx.param("id")?, cx.viewer()?.clone(), cx.now);
    cx.write(move |tx| actions::delete(tx, &by, id, now))?;
    Ok(Response::redirect("/segments"))
}

/// The contacts of a segment, or all, as a table. That it was taken stands in the log.
pub fn export(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let (by, now) = (cx.viewer()?.clone(), cx.now);
    let fields = cx.read(store::field::all)?;
    let rules = asked(cx, &fields)?;
    cx.write(move |tx| actions::exported(tx, &by, now))?;
    let head = head(&fields);
    let mut rows = Rows { desk: cx.app.desk.clone(), rules, fields, before: None, over: false };
    Ok(download::parted("contacts", &head, move || rows.part().map_err(std::io::Error::other)))
}

fn head(fields: &[Field]) -> String {
    let own =
        ["id", "name", "language", "about", "phone", "email", "whatsapp", "refused", "blocked", "created_at"];
    let names = own.iter().copied().chain(fields.iter().map(|field| field.name.as_str()));
    sheet::line(names)
}

/// The contacts as bytes, read a part at a time, so that many take no more memory than few.
struct Rows {
    desk: Arc<Desk>,
    rules: Vec<Rule>,
    fields: Vec<Field>,
    before: Option<Id<Contact>>,
    over: bool,
}

impl Rows {
    /// The next part; a part may be empty where nobody in it belongs to the segment.
    fn part(&mut self) -> store::Result<Option<Vec<u8>>> {
        if self.over {
            return Ok(None);
        }
        let (rules, fields, before) = (&self.rules, &self.fields, self.before);
        let (text, next) = self.desk.readers.read(|c| {
            let found = store::segment::page(c, rules, before, PART)?;
            let ids: Vec<Id<Contact>> = found.contacts.iter().map(|contact| contact.id).collect();
            let mut values = store::field::values(c, &ids)?;
            let mut text = String::new();
            for line in lines(c, found.contacts)? {
                let own = values.remove(&line.contact.id).unwrap_or_default();
                text.push_str(&row(&line, fields, &own));
            }
            Ok::<_, store::Error>((text, found.next))
        })?;
        self.over = next.is_none();
        self.before = next;
        Ok(Some(text.into_bytes()))
    }
}

fn row(
    line: &crate::templates::contacts::Line,
    fields: &[Field],
    own: &BTreeMap<Id<Field>, String>,
) -> String {
    use crate::domain::contact::AddressKind;
    let c = &line.contact;
    let of = |kind: AddressKind| {
        let values = line.addresses.iter().filter(|address| address.kind == kind);
        values.map(|address| address.value.clone()).collect::<Vec<_>>().join("; ")
    };
    let mut cells = vec![
        c.id.to_string(),
        c.name.clone(),
        c.language.clone().unwrap_or_default(),
        c.about.clone(),
        of(AddressKind::Phone),
        of(AddressKind::Email),
        of(AddressKind::Whatsapp),
        // Whoever writes to all of them sees who asked not to be.
        line.addresses
            .iter()
            .filter(|address| address.allowed == Some(false))
            .map(|one| one.value.clone())
            .collect::<Vec<_>>()
            .join("; "),
        c.blocked_at.map(|_| "yes".to_owned()).unwrap_or_default(),
        c.created_at.rfc3339(),
    ];
    cells.extend(fields.iter().map(|field| own.get(&field.id).cloned().unwrap_or_default()));
    sheet::line(cells)
}
