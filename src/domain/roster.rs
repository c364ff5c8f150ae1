//! Sheets of people: what their columns hold, how a row is read, and what can be wrong with one.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use encoding_rs::WINDOWS_1252;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::agent::Agent;
use super::contact::{AddressKind, Contact};
use super::field::Field;
use super::refused::Problem;
use super::{Id, Refused, Timestamp, search, sheet};

/// The most rows and columns of a sheet that comes by a page, and the longest cell in characters.
pub const ROWS: usize = 100_000;
pub const COLUMNS: usize = 100;
pub const CELL: usize = 10_000;

/// What a column holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Column {
    Name,
    First,
    Last,
    Email,
    Phone,
    Language,
    About,
    /// A field of the team's own.
    Own(Id<Field>),
}

impl Column {
    /// Those that every desk has.
    pub const ALL: [Column; 7] = [
        Column::Name,
        Column::First,
        Column::Last,
        Column::Email,
        Column::Phone,
        Column::Language,
        Column::About,
    ];

    /// How sheets of other programs call it, without accents and signs.
    const fn names(self) -> &'static [&'static str] {
        match self {
            Column::Name => {
                &["name", "fullname", "displayname", "contact", "nombre", "nombrecompleto", "contacto"]
            }
            Column::First => &["first", "firstname", "givenname", "nombredepila"],
            Column::Last => &["last", "lastname", "familyname", "surname", "apellido", "apellidos"],
            Column::Email => {
                &["email", "emailaddress", "mail", "email1value", "emails", "correo", "correoelectronico"]
            }
            Column::Phone => &[
                "phone",
                "phonenumber",
                "phone1value",
                "mobile",
                "mobilephone",
                "telephone",
                "whatsapp",
                "telefono",
                "movil",
            ],
            Column::Language => &["language", "lang", "locale", "idioma"],
            Column::About => &["about", "notes", "note", "description", "comment", "notas", "nota"],
            Column::Own(_) => &[],
        }
    }

    /// Whether nothing stands in the cell that cannot be seen: lines end only where a text or several addresses stand.
    fn takes(self, cell: &str) -> bool {
        let lines = matches!(self, Column::About | Column::Email | Column::Phone | Column::Own(_));
        cell.chars().all(|c| !c.is_control() || (lines && matches!(c, '\n' | '\r' | '\t')))
    }

    /// Whether several columns may hold it: a person has several addresses, and of everything else only one.
    fn is_many(self) -> bool {
        matches!(self, Column::Email | Column::Phone)
    }

    /// For each column the one before it that holds the same already, where only one of them could be kept.
    pub fn doubled(columns: &[Option<Column>]) -> Vec<Option<usize>> {
        let before = |place: usize, column: &Option<Column>| {
            column.filter(|column| !column.is_many())?;
            columns.iter().position(|other| other == column).filter(|first| *first < place)
        };
        columns.iter().enumerate().map(|(place, column)| before(place, column)).collect()
    }

    /// The columns without those that hold what one before them holds already.
    pub fn once(columns: &[Option<Column>]) -> Vec<Option<Column>> {
        let doubled = Column::doubled(columns);
        columns.iter().zip(doubled).map(|(column, first)| column.filter(|_| first.is_none())).collect()
    }

    /// What a column of this name holds; the team's own fields by their names.
    pub fn guess(column: &str, own: &[Field]) -> Option<Column> {
        let plain =
            |text: &str| -> String { search::fold(text).chars().filter(|c| c.is_alphanumeric()).collect() };
        let name = plain(column);
        let known = Column::ALL.into_iter().find(|known| known.names().contains(&name.as_str()));
        known.or_else(|| {
            let field = own.iter().find(|field| !name.is_empty() && plain(&field.name) == name)?;
            Some(Column::Own(field.id))
        })
    }
}

impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Column::Name => "name",
            Column::First => "first",
            Column::Last => "last",
            Column::Email => "email",
            Column::Phone => "phone",
            Column::Language => "language",
            Column::About => "about",
            Column::Own(id) => return write!(f, "field:{id}"),
        })
    }
}

impl FromStr for Column {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text.strip_prefix("field:") {
            Some(id) => id.parse().map(|id| Column::Own(Id::new(id))).map_err(|_| ()),
            None => Column::ALL.into_iter().find(|known| known.to_string() == text).ok_or(()),
        }
    }
}

impl Serialize for Column {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Column {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(|()| serde::de::Error::custom("no column"))
    }
}

/// One row as it is understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    pub name: String,
    pub language: String,
    pub about: String,
    pub addresses: Vec<(AddressKind, String)>,
    pub fields: Vec<(Id<Field>, String)>,
}

impl Row {
    /// Reads the cells of a row. A cell may hold several addresses, one after the other.
    pub fn read(cells: &[String], columns: &[Option<Column>]) -> Result<Row, Wrong> {
        let beyond = cells.iter().skip(columns.len()).filter(|cell| !cell.is_empty());
        let beyond: Vec<&str> = beyond.map(String::as_str).collect();
        if !beyond.is_empty() {
            return Err(Wrong::Beyond { value: beyond.join(" · ").chars().take(200).collect() });
        }
        let mut row = Row::default();
        let (mut first, mut last) = ("", "");
        for (cell, column) in cells.iter().zip(columns).filter(|(cell, _)| !cell.is_empty()) {
            if let Some(column) = column.filter(|column| !column.takes(cell)) {
                return Err(Wrong::Control(column));
            }
            match column {
                Some(Column::Name) => row.name.clone_from(cell),
                Some(Column::First) => first = cell,
                Some(Column::Last) => last = cell,
                Some(Column::Email) => row.addresses.extend(several(AddressKind::Email, cell)),
                Some(Column::Phone) => row.addresses.extend(several(AddressKind::Phone, cell)),
                Some(Column::Language) => row.language.clone_from(cell),
                Some(Column::About) => row.about.clone_from(cell),
                Some(Column::Own(id)) => row.fields.push((*id, cell.clone())),
                None => {}
            }
        }
        if row.name.is_empty() {
            row.name = format!("{first} {last}").trim().to_owned();
        }
        Ok(row)
    }
}

fn several(kind: AddressKind, cell: &str) -> impl Iterator<Item = (AddressKind, String)> {
    let parts = cell.split([';', ',', '|', '\n']).flat_map(|part| part.split(" ::: "));
    parts.map(str::trim).filter(|part| !part.is_empty()).map(move |part| (kind, part.to_owned()))
}

/// What stands between the cells of a sheet that begins with this line.
pub fn delimiter(line: &[u8]) -> u8 {
    let often = |sign: &u8| line.iter().filter(|byte| *byte == sign).count();
    [b';', b'\t', b','].into_iter().max_by_key(often).unwrap_or(b',')
}

/// What Excel lets a first line of its own say of that, as in `sep=;`, in quotation marks or without.
pub fn said_delimiter(line: &[u8]) -> Option<u8> {
    let line = line.strip_prefix(b"\"").and_then(|line| line.strip_suffix(b"\"")).unwrap_or(line);
    match line {
        [s, e, p, b'=', sign] if [*s, *e, *p].eq_ignore_ascii_case(b"sep") => {
            (sign.is_ascii() && !sign.is_ascii_alphanumeric() && *sign != b'"').then_some(*sign)
        }
        _ => None,
    }
}

/// A cell as text. What is no UTF-8 was written by a program that knows only the letters of western Europe, with the
/// quotation marks, the dashes and the euro of Windows.
pub fn text(cell: &[u8]) -> String {
    let text = match std::str::from_utf8(cell) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(cell).0,
    };
    sheet::plain(text.trim()).to_owned()
}

/// What became of a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Became {
    Made,
    Changed,
    Same,
}

/// Why a row cannot be taken.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wrong {
    /// Its addresses belong to these contacts.
    Several(Vec<Id<Contact>>),
    /// The contact has just gone.
    Gone,
    /// Neither a name nor an address.
    Nobody,
    NoCountryCode,
    /// An address that is none.
    Address {
        column: Column,
        value: String,
    },
    /// A line break or another sign that cannot be seen, where none belongs.
    Control(Column),
    /// Cells behind the last heading, of which nobody can know what they hold.
    Beyond {
        value: String,
    },
    TooLong {
        column: Column,
        most: u32,
    },
    /// The value does not fit this column.
    Unfit(Column),
    /// Another rule of the desk; nothing more is known of it.
    Refused,
}

impl Wrong {
    /// What a refused change says of the row.
    pub fn of(refused: &Refused) -> Wrong {
        match refused {
            Refused::Field { field: "name", problem: Problem::Missing } => Wrong::Nobody,
            Refused::Field { field, problem } => match (field.parse(), problem) {
                (Ok(column), Problem::TooLong { most }) => Wrong::TooLong { column, most: *most },
                (Ok(column), _) => Wrong::Unfit(column),
                (Err(()), _) => Wrong::Refused,
            },
            _ => Wrong::Refused,
        }
    }

    /// The same for an address that was refused.
    pub fn of_address(kind: AddressKind, value: &str, refused: &Refused) -> Wrong {
        let column = if kind == AddressKind::Email { Column::Email } else { Column::Phone };
        match refused {
            Refused::NoCountryCode if value.contains(char::is_numeric) => Wrong::NoCountryCode,
            Refused::Field { problem: Problem::TooLong { most }, .. } => {
                Wrong::TooLong { column, most: *most }
            }
            _ => Wrong::Address { column, value: value.chars().take(80).collect() },
        }
    }

    /// The same for a value that a field of the team's own refused.
    pub fn of_own(id: Id<Field>, refused: &Refused) -> Wrong {
        let column = Column::Own(id);
        match refused {
            Refused::Field { problem: Problem::TooLong { most }, .. } => {
                Wrong::TooLong { column, most: *most }
            }
            _ => Wrong::Unfit(column),
        }
    }
}

/// How far a sheet has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Its rows are still being put down.
    Coming,
    /// Nobody has said yet what its columns hold.
    New,
    /// Each row is tried, and nothing of it stays.
    Trying,
    Tried,
    /// Its rows are taken.
    Taking,
    Done,
    /// Somebody stopped it: what was taken stays.
    Stopped,
}

impl State {
    const ALL: [State; 7] =
        [State::Coming, State::New, State::Trying, State::Tried, State::Taking, State::Done, State::Stopped];

    /// The word in the file.
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Coming => "coming",
            State::New => "new",
            State::Trying => "trying",
            State::Tried => "tried",
            State::Taking => "taking",
            State::Done => "done",
            State::Stopped => "stopped",
        }
    }

    /// Whether it goes on by itself.
    pub fn is_at_work(self) -> bool {
        matches!(self, State::Trying | State::Taking)
    }

    /// Whether somebody may say what the columns hold, and begin.
    pub fn may_begin(self) -> bool {
        matches!(self, State::New | State::Tried)
    }
}

impl FromStr for State {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        State::ALL.into_iter().find(|state| state.as_str() == text).ok_or(())
    }
}

/// How many rows became what.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Counts {
    pub made: u32,
    pub changed: u32,
    pub same: u32,
    pub wrong: u32,
}

impl Counts {
    /// Counts one more.
    pub fn add(&mut self, became: &Result<Became, Wrong>) {
        match became {
            Ok(Became::Made) => self.made += 1,
            Ok(Became::Changed) => self.changed += 1,
            Ok(Became::Same) => self.same += 1,
            Err(_) => self.wrong += 1,
        }
    }

    /// How many rows have been looked at.
    pub fn all(self) -> u32 {
        self.made + self.changed + self.same + self.wrong
    }
}

/// A sheet that somebody gave the desk.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Roster {
    pub id: Id<Roster>,
    pub agent: Id<Agent>,
    /// Of the file, for show.
    pub name: String,
    pub heads: Vec<String>,
    pub columns: Vec<Option<Column>>,
    pub state: State,
    /// How many rows it has, and the line of the last one that was looked at.
    pub rows: u32,
    pub at: u32,
    pub counts: Counts,
    pub created_at: Timestamp,
}
