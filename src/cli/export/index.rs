//! The words of an archive, each with the conversations in which it was said, in files that a page can fetch from a disk.
//!
//! A desk has more words than fit into memory: they go to the disk as they come, sorted by drawers, and each drawer is put
//! in order by itself in the end.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use super::sink::Sink;
use crate::cli::Error;
use crate::domain::archive::{DRAWERS, drawer};
use crate::domain::conversation::Conversation;
use crate::domain::{Id, words};
use crate::store::durable;

/// How many bytes wait in memory before they go to their drawers.
const HEAP: usize = 32 << 20;
/// A word that more conversations hold is not worth a list: the page says that it was said too often.
const COMMON: usize = 20_000;

/// Words on their way to their drawers.
pub struct Index<'s> {
    sink: &'s Sink<'s>,
    /// Words and numbers that wait, by drawer.
    heaps: Vec<String>,
    waiting: usize,
    /// Where what was put away of each drawer begins and how long it is, in bytes.
    parts: Vec<Vec<(u64, usize)>>,
    /// The drawers, in a file without a name: only this program can read it, and it goes with it.
    file: File,
    length: u64,
}

impl<'s> Index<'s> {
    /// An empty index. What does not fit into memory lies beside `to` meanwhile.
    pub fn new(sink: &'s Sink<'s>, to: &Path) -> Result<Index<'s>, Error> {
        let beside = durable::folder_of(to);
        let file = sink.told(tempfile::tempfile_in(beside))?;
        let heaps = (0..DRAWERS).map(|_| String::new()).collect();
        let parts = (0..DRAWERS).map(|_| Vec::new()).collect();
        Ok(Index { sink, heaps, waiting: 0, parts, file, length: 0 })
    }

    /// Notes the words of a conversation. Numbers must grow.
    pub fn add(&mut self, id: Id<Conversation>, said: &BTreeSet<String>) -> Result<(), Error> {
        for word in said.iter().filter(|word| !words::is_mark(word)) {
            let place = usize::try_from(drawer(word)).unwrap_or(0);
            let Some(heap) = self.heaps.get_mut(place) else { continue };
            let before = heap.len();
            // Writing into a string cannot fail.
            let _ = writeln!(heap, "{word} {id}");
            self.waiting += heap.len() - before;
        }
        if self.waiting > HEAP { self.put_away() } else { Ok(()) }
    }

    fn put_away(&mut self) -> Result<(), Error> {
        for (heap, parts) in self.heaps.iter_mut().zip(&mut self.parts).filter(|(heap, _)| !heap.is_empty()) {
            self.sink.told(self.file.write_all(heap.as_bytes()))?;
            parts.push((self.length, heap.len()));
            self.length += u64::try_from(heap.len()).unwrap_or(0);
            *heap = String::new();
        }
        self.waiting = 0;
        Ok(())
    }

    /// Writes the files of all drawers; `told` hears how many are done.
    pub fn finish(self, told: &mut dyn FnMut(i64)) -> Result<u64, Error> {
        let mut files = 0;
        for (place, (heap, parts)) in self.heaps.into_iter().zip(self.parts).enumerate() {
            let mut text = String::new();
            for (from, length) in parts {
                let mut part = vec![0; length];
                self.sink.told(self.file.read_exact_at(&mut part, from))?;
                text.push_str(&String::from_utf8_lossy(&part));
            }
            text.push_str(&heap);
            if !text.is_empty() {
                let name = format!("w{place}");
                let content = script(&name, &serde_json::json!(sorted(&text)));
                self.sink.small(Path::new(&format!("index/{name}.js")), content.as_bytes())?;
                files += 1;
            }
            told(i64::try_from(place).unwrap_or(0));
        }
        Ok(files)
    }
}

/// A script that tells the page of an archive what stands in this file.
pub fn script(name: &str, what: &serde_json::Value) -> String {
    format!("archived(\"{name}\",{what});\n")
}

/// Each word with its numbers: the first, then how much each is more than the one before, to the base of 36. A word
/// that too many hold has none.
fn sorted(text: &str) -> BTreeMap<&str, String> {
    let mut lists: BTreeMap<&str, (usize, i64, String)> = BTreeMap::new();
    for line in text.lines() {
        let Some((word, number)) = line.split_once(' ') else { continue };
        let Ok(number) = number.parse::<i64>() else { continue };
        let (count, last, list) = lists.entry(word).or_default();
        if *count > COMMON || (*count > 0 && *last == number) {
            continue;
        }
        if *count > 0 {
            list.push(' ');
        }
        base36(number - *last, list);
        (*count, *last) = (*count + 1, number);
    }
    let shown = |(count, _, list): (usize, i64, String)| if count > COMMON { String::new() } else { list };
    lists.into_iter().map(|(word, list)| (word, shown(list))).collect()
}

fn base36(number: i64, out: &mut String) {
    let mut digits = Vec::new();
    let mut rest = number.unsigned_abs();
    loop {
        digits.extend(u32::try_from(rest % 36).ok().and_then(|digit| char::from_digit(digit, 36)));
        rest /= 36;
        if rest == 0 {
            break;
        }
    }
    out.extend(digits.iter().rev());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_as_steps_and_words_that_too_many_hold_have_none() {
        let mut text = "wenig 35\nwenig 36\nwenig 36\nwenig 1332\n".to_owned();
        (0..=COMMON).for_each(|number| text.push_str(&format!("oft {number}\n")));
        let lists = sorted(&text);
        assert_eq!(lists["wenig"], "z 1 100");
        assert_eq!(lists["oft"], "");
    }
}
