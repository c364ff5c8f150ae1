//! What a sheet of people is told in words.

use super::Texts;
use crate::domain::field::Field;
use crate::domain::roster::{Column, Wrong};

/// What a column holds, in words; fields of the team's own by their names.
pub fn column(t: &Texts, column: Column, own: &[Field]) -> String {
    match column {
        Column::Name => t.roster_name().to_owned(),
        Column::First => t.roster_first().to_owned(),
        Column::Last => t.roster_last().to_owned(),
        Column::Email => t.roster_email().to_owned(),
        Column::Phone => t.roster_phone().to_owned(),
        Column::Language => t.contacts_language().to_owned(),
        Column::About => t.contacts_about().to_owned(),
        Column::Own(id) => own
            .iter()
            .find(|field| field.id == id)
            .map_or_else(|| t.roster_gone_field().to_owned(), |field| field.name.clone()),
    }
}

/// Why a row cannot be taken, and what to do about it.
pub fn why(t: &Texts, wrong: &Wrong, own: &[Field]) -> String {
    match wrong {
        Wrong::Several(ids) => {
            let all: Vec<String> = ids.iter().map(|id| format!("#{id}")).collect();
            t.roster_several(all.join(", "))
        }
        Wrong::Gone => t.roster_gone().to_owned(),
        Wrong::Nobody => t.roster_nobody().to_owned(),
        Wrong::NoCountryCode => t.roster_no_country().to_owned(),
        Wrong::Address { column: which @ Column::Email, value } => {
            t.roster_bad_email(column(t, *which, own), value)
        }
        Wrong::Address { column: which, value } => t.roster_bad_phone(column(t, *which, own), value),
        Wrong::Control(which) => t.roster_control(column(t, *which, own)),
        Wrong::Beyond { value } => t.roster_beyond(value),
        Wrong::TooLong { column: which, most } => t.roster_too_long(column(t, *which, own), most.to_string()),
        Wrong::Unfit(which) => t.roster_unfit(column(t, *which, own)),
        Wrong::Refused => t.roster_refused().to_owned(),
    }
}
