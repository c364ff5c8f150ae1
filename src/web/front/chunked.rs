//! Takes the chunks off a body, strictly. Extensions are skipped, trailers are refused.

use super::status::{Refusal, malformed};

/// A chunk's size line may not be longer; nobody we know sends extensions at all.
const LONGEST_LINE: u32 = 256;

#[derive(Debug, PartialEq, Eq)]
enum Expected {
    Size,
    Extension,
    SizeLf,
    Bytes,
    BytesCr,
    BytesLf,
    LastCr,
    LastLf,
    Nothing,
}

#[derive(Debug)]
pub struct Chunks {
    expected: Expected,
    size: u64,
    line: u32,
}

impl Chunks {
    pub fn new() -> Chunks {
        Chunks { expected: Expected::Size, size: 0, line: 0 }
    }

    pub fn done(&self) -> bool {
        self.expected == Expected::Nothing
    }

    /// How many bytes of `input` belonged to the body; what they carried goes to `sink`.
    pub fn feed(
        &mut self,
        input: &[u8],
        mut sink: impl FnMut(&[u8]) -> Result<(), Refusal>,
    ) -> Result<usize, Refusal> {
        let mut at = 0;
        while at < input.len() && !self.done() {
            if self.expected == Expected::Bytes {
                let left = usize::try_from(self.size).unwrap_or(usize::MAX);
                let count = left.min(input.len() - at);
                sink(&input[at..at + count])?;
                at += count;
                self.size -= count as u64;
                if self.size == 0 {
                    self.expected = Expected::BytesCr;
                }
            } else {
                self.step(input[at])?;
                at += 1;
            }
        }
        Ok(at)
    }

    fn step(&mut self, byte: u8) -> Result<(), Refusal> {
        use Expected::*;
        self.expected = match (&self.expected, byte) {
            (Size, _) if byte.is_ascii_hexdigit() => self.digit(byte)?,
            (Size, b'\r') if self.line > 0 => SizeLf,
            (Size, b';') if self.line > 0 => Extension,
            (Extension, b'\r') => SizeLf,
            (Extension, _) if byte.is_ascii_graphic() || byte == b' ' => self.extension()?,
            (SizeLf, b'\n') if self.size == 0 => LastCr,
            (SizeLf, b'\n') => Bytes,
            (BytesCr, b'\r') => BytesLf,
            (BytesLf, b'\n') => {
                self.line = 0;
                Size
            }
            (LastCr, b'\r') => LastLf,
            (LastLf, b'\n') => Nothing,
            (LastCr, _) => return Err(malformed("we take no trailers")),
            _ => return Err(malformed("a broken chunk")),
        };
        Ok(())
    }

    fn digit(&mut self, byte: u8) -> Result<Expected, Refusal> {
        let digit = u64::from((byte as char).to_digit(16).unwrap_or_default());
        // Fifteen digits are an exabyte, so nothing here can overflow.
        if self.line >= 15 {
            return Err(malformed("a chunk without end"));
        }
        self.line += 1;
        self.size = self.size * 16 + digit;
        Ok(Expected::Size)
    }

    fn extension(&mut self) -> Result<Expected, Refusal> {
        self.line += 1;
        if self.line > LONGEST_LINE {
            return Err(malformed("a chunk's line without end"));
        }
        Ok(Expected::Extension)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(input: &[u8], step: usize) -> Result<(Vec<u8>, usize), Refusal> {
        let (mut chunks, mut body, mut used) = (Chunks::new(), Vec::new(), 0);
        for piece in input.chunks(step) {
            used += chunks.feed(piece, |bytes| {
                body.extend_from_slice(bytes);
                Ok(())
            })?;
        }
        assert!(chunks.done());
        Ok((body, used))
    }

    #[test]
    fn chunks_are_joined_wherever_they_are_cut() {
        let input = b"5\r\nhello\r\nA;name=value\r\n, chunked!\r\n0\r\n\r\nGET /";
        for step in 1..input.len() {
            let (body, used) = decode(input, step).unwrap();
            assert_eq!(body, b"hello, chunked!", "{step}");
            assert_eq!(used, input.len() - 5, "{step}");
        }
    }

    #[test]
    fn anything_unusual_is_refused() {
        for input in [
            &b"\r\n"[..],
            b"g\r\n",
            b"-1\r\n",
            b"+1\r\n",
            b"0x1\r\n",
            b" 1\r\n",
            b"1 \r\n",
            b"1\n",
            b"1;\n",
            b"1;\x00\r\n",
            b"1\r\nab",
            b"1\r\na\n",
            b"1\r\na\rb",
            b"0\r\nTrailer: 1\r\n\r\n",
            b"0\r\n\n",
            b"1000000000000000\r\n",
        ] {
            assert!(Chunks::new().feed(input, |_| Ok(())).is_err(), "{input:?}");
        }
        let endless = [b"1;".to_vec(), vec![b'a'; 300]].concat();
        assert!(Chunks::new().feed(&endless, |_| Ok(())).is_err());
    }
}
