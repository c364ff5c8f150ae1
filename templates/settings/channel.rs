//! The form of a channel: its name, the settings that its kind asks for, and where conversations go.

use maud::{Markup, html};

use crate::domain::channel::Kind;
use crate::domain::queue::Queue;
use crate::i18n::Texts;
use crate::i18n::kind::name as kind;
use crate::templates::frame::Frame;
use crate::templates::parts::{self, Field};
use crate::templates::typed::Typed;

/// One setting that a kind of channel asks for.
pub struct Setting {
    pub name: &'static str,
    pub control: Control,
    pub secret: bool,
    pub required: bool,
    /// A secret that is kept already; it is never shown.
    pub kept: bool,
    /// We make it up when nothing is given.
    pub made: bool,
}

/// What a setting takes.
pub enum Control {
    Text,
    Digits,
    Number,
    YesNo,
    Choice(&'static [&'static str]),
}

/// What the form of a channel needs.
pub struct Form<'a> {
    pub kind: Kind,
    pub settings: &'a [Setting],
    pub queues: &'a [Queue],
    pub typed: &'a Typed,
}

/// Adding a channel.
pub fn add(frame: &Frame, form: &Form<'_>) -> Markup {
    let t = &frame.texts;
    let body = html! {
        header { h1 { (t.channels_add_kind(kind(t, form.kind))) } }
        (steps(t, form.kind))
        (problem(frame, form))
        form.stack method="post" action={ "/settings/channels/new?kind=" (form.kind.as_str()) } {
            (frame.token())
            (fields(frame, form))
            (parts::actions(t.channels_add(), Some(("/settings/channels", t.form_back()))))
        }
    };
    parts::settings(frame, "/settings/channels", &body)
}

/// What is wrong with the form, when it is no one field.
pub fn problem(frame: &Frame, form: &Form<'_>) -> Markup {
    let shown: Vec<&str> =
        form.settings.iter().map(|setting| setting.name).chain(["name", "queue"]).collect();
    let problem = form.typed.problem(&frame.texts, &frame.zone, &shown);
    html! { @if let Some(problem) = problem { (parts::problem(&problem)) } }
}

/// Every field.
pub fn fields(frame: &Frame, form: &Form<'_>) -> Markup {
    let (t, typed) = (&frame.texts, form.typed);
    let hint = if form.kind == Kind::Webchat { t.channels_name_hint_chat() } else { t.channels_name_hint() };
    let name = Field { required: true, hint, ..typed.field(t, "name", t.form_name()) };
    let close = [
        ("keep".to_owned(), t.channels_close_keep().to_owned()),
        ("unassign".to_owned(), t.channels_close_unassign().to_owned()),
    ];
    let back = [
        ("reopen".to_owned(), t.channels_return_reopen().to_owned()),
        ("new".to_owned(), t.channels_return_new().to_owned()),
    ];
    let queues = super::queues::choices(form.queues, t.channels_no_queue());
    html! {
        (parts::text(&name, "text"))
        @if form.kind == Kind::Email { (super::mailbox::fields(t, form)) }
        @else { @for setting in form.settings { (field(t, typed, setting)) } }
        details {
            summary.button.edged { (t.channels_more()) }
            div.stack {
                (parts::select(&typed.field(t, "queue", t.form_queue()), &queues))
                (parts::select(&typed.field(t, "on_close", t.channels_on_close()), &close))
                (parts::select(&typed.field(t, "on_return", t.channels_on_return()), &back))
            }
        }
    }
}

/// One field of a kind's own.
pub fn field(t: &Texts, typed: &Typed, setting: &Setting) -> Markup {
    let hint = match (setting.kept, setting.made) {
        (true, _) => t.channels_kept(),
        (false, true) => t.channels_made(),
        (false, false) => setting_hint(t, setting.name),
    };
    let field = Field {
        required: setting.required && !setting.kept,
        hint,
        autocomplete: "off",
        ..typed.field(t, setting.name, setting_label(t, setting.name))
    };
    match &setting.control {
        Control::Text if setting.secret => parts::text(&field, "password"),
        Control::Text | Control::Digits => parts::text(&field, "text"),
        Control::Number => parts::text(&field, "number"),
        Control::YesNo => parts::select(
            &field,
            &[("no".to_owned(), t.form_no().to_owned()), ("yes".to_owned(), t.form_yes().to_owned())],
        ),
        Control::Choice(words) => {
            let options: Vec<_> =
                words.iter().map(|word| ((*word).to_owned(), choice(t, word).to_owned())).collect();
            parts::select(&field, &options)
        }
    }
}

fn choice<'a>(t: &Texts, word: &'a str) -> &'a str {
    match word {
        "none" => t.channels_trouble_none(),
        "fail" => t.channels_trouble_fail(),
        "busy" => t.channels_trouble_busy(),
        "unsure" => t.channels_trouble_unsure(),
        "slow" => t.channels_trouble_slow(),
        "page" => t.channels_login_page(),
        "poll" => t.channels_mode_poll(),
        "webhook" => t.channels_mode_webhook(),
        "left" => t.channels_side_left(),
        "right" => t.channels_side_right(),
        _ => {
            let other = || word.parse::<Kind>().map_or(word, |one| kind(t, one));
            super::mailbox::choice(t, word).unwrap_or_else(other)
        }
    }
}

/// What a setting is called. The names that stand in a provider's own pages stay as they stand there.
pub fn setting_label(t: &Texts, name: &'static str) -> &'static str {
    match name {
        "phone_number_id" => t.channels_set_phone_number_id(),
        "business_account_id" => t.channels_set_business_account_id(),
        "access_token" => t.channels_set_access_token(),
        "refresh_token" => t.channels_set_refresh_token(),
        "app_secret" => t.channels_set_app_secret(),
        "verify_token" => t.channels_set_verify_token(),
        "api_base" => t.channels_set_api_base(),
        "page_id" => t.channels_set_page_id(),
        "account_id" => t.channels_set_account_id(),
        "login" => t.channels_set_login(),
        "client_key" => t.channels_set_client_key(),
        "client_secret" => t.channels_set_client_secret(),
        "business_id" => t.channels_set_business_id(),
        "app_id" => t.channels_set_app_id(),
        "encoding_aes_key" => t.channels_set_encoding_aes_key(),
        "acknowledgement" => t.channels_set_acknowledgement(),
        "text_limit" => t.channels_set_text_limit(),
        "secret" => t.channels_set_secret(),
        "outbound_url" => t.channels_set_outbound_url(),
        "window_hours" => t.channels_set_window_hours(),
        "allowed_origins" => t.channels_set_allowed_origins(),
        "identity_secret" => t.channels_set_identity_secret(),
        "speaks_as" => t.channels_set_speaks_as(),
        "trouble" => t.channels_set_trouble(),
        "human_agent" => t.channels_set_human_agent(),
        "ask_name" => t.channels_set_ask_name(),
        "ask_email" => t.channels_set_ask_email(),
        "accent" => t.channels_set_accent(),
        "position" => t.channels_set_position(),
        "announce_end" => t.channels_set_announce_end(),
        "bot_token" => t.channels_set_bot_token(),
        "mode" => t.channels_set_mode(),
        "webhook_secret" => t.channels_set_webhook_secret(),
        "channel_secret" => t.channels_set_channel_secret(),
        "channel_access_token" => t.channels_set_channel_access_token(),
        "auth_token" => t.channels_set_auth_token(),
        "account_sid" => t.channels_set_account_sid(),
        "number" => t.channels_set_number(),
        "mms" => t.channels_set_mms(),
        "per_second" => t.channels_set_per_second(),
        "address" => t.channels_set_address(),
        "hook_secret" => t.channels_set_hook_secret(),
        "thread_days" => t.channels_set_thread_days(),
        "plus_address" => t.channels_set_plus_address(),
        "spam_aside" => t.channels_set_spam_aside(),
        "absence_reopens" => t.channels_set_absence_reopens(),
        other => super::mailbox::label(t, other),
    }
}

fn setting_hint(t: &Texts, name: &str) -> &'static str {
    match name {
        "api_base" => t.channels_hint_api_base(),
        "text_limit" => t.channels_hint_text_limit(),
        "login" => t.channels_hint_login(),
        "refresh_token" => t.channels_hint_refresh_token(),
        "encoding_aes_key" => t.channels_hint_encoding_aes_key(),
        "acknowledgement" => t.channels_hint_acknowledgement(),
        "outbound_url" => t.channels_hint_outbound_url(),
        "window_hours" => t.channels_hint_window_hours(),
        "allowed_origins" => t.channels_hint_allowed_origins(),
        "speaks_as" => t.channels_hint_speaks_as(),
        "human_agent" => t.channels_hint_human_agent(),
        "accent" => t.channels_hint_accent(),
        "mode" => t.channels_hint_mode(),
        "number" => t.channels_hint_number(),
        "mms" => t.channels_hint_mms(),
        "per_second" => t.channels_hint_per_second(),
        "address" => t.channels_hint_address(),
        "hook_secret" => t.channels_hint_hook_secret(),
        "thread_days" => t.channels_hint_thread_days(),
        "plus_address" => t.channels_hint_plus_address(),
        "absence_reopens" => t.channels_hint_absence_reopens(),
        other => super::mailbox::hint(t, other),
    }
}

/// What to do, and where, in a few steps.
pub fn steps(t: &Texts, kind: Kind) -> Markup {
    let text = match kind {
        Kind::Whatsapp => t.channels_steps_whatsapp(),
        Kind::Messenger => t.channels_steps_messenger(),
        Kind::Instagram => t.channels_steps_instagram(),
        Kind::Tiktok => t.channels_steps_tiktok(),
        Kind::Wechat => t.channels_steps_wechat(),
        Kind::Telegram => t.channels_steps_telegram(),
        Kind::Line => t.channels_steps_line(),
        Kind::Viber => t.channels_steps_viber(),
        Kind::Sms => t.channels_steps_sms(),
        Kind::Webchat => t.channels_steps_webchat(),
        Kind::Custom => t.channels_steps_custom(),
        Kind::Email => t.mailbox_steps(),
        Kind::Simulator => t.channels_steps_simulator(),
    };
    html! {
        @if !text.is_empty() {
            section.card {
                h2 { (t.channels_steps()) }
                ol.steps { @for step in text.lines() { li { (step) } } }
            }
        }
    }
}
