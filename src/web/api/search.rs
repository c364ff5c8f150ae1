//! Searching what was said, as the page of the search does.

use super::ask;
use super::endpoint::{Endpoint, Gives, Param};
use super::shape::search::{Hit, Search, gather};
use super::shape::{Elsewhere, shown};
use crate::domain::agent::Role;
use crate::store::hits::Place;
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::finding;
use crate::web::http::Response;

const QUERY: &[Param] = &[
    Param::text(
        "q",
        "Words, \"phrases\" and operators: from: to: assignee: status: channel: queue: tag: before: after: \
         has:attachment is:unreplied is:unread window:<2h; a minus before any of them leaves out. The last word may be \
         the beginning of one.",
    ),
    Param::one_of("sort", &["newest", "best"], "`newest` unless said otherwise."),
    Param::number("limit", "How many conversations at most, 50 unless said otherwise, up to 200."),
    Param::text("cursor", "`next_cursor` of the page before."),
];

/// The search of the API.
pub const ENDPOINTS: &[Endpoint] = &[Endpoint::get(
    "/api/v1/search",
    Role::Agent,
    search,
    Gives::One("Search"),
)
.about(
    "Conversations in which something was said, with the messages, as far as the token's owner may see them.",
)
.query(QUERY)];

fn search(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let typed: String = ask::parameter(cx, "q")?.unwrap_or_default();
    let sort: Option<String> = ask::parameter(cx, "sort")?;
    let after: Option<Place> = ask::parameter(cx, "cursor")?;
    let limit = usize::try_from(ask::limit(cx)?).unwrap_or_default();
    let best = match sort.as_deref() {
        None | Some("newest") => false,
        Some("best") => true,
        Some(_) => return Err(ask::malformed("invalid_parameter", "sort")),
    };
    let found = cx.read(|c| {
        let asked = match finding::read(c, cx, &typed)? {
            Ok(asked) => asked,
            Err(problem) => {
                let name = format!("q: {}:{}", problem.operator.as_str(), problem.value);
                return Err(ask::malformed("invalid_parameter", &name));
            }
        };
        let page = asked.page(c, cx.viewer()?, (best, after, limit), cx.now)?;
        let items: Vec<Hit> = gather(c, &asked.query, &page.hits)?;
        let elsewhere = page.elsewhere.into_iter().map(Elsewhere::of);
        Ok(Search {
            items,
            next_cursor: page.next.map(|next| next.to_string()),
            complete: !page.bounded,
            elsewhere: elsewhere.collect(),
            left_out: asked.left_out,
        })
    })?;
    shown(&found)
}
