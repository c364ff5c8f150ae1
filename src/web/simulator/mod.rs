//! The simulator: a page of phones on which one plays the customer, and a clock that can be moved.

mod acts;
mod delivery;
mod page;
mod phones;

use super::context::Cx;
use super::failure::Failure;
use super::routes::{Guard, Route};
use crate::actions::simulate::Stage;
use crate::domain::agent::Role;
use crate::domain::channel::{Channel, Kind};
use crate::store;

/// Every URL of the simulator. The actions decide who may play: everybody on a demo desk, otherwise
/// administrators.
pub const ROUTES: &[Route] = &[
    Route::page("/simulator", Guard::Role(Role::Agent), page::show),
    Route::page("/simulator/changes", Guard::Role(Role::Agent), page::changes),
    Route::form("/simulator/phones", Guard::Role(Role::Agent), phones::add),
    Route::form("/simulator/start", Guard::Role(Role::Agent), phones::start),
    Route::form("/simulator/clock", Guard::Role(Role::Agent), phones::clock),
    Route::form("/simulator/{channel}/say", Guard::Role(Role::Agent), acts::say),
    Route::form("/simulator/{channel}/react", Guard::Role(Role::Agent), acts::react),
    Route::form("/simulator/{channel}/receipt", Guard::Role(Role::Agent), acts::receipt),
    Route::form("/simulator/{channel}/consent", Guard::Role(Role::Agent), acts::consent),
    Route::form("/simulator/{channel}/trouble", Guard::Role(Role::Agent), phones::trouble),
];

/// What this desk allows.
fn stage(cx: &Cx<'_>) -> Stage {
    let options = &cx.app.desk.options;
    Stage { demo: options.demo, movable_clock: options.movable_clock }
}

/// The simulated phone that the path names.
fn phone(cx: &Cx<'_>) -> Result<Channel, Failure> {
    let id = cx.param("channel")?;
    let found = cx.read(|connection| store::channel::get(connection, id))?;
    found.filter(|channel| channel.kind == Kind::Simulator).ok_or(Failure::NotFound)
}
