//! What was published about other products of this kind, tried on ours: one test an advisory, or a group of advisories
//! with one cause, named by the first of them. `docs/security.md` has the table.

mod access;
mod calls;
mod canary;
mod colleagues;
mod entry;
mod files;
mod input;
mod letters;
mod outgoing;
mod scan;
mod scripts;

use crate::support::TestDesk;
use crate::support::desk::{Page, Person};
use transom::web::http::{Method, Request};

/// A form with one file, as a browser sends it.
fn upload(
    desk: &TestDesk,
    who: &Person,
    target: &str,
    fields: &[(&str, &str)],
    (name, kind, bytes): (&str, &str, &[u8]),
) -> Page {
    let mut body = Vec::new();
    let token = transom::web::session::csrf(&who.token);
    for (field, value) in fields.iter().copied().chain([("csrf", token.as_str())]) {
        let part = format!("--b\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n");
        body.extend(part.bytes());
    }
    let head = format!(
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n"
    );
    body.extend(head.bytes());
    body.extend(bytes);
    body.extend(b"\r\n--b--\r\n");
    let request = Request::new(Method::Post, target)
        .with_header("cookie", &format!("transom={}", who.token))
        .with_body("multipart/form-data; boundary=b", body);
    desk.ask(request)
}
