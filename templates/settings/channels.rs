//! The channels: what is connected and how it does, and which kinds can be added.

use maud::{Markup, html};

use super::advice::advice;
use crate::domain::channel::{Channel, ChannelState, Kind};
use crate::domain::checkup::Worry;
use crate::i18n::kind::name as kind;
use crate::i18n::{Texts, when};
use crate::templates::frame::Frame;
use crate::templates::parts;

/// A channel in the list.
pub struct Row {
    pub channel: Channel,
    /// Its secrets were sealed with another key file.
    pub needs_secrets: bool,
    /// Something went in or out, or its provider said that all is well.
    pub is_proved: bool,
    /// Why somebody should look at it.
    pub worries: Vec<Worry>,
}

/// How a channel does, as a chip.
pub fn state(t: &Texts, row: &Row) -> Markup {
    html! {
        @if row.needs_secrets { span.chip.bad { (t.channels_needs_secrets()) } }
        @else {
            @match row.channel.state {
                ChannelState::Enabled if row.worries.iter().any(|worry| matches!(worry, Worry::Ends { soon: true, .. })) =>
                    span.chip.bad { (t.checkup_look()) },
                ChannelState::Enabled if row.worries.is_empty() && !row.is_proved => span.chip { (t.channels_unproved()) },
                ChannelState::Enabled if row.worries.is_empty() => span.chip.good { (t.channels_enabled()) },
                ChannelState::Enabled => span.chip.warn { (t.checkup_look()) },
                ChannelState::Disabled => span.chip { (t.channels_disabled()) },
                ChannelState::Broken => span.chip.bad { (t.channels_broken()) },
            }
        }
    }
}

/// Why somebody should look at a channel, in one sentence.
pub fn sentence(frame: &Frame, worry: &Worry) -> String {
    let t = &frame.texts;
    match worry {
        Worry::Silent { since } => t.checkup_silent(when::moment(t, *since, frame.now, &frame.zone)),
        Worry::Wrong(wrong) => t.checkup_wrong(step(t, &wrong.step), &wrong.words),
        Worry::Ends { at, .. } if *at <= frame.now => {
            t.checkup_ended(when::moment(t, *at, frame.now, &frame.zone))
        }
        Worry::Ends { at, soon: true } => t.checkup_ends_soon(when::full(t, *at, frame.now, &frame.zone)),
        Worry::Ends { at, .. } => t.checkup_ends(when::full(t, *at, frame.now, &frame.zone)),
    }
}

/// What to do about it.
pub fn what_next(t: &Texts, kind: Kind, worry: &Worry) -> &'static str {
    match worry {
        Worry::Silent { .. } => t.checkup_silent_hint(),
        Worry::Wrong(wrong) => advice(t, kind, &wrong.step),
        Worry::Ends { .. } => t.checkup_ends_hint(),
    }
}

/// What a step of a test is called.
pub fn step<'a>(t: &Texts, step: &'a str) -> &'a str {
    match step {
        "token" => t.channels_step_token(),
        "phone_number" => t.channels_step_phone_number(),
        "webhook" => t.channels_step_webhook(),
        "outbound" => t.channels_step_outbound(),
        "page" => t.channels_step_page(),
        "quota" => t.channels_step_quota(),
        "mail_access" => t.mailbox_step_access(),
        "mail_in" => t.mailbox_step_in(),
        "mail_folder" => t.mailbox_step_folder(),
        "mail_out" => t.mailbox_step_out(),
        other => other,
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
                    @for worry in &row.worries { p.quiet { (sentence(frame, worry)) } }
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
