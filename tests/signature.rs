//! Signatures, against published values.

use transom::net::signature::{check_sha256, equal, hex, hmac_sha1, hmac_sha256, sha256, sha256_header};

/// RFC 4231, test cases 1 and 2.
#[test]
fn hmac_sha256_is_that_of_the_rfc() {
    let first = hmac_sha256(&[0x0b; 20], b"Hi There");
    assert_eq!(hex(&first), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    let second = hmac_sha256(b"Jefe", b"what do ya want for nothing?");
    assert_eq!(hex(&second), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

/// RFC 2202, test case 2.
#[test]
fn hmac_sha1_is_that_of_the_rfc() {
    let mac = hmac_sha1(b"Jefe", b"what do ya want for nothing?");
    assert_eq!(hex(&mac), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
}

#[test]
fn sha256_is_that_of_the_standard() {
    assert_eq!(hex(&sha256(b"abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

#[test]
fn a_header_fits_its_bytes_only() {
    let body = "{\"text\":\"äöå\"}".as_bytes();
    let good = sha256_header("secret", body);
    assert!(check_sha256("secret", body, &good));
    assert!(check_sha256("secret", body, &good.to_uppercase()), "hexadecimal has two cases");
    assert!(!check_sha256("other", body, &good));
    assert!(!check_sha256("secret", b"{\"text\":\"\\u00e4\\u00f6\\u00e5\"}", &good));
    for bad in ["", "sha256=", "sha256", &good[7..], &good[..good.len() - 1], &format!("{good}0"), "sha1=00"]
    {
        assert!(!check_sha256("secret", body, bad), "{bad}");
    }
}

/// A channel whose secret is lost lets nobody in.
#[test]
fn nothing_is_signed_under_an_empty_key() {
    assert!(!check_sha256("", b"body", &sha256_header("", b"body")));
}

#[test]
fn equality_is_of_all_bytes() {
    assert!(equal(b"same", b"same"));
    assert!(!equal(b"same", b"sane") && !equal(b"same", b"sam") && !equal(b"", b"a"));
}
