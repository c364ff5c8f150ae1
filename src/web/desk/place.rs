//! The place in the inbox that a URL names.

use crate::domain::conversation::{Sort, Status, View};
use crate::templates::place::Place;
use crate::web::Cx;

/// The place that the query names; what is missing or wrong is at its default.
pub fn of(cx: &Cx<'_>) -> Place {
    let query = &cx.query;
    Place {
        view: View::parse(query.trimmed("view")).unwrap_or(View::Mine),
        status: query.trimmed("status").parse().unwrap_or(Status::Open),
        sort: query.trimmed("sort").parse().unwrap_or(Sort::Newest),
        channel: query.trimmed("channel").parse().ok(),
        only: query.trimmed("only").parse().ok(),
        q: query.trimmed("q").chars().take(200).collect(),
        after: query.trimmed("after").chars().take(60).collect(),
    }
}
