//! Forms with files, as browsers send them and as nobody should.

use transom::web::multipart::{Malformed, boundary, read};

const BODY: &[u8] = b"--b\r\nContent-Disposition: form-data; name=\"body\"\r\n\r\none\r\ntwo\r\n--b\r\n\
Content-Disposition: form-data; name=\"file\"; filename=\"a%22b.png\"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n--\r\n\r\n--b--\r\n";

#[test]
fn fields_and_files_come_out_as_they_went_in() {
    let form = read(BODY, "b").unwrap();
    assert_eq!(form.get("body"), Some("one\ntwo"));
    assert_eq!(form.files.len(), 1);
    let file = &form.files[0];
    assert_eq!(
        (file.field.as_str(), file.name.as_str(), file.media_type.as_str()),
        ("file", "a\"b.png", "image/png")
    );
    assert_eq!(file.bytes, b"\x89PNG\r\n--\r\n");
}

#[test]
fn an_empty_file_field_is_no_file_and_a_preamble_is_skipped() {
    let body =
        b"hello\r\n--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"\"\r\n\r\n\r\n--b--";
    assert!(read(body, "b").unwrap().files.is_empty());
}

#[test]
fn what_is_cut_off_or_without_a_name_is_refused() {
    for end in 0..BODY.len() - 4 {
        assert!(read(&BODY[..end], "b").is_err(), "cut at {end}");
    }
    let nameless = b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--";
    assert_eq!(read(nameless, "b").err(), Some(Malformed));
    let no_text = b"--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\xff\r\n--b--";
    assert_eq!(read(no_text, "b").err(), Some(Malformed));
}

#[test]
fn more_parts_than_any_form_of_ours_has_are_refused() {
    let part = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n";
    assert!(read(format!("{}--b--", part.repeat(100)).as_bytes(), "b").is_ok());
    assert!(read(format!("{}--b--", part.repeat(1000)).as_bytes(), "b").is_err());
}

#[test]
fn only_a_proper_boundary_is_taken() {
    assert_eq!(boundary("multipart/form-data; boundary=----WebKit7"), Some("----WebKit7"));
    assert_eq!(boundary("multipart/form-data; charset=utf-8; boundary=\"a b\""), Some("a b"));
    assert_eq!(boundary("multipart/form-data"), None);
    assert_eq!(boundary("multipart/form-data; boundary=\"\""), None);
    assert_eq!(boundary(&format!("multipart/form-data; boundary={}", "x".repeat(71))), None);
    assert_eq!(boundary("text/plain; boundary=x"), None);
}
