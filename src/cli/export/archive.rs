//! An archive of pages that any browser opens from a disk: an overview with a search, lists by month and by contact, and
//! a page a conversation, with its files beside it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::tz::TimeZone;
use rusqlite::Connection;
use serde_json::{Map, Value, json};

use super::Written;
use super::index::{Index, script};
use super::jsonl::{file_of, letter_of};
use super::sink::Sink;
use crate::cli::Error;
use crate::cli::progress::Progress;
use crate::clock::Clock;
use crate::domain::agent::Agent;
use crate::domain::archive::{LINES, SHELF, TEXTS, Told, contacts_page, month_page, page_of, tail};
use crate::domain::contact::Contact;
use crate::domain::conversation::Conversation;
use crate::domain::message::{Attachment, Message};
use crate::domain::{Id, Timestamp, words};
use crate::i18n::{Language, Texts};
use crate::store::setting::{self, key};
use crate::store::{self, attachment, contact, mail, message, thread};
use crate::templates::archive::{self as pages, Beside, Binding, Entry, Month, Span};

/// How many contacts stand on one list.
const PEOPLE: u32 = 100;
/// Style and script, which lie beside the overview.
const BESIDE: [(&str, &[u8]); 2] = [
    ("archive.css", include_bytes!("../../../static/archive/archive.css")),
    ("archive.js", include_bytes!("../../../static/archive/archive.js")),
];

/// Writes the folder `to`, which must not exist.
pub fn write(connection: &Connection, to: &Path) -> Result<Written, Error> {
    let sink = Sink::new(to)?;
    for (name, content) in BESIDE {
        sink.small(Path::new(name), content)?;
    }
    let authors = thread::names(connection)?;
    let mut work = Work {
        connection,
        sink: &sink,
        of: binding(connection)?,
        authors,
        starts: Vec::new(),
        spans: Vec::new(),
        files: 0,
    };
    work.contacts()?;
    let rows = work.conversations(to)?;
    let months = work.months()?;
    let overview = pages::overview(&work.of, &months, &work.spans);
    sink.small(Path::new("index.html"), overview.into_string().as_bytes())?;
    sink.sync()?;
    Ok(Written { rows, files: work.files, hash: None })
}

fn binding(connection: &Connection) -> store::Result<Binding> {
    let get = |key| setting::get(connection, key);
    let language = get(key::LANGUAGE)?.and_then(|code| Language::parse(&code));
    Ok(Binding {
        texts: Texts::new(language.unwrap_or(Language::ALL[0])),
        team: get(key::TEAM)?.unwrap_or_default(),
        now: Clock::system().now(),
        zone: setting::zone(connection)?,
    })
}

/// What the parts of an archive share.
struct Work<'w> {
    connection: &'w Connection,
    sink: &'w Sink<'w>,
    of: Binding,
    authors: BTreeMap<Id<Agent>, String>,
    /// The contact with which each list of contacts begins.
    starts: Vec<Id<Contact>>,
    /// What the first and the last of each list are called.
    spans: Vec<Span>,
    files: u64,
}

impl Work<'_> {
    /// The lists of contacts.
    fn contacts(&mut self) -> Result<(), Error> {
        let page = |after| store::archive::contacts(self.connection, after, PEOPLE);
        let mut people = page(Id::new(0))?;
        while let (Some(first), Some(last)) = (people.first(), people.last()) {
            self.starts.push(first.id);
            self.spans.push(Span { first: first.name.clone(), last: last.name.clone() });
            let (number, following) = (self.starts.len(), page(last.id)?);
            let ids: Vec<Id<Contact>> = people.iter().map(|contact| contact.id).collect();
            let addresses = contact::addresses_of(self.connection, &ids)?;
            let told = store::archive::of_contacts(self.connection, &ids)?;
            let shown: Vec<_> = people
                .into_iter()
                .map(|contact| {
                    let own = addresses.iter().filter(|one| one.contact == contact.id).cloned().collect();
                    let said = told.iter().filter(|one| one.contact == contact.id).cloned().collect();
                    (contact, own, said)
                })
                .collect();
            let name = |number: usize| format!("{number}.html");
            let beside = Beside {
                before: (number > 1).then(|| name(number - 1)),
                next: (!following.is_empty()).then(|| name(number + 1)),
            };
            let list = pages::contacts(&self.of, number, &shown, &beside).into_string();
            self.sink.small(Path::new(&contacts_page(number)), list.as_bytes())?;
            people = following;
        }
        Ok(())
    }

    /// A page a conversation, and the words of all of them.
    fn conversations(&mut self, to: &Path) -> Result<u64, Error> {
        let mut index = Index::new(self.sink, to)?;
        let newest = store::archive::newest(self.connection)?.get();
        let mut progress = Progress::begin("Writing conversations");
        let (mut names, mut texts, mut rows) = (Shelf::of("t", SHELF), Shelf::of("x", TEXTS), 0);
        let connection = self.connection;
        store::archive::conversations::<Error>(connection, &mut |told| {
            let said = self.conversation(&told)?;
            index.add(told.id, &said.words)?;
            names.put(told.id, line_of(&told, &self.of), self.sink)?;
            texts.put(told.id, json!(said.texts), self.sink)?;
            rows += 1;
            progress.tell(told.id.get(), newest);
            Ok(())
        })?;
        progress.end();
        names.put_away(self.sink)?;
        texts.put_away(self.sink)?;
        let mut progress = Progress::begin("Sorting words");
        index.finish(&mut |done| progress.tell(done, i64::from(crate::domain::archive::DRAWERS) - 1))?;
        progress.end();
        Ok(rows)
    }

    /// Writes the page and returns what was said on it.
    fn conversation(&mut self, told: &Told) -> Result<Said, Error> {
        let messages = message::thread(self.connection, told.id, None, u32::MAX)?;
        let ids: Vec<Id<Message>> = messages.iter().map(|message| message.id).collect();
        let mut files = attachment::of_messages(self.connection, &ids)?;
        let mut said = Said::default();
        for text in [&told.name, &told.subject] {
            said.hear(text);
        }
        for address in contact::addresses(self.connection, told.contact)? {
            said.hear(&address.value);
            said.words.extend(tail(&address.value));
        }
        let mut entries = Vec::with_capacity(messages.len());
        for message in messages {
            let mut own: Vec<Attachment>;
            (own, files) = files.into_iter().partition(|file| file.message == Some(message.id));
            if message.revoked_at.is_some() {
                // What was taken back is out of sight on the desk, its files too.
                own.clear();
            } else if message.kind != crate::domain::message::Kind::Event {
                said.hear(&message.body);
                said.texts.push(message.body.clone());
            }
            entries.push(self.entry(message, own, &mut said)?);
        }
        let list = pages::list_of(&self.starts, told.contact);
        let page = pages::conversation(&self.of, told, list, &entries).into_string();
        self.sink.small(Path::new(&page_of(told.id)), page.as_bytes())?;
        Ok(said)
    }

    fn entry(&mut self, message: Message, own: Vec<Attachment>, said: &mut Said) -> Result<Entry, Error> {
        let mut files = Vec::with_capacity(own.len());
        for file in own {
            said.hear(&file.name);
            let place = self.bytes(&file)?;
            files.push((file, place));
        }
        let author = message.author.and_then(|author| self.authors.get(&author)).cloned().unwrap_or_default();
        // The letter says in clear what is covered in its text.
        let is_open = !message.extra.covered && message.revoked_at.is_none();
        let letter = match &message.extra.mail {
            Some(_) if is_open => self.letter(message.id)?,
            _ => None,
        };
        Ok(Entry { message, author, files, letter })
    }

    /// Writes the bytes of a file; where they lie, seen from a conversation.
    fn bytes(&mut self, file: &Attachment) -> Result<Option<String>, Error> {
        let place = harmless(file_of(file.id.get(), &file.name));
        let mut open = None;
        let mut part = 0;
        while let Some(bytes) = attachment::part(self.connection, file.id, part)? {
            let mut out = match open.take() {
                Some(out) => out,
                None => self.sink.file(&place)?,
            };
            self.sink.told(std::io::Write::write_all(&mut out, &bytes))?;
            open = Some(out);
            part += 1;
        }
        let Some(mut open) = open else { return Ok(None) };
        self.sink.told(std::io::Write::flush(&mut open))?;
        self.files += 1;
        Ok(Some(address_of(&place)))
    }

    fn letter(&mut self, id: Id<Message>) -> Result<Option<String>, Error> {
        let Some(letter) = mail::letter(self.connection, id, u64::MAX)? else { return Ok(None) };
        let place = letter_of(id.get());
        self.sink.small(&place, &letter)?;
        self.files += 1;
        Ok(Some(address_of(&place)))
    }

    /// The lists by month, the latest first.
    fn months(&self) -> Result<Vec<Month>, Error> {
        let mut list = List { work: self, month: None, lines: Vec::new(), page: 1, months: Vec::new() };
        store::archive::latest::<Error>(self.connection, &mut |told| list.add(told))?;
        list.end(None)?;
        Ok(list.months)
    }
}

/// A list by month while it grows.
struct List<'l> {
    work: &'l Work<'l>,
    month: Option<(i16, i8)>,
    lines: Vec<Told>,
    page: usize,
    months: Vec<Month>,
}

impl List<'_> {
    fn add(&mut self, told: Told) -> Result<(), Error> {
        let month = Some(month_of(told.last_at, &self.work.of.zone));
        if self.month.is_some() && (self.month != month || self.lines.len() == LINES) {
            self.end(month)?;
        }
        self.month = month;
        self.lines.push(told);
        Ok(())
    }

    /// Writes the list so far; `following` is the month of the next line.
    fn end(&mut self, following: Option<(i16, i8)>) -> Result<(), Error> {
        let Some(month) = self.month else { return Ok(()) };
        let name = pages::month_name(&self.work.of, month);
        let here = |page| month_page(month, page).trim_start_matches("months/").to_owned();
        let goes_on = following == Some(month);
        let beside = Beside {
            before: (self.page > 1).then(|| here(self.page - 1)),
            next: goes_on.then(|| here(self.page + 1)),
        };
        let list = pages::month(&self.work.of, &name, &self.lines, &beside).into_string();
        self.work.sink.small(Path::new(&month_page(month, self.page)), list.as_bytes())?;
        let count = i64::try_from(self.lines.len()).unwrap_or(0);
        match self.months.last_mut().filter(|last| last.month == month) {
            Some(last) => last.count += count,
            None => self.months.push(Month { month, name, count }),
        }
        self.lines.clear();
        self.page = if goes_on { self.page + 1 } else { 1 };
        Ok(())
    }
}

fn month_of(at: Timestamp, zone: &TimeZone) -> (i16, i8) {
    let moment = jiff::Timestamp::from_millisecond(at.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let date = moment.to_zoned(zone.clone()).date();
    (date.year(), date.month())
}

/// Where a file lies, seen from a conversation, as a link writes it.
fn address_of(place: &Path) -> String {
    let parts = place.iter().map(|part| {
        let text = part.to_string_lossy();
        percent_encoding::utf8_percent_encode(&text, percent_encoding::NON_ALPHANUMERIC).to_string()
    });
    format!("../../{}", parts.collect::<Vec<_>>().join("/"))
}

/// Endings of files in which a browser would run what somebody sent, were it opened from the disk.
const LIVELY: [&str; 14] =
    ["hta", "htm", "html", "js", "mht", "mhtml", "mjs", "shtml", "svg", "svgz", "xht", "xhtml", "xml", "xsl"];

/// The same place with a name that browsers show as text, where they would run it otherwise.
fn harmless(place: PathBuf) -> PathBuf {
    let ending = place.extension().map(|ending| ending.to_string_lossy().to_lowercase());
    if ending.is_some_and(|ending| LIVELY.contains(&ending.as_str())) {
        return place.with_added_extension("txt");
    }
    place
}

/// What was said in a conversation.
#[derive(Default)]
struct Said {
    /// What it is found by.
    words: BTreeSet<String>,
    /// Of which a hit shows a part.
    texts: Vec<String>,
}

impl Said {
    fn hear(&mut self, text: &str) {
        words::with_letters(text, &mut self.words);
    }
}

/// What a hit of the search shows of a conversation.
fn line_of(told: &Told, of: &Binding) -> Value {
    let name = crate::domain::archive::shown(&told.name, of.texts.archive_nameless());
    let said = if told.subject.is_empty() { &told.snippet } else { &told.subject };
    json!([name, said, format!("{} · {}", told.channel, pages::dated(of, told.last_at))])
}

/// What the search asks for of each conversation, so many in a file.
struct Shelf {
    /// Begins the names of its files.
    name: &'static str,
    size: i64,
    at: i64,
    lines: Map<String, Value>,
}

impl Shelf {
    fn of(name: &'static str, size: i64) -> Shelf {
        Shelf { name, size, at: 0, lines: Map::new() }
    }

    /// Numbers must grow.
    fn put(&mut self, id: Id<Conversation>, line: Value, sink: &Sink<'_>) -> Result<(), Error> {
        let at = id.get() / self.size;
        if at != self.at {
            self.put_away(sink)?;
            self.at = at;
        }
        self.lines.insert(id.to_string(), line);
        Ok(())
    }

    fn put_away(&mut self, sink: &Sink<'_>) -> Result<(), Error> {
        if self.lines.is_empty() {
            return Ok(());
        }
        let name = format!("{}{}", self.name, self.at);
        let content = script(&name, &Value::Object(std::mem::take(&mut self.lines)));
        sink.small(Path::new(&format!("index/{name}.js")), content.as_bytes())
    }
}
