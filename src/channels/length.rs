//! How long a recorded sound lasts, for providers that want it told: read from the head of an MPEG-4 file
//! (ISO/IEC 14496-12, the boxes `moov` and `mvhd`), and nothing else of it.

use std::io::{self, Read};

/// The length in milliseconds; `None` where the bytes are no MPEG-4 file, or say nothing of it.
pub(super) fn milliseconds(file: &mut dyn Read) -> io::Result<Option<u64>> {
    while let Some((kind, left)) = head(file)? {
        match &kind {
            // What lies in it follows as if it lay beside it.
            b"moov" => {}
            b"mvhd" => return Ok(movie(&bytes(&mut Read::take(&mut *file, left.min(32)))?)),
            _ if io::copy(&mut Read::take(&mut *file, left), &mut io::sink())? < left => return Ok(None),
            _ => {}
        }
    }
    Ok(None)
}

/// The kind of the next box, and how many bytes follow its head.
fn head(file: &mut dyn Read) -> io::Result<Option<([u8; 4], u64)>> {
    let Some([size, kind]) = bytes(&mut Read::take(&mut *file, 8))?.as_chunks::<4>().0.first_chunk().copied()
    else {
        return Ok(None);
    };
    let left = match u32::from_be_bytes(size) {
        // It goes on to the end of the file.
        0 => Some(u64::MAX),
        1 => number(&bytes(&mut Read::take(&mut *file, 8))?, 0, 8).and_then(|size| size.checked_sub(16)),
        size => u64::from(size).checked_sub(8),
    };
    Ok(left.map(|left| (kind, left)))
}

fn bytes(file: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn movie(head: &[u8]) -> Option<u64> {
    let (scale, duration) = match head.first()? {
        0 => (number(head, 12, 4)?, number(head, 16, 4)?),
        1 => (number(head, 20, 4)?, number(head, 24, 8)?),
        _ => return None,
    };
    let length = duration.checked_mul(1000)?.checked_div(scale)?;
    (length > 0).then_some(length)
}

/// A number of so many bytes, the greatest first.
fn number(bytes: &[u8], from: usize, length: usize) -> Option<u64> {
    let part = bytes.get(from..from + length)?;
    Some(part.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}
