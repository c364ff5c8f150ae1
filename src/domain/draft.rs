//! What an agent is writing: an answer to the customer, or a note among ourselves.

use std::str::FromStr;

/// What kind of text it will be. The two never mix, so that a note is never sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Reply,
    Note,
}

impl Kind {
    pub const ALL: [Kind; 2] = [Kind::Reply, Kind::Note];

    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Reply => "reply",
            Kind::Note => "note",
        }
    }
}

impl FromStr for Kind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Kind::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(())
    }
}
