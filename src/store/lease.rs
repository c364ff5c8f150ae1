//! The desk's file as the kernel sees it: one open description in the whole process, and a lease on it.
//!
//! A write lease (`fcntl(F_SETLEASE, F_WRLCK)`) is granted only while nobody else has the file open, and while
//! it is held the kernel lets whoever opens the file wait. So what changes the file under the lease never
//! changes it under a copy, whoever copies and with whatever tool.
//!
//! The lease counts descriptions of this process as well. So SQLite's `open` is replaced: for a file that is
//! held here it hands out a duplicate of the one descriptor. SQLite reads and writes by position (`pread`,
//! `pwrite`), so the shared offset does no harm, and it keeps its POSIX locks by inode, whatever the descriptor.
//! Nothing else in the process may open and close the path: closing any descriptor of a file drops all POSIX
//! locks that the process holds on it.

#![expect(
    unsafe_code,
    reason = "no safe interface knows leases, open-description locks or SQLite's own open"
)]

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::fd::{AsRawFd as _, RawFd};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, Weak};

use rusqlite::{Connection, ffi};

use super::standing::Standing;
use crate::domain::halt::Halt;

/// A desk's file, held open by the one descriptor of the process.
#[derive(Debug)]
pub struct Held {
    file: File,
    /// The name it was opened by, from the root on, and which file that was.
    path: PathBuf,
    identity: (u64, u64),
    standing: Standing,
}

/// Nobody but us has the file open. Given back when it is dropped.
pub struct Lease<'h>(&'h Held);

/// No SQLite connection of any process uses the file, and none begins to. Given back when it is dropped.
pub struct Alone<'h>(&'h Held);

struct Entry {
    path: CString,
    /// Which file it is: the path may have been given to another one since.
    identity: (u64, u64),
    descriptor: RawFd,
    held: Weak<Held>,
}

static HELD: RwLock<Vec<Entry>> = RwLock::new(Vec::new());

impl Held {
    /// Holds the file at `path`, which is made when it is not there; readable by its owner only.
    pub fn open(path: &Path) -> io::Result<Arc<Held>> {
        if !is_ready() {
            return Err(io::Error::other("SQLite does not let its open be replaced"));
        }
        let mut entries = HELD.write().unwrap_or_else(PoisonError::into_inner);
        // Looked up by name, because opening it a second time and closing it again would drop the locks.
        if let Ok(data) = std::fs::metadata(path) {
            let identity = identity(&data);
            let there = entries.iter().rev().find(|entry| entry.identity == identity);
            if let Some(held) = there.and_then(|entry| entry.held.upgrade()) {
                return Ok(held);
            }
        }
        let file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?;
        let data = file.metadata()?;
        // SQLite opens files by the path that no link is left in.
        let path = std::fs::canonicalize(path)?;
        let name = CString::new(path.as_os_str().as_bytes())?;
        let identity = identity(&data);
        let held = Arc::new(Held { file, path, identity, standing: Standing::default() });
        let descriptor = held.file.as_raw_fd();
        let weak = Arc::downgrade(&held);
        entries.push(Entry { path: name, identity, descriptor, held: weak });
        Ok(held)
    }

    /// The file, for reading by position and for syncing; never to be closed while a connection lives.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Its name, from the root on, without links.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder that it lies in.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("/"))
    }

    /// Whether the file is written into.
    pub fn standing(&self) -> &Standing {
        &self.standing
    }

    /// Why nobody who opens the file by its name would find this one; `None`: it is there.
    pub fn is_away(&self) -> Option<Halt> {
        match std::fs::metadata(&self.path) {
            Ok(data) if identity(&data) == self.identity => None,
            Ok(_) => Some(Halt::Replaced),
            Err(fault) if fault.kind() == io::ErrorKind::NotFound => Some(Halt::Gone),
            // A folder that may not be looked into says nothing.
            Err(_) => None,
        }
    }

    /// Takes the lease; refused with `WouldBlock` while somebody else has the file open.
    pub fn lease(&self) -> io::Result<Lease<'_>> {
        set_lease(&self.file, Kind::Write)?;
        Ok(Lease(self))
    }

    /// Keeps every SQLite connection out; `None` while one is in, here or in another process.
    pub fn alone(&self) -> Option<Alone<'_>> {
        lock_whole(&self.file, true).ok().map(|()| Alone(self))
    }
}

/// Which file it is, whatever its name.
pub fn identity(data: &Metadata) -> (u64, u64) {
    (data.dev(), data.ino())
}

impl Drop for Held {
    fn drop(&mut self) {
        // The entry goes before the descriptor is closed, so that its number is never handed out for another file.
        let mut entries = HELD.write().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|entry| entry.descriptor != self.file.as_raw_fd());
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if let Err(fault) = set_lease(&self.0.file, Kind::None) {
            log::error!("the lease on the database cannot be given back: {fault}");
        }
    }
}

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        // Unlocking what one has locked fails only where the file is gone.
        let _ = lock_whole(&self.0.file, false);
    }
}

/// Tries whether leases hold for this file: not every file system has them, and the kernel gives them to the owner of a
/// file only.
pub fn try_on(held: &Held) -> io::Result<()> {
    try_in(held.folder())?;
    match held.lease() {
        Err(fault) if fault.kind() == io::ErrorKind::PermissionDenied => {
            Err(io::Error::other("the file belongs to another user"))
        }
        // Somebody has it open at the moment, which says that leases count here.
        Err(fault) if fault.kind() != io::ErrorKind::WouldBlock => Err(fault),
        _ => Ok(()),
    }
}

/// Tries it on a scratch file in `folder`.
fn try_in(folder: &Path) -> io::Result<()> {
    if !is_ready() {
        return Err(io::Error::other("SQLite does not let its open be replaced"));
    }
    let scratch = tempfile::Builder::new().prefix(".transom-lease-").tempfile_in(folder)?;
    set_lease(scratch.as_file(), Kind::Write)?;
    let second = OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(scratch.path());
    set_lease(scratch.as_file(), Kind::None)?;
    match second {
        Err(fault) if fault.kind() == io::ErrorKind::WouldBlock => {}
        _ => return Err(io::Error::other("a lease does not make others wait here")),
    }
    // And that it is refused while somebody has the file open.
    let reader = File::open(scratch.path())?;
    let granted = set_lease(scratch.as_file(), Kind::Write);
    drop(reader);
    match granted {
        Err(fault) if fault.kind() == io::ErrorKind::WouldBlock => Ok(()),
        _ => Err(io::Error::other("a lease is granted although somebody has the file open")),
    }
}

/// Brings what was written into the main file of this connection onto the disk: through SQLite's own view of the file,
/// so that whoever stands between the two hears of it.
pub fn sync(connection: &Connection) -> io::Result<()> {
    let mut file: *mut ffi::sqlite3_file = std::ptr::null_mut();
    let out: *mut c_void = (&raw mut file).cast();
    // SAFETY: the handle lives as long as the connection is borrowed, and SQLite writes one pointer.
    let code = unsafe {
        ffi::sqlite3_file_control(connection.handle(), c"main".as_ptr(), ffi::SQLITE_FCNTL_FILE_POINTER, out)
    };
    // SAFETY: SQLite gave null or its open file, which lives as long as the connection.
    let methods = unsafe { file.as_ref().and_then(|file| file.pMethods.as_ref()) };
    let Some(sync) = methods.and_then(|methods| methods.xSync).filter(|_| code == ffi::SQLITE_OK) else {
        return Err(io::Error::other("SQLite does not give its file"));
    };
    // SAFETY: the method is called with the file that it belongs to, which is open.
    match unsafe { sync(file, ffi::SQLITE_SYNC_NORMAL) } {
        ffi::SQLITE_OK => Ok(()),
        code => Err(io::Error::other(format!("SQLite says {code} ({})", io::Error::last_os_error()))),
    }
}

#[derive(Clone, Copy)]
enum Kind {
    Write,
    None,
}

#[cfg(target_os = "linux")]
fn set_lease(file: &File, kind: Kind) -> io::Result<()> {
    let kind = match kind {
        Kind::Write => libc::F_WRLCK,
        Kind::None => libc::F_UNLCK,
    };
    // SAFETY: the descriptor is open as long as `file` is borrowed, and the argument is a plain number.
    answered(unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETLEASE, kind) })
}

#[cfg(not(target_os = "linux"))]
fn set_lease(_: &File, _: Kind) -> io::Result<()> {
    Err(io::Error::other("this system has no file leases"))
}

/// Locks or unlocks the bytes that every SQLite connection in WAL mode holds a shared lock on. The lock belongs
/// to the open description and not to the process, so it meets our own connections and harms none of theirs.
#[cfg(target_os = "linux")]
fn lock_whole(file: &File, lock: bool) -> io::Result<()> {
    let kind = if lock { libc::F_WRLCK } else { libc::F_UNLCK };
    // SAFETY: `flock` is plain numbers, for which all zero bits is a value.
    let mut range: libc::flock = unsafe { std::mem::zeroed() };
    range.l_type = libc::c_short::try_from(kind).unwrap_or_default();
    range.l_whence = libc::c_short::try_from(libc::SEEK_SET).unwrap_or_default();
    // SQLite's PENDING_BYTE is at 1 GiB; after it and the reserved byte come 510 shared ones.
    range.l_start = 0x4000_0000;
    range.l_len = 512;
    // SAFETY: the descriptor is open, and `range` outlives the call.
    answered(unsafe { libc::fcntl(file.as_raw_fd(), libc::F_OFD_SETLK, &raw const range) })
}

#[cfg(not(target_os = "linux"))]
fn lock_whole(_: &File, _: bool) -> io::Result<()> {
    Err(io::Error::other("this system has no locks of an open description"))
}

fn answered(result: c_int) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Replaces SQLite's `open` and `stat`, once in the life of the process. Whether it is replaced.
fn is_ready() -> bool {
    static READY: OnceLock<bool> = OnceLock::new();
    *READY.get_or_init(|| {
        // Somebody who opens a leased file has SIGIO sent to us, and by default that ends the process.
        // SAFETY: to ignore a signal runs no code of ours.
        unsafe { libc::signal(libc::SIGIO, libc::SIG_IGN) };
        // Where files may only grow so far (`ulimit -f`), the write fails as on a full disk instead.
        // SAFETY: as above.
        unsafe { libc::signal(libc::SIGXFSZ, libc::SIG_IGN) };
        replace_calls()
    })
}

type Open = unsafe extern "C" fn(*const c_char, c_int, c_int) -> c_int;
type Stat = unsafe extern "C" fn(*const c_char, *mut libc::stat) -> c_int;

fn replace_calls() -> bool {
    // SAFETY: a null name asks for the default VFS, which lives as long as the process.
    let vfs = unsafe { ffi::sqlite3_vfs_find(std::ptr::null()) };
    // SAFETY: SQLite returns null or a valid VFS that nobody moves.
    let Some(set) = (unsafe { vfs.as_ref() }).and_then(|vfs| vfs.xSetSystemCall) else { return false };
    // SAFETY: SQLite keeps system calls as functions without a type and calls "open" by the type `Open`.
    let open = unsafe { std::mem::transmute::<Open, unsafe extern "C" fn()>(open) };
    // SAFETY: and "stat" by the type `Stat`.
    let stat = unsafe { std::mem::transmute::<Stat, unsafe extern "C" fn()>(stat) };
    // SAFETY: the name is a C string, and the function lives as long as the process.
    let opens = unsafe { set(vfs, c"open".as_ptr(), Some(open)) };
    // SAFETY: as above.
    let stats = unsafe { set(vfs, c"stat".as_ptr(), Some(stat)) };
    opens == ffi::SQLITE_OK && stats == ffi::SQLITE_OK
}

/// What SQLite calls instead of `stat(2)`: a file that is held is asked by its descriptor, so that it can still be
/// read by new connections when its name is gone.
unsafe extern "C" fn stat(path: *const c_char, out: *mut libc::stat) -> c_int {
    // SAFETY: SQLite passes the NUL-terminated name that it would give to `stat(2)`.
    let name = unsafe { CStr::from_ptr(path) };
    let entries = HELD.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(entry) = entries.iter().rev().find(|entry| entry.path.as_c_str() == name) {
        // SAFETY: an entry goes before its descriptor is closed, and we hold the lock on the entries.
        return unsafe { libc::fstat(entry.descriptor, out) };
    }
    drop(entries);
    // SAFETY: exactly the call that SQLite would have made.
    unsafe { libc::stat(path, out) }
}

/// What SQLite calls instead of `open(2)`.
unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: c_int) -> c_int {
    // SAFETY: SQLite passes the NUL-terminated name that it would give to `open(2)`.
    let name = unsafe { CStr::from_ptr(path) };
    let entries = HELD.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(entry) = entries.iter().rev().find(|entry| entry.path.as_c_str() == name) {
        // SAFETY: an entry goes before its descriptor is closed, and we hold the lock on the entries.
        return unsafe { libc::fcntl(entry.descriptor, libc::F_DUPFD_CLOEXEC, 3) };
    }
    drop(entries);
    // SAFETY: exactly the call that SQLite would have made.
    unsafe { libc::open(path, flags, mode) }
}
