//! Bytes to text: as declared, and where nothing or something wrong is declared, as it most likely was meant.

use mail_parser::decoders::charsets::map::charset_decoder;

/// The text of these bytes.
pub(super) fn decode(bytes: &[u8], declared: Option<&str>) -> String {
    let named = declared.map(normal).filter(|name| !name.is_empty());
    let text = match named.as_deref() {
        None | Some("us-ascii" | "ascii" | "utf-8" | "utf8" | "unknown-8bit" | "x-unknown" | "default") => {
            guess(bytes)
        }
        Some(name) => match charset_decoder(name.as_bytes()) {
            Some(decoder) => decoder(bytes),
            None => guess(bytes),
        },
    };
    text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)
}

/// The name under which the table knows a charset.
fn normal(name: &str) -> String {
    let name = name.trim().trim_matches(['"', '\'']).to_ascii_lowercase();
    let alias = match name.as_str() {
        "cp932" | "ms932" | "windows-31j" | "x-sjis" | "sjis" | "x-ms-cp932" => "shift_jis",
        "cp949" | "ms949" | "ks_c_5601-1987" | "ks_c_5601" | "x-windows-949" => "euc-kr",
        "cp950" | "x-x-big5" => "big5",
        "x-gbk" | "x-euc-cn" | "euc-cn" | "ms936" | "hz-gb-2312" => "gbk",
        "unicode-1-1-utf-7" => "utf-7",
        "x-mac-roman" => "macintosh",
        _ => return name,
    };
    alias.to_owned()
}

/// Text without a word about its charset: UTF-8 where it is, Japanese where its escapes say so, and Western
/// otherwise, which is what mail programs assumed for decades.
fn guess(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) if bytes.contains(&0x1b) && is_japanese(bytes) => by_name("iso-2022-jp", text.as_bytes()),
        Ok(text) => text.to_owned(),
        // A stray byte in what is UTF-8 otherwise, or no UTF-8 at all.
        Err(_) if mostly_utf8(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Err(_) => by_name("windows-1252", bytes),
    }
}

fn is_japanese(bytes: &[u8]) -> bool {
    bytes.windows(3).any(|three| matches!(three, b"\x1b$B" | b"\x1b$@" | b"\x1b(J"))
}

fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|one| !one.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good > bad
}

fn by_name(name: &str, bytes: &[u8]) -> String {
    match charset_decoder(name.as_bytes()) {
        Some(decoder) => decoder(bytes),
        None => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// The text of a head. Raw bytes in it, which no rule allows but many programs write, are read in the charset
/// that the same head declares for its text.
pub(super) fn decode_head(bytes: &[u8]) -> String {
    let declared = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    let declared = declared.split("charset=").nth(1).map(|rest| {
        rest.trim_start_matches('"').split(['"', ';', '\r', '\n', ' ']).next().unwrap_or_default().to_owned()
    });
    match std::str::from_utf8(bytes) {
        Ok(_) => guess(bytes),
        Err(_) => decode(bytes, declared.as_deref()),
    }
}

/// The charset that HTML declares in itself.
pub(super) fn of_html(bytes: &[u8]) -> Option<String> {
    let start = String::from_utf8_lossy(bytes.get(..2048).unwrap_or(bytes)).to_ascii_lowercase();
    let rest = start.split("charset=").nth(1)?;
    let name: String = rest
        .trim_start_matches(['"', '\''])
        .chars()
        .take_while(|one| one.is_ascii_alphanumeric() || "-_".contains(*one))
        .collect();
    Some(name).filter(|name| !name.is_empty())
}
