//! The number of what somebody was told and has not seen, on every page, and what is said aloud of it.

use crate::actions::reach;
use crate::domain::Timestamp;
use crate::domain::access::Viewer;
use crate::domain::conversation::Status;
use crate::domain::notice::Notice;
use crate::i18n::Texts;
use crate::store::{self, Connection};
use crate::templates::notices::{self, Aloud, Bell, Told};
use crate::templates::row;
use crate::web::Failure;

/// What the bar shows to this person.
pub fn bell(c: &Connection, t: &Texts, viewer: &Viewer, now: Timestamp) -> Result<Bell, Failure> {
    let unseen = store::notice::unseen(c, viewer.agent)?;
    let choices = store::notice::choices(c, viewer.agent)?;
    let listens = choices.iter().any(|choice| choice.browser || choice.sound);
    let wanted = unseen
        .newest
        .as_ref()
        .and_then(|newest| choices.into_iter().find(|of| of.kind == newest.kind && (of.browser || of.sound)));
    let aloud = match (&unseen.newest, wanted) {
        (Some(newest), Some(choice)) => told(c, viewer, vec![newest.clone()])?.pop().map(|told| Aloud {
            notice: newest.id,
            words: notices::words(t, &told, now),
            browser: choice.browser,
            sound: choice.sound,
        }),
        _ => None,
    };
    Ok(Bell { unseen, aloud, listens })
}

/// The notices with their words; without those of conversations that this person may no longer see.
pub fn told(c: &Connection, viewer: &Viewer, notices: Vec<Notice>) -> Result<Vec<Told>, Failure> {
    let ids: Vec<i64> = notices.iter().map(|notice| notice.conversation.get()).collect();
    let rows = store::list::by_ids(c, &ids)?;
    let names = store::thread::names(c)?;
    let mut told = Vec::new();
    for notice in notices {
        let Some(row) = rows.iter().find(|row| row.conversation.id == notice.conversation) else { continue };
        if !reach::may_see(c, viewer, &row.conversation)? {
            continue;
        }
        let said = match notice.message {
            Some(id) => store::message::get(c, id)?.map(|message| message.body),
            None => None,
        };
        told.push(Told {
            name: row::name(&row.contact_name, row.address.as_ref()),
            by: notice.by.and_then(|by| names.get(&by).cloned()).unwrap_or_default(),
            said: crate::domain::conversation::snippet(&said.unwrap_or_default()),
            closes: row.conversation.window_closes_at,
            waits: row.conversation.status == Status::Open && row.conversation.waiting_since.is_some(),
            notice,
        });
    }
    Ok(told)
}
