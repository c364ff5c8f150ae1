//! How fast each provider lets an account send: its published rates, and where it publishes none, one that no
//! provider takes for a robot.
//!
//! A rate and its burst together stay below what the provider allows in any one second.

use crate::domain::Span;
use crate::domain::channel::{Kind, Settings};
use crate::domain::throttle::{Pace, Rate, Weight};

/// Where a provider names no rate.
const UNNAMED: Rate = Rate::second(25, 15);

/// The pace of a kind of channel; `None` where nobody limits it.
pub fn of(kind: Kind) -> Option<Pace> {
    let plain = Pace { account: UNNAMED, person: None, weight: Weight::Calls };
    match kind {
        Kind::Whatsapp => Some(whatsapp()),
        // 300 texts in a second and 10 sounds or films; above 40 the page's own inbox may stop to follow.
        // developers.facebook.com/docs/messenger-platform/overview/rate-limiting
        Kind::Messenger | Kind::Instagram => {
            Some(Pace { account: Rate::second(25, 12), weight: Weight::Media(4), ..plain })
        }
        Kind::Telegram => Some(telegram()),
        // 2,000 in a second at each address of the API: developers.line.biz/en/reference/messaging-api, "Rate limits".
        Kind::Line => Some(Pace { account: Rate::second(1000, 500), ..plain }),
        // Named only for broadcasts, 500 in ten seconds: developers.viber.com/docs/api/rest-bot-api.
        // WeChat names a day's quota, TikTok none.
        Kind::Viber | Kind::Wechat | Kind::Email => Some(plain),
        Kind::Tiktok => Some(Pace { account: Rate::second(6, 4), ..plain }),
        // One long number: see `sms` for what an account says of itself.
        Kind::Sms => Some(sms(&Settings::new())),
        // The other side is the team's own program, which was promised no more than this.
        Kind::Custom => Some(plain),
        Kind::Webchat | Kind::Simulator => None,
    }
}

/// 80 in a second for a number, and one in six seconds for one person after 45 at once (error 131056):
/// developers.facebook.com/documentation/business-messaging/whatsapp/throughput.
fn whatsapp() -> Pace {
    let person = Rate { count: 1, per: Span::seconds(6), burst: 45 };
    Pace { account: Rate::second(50, 30), person: Some(person), weight: Weight::Calls }
}

/// 30 in a second for a bot, and one in a second for one person, who may have a few at once:
/// core.telegram.org/bots/faq, "My bot is hitting limits". Groups, which have a rate of their own, are not answered.
fn telegram() -> Pace {
    Pace { account: Rate::second(18, 12), person: Some(Rate::second(1, 3)), weight: Weight::Calls }
}

/// Parts of messages in a second: one for a long number, more for others, as the setting says. What comes faster
/// lies in a queue of Twilio's for up to four hours, out of our sight: twilio.com/docs/messaging/features, "Queueing".
pub fn sms(settings: &Settings) -> Pace {
    let said = settings.get("per_second").and_then(|text| text.trim().parse().ok());
    let count: u32 = said.unwrap_or(1).clamp(1, 1000);
    let burst = count.div_ceil(4).min(25);
    Pace { account: Rate::second(count + 1 - burst, burst), person: None, weight: Weight::Parts }
}
