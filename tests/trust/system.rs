//! A library between a program and the system (`system.c`), by which what it does to a folder is recorded and leases are
//! taken from it.

use std::fs::File;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tempfile::TempDir;

/// What happened to a folder. Names are those within it; an inode tells files apart whatever their names.
#[derive(Clone, Debug)]
pub enum Event {
    Make { name: String, inode: u64 },
    Write { inode: u64, at: u64, bytes: Vec<u8> },
    Truncate { inode: u64, to: u64 },
    Sync { inode: u64 },
    Rename { from: String, to: String },
    Link { from: String, to: String },
    Unlink { name: String },
    MakeFolder { name: String },
    SyncFolder { name: String },
}

/// How leases are.
#[derive(Clone, Copy)]
pub enum Leases {
    /// The file system has none.
    Refused,
    /// It says yes, and makes nobody wait.
    Empty,
}

/// Everything that programs do to a folder.
pub struct Watch {
    folder: PathBuf,
    /// Holds the record, which would otherwise be in what it records.
    elsewhere: TempDir,
}

impl Watch {
    /// Watches `folder`.
    pub fn over(folder: &Path) -> Watch {
        Watch { folder: std::fs::canonicalize(folder).unwrap(), elsewhere: tempfile::tempdir().unwrap() }
    }

    /// Has a program recorded.
    pub fn on(&self, command: &mut Command) {
        between(command);
        command.env("WATCH_FOLDER", &self.folder).env("WATCH_RECORD", self.record());
    }

    fn record(&self) -> PathBuf {
        self.elsewhere.path().join("record")
    }

    /// How far the record goes by now. Whatever was acknowledged before stands before it.
    pub fn position(&self) -> u64 {
        std::fs::metadata(self.record()).map_or(0, |data| data.len())
    }

    /// What happened, each with where it ends in the record.
    pub fn events(&self) -> Vec<(u64, Event)> {
        let bytes = std::fs::read(self.record()).unwrap();
        let mut rest = &bytes[..];
        let mut events = Vec::new();
        while !rest.is_empty() {
            let event = next(&mut rest);
            events.push(((bytes.len() - rest.len()) as u64, event));
        }
        events
    }
}

fn next(rest: &mut &[u8]) -> Event {
    let mut take = |length: u64| {
        let (taken, left) = rest.split_at(usize::try_from(length).unwrap());
        *rest = left;
        taken
    };
    let mut number = || u64::from_ne_bytes(take(8).try_into().unwrap());
    let (kind, inode, at) = (number(), number(), number());
    let lengths = [number(), number(), number()];
    let [name, other, bytes] = lengths.map(take);
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (name, other) = (text(name), text(other));
    match u8::try_from(kind).unwrap() {
        b'c' => Event::Make { name, inode },
        b'w' => Event::Write { inode, at, bytes: bytes.to_vec() },
        b't' => Event::Truncate { inode, to: at },
        b's' => Event::Sync { inode },
        b'r' => Event::Rename { from: name, to: other },
        b'l' => Event::Link { from: name, to: other },
        b'u' => Event::Unlink { name },
        b'm' => Event::MakeFolder { name },
        b'd' => Event::SyncFolder { name },
        kind => panic!("{kind} is no kind of event"),
    }
}

/// Has a program live on a file system without leases.
pub fn without_leases(command: &mut Command, how: Leases) {
    between(command);
    let how = match how {
        Leases::Refused => "refused",
        Leases::Empty => "empty",
    };
    command.env("LEASES", how);
}

fn between(command: &mut Command) {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    command.env("LD_PRELOAD", LIBRARY.get_or_init(library));
}

/// Compiles the library, beside everything else that a build leaves.
fn library() -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/trust/system.c");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (built, named) = (folder.join(format!("system-{}.so", std::process::id())), folder.join("system.so"));
    let words = ["-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o"];
    let output = Command::new("cc").args(words).arg(&built).arg(source).args(["-ldl", "-lpthread"]).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{output:?}");
    // Whoever runs by the one before keeps that.
    std::fs::rename(built, &named).unwrap();
    named
}

/// What lies in a folder now, without what means nothing after a power loss: names and whether each is a folder.
pub fn lying(folder: &Path) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(here) = open.pop() {
        for entry in std::fs::read_dir(here).unwrap().map(Result::unwrap) {
            let (path, is_folder) = (entry.path(), entry.file_type().unwrap().is_dir());
            let name = path.strip_prefix(folder).unwrap().as_os_str();
            let name = String::from_utf8(name.as_bytes().to_vec()).unwrap();
            if is_folder {
                open.push(path);
            }
            if !name.ends_with("-shm") {
                found.push((name, is_folder));
            }
        }
    }
    found.sort();
    found
}

/// A file to which a program may complain.
pub fn complaints(folder: &Path) -> (File, PathBuf) {
    let path = folder.join("complaints");
    (File::create(&path).unwrap(), path)
}
