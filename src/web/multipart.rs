//! Forms with files (RFC 7578), read strictly: what is not well formed is refused, and nothing grows unbounded.

use super::form::{Form, Upload};

/// The most parts that a form may have.
const PARTS: usize = 200;
/// The longest head of a part.
const HEAD: usize = 8 * 1024;

/// The body is not what its type promises.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Malformed;

/// The boundary that a content type names.
pub fn boundary(content_type: &str) -> Option<&str> {
    let parameters = content_type.strip_prefix("multipart/form-data")?;
    let value = parameters.split(';').filter_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then_some(value.trim())
    });
    let value = value.map(|value| value.trim_matches('"')).next()?;
    let good = |b: u8| b.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&b);
    (!value.is_empty() && value.len() <= 70 && value.bytes().all(good)).then_some(value)
}

/// Reads a whole body.
pub fn read(body: &[u8], boundary: &str) -> Result<Form, Malformed> {
    let opening = format!("--{boundary}");
    let between = format!("\r\n--{boundary}");
    let mut form = Form::default();
    // What stands before the first boundary means nothing; most browsers send nothing there.
    let mut rest = if body.starts_with(opening.as_bytes()) {
        &body[opening.len()..]
    } else {
        after(body, between.as_bytes()).ok_or(Malformed)?.1
    };
    for _ in 0..PARTS {
        if rest.starts_with(b"--") {
            return Ok(form);
        }
        let line = rest.strip_prefix(b"\r\n").ok_or(Malformed)?;
        let (head, from) = after(line, b"\r\n\r\n").ok_or(Malformed)?;
        let (content, following) = after(from, between.as_bytes()).ok_or(Malformed)?;
        if head.len() > HEAD {
            return Err(Malformed);
        }
        add(&mut form, head, content)?;
        rest = following;
    }
    Err(Malformed)
}

/// What stands before `mark`, and what stands after it.
fn after<'a>(bytes: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let first = *mark.first()?;
    let mut from = 0;
    while let Some(step) = bytes.get(from..)?.iter().position(|byte| *byte == first) {
        let at = from + step;
        if bytes[at..].starts_with(mark) {
            return Some((&bytes[..at], &bytes[at + mark.len()..]));
        }
        from = at + 1;
    }
    None
}

fn add(form: &mut Form, head: &[u8], content: &[u8]) -> Result<(), Malformed> {
    let head = std::str::from_utf8(head).map_err(|_| Malformed)?;
    let mut name = None;
    let mut file = None;
    let mut media_type = "application/octet-stream";
    for line in head.split("\r\n") {
        let (field, value) = line.split_once(':').ok_or(Malformed)?;
        if field.eq_ignore_ascii_case("content-disposition") {
            name = parameter(value, "name");
            file = parameter(value, "filename");
        } else if field.eq_ignore_ascii_case("content-type") {
            media_type = value.trim();
        }
    }
    let name = name.ok_or(Malformed)?;
    match file {
        // An empty file field is sent when nobody chose a file.
        Some(file) if file.is_empty() && content.is_empty() => {}
        Some(file) => form.files.push(Upload {
            field: name,
            name: file,
            media_type: media_type.to_owned(),
            bytes: content.to_vec(),
        }),
        None => {
            let text = String::from_utf8(content.to_vec()).map_err(|_| Malformed)?;
            // Browsers send line ends as CRLF; a text of ours has LF.
            form.push(&name, text.replace("\r\n", "\n"));
        }
    }
    Ok(())
}

/// A quoted parameter of a head line. Browsers write a quote inside as `%22` (WHATWG), older ones as `\"`.
fn parameter(value: &str, wanted: &str) -> Option<String> {
    let mark = format!("; {wanted}=\"");
    let from = value.find(&mark)? + mark.len();
    let mut text = String::new();
    let mut letters = value.get(from..)?.chars();
    loop {
        match letters.next()? {
            '"' => return Some(text.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n")),
            '\\' if letters.as_str().starts_with('"') => {
                letters.next();
                text.push('"');
            }
            letter => text.push(letter),
        }
    }
}
