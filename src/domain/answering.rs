//! Answering a mail: to whom it goes, what its subject is, and what a change from one way of answering to another
//! does to what stands in the form (S157 to S170). Pure, so that every change can be tried.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::contact::AddressKind;
use super::mail::{Envelope, Mailbox, Mode};

/// What subjects of answers begin with, in the languages of the world's mail programs.
const ANSWERED: [&str; 22] = [
    "re", "aw", "sv", "rv", "antw", "antwort", "odp", "vs", "vá", "ynt", "yan", "res", "rif", "r", "bls",
    "atb", "bvs", "ref", "réf", "回复", "答复", "回覆",
];
/// What subjects of forwarded mails begin with.
const FORWARDED: [&str; 18] = [
    "fwd",
    "fw",
    "wg",
    "tr",
    "rv",
    "enc",
    "vs",
    "vb",
    "doorst",
    "pd",
    "i",
    "ilt",
    "vl",
    "továbbítás",
    "trs",
    "转发",
    "轉寄",
    "転送",
];

/// The form of an answer, as somebody has filled it in so far. It is kept with the draft.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Form {
    /// The standard reply with its modes; otherwise the quick one, which is a plain answer to the sender (S152).
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub standard: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<Mode>,
    /// As typed. Counts when forwarding only; an answer goes to whom the mail came from.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub to: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub cc: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub bcc: String,
    /// The fields for copies are shown.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub copies: bool,
    /// The number of the mail that it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers: Option<i64>,
    /// The numbers of files that were uploaded for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<i64>,
    /// The numbers of the forwarded mail's files that go along.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub along: Vec<i64>,
    /// The one-time key of the form that a button replaced by this one: what was typed in it may arrive later.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub left: String,
    /// What a saved reply took the place of, to be put back (S173).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub before: String,
}

impl Form {
    /// The way of answering; the sender only, where nobody chose.
    pub fn mode(&self) -> Mode {
        self.mode.unwrap_or(Mode::Reply)
    }
}

/// The mail that is answered, with what decides to whom the answer goes.
#[derive(Clone, PartialEq, Debug)]
pub struct Answered {
    pub mail: Envelope,
    /// One of us wrote it: an answer goes once more to whom it went.
    pub ours: bool,
    /// Its readable text.
    pub text: String,
    /// When it was written, in words for people.
    pub date: String,
    /// The numbers of its files.
    pub files: Vec<i64>,
    /// The person of the conversation, for a mail that names nobody else.
    pub person: Mailbox,
}

/// Addresses at which the desk itself is reached.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Ours(pub BTreeSet<String>);

impl Ours {
    /// Whether mail to this address would come to ourselves, also with a mark behind a plus.
    pub fn holds(&self, address: &str) -> bool {
        let address = address.to_lowercase();
        let plain = match address.split_once('@') {
            Some((local, domain)) => format!("{}@{domain}", local.split('+').next().unwrap_or(local)),
            None => address.clone(),
        };
        self.0.contains(&address) || self.0.contains(&plain)
    }
}

/// Adds those who are not there yet and are not ourselves.
fn add(list: &mut Vec<Mailbox>, more: &[Mailbox], ours: &Ours, not: &[Mailbox]) {
    for one in more {
        let known = |other: &Mailbox| other.address == one.address;
        if !one.address.is_empty()
            && !ours.holds(&one.address)
            && !list.iter().any(known)
            && !not.iter().any(known)
        {
            list.push(one.clone());
        }
    }
}

/// To whom an answer to the sender goes (S158): where the sender wants answers, else to the sender. For a mail of
/// ours, to whom it went.
pub fn sender(answered: &Answered, ours: &Ours) -> Vec<Mailbox> {
    let mail = &answered.mail;
    let mut list = Vec::new();
    if answered.ours {
        add(&mut list, &mail.to, ours, &[]);
    } else {
        add(&mut list, &mail.reply_to, ours, &[]);
        if list.is_empty() {
            add(&mut list, mail.from.as_slice(), ours, &[]);
        }
    }
    if list.is_empty() {
        list.push(answered.person.clone());
    }
    list
}

/// To whom an answer to all goes (S162): the sender and who else it was written to, and a copy to who had one.
pub fn everyone(answered: &Answered, ours: &Ours) -> (Vec<Mailbox>, Vec<Mailbox>) {
    let mut to = sender(answered, ours);
    add(&mut to, &answered.mail.to, ours, &[]);
    let mut cc = Vec::new();
    add(&mut cc, &answered.mail.cc, ours, &to);
    (to, cc)
}

/// The subject without what answering and forwarding put before it.
pub fn base_subject(subject: &str) -> &str {
    let mut rest = subject.trim();
    while let Some((before, after)) = rest.split_once([':', '：']) {
        // Some programs count: `Re[2]:`, `Re(3):`.
        let word = before
            .trim()
            .trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '[' | ']' | '(' | ')' | '^'));
        let word = word.to_lowercase();
        let known = ANSWERED.contains(&word.as_str()) || FORWARDED.contains(&word.as_str());
        if !known {
            break;
        }
        rest = after.trim();
    }
    rest
}

/// The subject of an answer: the mark once, whatever stood there in which language (S161, S163).
pub fn subject(mode: Mode, answered: &str) -> String {
    let mark = if mode == Mode::Forward { "Fwd:" } else { "Re:" };
    format!("{mark} {}", base_subject(answered)).trim_end().to_owned()
}

/// The recipients as a form writes them.
pub fn written(list: &[Mailbox]) -> String {
    list.iter().map(one_written).collect::<Vec<_>>().join(", ")
}

fn one_written(one: &Mailbox) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '\'');
    match one.name.as_str() {
        "" => one.address.clone(),
        name if name.chars().all(plain) => format!("{name} <{}>", one.address),
        name => format!("\"{}\" <{}>", name.replace(['"', '\\'], ""), one.address),
    }
}

/// The recipients in a field, parted by commas, semicolons or lines (S224). `Err` names the first that is none.
pub fn recipients(typed: &str) -> Result<Vec<Mailbox>, String> {
    let mut list: Vec<Mailbox> = Vec::new();
    for piece in pieces(typed) {
        let (name, address) = match piece.rsplit_once('<') {
            Some((name, address)) => (name.trim().trim_matches('"').trim(), address.trim_end_matches('>')),
            None => ("", piece.as_str()),
        };
        let address = AddressKind::Email.normal(address, None).map_err(|_| piece.clone())?;
        let name: String = name.chars().filter(|c| !c.is_control()).collect();
        if !list.iter().any(|known| known.address == address) {
            list.push(Mailbox { name, address });
        }
    }
    Ok(list)
}

/// The parts of a list; a comma inside quotes belongs to a name.
fn pieces(typed: &str) -> Vec<String> {
    let (mut all, mut piece, mut quoted) = (Vec::new(), String::new(), false);
    for letter in typed.chars().chain([',']) {
        match letter {
            '"' => {
                quoted = !quoted;
                piece.push(letter);
            }
            ',' | ';' | '\n' | '\r' if !quoted || letter == '\n' => {
                if !piece.trim().is_empty() {
                    all.push(piece.trim().to_owned());
                }
                (piece, quoted) = (String::new(), false);
            }
            other => piece.push(other),
        }
    }
    if !piece.trim().is_empty() {
        all.push(piece.trim().to_owned());
    }
    all
}

/// Those of `list` who neither wrote nor got the answered mail: a person should look twice.
pub fn strangers(answered: &Answered, list: &[Mailbox]) -> Vec<String> {
    let mail = &answered.mail;
    let known =
        [mail.from.as_slice(), &mail.reply_to, &mail.to, &mail.cc, std::slice::from_ref(&answered.person)];
    let is_known =
        |one: &Mailbox| known.iter().any(|some| some.iter().any(|other| other.address == one.address));
    list.iter().filter(|one| !is_known(one)).map(|one| one.address.clone()).collect()
}

/// The words that stand around a forwarded letter, in the language of the writer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Words {
    pub forwarded: String,
    pub from: String,
    pub date: String,
    pub subject: String,
    pub to: String,
}

/// The letter as it is loaded into the text when it is forwarded (S163).
pub fn letter(answered: &Answered, words: &Words) -> String {
    let mail = &answered.mail;
    let mut lines = vec![format!("---------- {} ----------", words.forwarded)];
    let from: Vec<Mailbox> = mail.from.iter().cloned().collect();
    let from = if from.is_empty() { vec![answered.person.clone()] } else { from };
    lines.push(format!("{}: {}", words.from, written(&from)));
    lines.push(format!("{}: {}", words.date, answered.date));
    lines.push(format!("{}: {}", words.subject, mail.subject));
    if !mail.to.is_empty() {
        lines.push(format!("{}: {}", words.to, written(&mail.to)));
    }
    let head: Vec<String> = lines.iter().map(|line| super::rich::escaped(line)).collect();
    format!("{}\n\n{}", head.join("\n"), super::rich::escaped(answered.text.trim()))
}

/// What a form becomes when somebody chooses `mode`: recipients by the rules, and no typed word lost. `body` is what
/// stands in the text, and comes back as it has to stand then.
pub fn switched(
    form: &Form,
    body: &str,
    mode: Mode,
    (answered, ours, words): (&Answered, &Ours, &Words),
) -> (Form, String) {
    let letter = letter(answered, words);
    let was = form.mode();
    let mut next = Form { standard: true, mode: Some(mode), ..form.clone() };
    if was != mode || !form.standard {
        let (to, cc) = match mode {
            Mode::Reply => (sender(answered, ours), Vec::new()),
            Mode::ReplyAll => everyone(answered, ours),
            Mode::Forward => (Vec::new(), Vec::new()),
        };
        next.to = written(&to);
        next.cc = written(&cc);
        next.copies = !cc.is_empty() || !next.bcc.is_empty();
        next.along = if mode == Mode::Forward { answered.files.clone() } else { Vec::new() };
    }
    let body = match mode {
        Mode::Forward if body.contains(letter.lines().next().unwrap_or("")) => body.to_owned(),
        Mode::Forward if body.trim().is_empty() => format!("\n\n{letter}"),
        Mode::Forward => format!("{}\n\n{letter}", body.trim_end()),
        // The letter goes as it came; once somebody has changed it, it is their text.
        _ => body
            .strip_suffix(letter.as_str())
            .map_or_else(|| body.to_owned(), |own| own.trim_end().to_owned()),
    };
    (next, body)
}

/// The answered letter below an answer, where the entry point quotes: a line of who wrote when, and the text marked.
pub fn quoted(answered: &Answered, line: &str) -> String {
    const MOST: usize = 50_000;
    let text = answered.text.trim();
    let cut: String = text.chars().take(MOST).collect();
    let more = if cut.len() < text.len() { "\n> […]" } else { "" };
    let marked: Vec<String> = cut.lines().map(|line| format!("> {line}").trim_end().to_owned()).collect();
    format!("{line}\n{}{more}", marked.join("\n"))
}
