//! Files that people send along: photos, documents, texts. Most are small, a few are large.

use std::io::Write as _;

use flate2::{Compression, Crc, write::ZlibEncoder};

use super::dice::Dice;

/// A file with what it holds.
pub struct File {
    pub name: String,
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
}

/// One file of somebody who wrote `text`; `number` is the message's.
pub fn file(text: &str, number: i64, dice: &mut Dice) -> File {
    if dice.chance(0.6) {
        // One photo in some hundreds is as large as a telephone makes it.
        let side = if dice.chance(0.004) { 700 } else { 12 + dice.rank(90) };
        let name = format!("IMG_{:04}.png", number % 10_000);
        return File { name, media_type: "image/png", bytes: picture(side, dice) };
    }
    if dice.chance(0.6) {
        let name = format!("invoice-{}.pdf", 10_000 + number % 90_000);
        return File { name, media_type: "application/pdf", bytes: document(text) };
    }
    let lines = 1 + dice.rank(60);
    let text = format!("{text}\n").repeat(lines);
    File { name: format!("notes {}.txt", number % 100), media_type: "text/plain", bytes: text.into_bytes() }
}

/// A picture of coloured grain: PNG with eight bits a colour (RFC 2083).
fn picture(side: usize, dice: &mut Dice) -> Vec<u8> {
    let mut pixels = Vec::with_capacity((side * 3 + 1) * side);
    let base = dice.next().to_le_bytes();
    for row in 0..side {
        pixels.push(0);
        for column in 0..side {
            let grain = dice.next().to_le_bytes();
            let shade = (row * 80 / side + column * 80 / side).to_le_bytes()[0];
            pixels.extend((0..3).map(|place| (base[place] / 4) + shade + grain[place] / 16));
        }
    }
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
    // Writing into memory cannot fail.
    let packed = packed.write_all(&pixels).and_then(|()| packed.finish()).unwrap_or_default();
    let size = u32::try_from(side).unwrap_or(1).to_be_bytes();
    let mut head = [size, size].concat();
    head.extend([8, 2, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in [(b"IHDR", head), (b"IDAT", packed), (b"IEND", Vec::new())] {
        png.extend(u32::try_from(data.len()).unwrap_or(0).to_be_bytes());
        let mut sum = Crc::new();
        for part in [kind.as_slice(), &data] {
            sum.update(part);
            png.extend(part);
        }
        png.extend(sum.sum().to_be_bytes());
    }
    png
}

/// The shortest document that viewers open: one page with the beginning of the text.
fn document(text: &str) -> Vec<u8> {
    let plain: String = text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == ' ').take(80).collect();
    let stream = format!("BT /F 12 Tf 40 780 Td ({plain}) Tj ET");
    let objects = [
        "<</Type/Catalog/Pages 2 0 R>>".to_owned(),
        "<</Type/Pages/Kids[3 0 R]/Count 1>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>"
            .to_owned(),
        format!("<</Length {}>>stream\n{stream}\nendstream", stream.len()),
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>".to_owned(),
    ];
    let mut pdf = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (number, object) in objects.iter().enumerate() {
        places.push(pdf.len());
        pdf.push_str(&format!("{} 0 obj\n{object}\nendobj\n", number + 1));
    }
    let table = pdf.len();
    pdf.push_str("xref\n0 6\n0000000000 65535 f \n");
    for place in places {
        pdf.push_str(&format!("{place:010} 00000 n \n"));
    }
    pdf.push_str(&format!("trailer\n<</Size 6/Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n"));
    pdf.into_bytes()
}
