//! The channels: what is connected and how it does, and which kinds can be added.

use maud::{Markup, html};

use crate::domain::channel::{Channel, ChannelState, Kind};
use crate::i18n::kind::name as kind;
use crate::i18n::{Texts, when};
use crate::templates::frame::Frame;
use crate::templates::parts;

/// A channel in the list.
pub struct Row {
    pub channel: Channel,
    /// Its secrets were sealed with another key file.
    pub needs_secrets: bool,
}

/// How a channel does, as a chip.
pub fn state(t: &Texts, row: &Row) -> Markup {
    html! {
        @if row.needs_secrets { span.chip.bad { (t.channels_needs_secrets()) } }
        @else {
            @match row.channel.state {
                ChannelState::Enabled => span.chip.good { (t.channels_enabled()) },
                ChannelState::Disabled => span.chip { (t.channels_disabled()) },
                ChannelState::Broken => span.chip.bad { (t.channels_broken()) },
            }
        }
    }
}

/// Every channel.
pub fn list(frame: &Frame, rows: &[Row]) -> Markup {
    let t = &frame.texts;
    let at = |moment| when::moment(t, moment, frame.now, &frame.zone);
    let cells = html! {
        @for row in rows {
            tr {
                td { a href={ "/settings/channels/" (row.channel.id) } { (row.channel.name) } }
                td { (kind(t, row.channel.kind)) }
                td {
                    (state(t, row))
                    @if let Some(problem) = &row.channel.problem { p.quiet { (problem) } }
                }
                td { @if let Some(moment) = row.channel.received_at { (at(moment)) } @else { (t.channels_never()) } }
                td { @if let Some(moment) = row.channel.sent_at { (at(moment)) } @else { (t.channels_never()) } }
            }
        }
    };
    let heads = [t.form_name(), t.channels_kind(), t.form_state(), t.channels_received(), t.channels_sent()];
    let body = html! {
        header { h1 { (t.frame_channels()) } a.button.main href="/settings/channels/new" { (t.channels_add()) } }
        @if rows.iter().any(|row| row.needs_secrets) { (parts::problem(t.channels_foreign_key())) }
        @if rows.is_empty() { (parts::empty(t.channels_empty(), None)) }
        @else { (parts::table(t.frame_channels(), &heads, &cells)) }
        p { a href="/help/channels" { (t.frame_help_channels()) } }
    };
    parts::settings(frame, "/settings/channels", &body)
}

/// Which kind to add: those that this version connects as links, the others with the reason.
pub fn choose(frame: &Frame, kinds: &[(Kind, bool)]) -> Markup {
    let t = &frame.texts;
    let body = html! {
        header { h1 { (t.channels_add()) } }
        p { (t.channels_choose()) }
        ul.stack {
            @for (one, can) in kinds {
                li.line {
                    @if *can { a.button.edged href={ "/settings/channels/new?kind=" (one.as_str()) } { (kind(t, *one)) } }
                    @else {
                        span.button aria-disabled="true" { (kind(t, *one)) }
                        span.quiet { (t.channels_later()) }
                    }
                }
            }
        }
        p { a.button href="/settings/channels" { (t.form_back()) } }
    };
    parts::settings(frame, "/settings/channels", &body)
}
