//! The desk's own pages: the inbox, conversations, contacts, and what changes while one looks.

mod acts;
mod alike;
pub mod announcements;
pub mod attachment;
pub mod bell;
mod beside;
mod bulk;
mod changes;
mod compose;
mod contacts;
mod conversation;
mod covered;
mod ending;
mod erase;
mod face;
mod hosted;
mod inbox;
mod labels;
mod later;
mod letter;
mod mail;
mod moving;
mod notices;
pub mod outbound;
mod palette;
mod past;
mod person;
pub mod picture;
mod place;
mod preview;
mod roster;
mod same;
pub mod search;
mod segments;
mod starting;
mod templates_of;
mod timeline;
mod views;

use super::routes::{Guard, Route};
use crate::domain::agent::Role;

const AGENT: Guard = Guard::Role(Role::Agent);
const SUPERVISOR: Guard = Guard::Role(Role::Supervisor);
/// The largest form with files.
const UPLOAD: u64 = 30 * 1024 * 1024;

pub const ROUTES: &[Route] = &[
    Route::page("/", AGENT, inbox::home),
    Route::page("/inbox", AGENT, inbox::page),
    Route::page("/inbox/failed", AGENT, inbox::failed),
    Route::page("/inbox/narrow", AGENT, inbox::narrow),
    Route::page("/search", AGENT, search::page),
    Route::page("/changes", AGENT, changes::changes),
    Route::page("/conversations/new", AGENT, outbound::page),
    Route::form("/conversations/new", AGENT, outbound::send).up_to(UPLOAD),
    Route::page("/conversations/{id}", AGENT, conversation::page),
    Route::page("/conversations/{id}/at", AGENT, past::newest),
    Route::page("/conversations/{id}/at/{event}", AGENT, past::page),
    Route::form("/conversations/{id}/messages", AGENT, compose::send).up_to(UPLOAD),
    Route::form("/conversations/{id}/preview", AGENT, compose::preview),
    Route::form("/conversations/{id}/draft", AGENT, compose::draft),
    Route::form("/conversations/{id}/letter", AGENT, letter::act).up_to(UPLOAD),
    Route::form("/conversations/{id}/writing", AGENT, compose::writing),
    Route::form("/conversations/{id}/read", AGENT, acts::read),
    Route::form("/conversations/{id}/assign", AGENT, acts::assign),
    Route::form("/conversations/{id}/snooze", AGENT, acts::snooze),
    Route::form("/conversations/{id}/close", AGENT, acts::close),
    Route::form("/conversations/{id}/reopen", AGENT, acts::reopen),
    Route::form("/conversations/{id}/transfer", AGENT, acts::transfer),
    Route::page("/conversations/{id}/workflows", AGENT, starting::page),
    Route::form("/conversations/{id}/workflows", AGENT, starting::start),
    Route::form("/conversations/{id}/workflows/again", AGENT, starting::again),
    Route::form("/conversations/{id}/workflows/stop", AGENT, starting::stop),
    Route::page("/conversations/{id}/parts", AGENT, moving::page),
    Route::form("/conversations/{id}/split", AGENT, moving::split),
    Route::form("/conversations/{id}/merge", AGENT, moving::merge),
    Route::form("/conversations/{id}/restore", AGENT, moving::restore),
    Route::form("/conversations/{id}/release", AGENT, moving::release),
    Route::page("/conversations/{id}/original", AGENT, mail::first),
    Route::page("/messages/{id}/mail", AGENT, mail::frame),
    Route::page("/messages/{id}/original", AGENT, mail::original),
    Route::page("/messages/{id}/letter", AGENT, mail::letter),
    Route::page("/messages/{id}/covered", AGENT, covered::page),
    Route::form("/messages/{id}/covered", AGENT, covered::uncover),
    Route::form("/pictures", AGENT, hosted::add),
    Route::page("/pictures/{key}", AGENT, hosted::show),
    Route::page("/pictures/{key}/{until}/{seal}", Guard::Open, hosted::public),
    Route::page("/messages/{id}/pictures/{file}", AGENT, picture::show),
    Route::form("/messages/{id}/pictures", AGENT, mail::decide),
    Route::form("/conversations/{id}/later", AGENT, later::for_window),
    Route::page("/later", AGENT, later::mine),
    Route::form("/later/{id}/send", AGENT, later::send),
    Route::form("/later/{id}/change", AGENT, later::change),
    Route::form("/later/{id}/cancel", AGENT, later::cancel),
    Route::page("/notices", AGENT, notices::page),
    Route::form("/notices/seen", AGENT, notices::all_seen),
    Route::form("/notices/choice", AGENT, notices::choose),
    Route::form("/notices/{id}/open", AGENT, notices::open),
    Route::form("/conversations/{id}/assistant", AGENT, acts::hand_over),
    Route::form("/conversations/{id}/follow", AGENT, notices::follow),
    Route::page("/conversations/{id}/people", AGENT, notices::people),
    Route::page("/announcements", AGENT, announcements::mine),
    Route::form("/announcements/{id}/read", AGENT, announcements::read),
    Route::page("/palette", AGENT, palette::page),
    Route::page("/keys", AGENT, palette::keys),
    Route::page("/bulk", AGENT, bulk::page),
    Route::form("/bulk", AGENT, bulk::act),
    Route::form("/deeds/{id}/undo", AGENT, bulk::undo),
    Route::form("/conversations/{id}/tags", AGENT, labels::put),
    Route::form("/conversations/{id}/tags/{tag}/remove", AGENT, labels::take),
    Route::form("/conversations/{id}/priority", AGENT, labels::prioritise),
    Route::form("/messages/{id}/undo", AGENT, acts::undo),
    Route::form("/messages/{id}/retry", AGENT, acts::retry),
    Route::form("/messages/{id}/settle", AGENT, acts::settle),
    Route::form("/messages/{id}/react", AGENT, acts::react),
    Route::page("/attachments/{key}", AGENT, attachment::show),
    Route::page("/attachments/{key}/text", AGENT, preview::show),
    Route::page("/faces/{key}", AGENT, face::show),
    Route::page("/views/new", AGENT, views::blank),
    Route::form("/views/new", AGENT, views::add),
    Route::page("/views/{id}", AGENT, views::show),
    Route::form("/views/{id}", AGENT, views::change),
    Route::form("/views/{id}/delete", AGENT, views::delete),
    Route::page("/segments", SUPERVISOR, segments::page),
    Route::form("/segments", SUPERVISOR, segments::add),
    Route::form("/segments/export", SUPERVISOR, segments::export),
    Route::form("/segments/{id}", SUPERVISOR, segments::change),
    Route::form("/segments/{id}/delete", SUPERVISOR, segments::delete),
    Route::page("/contacts", AGENT, contacts::list),
    Route::form("/contacts", AGENT, contacts::create),
    Route::page("/contacts/new", AGENT, contacts::blank),
    Route::page("/contacts/import", SUPERVISOR, roster::list),
    Route::form("/contacts/import", SUPERVISOR, roster::give).up_to(UPLOAD),
    Route::page("/contacts/import/{id}", SUPERVISOR, roster::show),
    Route::form("/contacts/import/{id}", SUPERVISOR, roster::start),
    Route::page("/contacts/import/{id}/errors", SUPERVISOR, roster::errors),
    Route::form("/contacts/import/{id}/stop", SUPERVISOR, roster::stop),
    Route::form("/contacts/import/{id}/delete", SUPERVISOR, roster::delete),
    Route::page("/contacts/same", AGENT, alike::list),
    Route::page("/contacts/{id}", AGENT, contacts::show),
    Route::form("/contacts/{id}", AGENT, contacts::change),
    Route::page("/contacts/{id}/edit", AGENT, contacts::edit),
    Route::form("/contacts/{id}/block", AGENT, contacts::block),
    Route::form("/contacts/{id}/unblock", AGENT, contacts::unblock),
    Route::form("/contacts/{id}/addresses", AGENT, contacts::add_address),
    Route::form("/contacts/{id}/addresses/{address}/remove", AGENT, contacts::remove_address),
    Route::form("/contacts/{id}/addresses/{address}/consent", AGENT, contacts::consent),
    Route::form("/contacts/{id}/part/{event}", SUPERVISOR, same::part),
    Route::page("/contacts/{id}/erase", SUPERVISOR, erase::ask),
    Route::form("/contacts/{id}/erase", SUPERVISOR, erase::erase),
    Route::page("/erasures", Guard::Role(Role::Admin), erase::list),
    Route::page("/erasures/{id}", SUPERVISOR, erase::show),
    Route::page("/contacts/{id}/merge", SUPERVISOR, alike::choose),
    Route::page("/contacts/{id}/merge/{other}", SUPERVISOR, same::preview),
    Route::form("/contacts/{id}/merge/{other}", SUPERVISOR, same::merge),
    Route::form("/contacts/{id}/different/{other}", AGENT, same::different),
];
