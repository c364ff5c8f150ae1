//! What strangers' bytes are thrown at: every parser of deliveries, every check of a signature, and what reads
//! requests. Each target takes any bytes and must neither panic nor take long; `tests/fuzzing.rs` runs the same
//! functions over mutated deliveries where there is no fuzzer.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use transom::channels::{self, Account, Hook, Raw, Secrets};
use transom::domain::access::Viewer;
use transom::domain::channel::{Channel, ChannelState, Kind, OnClose, OnReturn, Settings};
use transom::domain::hit::{Conditions, Phrase};
use transom::domain::inbound::Event;
use transom::domain::{Id, Timestamp};
use transom::domain::{query, snippet, template};
use transom::i18n::{Language, Texts};
use transom::markup;
use transom::store::hits::Wanted;
use transom::store::{self, Connection};
use transom::templates::reading;
use transom::web::chat::identity;
use transom::web::form::Form;
use transom::web::front::Limits;
use transom::web::front::depot::Depot;
use transom::web::front::head::{self, Scan};
use transom::web::front::intake::Intake;
use transom::web::http::{Method, Request};
use transom::web::server::Welcome;
use transom::web::{multipart, session};

/// A moment at which deliveries come.
const NOW: Timestamp = Timestamp(1_772_539_200_000);
/// What every setting of an account says.
const WORD: &str = "1122334455667";
/// But for the key of the secure mode, which would open nothing.
const KEY: &str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";

/// The kinds that this version connects.
pub fn kinds() -> impl Iterator<Item = Kind> {
    Kind::ALL.into_iter().filter(|kind| channels::provider(*kind).is_some())
}

/// A connected account of this kind.
pub fn account(kind: Kind) -> Option<Account> {
    let provider = channels::provider(kind)?;
    let (mut settings, mut secrets) = (Settings::new(), Secrets::new());
    for field in provider.fields().iter().filter(|field| field.name != "api_base") {
        let value = match (field.name, field.default) {
            ("encoding_aes_key", _) => KEY,
            (_, "" | "*") => WORD,
            (_, default) => default,
        };
        let place = if field.secret { &mut secrets } else { &mut settings };
        place.insert(field.name.to_owned(), value.to_owned());
    }
    let channel = Channel {
        id: Id::new(1),
        kind,
        name: String::new(),
        key: String::new(),
        card: provider.card(&settings),
        settings,
        state: ChannelState::Enabled,
        problem: None,
        queue: None,
        on_close: OnClose::Keep,
        on_return: OnReturn::Reopen,
        received_at: None,
        sent_at: None,
        created_at: NOW,
    };
    let public_url = "https://desk.example.org".to_owned();
    Some(Account { channel, secrets, public_url, language: Language::En })
}

/// Reads bytes as a delivery of this kind. The same bytes give the same events.
pub fn parse(account: &Account, body: &[u8]) {
    let Some(provider) = channels::provider(account.channel.kind) else { return };
    let asked = provider.keep_headers().iter();
    let headers: BTreeMap<String, String> =
        asked.map(|name| ((*name).to_owned(), String::from_utf8_lossy(body).into_owned())).collect();
    let raw = Raw { headers: &headers, body, received_at: NOW };
    let (first, second) = (provider.parse(account, &raw), provider.parse(account, &raw));
    assert_eq!(first, second, "reading is pure");
}

/// Reads bytes as a letter: whatever they are, exactly one message becomes visible.
pub fn letter(bytes: &[u8]) {
    let Some(account) = account(Kind::Email) else { return };
    let Some(provider) = channels::provider(Kind::Email) else { return };
    let headers = BTreeMap::new();
    let raw = Raw { headers: &headers, body: bytes, received_at: NOW };
    let events = provider.parse(&account, &raw).unwrap_or_default();
    assert_eq!(events.len(), 1, "a letter is one message");
    // The whole way to the frame: what was read is cleaned and made a page, its text as well.
    for event in events {
        let Event::Message(incoming) = event else { panic!("a letter is a message") };
        if let Some(html) = incoming.html {
            mail(html.as_bytes());
        }
        shown(&reading::words(&Texts::new(Language::En), &incoming.body).into_string());
    }
}

/// Asks whether a delivery is the provider's, with bytes for everything that a stranger can choose: the first
/// byte says how many of the others are signature and query, the rest is the body.
pub fn verify(account: &Account, bytes: &[u8]) {
    let Some(provider) = channels::provider(account.channel.kind) else { return };
    let (length, rest) = bytes.split_first().map_or((0, bytes), |(first, rest)| (usize::from(*first), rest));
    let (chosen, body) = rest.split_at(length.min(rest.len()));
    let chosen = String::from_utf8_lossy(chosen).into_owned();
    let header = |_: &str| Some(chosen.clone());
    let target = format!("/hooks/1?{chosen}");
    for post in [true, false] {
        let hook = Hook { post, target: &target, query: &chosen, header: &header, body, now: NOW };
        let _ = provider.verify(account, &hook);
        let _ = provider.dedupe_key(&hook);
        let _ = provider.handshake(account, &hook);
    }
}

/// Answers bytes as a delivery of this kind, where answers go with it: the same bytes get the same answer, and what is
/// sealed in the secure mode opens to what is said in the plain one. Gives back what was sealed.
pub fn speak(account: &Account, bytes: &[u8]) -> Option<Vec<u8>> {
    let provider = channels::provider(account.channel.kind)?;
    let plain = Account { secrets: Secrets::new(), ..account.clone() };
    let said = |account: &Account| {
        let query = "timestamp=1772539200&nonce=n1";
        let header = |_: &str| None;
        let hook = Hook { post: true, target: "/hooks/1", query, header: &header, body: bytes, now: NOW };
        Some(provider.speak(account, &hook)?.answer.body)
    };
    let (first, second) = (said(account), said(account));
    assert_eq!(first, second, "an answer that is asked for again is the same");
    let heard = |account: &Account, body: &[u8]| {
        provider.parse(account, &Raw { headers: &BTreeMap::new(), body, received_at: NOW })
    };
    if let (Some(sealed), Some(open)) = (&first, &said(&plain)) {
        assert_eq!(heard(account, sealed), heard(&plain, open), "sealed and open say the same");
    }
    first
}

thread_local! {
    static DESK: RefCell<Option<(tempfile::TempDir, Connection)>> = const { RefCell::new(None) };
}

/// Searches contacts for these words. Whatever they are, they are text and never a command.
pub fn search(bytes: &[u8]) {
    let words = String::from_utf8_lossy(bytes);
    DESK.with_borrow_mut(|desk| {
        if desk.is_none() {
            let folder = tempfile::tempdir().unwrap();
            let (connection, _) = store::open::open(&folder.path().join("fuzz.db")).unwrap();
            *desk = Some((folder, connection));
        }
        if let Some((_, connection)) = desk {
            for country in [None, Some("ES")] {
                store::search::contacts(connection, &words, country, 50).unwrap();
            }
            said(connection, &words);
        }
    });
}

/// Searches what was said for these words.
fn said(connection: &Connection, words: &str) {
    let today = jiff::civil::Date::constant(2026, 3, 3);
    let Ok(query) = query::parse(words, today) else { return };
    assert!(query.texts.iter().all(|text| !text.line.trim().is_empty()), "{query:?}");
    let phrase = |text: &query::Text| Phrase { line: text.line.clone(), open: text.open, not: text.not };
    let phrases: Vec<Phrase> = query.texts.iter().map(phrase).collect();
    for text in &query.texts {
        let sought = snippet::sought(&text.line, text.open);
        let pieces = snippet::around(words, &sought).unwrap_or_default();
        assert!(pieces.iter().all(|piece| !piece.text.is_empty()), "{words:?}");
    }
    let viewer = Viewer::console();
    let whole = transom::domain::words::line(&query.plain());
    for best in [false, true] {
        let (phrases, whole) = (phrases.clone(), whole.clone());
        let conditions = Conditions::default();
        let (after, limit, now) = (None, 10, NOW);
        let wanted =
            Wanted { viewer: &viewer, phrases, whole, conditions, best, after, limit, now, country: None };
        store::hits::page(connection, &wanted).unwrap();
    }
}

/// Reads bytes as a form with files; the first line is the type.
pub fn form(bytes: &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(0);
    let (line, body) = bytes.split_at(end);
    if let Some(boundary) = multipart::boundary(&String::from_utf8_lossy(line)) {
        let _ = multipart::read(body, boundary);
    }
    let _ = multipart::read(bytes, "b");
    let _ = Form::parse(bytes);
}

/// Looks for cookies in a header of these bytes.
pub fn cookie(bytes: &[u8]) {
    let request = Request::new(Method::Get, "/inbox").with_header("cookie", &String::from_utf8_lossy(bytes));
    for https in [true, false] {
        let _ = session::cookie(&request, session::cookie_name(https));
    }
}

/// Cleans bytes as the HTML of a mail and makes a page of them. Nothing that runs, asks or fetches is left, and twice
/// gives the same as once.
pub fn mail(bytes: &[u8]) {
    let source = String::from_utf8_lossy(bytes);
    let once = markup::clean(&source).html;
    assert_eq!(markup::clean(&once).html, once, "twice gives the same as once");
    let remote = markup::remote_pictures(&once);
    let shown =
        markup::pictures(&once, &mut |address| match remote.iter().position(|known| known == address) {
            Some(number) => markup::Picture::At(format!("/messages/1/pictures/{number}")),
            None => markup::Picture::Off,
        });
    self::shown(&markup::folded(&shown, "Earlier"));
    let (fresh, quoted) = transom::domain::quoted::split(&source);
    assert_eq!(format!("{fresh}{quoted}"), source, "nothing is lost");
}

/// What stands in the frame of a mail: no script, form or load from elsewhere, and no style that names an address or
/// lays itself over what is not the mail's.
fn shown(page: &str) {
    for tag in page.split('<').skip(1).filter_map(|tag| tag.split('>').next()) {
        let name = tag.trim_start_matches('/').split(' ').next().unwrap_or_default();
        let bad = [
            "script", "style", "svg", "math", "form", "input", "iframe", "object", "embed", "base", "meta",
            "link",
        ];
        assert!(!bad.contains(&name), "<{tag}>");
        // Every second piece between quotation marks is a value, and before it stands its name.
        let pieces: Vec<&str> = tag.split('"').collect();
        for pair in pieces.chunks(2) {
            assert!(!pair[0].contains(" on") && !pair[0].contains(" id="), "<{tag}>");
            let Some(value) = pair.get(1).map(|value| value.to_lowercase()) else { continue };
            let is = |name: &str| pair[0].ends_with(&format!(" {name}="));
            let own = value.starts_with("/messages/") || value.starts_with("data:image/");
            assert!(own || !["src", "srcset", "background", "poster", "data"].into_iter().any(is), "<{tag}>");
            let goes =
                ["http:", "https:", "mailto:", "tel:", "#"].iter().any(|start| value.starts_with(start));
            assert!(goes || !is("href"), "<{tag}>");
            assert!(!["action", "formaction", "ping", "srcdoc"].into_iter().any(is), "<{tag}>");
            let bad = ["url(", "expression(", "@import", "\\", "javascript:"];
            assert!(!is("style") || !bad.iter().any(|word| value.contains(word)), "<{tag}>");
            let lies_elsewhere = value.split(';').any(|rule| rule.trim().starts_with("position"));
            assert!(!is("style") || !lies_elsewhere, "<{tag}>");
        }
    }
}

/// Reads bytes as the head of a request. Whether its end is found does not depend on how it came in pieces.
pub fn head(bytes: &[u8]) {
    let limits = Limits::default();
    let whole = Scan::default().end(bytes);
    let mut slowly = Scan::default();
    let pieces =
        (1..=bytes.len()).map(|end| slowly.end(&bytes[..end])).find(|found| !matches!(found, Ok(None)));
    match (&whole, &pieces) {
        (Ok(Some(one)), Some(Ok(Some(other)))) => assert_eq!(one, other, "the same end"),
        (Ok(None), Some(_)) | (Ok(Some(_)), None) => unreachable!("it ends in one way only"),
        _ => {}
    }
    if let Ok(Some(end)) = whole {
        let _ = head::parse(&bytes[..end], &limits);
    }
    let _ = head::parse(bytes, &limits);
}

/// What one connection has said: of each request its address and its body, or the status of the refusal that ended it.
type Talk = Vec<Result<(String, Vec<u8>), u16>>;

/// Reads bytes as all that a connection says: heads, bodies by length or in chunks, one request after the other. How
/// they came in pieces changes nothing of it.
pub fn talk(bytes: &[u8]) {
    let whole = talked(bytes, bytes.len());
    for step in [1, 3, 64] {
        assert_eq!(talked(bytes, step), whole, "in pieces of {step}");
    }
}

fn talked(bytes: &[u8], step: usize) -> Talk {
    let limits = Limits { files_each: LARGEST, files_all: 4 * LARGEST, ..Limits::default() };
    let depot = Depot::open(&limits);
    let (mut coming, mut input) = (bytes.chunks(step.max(1)), Vec::new());
    let (mut talk, mut scan, mut body) = (Talk::new(), Scan::default(), None);
    loop {
        let before = input.len();
        match said_next(&mut input, &mut scan, &mut body, (&limits, &depot)) {
            Ok(Some(request)) => talk.push(Ok(request)),
            Ok(None) if input.len() < before => {}
            Ok(None) => match coming.next() {
                Some(piece) => input.extend_from_slice(piece),
                None => return talk,
            },
            Err(status) => {
                talk.push(Err(status));
                return talk;
            }
        }
    }
}

/// The largest body, and what is kept of it in memory.
const LARGEST: u64 = 4096;
const MEMORY: usize = 1024;

/// Takes from the input as far as it goes: to the end of a request, of a head, or of what has come.
fn said_next(
    input: &mut Vec<u8>,
    scan: &mut Scan,
    body: &mut Option<Intake>,
    (limits, depot): (&Limits, &Arc<Depot>),
) -> Result<Option<(String, Vec<u8>)>, u16> {
    let now = Instant::now();
    let Some(intake) = body else {
        let Some(len) = scan.end(input).map_err(|refusal| refusal.status)? else { return Ok(None) };
        let head = head::parse(&input[..len], limits).map_err(|refusal| refusal.status)?;
        input.drain(..len);
        *scan = Scan::default();
        let share = depot.share(IpAddr::from([127, 0, 0, 1]), true);
        let intake = Intake::new(head, LARGEST, (MEMORY, share), (limits, now));
        *body = Some(intake.map_err(|refusal| refusal.status)?);
        return Ok(None);
    };
    if !intake.done() {
        if intake.must_ask() {
            let welcome = Welcome { most: LARGEST, known: true };
            intake.go_on(welcome, now, now).map_err(|refusal| refusal.status)?;
        }
        let room = intake.room(input.len());
        let used = intake.feed(&input[..room]).map_err(|refusal| refusal.status)?;
        input.drain(..used);
        assert!(used > 0 || input.is_empty(), "it goes on");
    }
    if !intake.done() {
        return Ok(None);
    }
    let Some(intake) = body.take() else { return Ok(None) };
    let (head, body) = intake.finish();
    Ok(Some((head.target, body.into_bytes(LARGEST).unwrap())))
}

/// Fills bytes as a text with gaps: what is put into a gap is not read for gaps again, and nothing else changes.
pub fn template(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let names = template::gaps(&text);
    let mark = "{{other}}";
    let given: BTreeMap<String, String> = names.iter().map(|name| (name.clone(), mark.to_owned())).collect();
    let filled = template::fill(&text, &given);
    let Ok(filled) = filled else { return };
    assert!(filled.len() <= text.len() * mark.len() + mark.len());
    assert!(names.is_empty() || filled.contains(mark), "{text:?}");
    assert_eq!(template::fill(&text, &given).ok(), Some(filled), "the same each time");
}

/// Reads bytes as the signed word of a website for a visitor: nobody is vouched for by chance.
pub fn token(bytes: &[u8]) {
    let word = String::from_utf8_lossy(bytes);
    assert!(identity::verify(&word, "a secret that nobody knows", WORD, NOW).is_none(), "{word}");
    let _ = session::hash(&word);
}
