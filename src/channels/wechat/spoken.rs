//! An answer in the delivery itself, which the provider hands to who wrote: no call, and none of the five.
//!
//! Source: the provider's pages "Passive user reply message" and "Message encryption and decryption".

use super::{aes, asked, sha1};
use crate::channels::field::ACKNOWLEDGED;
use crate::channels::{Account, Answer, Hook, Provider, Raw, Spoken};
use crate::domain::inbound::Event;

/// The account's acknowledgement as the answer to this delivery, where it is a message.
pub(super) fn spoken(provider: &dyn Provider, account: &Account, hook: &Hook<'_>) -> Option<Spoken> {
    let text = account.get("acknowledgement").trim();
    if text.is_empty() || text.len() > ACKNOWLEDGED {
        return None;
    }
    let raw = Raw { headers: &std::collections::BTreeMap::new(), body: hook.body, received_at: hook.now };
    let mut events = provider.parse(account, &raw).ok()?;
    let (Some(Event::Message(message)), true) = (events.pop(), events.is_empty()) else { return None };
    // Our own name there stands in the body, in the secure mode outside of what is encrypted.
    let ours = super::xml::read(hook.body).ok()?.remove("ToUserName")?;
    let plain = format!(
        "<xml><ToUserName>{}</ToUserName><FromUserName>{}</FromUserName><CreateTime>{}</CreateTime>\
         <MsgType><![CDATA[text]]></MsgType><Content>{}</Content></xml>",
        data(&message.from.value),
        data(&ours),
        hook.now.seconds(),
        data(text),
    );
    let body = match account.get("encoding_aes_key") {
        "" => plain,
        key => sealed(account, hook, (key, &message.provider_id), &plain)?,
    };
    let answer =
        Answer { status: 200, content_type: "application/xml; charset=utf-8", body: body.into_bytes() };
    Some(Spoken { to: Event::Message(message), text: text.to_owned(), answer })
}

/// The answer in the secure mode, signed like what came.
fn sealed(account: &Account, hook: &Hook<'_>, (key, id): (&str, &str), plain: &str) -> Option<String> {
    let (time, nonce) = (hook.now.seconds().to_string(), asked(hook, "nonce")?);
    let encrypted = aes::seal(key, account.get("app_id"), id, plain)?;
    let signature = sha1(&[account.get("verify_token"), &time, &nonce, &encrypted]);
    Some(format!(
        "<xml><Encrypt>{}</Encrypt><MsgSignature>{}</MsgSignature><TimeStamp>{time}</TimeStamp>\
         <Nonce>{}</Nonce></xml>",
        data(&encrypted),
        data(&signature),
        data(&nonce),
    ))
}

/// A text as CDATA, whatever stands in it.
fn data(text: &str) -> String {
    format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"))
}
