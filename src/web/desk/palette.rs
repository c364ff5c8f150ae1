//! Every place that there is, for the page of all actions: where one may go, and why not elsewhere.

use crate::actions::{Error, reach, workflow};
use crate::domain::Id;
use crate::domain::agent::Role;
use crate::domain::conversation::{Conversation, View};
use crate::domain::refused::Refused;
use crate::domain::workflow::Version;
use crate::i18n::refusal;
use crate::store;
use crate::templates::keys::{self as pages, Way};
use crate::templates::parts;
use crate::templates::place::Place;
use crate::templates::settings::people::role;
use crate::web::http::Response;
use crate::web::{Cx, Failure};

/// The overview of shortcuts.
pub fn keys(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let frame = cx.frame(cx.texts.frame_keys())?;
    Ok(cx.page(&frame, &pages::overview(&frame)))
}

/// The page.
pub fn page(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let frame = cx.frame(cx.texts.palette_title())?;
    let t = cx.texts;
    let mut groups = vec![(t.frame_inbox().to_owned(), folders(cx)?)];
    let flows = flows(cx)?;
    if !flows.is_empty() {
        groups.insert(0, (t.workflow_page().to_owned(), flows));
    }
    let mine = cx.viewer()?.role;
    let closed = |least: Role| (mine < least).then(|| t.palette_needs_role(role(&t, least)));
    let way = |href: &str, words: &str, closed: Option<String>| Way {
        words: words.to_owned(),
        href: href.to_owned(),
        closed,
    };
    let no_work = frame.work.is_none().then(|| t.palette_needs_work().to_owned());
    groups.push((
        t.frame_places().to_owned(),
        vec![
            way("/conversations/new", t.outbound_title(), None),
            way("/contacts", t.frame_contacts(), None),
            way("/contacts/new", t.contacts_new(), None),
            way("/contacts/import", t.roster_title(), closed(Role::Supervisor)),
            way("/segments", t.segments_title(), closed(Role::Supervisor)),
            way("/search", t.frame_find(), None),
            way("/notices", t.notice_title(), None),
            way("/announcements", t.announce_title(), None),
            way("/later", t.later_title(), None),
            way("/inbox/failed", t.inbox_failed_title(), None),
            way("/offers", t.work_title(), no_work.clone()),
            way("/board", t.work_board(), closed(Role::Supervisor).or_else(|| no_work.clone())),
            way("/help", t.guide_title(), None),
            way("/help/channels", t.frame_help_channels(), None),
        ],
    ));
    for (group, pages) in parts::every_section(&t) {
        let ways = pages.into_iter().map(|(least, path, words)| {
            let unused = no_work.clone().filter(|_| parts::is_of_work(path));
            way(path, words, closed(least).or(unused))
        });
        groups.push((group.to_owned(), ways.collect()));
    }
    Ok(cx.page(&frame, &pages::palette(&frame, &groups)))
}

/// The workflows that can be started on the conversation from which the list was opened, each with why it cannot now.
fn flows(cx: &Cx<'_>) -> Result<Vec<Way>, Failure> {
    let Ok(id) = cx.query.trimmed("conversation").parse::<Id<Conversation>>() else { return Ok(Vec::new()) };
    let (t, viewer) = (&cx.texts, cx.viewer()?);
    let (offered, refused) = cx.read(|c| {
        let conversation = match reach::conversation(c, viewer, id) {
            // What nobody showed to whoever looks has no workflows either; the rest of the list stays.
            Err(Error::NotFound) => return Ok::<_, Error>((Vec::new(), None)),
            found => found?,
        };
        let refused = match workflow::may_start(c, viewer, &conversation) {
            Ok(()) => None,
            Err(Error::Refused(refused)) => Some(refused),
            Err(other) => return Err(other),
        };
        Ok((workflow::offered(c)?, refused))
    })?;
    let closed = refused.map(|refused| match refused {
        Refused::AlreadyThere { .. } => t.workflow_closed().to_owned(),
        other => refusal::sentence(t, &other, &cx.zone),
    });
    let way = |version: &Version| Way {
        words: version.name.clone(),
        href: format!("/conversations/{id}/workflows#w{}", version.workflow),
        closed: closed.clone(),
    };
    Ok(offered.iter().map(way).collect())
}

/// The inboxes of whoever looks: the three of everybody, their queues, and the views that they keep.
fn folders(cx: &Cx<'_>) -> Result<Vec<Way>, Failure> {
    let (t, viewer) = (&cx.texts, cx.viewer()?);
    let (queues, saved) = cx.read(|c| {
        let saved = store::saved::of(c, viewer.agent)?;
        Ok::<_, Failure>((store::queue::all(c)?, saved))
    })?;
    let place = Place::default();
    let way = |view: View, words: &str| Way {
        words: words.to_owned(),
        href: place.in_view(view).href("/inbox"),
        closed: None,
    };
    let mut ways = vec![
        way(View::Mine, t.inbox_mine()),
        way(View::Unassigned, t.inbox_unassigned()),
        way(View::All, t.inbox_all()),
    ];
    let mine = queues.iter().filter(|queue| viewer.may_see(Some(queue.id), None));
    ways.extend(mine.map(|queue| way(View::Queue(queue.id), &queue.name)));
    ways.extend(saved.iter().map(|one| way(View::Saved(one.id), &one.name)));
    Ok(ways)
}
