//! T28: little that becomes much when it is opened. The real program reads it within bounds or refuses it; what it cost in
//! memory is asserted, what it took in time is printed.

use std::io::Write as _;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::{GzEncoder, ZlibEncoder};

use crate::ground::Ground;

/// How much memory one of them may cost.
const MOST: u64 = 100 * 1024;

/// Does it, and asserts that it cost no more than that and was answered so; a desk that is well answers afterwards.
fn bomb(ground: &Ground, what: &str, expected: &[u16], act: impl FnOnce() -> (u16, Duration)) {
    let before = ground.forget_peak();
    let (status, took) = act();
    let answered = took.as_millis();
    let failed = ground.read();
    let cost = ground.peak().saturating_sub(before) / 1024;
    println!(
        "{what}: {status} after {answered} ms, {cost} MB more at its peak, {failed} deliveries failed so far"
    );
    assert!(expected.contains(&status), "{what}: {status}");
    assert!(cost * 1024 < MOST, "{what}: {cost} MB");
    assert_eq!(ground.ask("GET /healthz", &[], b"").0, 200, "{what}");
}

fn head(kind: &str) -> String {
    format!(
        "From: Mallory <m@example.org>\r\nTo: help@desk.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n{kind}\r\n\r\n"
    )
}

/// A picture of so many pixels each way, all of them white, in a file of some kilobytes.
fn picture(pixels: u32) -> Vec<u8> {
    let chunk = |kind: &[u8], data: &[u8]| {
        let mut sum = flate2::Crc::new();
        sum.update(kind);
        sum.update(data);
        let length = u32::try_from(data.len()).unwrap();
        [&length.to_be_bytes()[..], kind, data, &sum.sum().to_be_bytes()].concat()
    };
    let size = [&pixels.to_be_bytes()[..], &pixels.to_be_bytes(), &[1, 0, 0, 0, 0]].concat();
    let mut rows = ZlibEncoder::new(Vec::new(), Compression::best());
    let row = vec![0; usize::try_from(pixels / 8 + 2).unwrap()];
    (0..pixels).for_each(|_| rows.write_all(&row).unwrap());
    let rows = rows.finish().unwrap();
    [&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"IHDR", &size), &chunk(b"IDAT", &rows), &chunk(b"IEND", b"")].concat()
}

fn in_lines(bytes: &[u8]) -> String {
    let text = STANDARD.encode(bytes);
    text.as_bytes().chunks(76).fold(String::new(), |mut all, line| {
        all.push_str(std::str::from_utf8(line).unwrap());
        all.push_str("\r\n");
        all
    })
}

#[test]
fn t28_letters_of_ten_thousand_parts_and_a_thousand_deep() {
    let ground = Ground::new();
    let part = "--b\r\nContent-Type: text/plain; name=a.txt\r\nContent-Disposition: attachment\r\n\r\nx\r\n";
    let parts = head("Content-Type: multipart/mixed; boundary=b") + &part.repeat(10_000) + "--b--\r\n";
    bomb(&ground, "10,000 parts", &[200], || ground.letter(parts.as_bytes()));
    let nested = (0..1000).fold(head("Content-Type: multipart/mixed; boundary=b"), |all, n| {
        let outer = if n == 0 { "b".to_owned() } else { format!("b{n}") };
        let inner = n + 1;
        all + &format!("--{outer}\r\nContent-Type: multipart/mixed; boundary=b{inner}\r\n\r\n")
    });
    bomb(&ground, "parts 1,000 deep", &[200], || ground.letter(nested.as_bytes()));
    let letters = head("Content-Type: message/rfc822") + &"Content-Type: message/rfc822\r\n\r\n".repeat(1000);
    bomb(&ground, "letters 1,000 deep", &[200], || ground.letter(letters.as_bytes()));
    let html = head("Content-Type: text/html") + &"<div>".repeat(100_000);
    bomb(&ground, "HTML 100,000 deep", &[200], || ground.letter(html.as_bytes()));
    assert_eq!(ground.read(), 0, "each of them is in the inbox");
}

#[test]
fn t28_a_letter_with_two_hundred_megabytes_and_the_largest_that_is_taken() {
    let ground = Ground::new();
    let begin = head("Content-Type: application/zip; name=a.zip\r\nContent-Transfer-Encoding: base64");
    let word = format!("Authorization: Bearer {}", crate::ground::WORD);
    let length = format!("Content-Length: {}", 200 * 1024 * 1024);
    let line = format!("POST {}", ground.letters);
    bomb(&ground, "200 MB announced", &[413], || {
        ground.ask(&line, &[word.clone(), length], begin.as_bytes())
    });
    let mut body = begin.clone().into_bytes();
    let chunk = "A".repeat(1024 * 1024);
    let mut chunked = format!("{:x}\r\n{begin}\r\n", begin.len()).into_bytes();
    (0..60).for_each(|_| chunked.extend(format!("100000\r\n{chunk}\r\n").bytes()));
    let coding = "Transfer-Encoding: chunked".to_owned();
    bomb(&ground, "60 MB in chunks", &[413], || ground.ask(&line, &[word, coding], &chunked));
    // Ten of the thirty-five megabytes that are taken at most.
    body.extend(in_lines(&vec![7; 7 * 1024 * 1024]).bytes());
    bomb(&ground, "a letter of 10 MB", &[200], || ground.letter(&body));
    assert_eq!(ground.read(), 0);
}

#[test]
fn t28_pictures_of_thirty_thousand_pixels_are_files_and_never_unfolded() {
    let ground = Ground::new();
    let bytes = picture(30_000);
    println!("a picture of 900,000,000 pixels in {} KB", bytes.len() / 1024);
    bomb(&ground, "a picture that a program uploads", &[201], || {
        ground.program("POST /api/v1/attachments?name=a.png", "image/png", &bytes)
    });
    let kind = "Content-Type: multipart/related; boundary=b";
    let letter = head(kind)
        + "--b\r\nContent-Type: text/html\r\n\r\n<img src=cid:p>\r\n--b\r\nContent-Type: image/png\r\n\
           Content-ID: <p>\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + &in_lines(&bytes)
        + "--b--\r\n";
    bomb(&ground, "a picture within a letter", &[200], || ground.letter(letter.as_bytes()));
    assert_eq!(ground.read(), 0);
}

#[test]
fn t28_bodies_that_unpack_nest_or_have_no_end_of_fields() {
    let ground = Ground::new();
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    let zeros = vec![b' '; 1024 * 1024];
    (0..200).for_each(|_| packed.write_all(&zeros).unwrap());
    let packed = packed.finish().unwrap();
    println!("200 MB packed into {} KB", packed.len() / 1024);
    bomb(&ground, "a packed delivery", &[200, 400, 415], || {
        ground.deliver(&packed, &["Content-Encoding: gzip"])
    });
    let deep = "[".repeat(10_000) + &"]".repeat(10_000);
    bomb(&ground, "a delivery 10,000 deep", &[200, 400], || ground.deliver(deep.as_bytes(), &[]));
    let nested = "{\"a\":".repeat(10_000) + "1" + &"}".repeat(10_000);
    bomb(&ground, "10,000 deep by a program", &[400], || {
        ground.program("POST /api/v1/contacts", "application/json", nested.as_bytes())
    });
    let wide = format!("[{}0]", "0,".repeat(2_000_000));
    bomb(&ground, "a delivery of 2,000,000 numbers", &[200, 400], || ground.deliver(wide.as_bytes(), &[]));
    let form = vec!["Content-Type: application/x-www-form-urlencoded".to_owned()];
    let fields = |most: usize| -> String { (0..most).map(|n| format!("f{n}=&")).collect() };
    let many = fields(100_000);
    bomb(&ground, "100,000 fields", &[413], || ground.ask("POST /login", &form, many.as_bytes()));
    let most = fields(33_000);
    bomb(&ground, "33,000 fields, as many as fit", &[400, 403, 422], || {
        ground.ask("POST /login", &form, most.as_bytes())
    });
    let part = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n";
    let parts = part.repeat(3_000) + "--b--\r\n";
    let kind = vec!["Content-Type: multipart/form-data; boundary=b".to_owned()];
    bomb(&ground, "3,000 parts of a form", &[400, 403, 413, 422], || {
        ground.ask("POST /login", &kind, parts.as_bytes())
    });
}
