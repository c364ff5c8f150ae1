//! The settings of the desk: the team, its people, queues, channels, texts and tokens, and how it does.

mod access;
mod announcements;
mod assistant;
pub mod audit;
mod channel;
mod channels;
mod copies;
mod endings;
mod fields;
mod guide;
mod help;
mod intake;
mod people;
mod provider;
mod queues;
mod restricted;
mod retention;
mod senders;
mod status;
mod tags;
mod team;
mod template_sheets;
mod templates;
mod tokens;
mod webhooks;
mod work;
mod workflows;
mod writing;

use super::context::Cx;
use super::failure::Failure;
use super::http::Response;
use super::routes::{Guard, Route};
use crate::domain::agent::Role;

const AGENT: Guard = Guard::Role(Role::Agent);
const SUPERVISOR: Guard = Guard::Role(Role::Supervisor);
const ADMIN: Guard = Guard::Role(Role::Admin);
/// The largest form with a sheet of saved replies, some more than the sheet itself.
const SHEET: u64 = 3 * 1024 * 1024;

/// The routes of this folder.
pub const ROUTES: &[Route] = &[
    Route::page("/settings", AGENT, index),
    Route::page("/settings/team", ADMIN, team::show),
    Route::form("/settings/team", ADMIN, team::change),
    Route::page("/settings/writing", ADMIN, writing::show),
    Route::form("/settings/writing", ADMIN, writing::change),
    Route::form("/settings/writing/{id}", ADMIN, writing::entry_point),
    Route::page("/settings/announcements", SUPERVISOR, announcements::list),
    Route::form("/settings/announcements", SUPERVISOR, announcements::post),
    Route::page("/settings/announcements/{id}", SUPERVISOR, announcements::show),
    Route::form("/settings/announcements/{id}/end", SUPERVISOR, announcements::end),
    Route::page("/settings/restricted", ADMIN, restricted::show),
    Route::form("/settings/restricted", ADMIN, restricted::add),
    Route::form("/settings/restricted/right", ADMIN, restricted::right),
    Route::form("/settings/restricted/report", ADMIN, restricted::report),
    Route::form("/settings/restricted/{id}/delete", ADMIN, restricted::delete),
    Route::page("/settings/people", ADMIN, people::list),
    Route::form("/settings/people", ADMIN, people::add),
    Route::page("/settings/people/{id}", ADMIN, people::show),
    Route::form("/settings/people/{id}", ADMIN, people::change),
    Route::form("/settings/people/{id}/disable", ADMIN, people::disable),
    Route::form("/settings/people/{id}/enable", ADMIN, people::enable),
    Route::form("/settings/people/{id}/link", ADMIN, people::link),
    Route::form("/settings/people/{id}/second-factor", ADMIN, people::reset_factor),
    Route::form("/settings/people/{id}/provider", ADMIN, people::loosen),
    Route::page("/settings/provider", ADMIN, provider::show),
    Route::form("/settings/provider", ADMIN, provider::change),
    Route::form("/settings/provider/test", ADMIN, provider::test),
    Route::form("/settings/provider/remove", ADMIN, provider::remove),
    Route::page("/settings/audit", ADMIN, audit::list),
    Route::form("/settings/audit/export", ADMIN, audit::export),
    Route::page("/settings/queues", SUPERVISOR, queues::list),
    Route::form("/settings/queues", ADMIN, queues::add),
    Route::page("/settings/queues/{id}", ADMIN, queues::show),
    Route::form("/settings/queues/{id}", ADMIN, queues::change),
    Route::form("/settings/queues/{id}/delete", ADMIN, queues::delete),
    Route::form("/settings/queues/{id}/rules", ADMIN, work::rule),
    Route::form("/settings/queues/{id}/endings", ADMIN, endings::change),
    Route::page("/settings/profiles", ADMIN, work::profiles),
    Route::form("/settings/profiles", ADMIN, work::add_profile),
    Route::form("/settings/profiles/team", ADMIN, work::for_team),
    Route::form("/settings/profiles/people/{id}", ADMIN, work::give),
    Route::page("/settings/profiles/{id}", ADMIN, work::profile),
    Route::form("/settings/profiles/{id}", ADMIN, work::change_profile),
    Route::form("/settings/profiles/{id}/delete", ADMIN, work::delete_profile),
    Route::page("/settings/idle-reasons", ADMIN, work::idle),
    Route::form("/settings/idle-reasons", ADMIN, work::add_idle),
    Route::form("/settings/idle-reasons/{id}/archive", ADMIN, work::archive_idle),
    Route::page("/settings/endings", ADMIN, endings::show),
    Route::form("/settings/endings", ADMIN, endings::change_outside),
    Route::page("/settings/reasons", SUPERVISOR, queues::reasons),
    Route::form("/settings/reasons", ADMIN, queues::add_reason),
    Route::form("/settings/reasons/{id}/archive", ADMIN, queues::archive_reason),
    Route::page("/settings/templates", SUPERVISOR, templates::list),
    Route::page("/settings/templates/new", SUPERVISOR, templates::blank),
    Route::form("/settings/templates/new", SUPERVISOR, templates::add),
    Route::page("/settings/templates/import", SUPERVISOR, template_sheets::page),
    Route::form("/settings/templates/import", SUPERVISOR, template_sheets::take).up_to(SHEET),
    Route::form("/settings/templates/import/errors", SUPERVISOR, template_sheets::errors).up_to(SHEET),
    Route::page("/settings/templates/import/sample", SUPERVISOR, template_sheets::sample),
    Route::page("/settings/templates/import/export", SUPERVISOR, template_sheets::export),
    Route::page("/settings/templates/{id}", SUPERVISOR, templates::show),
    Route::form("/settings/templates/{id}", SUPERVISOR, templates::change),
    Route::form("/settings/templates/{id}/delete", SUPERVISOR, templates::delete),
    Route::page("/settings/senders", AGENT, senders::list),
    Route::form("/settings/senders", SUPERVISOR, senders::add),
    Route::form("/settings/senders/remove", SUPERVISOR, senders::remove),
    Route::page("/settings/fields", SUPERVISOR, fields::list),
    Route::form("/settings/fields", SUPERVISOR, fields::add),
    Route::page("/settings/fields/{id}", SUPERVISOR, fields::show),
    Route::form("/settings/fields/{id}", SUPERVISOR, fields::change),
    Route::form("/settings/fields/{id}/delete", ADMIN, fields::delete),
    Route::page("/settings/tags", SUPERVISOR, tags::list),
    Route::form("/settings/tags", SUPERVISOR, tags::add),
    Route::page("/settings/tags/{id}", SUPERVISOR, tags::show),
    Route::form("/settings/tags/{id}", SUPERVISOR, tags::change),
    Route::form("/settings/tags/{id}/delete", SUPERVISOR, tags::delete),
    Route::page("/settings/tokens", ADMIN, tokens::list),
    Route::form("/settings/tokens", ADMIN, tokens::create),
    Route::form("/settings/tokens/{id}/revoke", ADMIN, tokens::revoke),
    Route::page("/settings/webhooks", ADMIN, webhooks::list),
    Route::form("/settings/webhooks", ADMIN, webhooks::add),
    Route::form("/settings/webhooks/{id}/delete", ADMIN, webhooks::delete),
    Route::page("/settings/workflows", ADMIN, workflows::list),
    Route::form("/settings/workflows", ADMIN, workflows::add),
    Route::page("/settings/workflows/{id}", ADMIN, workflows::show),
    Route::form("/settings/workflows/{id}", ADMIN, workflows::change),
    Route::form("/settings/workflows/{id}/withdraw", ADMIN, workflows::withdraw),
    Route::form("/settings/workflows/{id}/secret", ADMIN, workflows::secret),
    Route::form("/settings/workflows/{id}/delete", ADMIN, workflows::delete),
    Route::page("/settings/channels", ADMIN, channels::list),
    Route::page("/settings/channels/new", ADMIN, channels::blank),
    Route::form("/settings/channels/new", ADMIN, channels::add),
    Route::page("/settings/channels/{id}", ADMIN, channel::show),
    Route::form("/settings/channels/{id}", ADMIN, channel::change),
    Route::page("/settings/channels/{id}/retention", ADMIN, retention::show),
    Route::form("/settings/channels/{id}/retention", ADMIN, retention::change),
    Route::page("/settings/channels/{id}/assistant", ADMIN, assistant::show),
    Route::form("/settings/channels/{id}/assistant", ADMIN, assistant::change),
    Route::form("/settings/channels/{id}/test", ADMIN, channel::test),
    Route::page("/settings/access", ADMIN, access::given),
    Route::form("/settings/channels/{id}/templates", ADMIN, channel::sync),
    Route::form("/settings/channels/{id}/disable", ADMIN, channel::disable),
    Route::form("/settings/channels/{id}/enable", ADMIN, channel::enable),
    Route::page("/settings/intake", ADMIN, intake::list),
    Route::page("/settings/intake/{id}", ADMIN, intake::show),
    Route::form("/settings/intake/{id}/replay", ADMIN, intake::replay),
    Route::form("/settings/intake/{id}/ignore", ADMIN, intake::ignore),
    Route::page("/settings/copies", ADMIN, copies::show),
    Route::form("/settings/copies", ADMIN, copies::change),
    Route::form("/settings/copies/now", ADMIN, copies::make),
    Route::form("/settings/copies/{id}", ADMIN, copies::download),
    Route::page("/settings/status", ADMIN, status::show),
    Route::page("/help", AGENT, guide::index),
    Route::page("/help/outbound", AGENT, guide::outbound),
    Route::page("/help/channels", AGENT, help::show),
    Route::page("/help/{kind}/{topic}", AGENT, guide::article),
];

/// The settings at a glance.
fn index(cx: &mut Cx<'_>) -> Result<Response, Failure> {
    let frame = cx.frame(cx.texts.frame_settings())?;
    Ok(cx.page(&frame, &crate::templates::settings::index(&frame)))
}

/// Where browsers and providers reach this desk, without a trailing slash: as it was told at the start,
/// otherwise as the administrator who asks has reached it.
fn base(cx: &Cx<'_>) -> String {
    let told = &cx.app.desk.options.public_url;
    if !told.is_empty() {
        return told.trim_end_matches('/').to_owned();
    }
    let scheme = if cx.request.https { "https" } else { "http" };
    format!("{scheme}://{}", cx.request.host)
}
