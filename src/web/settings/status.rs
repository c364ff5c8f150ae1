//! How the desk does.

use std::sync::atomic::Ordering;

use crate::store;
use crate::store::copies::Guard;
use crate::store::room::Room;
use crate::store::setting::key;
use crate::store::{health, setting};
use crate::templates;
use crate::templates::settings::status::{Copies, Status};
use crate::web::context::Cx;
use crate::web::failure::Failure;
use crate::web::http::Response;

/// What keeps plain copies whole, as pages show it.
pub fn copies(guard: &Guard) -> Copies {
    match guard {
        Guard::Lease => Copies::Leased,
        Guard::Timer(why) => Copies::Timed(why.clone()),
        Guard::Outside => Copies::Outside,
    }
}

/// The page. Nothing on it counts rows of a table that grows.
pub fn show(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let desk = &cx.app.desk;
    let copying = desk.copies.state();
    let status = cx.read(|connection| {
        let counts = health::counts(connection)?;
        let channels = store::channel::all(connection)?;
        let mut closed_secrets = 0;
        for channel in &channels {
            closed_secrets += usize::from(desk.secrets(connection, channel)?.is_none());
        }
        Ok::<_, store::Error>(Status {
            version: env!("CARGO_PKG_VERSION"),
            database: desk
                .path
                .file_name()
                .map(|name| name.to_string_lossy().into_owned())
                .unwrap_or_default(),
            bytes: std::fs::metadata(&desk.path).map_or(0, |file| file.len()),
            conversations: health::given(connection, "conversation")?,
            messages: health::given(connection, "message")?,
            outbox_waiting: counts.outbox_waiting,
            outbox_unsure: counts.outbox_unsure,
            inbound_failed: counts.inbound_failed,
            failed: counts.failed,
            forged_at: desk.counts.forged_by_channel(),
            forged: desk.counts.forged.load(Ordering::Relaxed),
            clock_minutes: desk.clock.offset().whole_minutes(),
            closed_secrets,
            channels: store::checkup::all(connection)?,
            copies: copies(desk.copies.guard()),
            halt: desk.writer.halt(),
            kept_open: copying.is_worrying().then_some(copying.log_bytes),
            free: Room::under(&desk.path).free,
            copy: store::copy::newest(connection, 1)?.pop(),
            support: setting::get(connection, key::SUPPORT_URL)?,
        })
    })?;
    let frame = cx.frame(cx.texts.frame_status())?;
    Ok(cx.page(&frame, &templates::settings::status::page(&frame, &status)))
}
