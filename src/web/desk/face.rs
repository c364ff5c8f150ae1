//! The picture of a person, to the team: people are known to everybody who signs in, what they wrote is not.

use crate::store::face;
use crate::web::http::Response;
use crate::web::{Cx, Failure};

/// A picture that a channel gave. What it is, its bytes said when it was kept; nothing in it can run.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let key: String = cx.param("key")?;
    let picture = cx.read(|c| face::by_key(c, &key))?.ok_or(Failure::NotFound)?;
    Ok(Response::new(200)
        .with_header("Content-Type", picture.media_type)
        .with_header("Content-Disposition", "inline; filename=\"face\"")
        .with_header("Content-Security-Policy", "default-src 'none'; sandbox")
        // A new picture has a new address.
        .with_header("Cache-Control", "private, max-age=2592000, immutable")
        .with_body(picture.bytes))
}
