//! Sends a customer-service message; a file is uploaded first.

use serde_json::{Value, json};

use super::api::Api;
use crate::channels::{Order, OutFile};
use crate::domain::channel::FileClass;
use crate::domain::outbox::{Cause, Failure, Next};
use crate::net::{Body, Part};

pub(super) fn send(api: &Api<'_>, order: &Order<'_>) -> Result<(), Failure> {
    let (kind, content) = match order.files.as_slice() {
        [] => ("text", json!({ "content": order.body })),
        [file] if order.body.is_empty() => {
            let kind = match file.class {
                FileClass::Image | FileClass::Sticker => "image",
                FileClass::Audio => "voice",
                FileClass::Video => "video",
                FileClass::File => return Err(Failure::never(Cause::Media, "WeChat takes no documents")),
            };
            (kind, medium(api, file, kind)?)
        }
        _ => return Err(Failure::never(Cause::InvalidContent, "one message carries one text or one file")),
    };
    // Letters go as they are: WeChat would show an escape such as \u4f60 literally.
    let mut message = json!({ "touser": order.to.1, "msgtype": kind });
    message[kind] = content;
    api.call("/cgi-bin/message/custom/send", |target| target.post_json(&message)).map(|_| ())
}

fn medium(api: &Api<'_>, file: &OutFile<'_>, kind: &str) -> Result<Value, Failure> {
    let mut content = json!({ "media_id": upload(api, file, kind)? });
    if kind == "video" {
        content["title"] = json!(file.name);
        content["description"] = json!("");
    }
    Ok(content)
}

/// Brings the file to WeChat, which keeps it for three days. Nobody sees it, so this may be repeated freely.
fn upload(api: &Api<'_>, file: &OutFile<'_>, kind: &str) -> Result<String, Failure> {
    let ask = |target: &crate::channels::talk::Target<'_>| {
        let content =
            (file.open)().map_err(|fault| Failure::later(Cause::Transient, fault.to_string(), None))?;
        let part = Part {
            name: "media",
            file_name: Some(file.name),
            content_type: Some(file.media_type),
            size: file.size,
            content,
        };
        target.send(Body::Multipart(vec![part]))
    };
    let talk =
        api.call(&format!("/cgi-bin/media/upload?type={kind}"), ask).map_err(|failure| {
            match failure.next {
                Next::Unsure => Failure::later(Cause::Media, failure.message, None),
                _ => failure,
            }
        })?;
    talk.text("/media_id")
        .ok_or_else(|| Failure::later(Cause::Media, "the upload was answered without an id", None))
}
