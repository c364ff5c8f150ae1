//! T31: a program that breaks leaves nothing of what it knew on the disk, whether the system writes a core itself or hands it
//! to a program of its own, which no limit stops.

use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, prlimit, setrlimit};

use crate::ground::{WORD, prepare};
use crate::hostile::connect;
use crate::process::{follow, transom};

/// What was typed nowhere but in this request.
const SAID: &str = "canary-said-8834";

/// Whether the system writes cores to the folder in which a program runs; otherwise another program gets them.
fn writes_cores() -> bool {
    let pattern = std::fs::read_to_string("/proc/sys/kernel/core_pattern").unwrap_or_default();
    let maximum = getrlimit(Resource::Core).maximum;
    pattern.trim() == "core" && maximum.is_none()
}

/// How a desk broke: whether the system said that it left a core, and what lies in its folder besides.
fn broken(folder: &Path, meddle: impl FnOnce(Pid)) -> (bool, Vec<PathBuf>) {
    let db = folder.join("transom.db");
    let (letters, _, _) = prepare(&db);
    let mut command = transom(&["serve", "--listen", "127.0.0.1:0", "--db", db.to_str().unwrap()]);
    let mut child = command.current_dir(folder).stdout(Stdio::piped()).spawn().unwrap();
    let lines = follow(&mut child);
    let line = lines.recv_timeout(crate::process::PATIENCE).unwrap();
    let address = line.split("http://").nth(1).unwrap().trim();
    let mut socket = connect(address.parse().unwrap());
    let letter = format!("From: a@example.org\r\nSubject: x\r\n\r\n{SAID}\r\n");
    let head = format!(
        "POST {letters} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {WORD}\r\nConnection: close\r\n\
         Content-Type: message/rfc822\r\nContent-Length: {}\r\n\r\n{letter}",
        letter.len()
    );
    std::io::Write::write_all(&mut socket, head.as_bytes()).unwrap();
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut socket, &mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let process = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    meddle(process);
    kill_process(process, Signal::ABORT).unwrap();
    let ended = child.wait().unwrap();
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let is_ours = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with("transom.");
    (ended.core_dumped(), files.filter(|path| path.is_file() && !is_ours(path)).collect())
}

/// Which of the secrets lie in these files.
fn leaked(folder: &Path, files: &[PathBuf]) -> Vec<&'static str> {
    let key = std::fs::read_to_string(folder.join("transom.key")).unwrap();
    let key = STANDARD.decode(key.trim()).unwrap();
    let secrets =
        [("the key", &key[..]), ("a channel's secret", WORD.as_bytes()), ("a letter", SAID.as_bytes())];
    let contents: Vec<Vec<u8>> = files.iter().map(|path| std::fs::read(path).unwrap()).collect();
    // Words are found quickly in a large core; the key, which is none, is looked for in small ones only.
    let holds = |secret: &[u8]| {
        contents.iter().any(|bytes| match std::str::from_utf8(secret) {
            Ok(word) => String::from_utf8_lossy(bytes).contains(word),
            Err(_) => bytes.len() < 4_000_000 && bytes.windows(secret.len()).any(|piece| piece == secret),
        })
    };
    secrets.into_iter().filter(|(_, secret)| holds(secret)).map(|(name, _)| name).collect()
}

fn any_size(process: Option<Pid>) {
    let maximum = getrlimit(Resource::Core).maximum;
    let limit = Rlimit { current: maximum, maximum };
    match process {
        Some(process) => drop(prlimit(Some(process), Resource::Core, limit)),
        None => setrlimit(Resource::Core, limit).unwrap(),
    }
}

#[test]
fn t31_a_desk_that_breaks_leaves_no_core_and_one_that_is_taken_from_it_holds_no_secret() {
    any_size(None);
    let folder = tempfile::tempdir().unwrap();
    let (dumped, files) = broken(folder.path(), |_| {});
    assert!(!dumped && files.is_empty(), "{files:?}");
    if !writes_cores() {
        println!("cores go to another program here: only that none is written was tried");
        return;
    }
    // As a system that hands cores to a program of its own: no limit holds.
    let folder = tempfile::tempdir().unwrap();
    let (dumped, files) = broken(folder.path(), |desk| any_size(Some(desk)));
    assert!(dumped && files.len() == 1, "{files:?}");
    let size = std::fs::metadata(&files[0]).unwrap().len() / 1024;
    assert_eq!(leaked(folder.path(), &files), Vec::<&str>::new());
    // The same without what the program has said about its memory: then all of it lies there.
    let other = tempfile::tempdir().unwrap();
    let (_, whole) = broken(other.path(), |desk| {
        any_size(Some(desk));
        std::fs::write(format!("/proc/{}/coredump_filter", desk.as_raw_nonzero()), "0x33").unwrap();
    });
    let found = leaked(other.path(), &whole);
    println!("a core of {size} KB holds nothing; one with all memory holds {}", found.join(", "));
    assert!(found.len() >= 2, "what is looked for would not be found: {found:?}");
}
