//! What to do where a step of a test failed: what one has to look for differs from provider to provider.

use crate::domain::channel::Kind;
use crate::i18n::Texts;

/// What to do where this step of a test failed on a channel of this kind.
pub fn advice(t: &Texts, kind: Kind, step: &str) -> &'static str {
    match step {
        "token" => token(t, kind),
        "page" => t.channels_advice_page(),
        "phone_number" if kind == Kind::Sms => t.channels_advice_number_sms(),
        "phone_number" => t.channels_advice_phone_number(),
        "webhook" => webhook(t, kind),
        "outbound" => t.channels_advice_outbound(),
        "quota" => t.channels_advice_quota(),
        "mail_access" => t.mailbox_advice_access(),
        "mail_in" => t.mailbox_advice_in(),
        "mail_folder" => t.mailbox_advice_folder(),
        "mail_out" => t.mailbox_advice_out(),
        _ => "",
    }
}

/// The provider does not know us.
fn token(t: &Texts, kind: Kind) -> &'static str {
    match kind {
        Kind::Instagram => t.channels_advice_token_instagram(),
        Kind::Telegram => t.channels_advice_token_telegram(),
        Kind::Line => t.channels_advice_token_line(),
        Kind::Viber => t.channels_advice_token_viber(),
        Kind::Wechat => t.channels_advice_token_wechat(),
        Kind::Tiktok => t.channels_advice_token_tiktok(),
        Kind::Sms => t.channels_advice_token_sms(),
        _ => t.channels_advice_token(),
    }
}

/// The provider does not deliver to us.
fn webhook(t: &Texts, kind: Kind) -> &'static str {
    match kind {
        Kind::Messenger => t.channels_advice_webhook_messenger(),
        Kind::Instagram => t.channels_advice_webhook_instagram(),
        Kind::Telegram => t.channels_advice_webhook_telegram(),
        Kind::Line => t.channels_advice_webhook_line(),
        Kind::Viber => t.channels_advice_webhook_viber(),
        Kind::Tiktok => t.channels_advice_webhook_tiktok(),
        Kind::Sms => t.channels_advice_webhook_sms(),
        _ => t.channels_advice_webhook(),
    }
}
