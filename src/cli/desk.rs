//! Opens the desk's file for a command, beside a running desk or without one.

use std::path::{Path, PathBuf};

use super::Error;
use super::arguments::Arguments;
use crate::clock::Clock;
use crate::desk::{Desk, Options};
use crate::net::Client;
use crate::store::durable;

/// The file that the options name.
pub fn path(arguments: &Arguments) -> PathBuf {
    arguments.path("db").unwrap_or_else(|| PathBuf::from("transom.db"))
}

/// Opens the desk, which is made when it is not there.
pub fn open(arguments: &Arguments) -> Result<Desk, Error> {
    let path = path(arguments);
    folder_exists(&path)?;
    Desk::open(&path, Clock::system(), Client::default(), Options::default())
        .map_err(|fault| Error::Failed(sentence(&path, &fault.to_string())))
}

/// Opens a desk that must be there.
pub fn existing(arguments: &Arguments) -> Result<Desk, Error> {
    exists(&path(arguments))?;
    open(arguments)
}

/// Refuses a file that is not there, with its name.
pub fn exists(path: &Path) -> Result<(), Error> {
    if path.is_file() {
        return Ok(());
    }
    Err(Error::Failed(format!("there is no desk at {}; 'transom serve' makes one", path.display())))
}

/// Refuses a folder that is not there, because SQLite's own words for it say nothing.
pub fn folder_exists(path: &Path) -> Result<(), Error> {
    let folder = durable::folder_of(path);
    if folder.is_dir() {
        return Ok(());
    }
    Err(Error::Failed(format!("the folder {} does not exist", folder.display())))
}

/// One sentence that names the file and, where we know it, the way out.
pub fn sentence(path: &Path, fault: &str) -> String {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(path);
    let named = [path, folder].iter().any(|place| fault.contains(&place.display().to_string()));
    let told = if named { fault.to_owned() } else { format!("{}: {fault}", path.display()) };
    if told.contains("Permission denied") {
        return format!("{told}; the folder and its files must belong to the user who runs Transom");
    }
    told
}
