//! Who was asked beside a conversation, as far as somebody may see it.

use crate::actions::reach;
use crate::domain::access::Viewer;
use crate::domain::conversation::Conversation;
use crate::store::{self, Connection};
use crate::templates::row;
use crate::web::Failure;

/// Those who were asked beside a conversation, as far as `viewer` may see.
pub fn asked(
    c: &Connection,
    viewer: &Viewer,
    main: &Conversation,
) -> Result<Vec<(Conversation, String)>, Failure> {
    let mut found = Vec::new();
    for side in store::conversation::beside(c, main.id)? {
        if reach::may_see(c, viewer, &side)?
            && let Some(contact) = store::contact::get(c, side.contact)?
            && let Some(address) = store::contact::address(c, side.address)?
        {
            found.push((side, row::name(&contact.name, Some(&address))));
        }
    }
    Ok(found)
}

/// The conversation beside which this one is led, for those who may see it.
pub fn main(c: &Connection, viewer: &Viewer, side: &Conversation) -> Result<Option<Conversation>, Failure> {
    let Some(main) = side.side_of else { return Ok(None) };
    let main = store::conversation::get(c, main)?;
    match main {
        Some(main) if reach::may_see(c, viewer, &main)? => Ok(Some(main)),
        _ => Ok(None),
    }
}
