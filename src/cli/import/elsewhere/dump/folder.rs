//! The files that lie beside a dump.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;

use super::super::files::{self, Files};
use crate::actions::fetched::Sink;
use crate::cli::Error;

/// How the address of a file begins that belongs to a dump; its name there follows.
pub const BESIDE: &str = "dump:";

/// A folder with files, if there is one.
pub struct Folder(pub Option<PathBuf>);

impl Files for Folder {
    fn file(&self, url: &str, sink: &mut Sink<'_>) -> Result<Result<(), String>, Error> {
        let file = match self.open(url) {
            Ok(file) => file,
            Err(why) => return Ok(Err(why)),
        };
        files::begin(sink)?;
        let (mut rest, mut part) = (file.take(files::LARGEST), vec![0; 1 << 16]);
        loop {
            match rest.read(&mut part) {
                Ok(0) => return sink.end().map(Ok).map_err(Error::failed),
                Ok(count) => sink.write_all(part.get(..count).unwrap_or_default()).map_err(Error::failed)?,
                Err(fault) => return Ok(Err(format!("the file cannot be read: {fault}"))),
            }
        }
    }
}

impl Folder {
    fn open(&self, url: &str) -> Result<File, String> {
        let Some(name) = url.strip_prefix(BESIDE) else {
            return Err(
                "the file lies at another place and in no dump; only the import over the API asks for it"
                    .to_owned(),
            );
        };
        let Some(folder) = &self.0 else {
            return Err(
                "files stand in no dump; give --files FOLDER, and the same command brings them".to_owned()
            );
        };
        let is_plain = !name.is_empty()
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if !is_plain {
            return Err("the name of the file in the dump is none that the program gives".to_owned());
        }
        // A disk has folders by the first letters (ActiveStorage's disk service); a bucket has none, and so has Libredesk.
        let nested =
            name.get(..2).zip(name.get(2..4)).map(|(one, two)| folder.join(one).join(two).join(name));
        let places = nested.into_iter().chain([folder.join(name)]);
        let Some(path) = places.into_iter().find(|path| path.is_file()) else {
            return Err("the file does not lie in the folder of --files".to_owned());
        };
        let unread = |fault: std::io::Error| format!("the file cannot be read: {fault}");
        let file = File::open(path).map_err(unread)?;
        if file.metadata().map_err(unread)?.len() > files::LARGEST {
            Err(files::too_large())
        } else {
            Ok(file)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_in_both_layouts_and_nowhere_else() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        std::fs::create_dir_all(inner.join("ab/cd")).unwrap();
        std::fs::write(inner.join("ab/cd/abcdef"), "one").unwrap();
        std::fs::write(inner.join("f-1"), "two").unwrap();
        std::fs::write(folder.path().join("secret"), "no").unwrap();
        let files = Folder(Some(inner));
        let read = |name: &str| {
            files.open(name).map(|mut file| {
                let mut text = String::new();
                file.read_to_string(&mut text).unwrap();
                text
            })
        };
        assert_eq!(read("dump:abcdef").unwrap(), "one");
        assert_eq!(read("dump:f-1").unwrap(), "two");
        for name in [
            "dump:../secret",
            "dump:",
            "dump:é",
            "dump:ab/cd/abcdef",
            "dump:gone",
            "https://x.example/f-1",
            "dump:ab",
        ] {
            assert!(read(name).is_err(), "{name}");
        }
        let why = Folder(None).open("dump:f-1").unwrap_err();
        assert!(why.contains("--files"), "{why}");
    }
}
