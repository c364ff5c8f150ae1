//! A folder as a power loss leaves it: of the names that were made, changed or taken away since the folder itself was
//! synced, some are as they were before and some are not; and each file as in `image`.

use std::collections::{BTreeMap, HashMap};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use crate::image::{State, choose};
use crate::system::{Event, lying};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Entry {
    File(usize),
    Folder,
}

type Names = BTreeMap<String, Entry>;

#[derive(Clone, Debug)]
enum Change {
    Put(String, Entry),
    Move(String, String),
    Link(String, String),
    Drop(String),
}

/// Replays what happened to a folder, and makes images on the way.
#[derive(Default, Clone)]
pub struct Folder {
    files: Vec<State>,
    of: HashMap<u64, usize>,
    /// As programs see it.
    names: Names,
    /// As they are on the disk for sure.
    durable: Names,
    /// What changed since, in order, each with the folder that must be synced for it.
    pending: Vec<(String, Change)>,
}

impl Folder {
    /// As the folder lies there now, all of it on the disk.
    pub fn of(path: &Path) -> Folder {
        let mut folder = Folder::default();
        for (name, is_folder) in lying(path) {
            let there = path.join(&name);
            let entry = if is_folder {
                Entry::Folder
            } else {
                folder.of.insert(std::fs::metadata(&there).unwrap().ino(), folder.files.len());
                folder.files.push(State::synced(std::fs::read(&there).unwrap()));
                Entry::File(folder.files.len() - 1)
            };
            folder.names.insert(name, entry);
        }
        folder.durable = folder.names.clone();
        folder
    }

    /// One thing more happened.
    pub fn happen(&mut self, event: &Event) {
        match event {
            Event::Make { name, inode } => {
                // A number is given anew once its file is gone.
                self.of.insert(*inode, self.files.len());
                self.files.push(State::default());
                self.change(name, Change::Put(name.clone(), Entry::File(self.files.len() - 1)));
            }
            Event::Write { inode, at, bytes } => self.file(*inode).write(*at, bytes),
            Event::Truncate { inode, to } => self.file(*inode).truncate(*to),
            Event::Sync { inode } => self.file(*inode).sync(),
            Event::Rename { from, to } => self.change(to, Change::Move(from.clone(), to.clone())),
            Event::Link { from, to } => self.change(to, Change::Link(from.clone(), to.clone())),
            Event::Unlink { name } => self.change(name, Change::Drop(name.clone())),
            Event::MakeFolder { name } => self.change(name, Change::Put(name.clone(), Entry::Folder)),
            Event::SyncFolder { name } => {
                let (synced, pending) =
                    std::mem::take(&mut self.pending).into_iter().partition(|(folder, _)| folder == name);
                self.pending = pending;
                for (_, change) in synced {
                    apply(&mut self.durable, &change);
                }
            }
        }
    }

    fn file(&mut self, inode: u64) -> &mut State {
        &mut self.files[self.of[&inode]]
    }

    fn change(&mut self, name: &str, change: Change) {
        apply(&mut self.names, &change);
        self.pending.push((parent(name).to_owned(), change));
    }

    /// Writes the folder as a power loss at this moment leaves it. In half of the images the changes that are kept are
    /// the first ones, as on a disk with a journal; in the others they are any.
    pub fn image(&self, to: &Path) {
        let mut names = self.durable.clone();
        let first = (choose(2) == 0).then(|| choose(self.pending.len() + 1));
        for (number, (_, change)) in self.pending.iter().enumerate() {
            if first.map_or_else(|| choose(2) == 0, |first| number < first) {
                apply(&mut names, change);
            }
        }
        std::fs::create_dir_all(to).unwrap();
        for (name, entry) in &names {
            let above = parent(name);
            if !above.is_empty() && names.get(above) != Some(&Entry::Folder) {
                continue;
            }
            match entry {
                Entry::Folder => std::fs::create_dir_all(to.join(name)).unwrap(),
                Entry::File(number) => std::fs::write(to.join(name), self.files[*number].image()).unwrap(),
            }
        }
    }

    /// After everything that happened the model must be the folder that lies there: otherwise something went past the
    /// record.
    pub fn must_be(&self, path: &Path) {
        let there = lying(path);
        let names: Vec<(String, bool)> =
            self.names.iter().map(|(name, entry)| (name.clone(), *entry == Entry::Folder)).collect();
        assert_eq!(names, there, "the record has other names than the folder");
        for (name, entry) in &self.names {
            if let Entry::File(number) = entry {
                let bytes = std::fs::read(path.join(name)).unwrap();
                assert!(bytes == self.files[*number].current(), "the record has other bytes of {name}");
            }
        }
    }
}

fn parent(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(above, _)| above)
}

/// What cannot have happened without an earlier change that is not kept has not happened either.
fn apply(names: &mut Names, change: &Change) {
    match change {
        Change::Put(name, entry) => {
            names.insert(name.clone(), *entry);
        }
        Change::Move(from, to) => {
            if let Some(entry) = names.remove(from) {
                names.insert(to.clone(), entry);
                let within = format!("{from}/");
                let inner: Vec<String> =
                    names.keys().filter(|name| name.starts_with(&within)).cloned().collect();
                for name in inner {
                    let moved = format!("{to}/{}", &name[within.len()..]);
                    let entry = names.remove(&name).unwrap();
                    names.insert(moved, entry);
                }
            }
        }
        Change::Link(from, to) => {
            if let Some(entry) = names.get(from).copied() {
                names.insert(to.clone(), entry);
            }
        }
        Change::Drop(name) => {
            names.remove(name);
        }
    }
}
