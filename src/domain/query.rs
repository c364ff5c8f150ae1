//! What somebody types into the search: words, phrases in quotes, and operators such as `from:ana` or `-status:closed`.

use jiff::civil::Date;
use jiff::{Span as Length, ToSpan as _};

use super::conversation::Status;
use super::{Span, words};

/// How many parts of a query count.
const PARTS: usize = 24;

/// A query, read.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Query {
    pub texts: Vec<Text>,
    pub filters: Vec<Filter>,
    /// What looks like an operator and is none; it is searched as words.
    pub unknown: Vec<String>,
    /// What is not searched, because a query has so many parts at most.
    pub left_out: String,
}

/// Words that are looked for, or that must not be there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Text {
    /// As [`words::line`] writes it; never without a word.
    pub line: String,
    pub typed: String,
    /// The last word may be the beginning of one.
    pub open: bool,
    pub not: bool,
}

/// A condition, or its opposite.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Filter {
    pub not: bool,
    pub what: What,
}

/// What a filter asks for. Names are as they were typed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum What {
    From(String),
    To(String),
    Assignee(String),
    Queue(String),
    Channel(String),
    Tag(String),
    Status(Status),
    /// Said before this day begins.
    Before(Date),
    /// Said on this day or later.
    After(Date),
    Attachment,
    /// The customer waits for an answer.
    Unreplied,
    Unread,
    /// The window closes within this time.
    Window(Span),
}

/// The words before the colon.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operator {
    From,
    To,
    Assignee,
    Status,
    Channel,
    Queue,
    Tag,
    Before,
    After,
    Has,
    Is,
    Window,
}

/// An operator with something that it does not know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    pub operator: Operator,
    pub value: String,
}

impl Operator {
    pub const ALL: [Operator; 12] = [
        Operator::From,
        Operator::To,
        Operator::Assignee,
        Operator::Status,
        Operator::Channel,
        Operator::Queue,
        Operator::Tag,
        Operator::Before,
        Operator::After,
        Operator::Has,
        Operator::Is,
        Operator::Window,
    ];

    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Operator::From => "from",
            Operator::To => "to",
            Operator::Assignee => "assignee",
            Operator::Status => "status",
            Operator::Channel => "channel",
            Operator::Queue => "queue",
            Operator::Tag => "tag",
            Operator::Before => "before",
            Operator::After => "after",
            Operator::Has => "has",
            Operator::Is => "is",
            Operator::Window => "window",
        }
    }

    fn named(name: &str) -> Option<Operator> {
        Operator::ALL.into_iter().find(|operator| name.eq_ignore_ascii_case(operator.as_str()))
    }
}

/// One part of what was typed, before anybody knows what it means.
#[derive(Clone)]
struct Part {
    not: bool,
    /// What stands before a colon, as it was typed.
    name: Option<String>,
    value: String,
    quoted: bool,
    /// A space stood behind the colon.
    spaced: bool,
    /// Nothing follows, not even a space.
    last: bool,
    /// All of it as it was typed.
    raw: String,
}

/// Reads what was typed. `today` is where the reader is.
pub fn parse(typed: &str, today: Date) -> Result<Query, Fault> {
    let (parts, left_out) = parts(&straight(typed));
    let mut query = Query { left_out, ..Query::default() };
    for part in parts {
        let operator = part.name.as_deref().and_then(Operator::named);
        match (operator, &part.name) {
            (Some(operator), Some(name)) => match meaning(operator, &part.value, today) {
                Some(what) => query.filters.push(Filter { not: part.not, what }),
                // `is: there` is how people write sentences.
                None if part.spaced => {
                    let word = Part { value: name.clone(), last: false, quoted: false, ..part.clone() };
                    query.texts.extend(text(&word).into_iter().chain(text(&part)));
                }
                None => return Err(Fault { operator, value: part.value }),
            },
            (_, Some(name)) => {
                if name.chars().all(|c| c.is_ascii_lowercase()) && !part.value.starts_with("//") {
                    query.unknown.push(format!("{name}:"));
                }
                let value = format!("{name}:{}", part.value);
                query.texts.extend(text(&Part { value, ..part }));
            }
            (_, None) => query.texts.extend(text(&part)),
        }
    }
    Ok(query)
}

/// What was typed, asking for another status instead.
pub fn in_status(typed: &str, status: Status) -> String {
    let typed = straight(typed);
    let (parts, left_out) = parts(&typed);
    let asks = |part: &Part| match part.name.as_deref().and_then(Operator::named) {
        Some(Operator::Status) => true,
        Some(Operator::Is) => part.value.trim().to_lowercase().parse::<Status>().is_ok(),
        _ => false,
    };
    let kept = parts.iter().filter(|part| !asks(part)).map(|part| part.raw.trim());
    let asked = format!("status:{}", status.as_str());
    let all: Vec<&str> =
        kept.chain([asked.as_str(), left_out.trim()]).filter(|part| !part.is_empty()).collect();
    all.join(" ")
}

/// Quotation marks of every country as the one that programs know.
fn straight(typed: &str) -> String {
    let straight = |letter| match letter {
        '“' | '”' | '„' | '‟' | '«' | '»' | '＂' | '「' | '」' | '『' | '』' => '"',
        other => other,
    };
    typed.chars().map(straight).collect()
}

fn text(part: &Part) -> Option<Text> {
    let typed = part.value.trim_end_matches('*').to_owned();
    let starred = typed.len() < part.value.len();
    let line = words::line(&typed);
    let open = !part.quoted && (starred || (part.last && !part.not));
    // A sign behind the last letter says that the word is finished.
    let ended = !typed.chars().next_back().is_some_and(char::is_alphanumeric);
    (!line.trim().is_empty()).then_some(Text { line, typed, open: open && !ended, not: part.not })
}

/// Cuts at spaces that stand in no quotes; gives as well what is left when there are too many parts.
fn parts(typed: &str) -> (Vec<Part>, String) {
    let mut found = Vec::new();
    let mut rest = typed.trim_start();
    while !rest.is_empty() && found.len() < PARTS {
        let bare = rest.strip_prefix('-').filter(|after| after.starts_with(|c: char| !c.is_whitespace()));
        let not = bare.is_some();
        let body = bare.unwrap_or(rest);
        let (name, value, spaced) = named(body);
        let (text, quoted, left) = value_of(value);
        let raw = rest.get(..rest.len() - left.len()).unwrap_or(rest).to_owned();
        let (name, value, last) = (name.map(str::to_owned), text.to_owned(), left.is_empty());
        found.push(Part { not, name, value, quoted, spaced, last, raw });
        rest = left.trim_start();
    }
    (found, rest.trim_end().to_owned())
}

/// The name before a colon, if there is one with something behind it. Behind the name of an operator there may be a space.
fn named(body: &str) -> (Option<&str>, &str, bool) {
    let end = body.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(body.len());
    let (name, rest) = body.split_at(end);
    let Some(value) = rest.strip_prefix(':').filter(|_| !name.is_empty()) else { return (None, body, false) };
    let apart = value.trim_start();
    if apart.is_empty() {
        return (None, body, false);
    }
    if apart.len() == value.len() {
        return (Some(name), value, false);
    }
    // What follows may be the next part of the query instead: `from: status:open`.
    let is_next = apart.starts_with('-') || named(apart).0.is_some();
    if is_next || Operator::named(name).is_none() { (None, body, false) } else { (Some(name), apart, true) }
}

fn value_of(text: &str) -> (&str, bool, &str) {
    if let Some(inside) = text.strip_prefix('"') {
        // Quotes that nobody closed reach to the end.
        let (value, rest) = inside.split_once('"').unwrap_or((inside, ""));
        return (value, true, rest);
    }
    let end = text.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(text.len()).max(1);
    let (value, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    (value, false, rest)
}

fn meaning(operator: Operator, value: &str, today: Date) -> Option<What> {
    let word = value.trim().to_lowercase();
    let name = || Some(value.trim().to_owned()).filter(|name| !name.is_empty());
    match operator {
        Operator::From => name().map(What::From),
        Operator::To => name().map(What::To),
        Operator::Assignee => name().map(What::Assignee),
        Operator::Channel => name().map(What::Channel),
        Operator::Queue => name().map(What::Queue),
        Operator::Tag => name().map(What::Tag),
        Operator::Status => word.parse().ok().map(What::Status),
        Operator::Before => day(&word, today).map(What::Before),
        Operator::After => day(&word, today).map(What::After),
        Operator::Has => matches!(&*word, "attachment" | "file").then_some(What::Attachment),
        Operator::Is => match &*word {
            "unreplied" | "waiting" => Some(What::Unreplied),
            "unread" => Some(What::Unread),
            status => status.parse().ok().map(What::Status),
        },
        Operator::Window => window(&word).map(What::Window),
    }
}

/// `2026-11-03`, `2026-11`, `2026`, `today`, `yesterday`, or how long ago: `7d`, `2w`, `3m`, `1y`.
fn day(word: &str, today: Date) -> Option<Date> {
    match word {
        "today" => return Some(today),
        "yesterday" => return today.yesterday().ok(),
        _ => {}
    }
    if let Some(length) = word.strip_suffix(['d', 'w', 'm', 'y']) {
        let count: i64 = length.parse().ok().filter(|count| (0..=1000).contains(count))?;
        let back: Length = match word.chars().next_back()? {
            'd' => count.days(),
            'w' => count.weeks(),
            'm' => count.months(),
            _ => count.years(),
        };
        return today.checked_sub(back).ok();
    }
    let mut numbers = word.split('-');
    let year: i16 = numbers.next()?.parse().ok().filter(|year| (1970..=9998).contains(year))?;
    let month: i8 = numbers.next().map_or(Some(1), |month| month.parse().ok())?;
    let day: i8 = numbers.next().map_or(Some(1), |day| day.parse().ok())?;
    if numbers.next().is_some() {
        return None;
    }
    Date::new(year, month, day).ok()
}

/// `<2h`, `<30m`, `<1d`; the sign may be left out.
fn window(word: &str) -> Option<Span> {
    let word = word.trim_start_matches('<');
    let unit = word.chars().next_back()?;
    let count: i64 = word.strip_suffix(unit)?.parse().ok().filter(|count| (1..=1000).contains(count))?;
    match unit {
        'm' => Some(Span::minutes(count)),
        'h' => Some(Span::hours(count)),
        'd' => Some(Span::days(count)),
        _ => None,
    }
}

impl Query {
    /// The words that must be there, as they were typed: what a contact may be called.
    pub fn plain(&self) -> String {
        let wanted: Vec<&str> =
            self.texts.iter().filter(|text| !text.not).map(|text| text.typed.as_str()).collect();
        wanted.join(" ")
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty() && self.filters.is_empty()
    }
}
