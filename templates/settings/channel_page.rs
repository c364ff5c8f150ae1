//! One channel: how it does, what to paste at the provider, its test, its templates, its settings.

use maud::{Markup, html};

use super::advice::advice;
use super::channel::{self, Form};
use super::channels::{self, Row};
use super::copy_field;
use crate::domain::Timestamp;
use crate::domain::channel::{ChannelState, Kind};
use crate::domain::template::{Status, Template};
use crate::i18n::kind::name as kind;
use crate::i18n::{Texts, when};
use crate::templates::frame::Frame;
use crate::templates::parts;

/// What the page of a channel shows.
pub struct Page<'a> {
    pub row: Row,
    pub form: Form<'a>,
    /// Words to be pasted elsewhere: the name of the setting and the word.
    pub paste: Vec<(&'static str, String)>,
    /// Where this desk is reached, without a trailing slash.
    pub base: String,
    /// The address that the provider calls, for kinds that call.
    pub hook: Option<String>,
    /// Access that a person gives on a page of the provider.
    pub access: Option<super::mailbox::Access>,
    /// Why that was not given just now.
    pub access_problem: Option<String>,
    /// Under which name an assistant works here.
    pub assistant: Option<String>,
    /// The outcome of a test that was just made.
    pub checks: Option<Vec<Check>>,
    /// What the provider approves; `None` where it approves nothing.
    pub templates: Option<Vec<Template>>,
    /// What the provider said when it was last asked for its templates and refused.
    pub sync_problem: Option<String>,
}

/// One step of a test.
pub struct Check {
    pub step: &'static str,
    pub good: bool,
    /// The provider's own words.
    pub detail: String,
}

/// The page.
pub fn page(frame: &Frame, page: &Page<'_>) -> Markup {
    let t = &frame.texts;
    let row = &page.row;
    let at = format!("/settings/channels/{}", row.channel.id);
    let body = html! {
        header { h1 { (row.channel.name) } (channels::state(t, row)) }
        p.quiet { (kind(t, row.channel.kind)) }
        @if row.needs_secrets { (parts::problem(t.channels_needs_secrets_hint())) }
        @if let Some(problem) = &row.channel.problem { (parts::problem(problem)) }
        @for worry in &row.worries { (parts::problem(&channels::sentence(frame, worry))) p.quiet { (channels::what_next(t, row.channel.kind, worry)) } }
        (facts(frame, row.channel.received_at, row.channel.sent_at))
        p { a href={ (at) "/retention" } { (t.retention_link()) } }
        p { a href={ (at) "/assistant" } { @match &page.assistant { Some(label) => (t.assistant_link_on(label)), None => (t.assistant_link()) } } }
        (paste(frame, page))
        @if let Some(why) = &page.access_problem { (parts::problem(why)) }
        @if let Some(access) = &page.access { (super::mailbox::access(frame, access)) }
        (checks(frame, page, &at))
        section.card {
            h2 { (t.frame_settings()) }
            (channel::problem(frame, &page.form))
            form.stack method="post" action=(at) {
                (frame.token())
                (channel::fields(frame, &page.form))
                (parts::actions(t.form_save(), Some(("/settings/channels", t.form_back()))))
            }
        }
        @if let Some(templates) = &page.templates { (listed(frame, page, templates, &at)) }
        (switch(frame, row, &at))
        (channel::steps(t, row.channel.kind))
    };
    parts::settings(frame, "/settings/channels", &body)
}

fn facts(frame: &Frame, received: Option<Timestamp>, sent: Option<Timestamp>) -> Markup {
    let t = &frame.texts;
    let at = |moment: Option<Timestamp>| match moment {
        Some(moment) => when::full(t, moment, frame.now, &frame.zone),
        None => t.channels_never().to_owned(),
    };
    html! {
        dl.facts {
            dt { (t.channels_received()) } dd { (at(received)) }
            dt { (t.channels_sent()) } dd { (at(sent)) }
        }
    }
}

fn paste(frame: &Frame, page: &Page<'_>) -> Markup {
    let t = &frame.texts;
    let channel = &page.row.channel;
    html! {
        @if page.hook.is_some() || !page.paste.is_empty() || channel.kind == Kind::Webchat {
            section.card {
                h2 { (t.channels_paste()) }
                @if let Some(hook) = &page.hook { (copy_field(t.channels_hook(), hook)) p.quiet { (t.channels_hook_hint()) } }
                @for (name, word) in &page.paste { (copy_field(channel::setting_label(t, name), word)) }
                @if page.hook.is_none() && !page.paste.is_empty() { p.quiet { (t.channels_once()) } }
                @if let (Kind::Email, Some(hook)) = (channel.kind, &page.hook) {
                    h3 { (t.channels_hook_mail()) }
                    p { (t.channels_hook_mail_hint()) }
                    pre.code tabindex="0" { code { "desk: \"|curl -sS --fail --data-binary @- -H 'Content-Type: message/rfc822' -u mail:SECRET '" (hook) "'\"" } }
                }
                @if channel.kind == Kind::Webchat {
                    (copy_field(t.channels_chat_link(), &format!("{}/chat/{}", page.base, channel.key)))
                    p { (t.channels_snippet()) }
                    pre.code tabindex="0" { code { "<script src=\"" (page.base) "/widget.js\" data-key=\"" (channel.key) "\" async></script>" } }
                    p { a href={ "/chat/" (channel.key) } { (t.channels_chat_open()) } }
                }
            }
        }
    }
}

fn checks(frame: &Frame, page: &Page<'_>, at: &str) -> Markup {
    let t = &frame.texts;
    html! {
        section.card #test {
            h2 { (t.channels_test()) }
            @if let Some(checks) = &page.checks {
                div role="status" { ul.stack {
                    @for check in checks {
                        li {
                            @if check.good { span.chip.good { (t.channels_check_good()) } }
                            @else { span.chip.bad { (t.channels_check_bad()) } }
                            " " strong { (channels::step(t, check.step)) }
                            @if !check.detail.is_empty() { " " (check.detail) }
                            @if !check.good { p.quiet { (advice(t, page.row.channel.kind, check.step)) } }
                        }
                    }
                } }
            }
            (parts::one_button(frame, &format!("{at}/test"), t.channels_test_now()))
        }
    }
}

fn switch(frame: &Frame, row: &Row, at: &str) -> Markup {
    let t = &frame.texts;
    html! {
        section.card {
            @match row.channel.state {
                ChannelState::Enabled => {
                    p { (t.channels_disable_hint()) }
                    (parts::one_button(frame, &format!("{at}/disable"), t.form_disable()))
                }
                ChannelState::Disabled => (parts::one_button(frame, &format!("{at}/enable"), t.form_enable())),
                ChannelState::Broken => (parts::one_button(frame, &format!("{at}/enable"), t.channels_reconnect())),
            }
        }
    }
}

fn listed(frame: &Frame, page: &Page<'_>, templates: &[Template], at: &str) -> Markup {
    let t = &frame.texts;
    let last = templates.iter().filter_map(|template| template.synced_at).max();
    let cells = html! {
        @for template in templates {
            tr {
                td { (template.name) }
                td { (template.language) }
                td { (template.category) }
                td { (status(t, template)) }
            }
        }
    };
    let heads = [t.form_name(), t.form_language(), t.templates_category(), t.form_state()];
    html! {
        section.card #templates {
            h2 { (t.channels_templates()) }
            @if let Some(problem) = &page.sync_problem { (parts::problem(problem)) }
            @if templates.is_empty() { p { (t.channels_templates_none()) } }
            @else { (parts::table(t.channels_templates(), &heads, &cells)) }
            @if let Some(last) = last { p.quiet { (t.channels_synced(when::full(t, last, frame.now, &frame.zone))) } }
            (parts::one_button(frame, &format!("{at}/templates"), t.channels_sync()))
        }
    }
}

fn status(t: &Texts, template: &Template) -> Markup {
    html! {
        @match template.status {
            Status::Approved => span.chip.good { (t.channels_approved()) },
            Status::Pending => span.chip.warn { (t.channels_pending()) },
            Status::Rejected => span.chip.bad { (t.channels_rejected()) },
            Status::Paused => span.chip.warn { (t.channels_paused()) },
            Status::Disabled => span.chip { (t.channels_template_disabled()) },
            Status::Own => span.chip { (t.channels_own()) },
        }
        @if let Some(reason) = &template.reason { " " span.quiet { (reason) } }
    }
}
