//! The JSON API under `/api/v1`: what programs may do, described by a document made of the same table.

pub mod ask;
pub mod attachments;
pub mod bulk;
pub mod channels;
pub mod contacts;
pub mod conversations;
pub mod door;
pub mod endpoint;
pub mod events;
pub mod failure;
pub mod happenings;
pub mod later;
pub mod messages;
pub mod offers;
pub mod openapi;
pub mod past;
pub mod queues;
pub mod reasons;
mod requests;
pub mod schema;
pub mod search;
pub mod segments;
pub mod shape;
pub mod tags;
pub mod templates;
pub mod users;
pub mod webhooks;
pub mod wrapups;

use crate::web::routes::Route;
use endpoint::Endpoint;

const TABLES: &[&[Endpoint]] = &[
    conversations::ENDPOINTS,
    happenings::ENDPOINTS,
    bulk::ENDPOINTS,
    past::ENDPOINTS,
    messages::ENDPOINTS,
    later::ENDPOINTS,
    attachments::ENDPOINTS,
    search::ENDPOINTS,
    contacts::ENDPOINTS,
    segments::ENDPOINTS,
    channels::ENDPOINTS,
    tags::ENDPOINTS,
    templates::ENDPOINTS,
    users::ENDPOINTS,
    queues::ENDPOINTS,
    offers::ENDPOINTS,
    wrapups::ENDPOINTS,
    requests::ENDPOINTS,
    reasons::ENDPOINTS,
    events::ENDPOINTS,
    webhooks::ENDPOINTS,
    openapi::ENDPOINTS,
];

/// Every endpoint in the order of the document.
pub fn endpoints() -> impl Iterator<Item = &'static Endpoint> {
    TABLES.iter().copied().flatten()
}

/// Every route of the API.
pub fn routes() -> impl Iterator<Item = &'static Route> {
    endpoints().map(|endpoint| &endpoint.route)
}
