//! Files that people send along: photos, documents, texts. Most are small, a few are large.

use std::io::Write as _;

use flate2::{Compression, Crc, write::ZlibEncoder};

use super::dice::Dice;

/// A file with what it holds.
pub struct File {
    pub name: String,
    pub media_type: &'static str,
    pub content: Content,
}

/// What a file holds. Photos are made only when they are written: thousands of rows wait for that, and a photo has
/// megabytes.
pub enum Content {
    Bytes(Vec<u8>),
    Photo { side: usize, dice: Dice },
}

impl Content {
    /// How many bytes it will be, as nearly as anybody needs it.
    pub fn length(&self) -> usize {
        match self {
            Content::Bytes(bytes) => bytes.len(),
            Content::Photo { side, .. } => 3 * side * side,
        }
    }

    /// The bytes themselves.
    pub fn bytes(self) -> Vec<u8> {
        match self {
            Content::Bytes(bytes) => bytes,
            Content::Photo { side, mut dice } => photo(side, &mut dice),
        }
    }
}

/// A photo of about so many bytes; `number` is the message's.
pub fn large(length: usize, number: i64, dice: &mut Dice) -> File {
    let side = (length / 3).isqrt().max(12);
    let content = Content::Photo { side, dice: Dice::new(dice.next()) };
    File { name: format!("IMG_{:04}.png", number % 10_000), media_type: "image/png", content }
}

/// One file of somebody who wrote `text`; `number` is the message's.
pub fn file(text: &str, number: i64, dice: &mut Dice) -> File {
    if dice.chance(0.6) {
        // One photo in some hundreds is as large as a telephone makes it.
        let side = if dice.chance(0.004) { 700 } else { 12 + dice.rank(90) };
        let name = format!("IMG_{:04}.png", number % 10_000);
        return File { name, media_type: "image/png", content: Content::Bytes(picture(side, dice)) };
    }
    if dice.chance(0.6) {
        let name = format!("invoice-{}.pdf", 10_000 + number % 90_000);
        return File { name, media_type: "application/pdf", content: Content::Bytes(document(text)) };
    }
    let lines = 1 + dice.rank(60);
    let text = format!("{text}\n").repeat(lines);
    let content = Content::Bytes(text.into_bytes());
    File { name: format!("notes {}.txt", number % 100), media_type: "text/plain", content }
}

/// A picture of coloured grain.
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
    png(side, &pixels, Compression::fast())
}

/// A picture of noise alone, which nothing makes smaller: as long as its pixels, and made as fast as the disk writes.
fn photo(side: usize, dice: &mut Dice) -> Vec<u8> {
    let width = side * 3 + 1;
    let mut pixels = vec![0; width * side];
    for row in pixels.chunks_exact_mut(width) {
        for piece in row[1..].chunks_mut(8) {
            piece.copy_from_slice(&dice.next().to_le_bytes()[..piece.len()]);
        }
    }
    png(side, &pixels, Compression::none())
}

/// PNG with eight bits a colour (RFC 2083) of rows that each begin with the number of their filter.
fn png(side: usize, pixels: &[u8], how: Compression) -> Vec<u8> {
    let mut packed = ZlibEncoder::new(Vec::new(), how);
    // Writing into memory cannot fail.
    let packed = packed.write_all(pixels).and_then(|()| packed.finish()).unwrap_or_default();
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
