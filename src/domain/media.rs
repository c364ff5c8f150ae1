//! What a file is, by its first bytes: what a sender says of a file is a claim and nothing more.

/// The types that we name. Everything else is bytes to download, and never markup or a program.
const KNOWN: [&str; 38] = [
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/webp",
    "image/avif",
    "image/heif",
    "image/bmp",
    "image/tiff",
    "audio/mpeg",
    "audio/ogg",
    "audio/opus",
    "audio/aac",
    "audio/amr",
    "audio/m4a",
    "audio/mp4",
    "audio/x-wav",
    "audio/x-flac",
    "video/mp4",
    "video/x-m4v",
    "video/webm",
    "video/3gpp",
    "video/quicktime",
    "video/mpeg",
    "application/pdf",
    "application/rtf",
    "application/zip",
    "application/gzip",
    "application/vnd.rar",
    "application/x-7z-compressed",
    "application/msword",
    "application/vnd.ms-excel",
    "application/vnd.ms-powerpoint",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/epub+zip",
];

/// Texts carry no mark of what they are, so here the claim counts, as long as it is text indeed.
const TEXTS: [&str; 5] = ["text/plain", "text/csv", "text/vcard", "text/x-vcard", "text/calendar"];

/// What a file is whose type nobody knows.
pub const UNKNOWN: &str = "application/octet-stream";

/// The largest picture that is kept for a face, in bytes.
pub const FACE: usize = 512 * 1024;
/// The widest and highest one, in pixels. A small file can hold a picture that fills a browser's memory.
const FACE_PIXELS: usize = 2048;

/// The media type of a picture that may stand in a face; `None` for what is none, moves, can run, or is huge.
pub fn face(bytes: &[u8]) -> Option<&'static str> {
    let kind = match infer::get(bytes)?.mime_type() {
        "image/jpeg" => "image/jpeg",
        "image/png" => "image/png",
        "image/webp" => "image/webp",
        _ => return None,
    };
    let size = imagesize::blob_size(bytes).ok()?;
    let fits = bytes.len() <= FACE && (1..=FACE_PIXELS).contains(&size.width.max(size.height));
    fits.then_some(kind)
}

/// The largest picture inside a letter, in bytes. Nobody can change it.
pub const INLINE: usize = 15 * 1024;
/// The widest and highest one, in pixels.
const INLINE_PIXELS: usize = 2048;

/// The media type, width and height of a picture that may stand inside a letter; `None` for what is none, can run, or
/// would be huge on the page.
pub fn inline(bytes: &[u8]) -> Option<(&'static str, u32, u32)> {
    let found = infer::get(bytes)?.mime_type();
    let kind =
        ["image/png", "image/jpeg", "image/gif", "image/webp"].into_iter().find(|kind| *kind == found)?;
    let size = imagesize::blob_size(bytes).ok()?;
    if size.width == 0 || size.height == 0 || size.width.max(size.height) > INLINE_PIXELS {
        return None;
    }
    Some((kind, u32::try_from(size.width).ok()?, u32::try_from(size.height).ok()?))
}

/// The media type of a file that begins with `head` (a few kilobytes suffice), of which its sender says
/// that it is `claimed`.
pub fn found(head: &[u8], claimed: &str) -> &'static str {
    if let Some(kind) = infer::get(head) {
        let same = KNOWN.into_iter().find(|known| *known == kind.mime_type());
        return same.unwrap_or(UNKNOWN);
    }
    let claimed = claimed.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    TEXTS.into_iter().find(|text| *text == claimed && is_text(head)).unwrap_or(UNKNOWN)
}

fn is_text(head: &[u8]) -> bool {
    let whole = match std::str::from_utf8(head) {
        Ok(_) => true,
        // The head may end inside a letter.
        Err(cut) => cut.error_len().is_none() && head.len() - cut.valid_up_to() < 4,
    };
    whole && !head.contains(&0)
}
