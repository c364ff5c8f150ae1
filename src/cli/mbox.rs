//! Many letters in one file, as mail programs keep them: the form "mboxrd", from which every letter comes back as it was,
//! but for the end of its last line. Source: RFC 4155 and the notes on mboxrd by Rahul Dhesi.

use std::io::{self, BufRead, Write};

/// The largest letter that is taken, in bytes; what is longer is passed over and counted.
pub const LARGEST: usize = 64 << 20;

/// Writes one letter. `sender` and `date` stand on the line before it, which nothing but mail programs reads.
pub fn write(out: &mut dyn Write, sender: &str, date: &str, letter: &[u8]) -> io::Result<()> {
    let sender: String = sender.chars().filter(|c| c.is_ascii_graphic()).collect();
    let sender = if sender.is_empty() { "unknown@sender.invalid" } else { &sender };
    out.write_all(format!("From {sender} {date}\n").as_bytes())?;
    for line in letter.split_inclusive(|byte| *byte == b'\n') {
        if is_quoted(line) {
            out.write_all(b">")?;
        }
        out.write_all(line)?;
    }
    out.write_all(if letter.ends_with(b"\n") { b"\n" } else { b"\n\n" })
}

/// A line that would be taken for the beginning of a letter, or for one that was changed for that reason.
fn is_quoted(line: &[u8]) -> bool {
    let start = line.iter().take_while(|byte| **byte == b'>').count();
    line.get(start..).is_some_and(|rest| rest.starts_with(b"From "))
}

/// The letters of a file, one by one.
pub struct Letters<R> {
    from: R,
    line: Vec<u8>,
    begun: bool,
    /// How many bytes were read.
    read: u64,
    /// Where the line stands that begins the letter after this one, and the one that began this one.
    next: u64,
    began: u64,
}

/// What comes next in the file.
#[derive(Debug, PartialEq, Eq)]
pub enum Next {
    Letter(Vec<u8>),
    /// A letter of so many bytes is longer than any that is taken.
    TooLarge(u64),
}

impl<R: BufRead> Letters<R> {
    /// The letters of `from`. What stands before the first is passed over.
    pub const fn new(from: R) -> Letters<R> {
        Letters { from, line: Vec::new(), begun: false, read: 0, next: 0, began: 0 }
    }

    /// Where the letter that was read last begins, in bytes from the beginning: there it can be read alone.
    pub const fn began(&self) -> u64 {
        self.began
    }

    /// Reads the next line, at most so much of it as a letter may have; `false` at the end.
    fn read(&mut self) -> io::Result<bool> {
        self.line.clear();
        let most = u64::try_from(LARGEST).unwrap_or(u64::MAX);
        let length = io::Read::take(&mut self.from, most).read_until(b'\n', &mut self.line)?;
        self.next = self.read;
        self.read += u64::try_from(length).unwrap_or(0);
        Ok(length > 0)
    }

    /// The next letter; `None` at the end of the file.
    pub fn read_next(&mut self) -> io::Result<Option<Next>> {
        while !self.begun {
            if !self.read()? {
                return Ok(None);
            }
            self.begun = self.line.starts_with(b"From ");
        }
        (self.begun, self.began) = (false, self.next);
        let (mut letter, mut size, mut blank): (Vec<u8>, u64, bool) = (Vec::new(), 0, false);
        while self.read()? {
            // The line before a letter follows an empty one; programs that leave that one out are rarer than
            // letters in which a line begins with "From ".
            if self.line.starts_with(b"From ") && (blank || size == 0) {
                self.begun = true;
                break;
            }
            blank = matches!(self.line.as_slice(), b"\n" | b"\r\n");
            let line =
                if self.line.starts_with(b">") && is_quoted(&self.line) { self.line.get(1..) } else { None };
            let line = line.unwrap_or(&self.line);
            size += u64::try_from(line.len()).unwrap_or(0);
            if letter.len() + line.len() <= LARGEST {
                letter.extend_from_slice(line);
            }
        }
        if size > u64::try_from(LARGEST).unwrap_or(u64::MAX) {
            return Ok(Some(Next::TooLarge(size)));
        }
        // The empty line that ends it is no part of it.
        if blank {
            let end = if letter.ends_with(b"\r\n") { 2 } else { 1 };
            letter.truncate(letter.len().saturating_sub(end));
        }
        Ok(Some(Next::Letter(letter)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(file: &[u8]) -> Vec<Next> {
        let mut letters = Letters::new(file);
        let mut all = Vec::new();
        while let Some(next) = letters.read_next().unwrap() {
            let from = usize::try_from(letters.began()).unwrap();
            assert_eq!(
                Letters::new(&file[from..]).read_next().unwrap().as_ref(),
                Some(&next),
                "it is read alone"
            );
            all.push(next);
        }
        all
    }

    proptest! {
        #[test]
        fn every_letter_comes_back_as_it_was_but_for_the_end_of_its_last_line(
            letters in prop::collection::vec("(Subject: [a-z]{0,9}\r\n)?((>{0,3}From |[a-zñ>]{0,9}|\r)\n){0,6}[a-z]{1,4}\n?", 0..6)
        ) {
            let mut file = Vec::new();
            for letter in &letters {
                write(&mut file, "ana@example.org", "Thu Jan  1 00:00:00 1970", letter.as_bytes()).unwrap();
            }
            let ended = |letter: &String| if letter.ends_with('\n') { letter.clone() } else { format!("{letter}\n") };
            let wanted: Vec<Next> = letters.iter().map(|letter| Next::Letter(ended(letter).into_bytes())).collect();
            prop_assert_eq!(read(&file), wanted);
        }

        #[test]
        fn no_file_is_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            read(&bytes);
            read(&[b"From x\n", bytes.as_slice(), b"\n\nFrom y\n"].concat());
        }
    }
}
