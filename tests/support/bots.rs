//! The channels that are bots and numbers, connected to a stand-in.

use transom::domain::channel::{Channel, Kind};

use super::TestDesk;
use super::channel::connect;

/// The account SID of the number.
pub const SID: &str = "AC0123456789abcdef0123456789abcdef";

/// An account of this kind whose API is the stand-in.
pub fn connected(desk: &TestDesk, kind: Kind, api_base: &str) -> Channel {
    with(desk, kind, api_base, &[])
}

/// The same with more settings.
pub fn with(desk: &TestDesk, kind: Kind, api_base: &str, more: &[(&str, &str)]) -> Channel {
    let own: &[(&str, &str)] = match kind {
        Kind::Telegram => {
            &[("bot_token", "7:the-bot-token"), ("mode", "poll"), ("webhook_secret", "the-word")]
        }
        Kind::Line => &[("channel_secret", "the-channel-secret"), ("channel_access_token", "the-token")],
        Kind::Viber => &[("auth_token", "the-viber-token")],
        Kind::Sms => &[("account_sid", SID), ("auth_token", "the-auth-token"), ("number", "+14155550100")],
        _ => &[],
    };
    let given: Vec<(&str, &str)> = [own, &[("api_base", api_base)], more].concat();
    connect(desk, kind, &given)
}
