//! The JSON API under `/api/v1`: what programs may do, described by a document made of the same table.

pub mod ask;
pub mod contacts;
pub mod door;
pub mod endpoint;
pub mod events;
pub mod failure;
pub mod openapi;
pub mod schema;
pub mod shape;
pub mod webhooks;

use crate::web::routes::Route;
use endpoint::Endpoint;

const TABLES: &[&[Endpoint]] =
    &[contacts::ENDPOINTS, events::ENDPOINTS, webhooks::ENDPOINTS, openapi::ENDPOINTS];

/// Every endpoint in the order of the document.
pub fn endpoints() -> impl Iterator<Item = &'static Endpoint> {
    TABLES.iter().copied().flatten()
}

/// Every route of the API.
pub fn routes() -> impl Iterator<Item = &'static Route> {
    endpoints().map(|endpoint| &endpoint.route)
}
