//! The disk under a desk of this process: it remembers every write and every sync, so that the disk of any moment
//! can be made again as a power loss leaves it, and it can be full or broken.
//!
//! It stands between SQLite and the system as a VFS of its own that passes everything on. The checkpoint syncs the
//! main file through it as well, so that a sync that is left out is missing here.

#![expect(unsafe_code, reason = "a VFS of SQLite is a table of C functions")]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock};
use std::time::Duration;

use rusqlite::ffi::{self, sqlite3_file, sqlite3_int64, sqlite3_io_methods, sqlite3_vfs};

use crate::process::PATIENCE;

/// Which of the two files.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    Main,
    Log,
}

/// What happened on the disk.
pub enum Op {
    Write(Part, u64, Vec<u8>),
    Truncate(Part, u64),
    Sync(Part),
}

/// The disk under `transom.db` and its log in one folder.
pub struct Disk {
    folder: PathBuf,
    ops: Mutex<Vec<Op>>,
    /// What writing answers now, by part; `SQLITE_OK` writes.
    refusal: [AtomicI32; 2],
    sync: Mutex<Syncs>,
    sync_changed: Condvar,
    /// A sync of the main file waits.
    waits: AtomicBool,
}

/// How the main file is synced.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Syncs {
    #[default]
    Quick,
    /// So that much happens meanwhile.
    Slow,
    /// Until that changes.
    Wait,
    Fail,
}

static DISKS: Mutex<Vec<Arc<Disk>>> = Mutex::new(Vec::new());
static REAL: AtomicPtr<sqlite3_vfs> = AtomicPtr::new(std::ptr::null_mut());

impl Disk {
    /// Watches everything that is opened in `folder` from now on.
    pub fn under(folder: &Path) -> Arc<Disk> {
        stand_between();
        let folder = std::fs::canonicalize(folder).unwrap();
        let disk = Arc::new(Disk {
            folder,
            ops: Mutex::default(),
            refusal: [AtomicI32::new(0), AtomicI32::new(0)],
            sync: Mutex::default(),
            sync_changed: Condvar::new(),
            waits: AtomicBool::new(false),
        });
        DISKS.lock().unwrap().push(disk.clone());
        disk
    }

    /// How much has happened so far.
    pub fn position(&self) -> usize {
        self.ops.lock().unwrap().len()
    }

    /// Everything that has happened.
    pub fn take(&self) -> Vec<Op> {
        std::mem::take(&mut *self.ops.lock().unwrap())
    }

    /// What writing into this part answers from now on.
    pub fn answer(&self, part: Part, code: c_int) {
        self.refusal[part as usize].store(code, Ordering::SeqCst);
    }

    /// How the main file is synced from now on.
    pub fn sync(&self, how: Syncs) {
        *self.sync.lock().unwrap() = how;
        self.sync_changed.notify_all();
    }

    /// Whether a sync of the main file waits.
    pub fn has_sync_waiting(&self) -> bool {
        self.waits.load(Ordering::SeqCst)
    }

    /// Before the main file is synced: whether it may be.
    fn syncs(&self) -> bool {
        let how = self.sync.lock().unwrap();
        self.waits.store(*how == Syncs::Wait, Ordering::SeqCst);
        let until_changed = |how: &mut Syncs| *how == Syncs::Wait;
        let (how, _) = self.sync_changed.wait_timeout_while(how, PATIENCE, until_changed).unwrap();
        self.waits.store(false, Ordering::SeqCst);
        let slow = *how == Syncs::Slow;
        let may = *how != Syncs::Fail;
        drop(how);
        if slow {
            std::thread::sleep(Duration::from_millis(300));
        }
        may
    }

    fn happened(&self, op: Op) {
        self.ops.lock().unwrap().push(op);
    }
}

/// Our file, in the memory that SQLite gives; the real one stands behind it.
#[repr(C)]
struct File {
    base: sqlite3_file,
    /// Null where nobody watches.
    disk: *const Disk,
    part: Part,
}

fn stand_between() {
    static READY: OnceLock<()> = OnceLock::new();
    READY.get_or_init(|| {
        // SAFETY: the default VFS lives as long as the process, and so does the copy, which is leaked.
        unsafe {
            let real = ffi::sqlite3_vfs_find(std::ptr::null());
            REAL.store(real, Ordering::SeqCst);
            let ours = Box::leak(Box::new(*real));
            ours.zName = c"watched".as_ptr();
            ours.pNext = std::ptr::null_mut();
            ours.szOsFile = c_int::try_from(size_of::<File>()).unwrap() + (*real).szOsFile;
            ours.xOpen = Some(open);
            assert_eq!(ffi::sqlite3_vfs_register(ours, 1), ffi::SQLITE_OK);
        }
    });
}

unsafe extern "C" fn open(
    _: *mut sqlite3_vfs,
    name: *const c_char,
    file: *mut sqlite3_file,
    flags: c_int,
    out: *mut c_int,
) -> c_int {
    let vfs = REAL.load(Ordering::SeqCst);
    // SAFETY: SQLite gives `szOsFile` bytes, which hold ours and the real file behind it.
    unsafe {
        let ours = file.cast::<File>();
        let real = real(file);
        let code = (*vfs).xOpen.unwrap()(vfs, name, real, flags, out);
        (*ours).base.pMethods = std::ptr::null();
        if code != ffi::SQLITE_OK {
            return code;
        }
        (*ours).base.pMethods = &raw const METHODS;
        (*ours).part = if flags & ffi::SQLITE_OPEN_WAL == 0 { Part::Main } else { Part::Log };
        let watched = flags & (ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_DB) != 0 && !name.is_null();
        let disk = watched.then(|| disk_of(CStr::from_ptr(name))).flatten();
        (*ours).disk = disk.map_or(std::ptr::null(), Arc::into_raw);
        code
    }
}

fn disk_of(name: &CStr) -> Option<Arc<Disk>> {
    let path = Path::new(name.to_str().ok()?);
    let ours = path.file_name().is_some_and(|name| name == "transom.db" || name == "transom.db-wal");
    if !ours {
        return None;
    }
    DISKS.lock().unwrap().iter().find(|disk| path.parent() == Some(&disk.folder)).cloned()
}

/// The real file behind ours.
unsafe fn real(file: *mut sqlite3_file) -> *mut sqlite3_file {
    // SAFETY: `szOsFile` of our VFS has room for both.
    unsafe { file.cast::<File>().add(1).cast() }
}

unsafe fn methods(file: *mut sqlite3_file) -> (*mut sqlite3_file, &'static sqlite3_io_methods) {
    // SAFETY: the methods of an open file are a static table.
    unsafe {
        let real = real(file);
        (real, &*(*real).pMethods)
    }
}

unsafe fn watched<'d>(file: *mut sqlite3_file) -> Option<(&'d Disk, Part)> {
    // SAFETY: the disk is held until the file is closed.
    unsafe {
        let ours = file.cast::<File>();
        (*ours).disk.as_ref().map(|disk| (disk, (*ours).part))
    }
}

unsafe extern "C" fn close(file: *mut sqlite3_file) -> c_int {
    // SAFETY: what `open` has taken is given back, once.
    unsafe {
        let (real, methods) = methods(file);
        let code = methods.xClose.unwrap()(real);
        let ours = file.cast::<File>();
        if !(*ours).disk.is_null() {
            drop(Arc::from_raw((*ours).disk));
        }
        code
    }
}

unsafe extern "C" fn write(
    file: *mut sqlite3_file,
    from: *const c_void,
    length: c_int,
    at: sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite gives `length` bytes at `from`.
    unsafe {
        let (real, methods) = methods(file);
        let Some((disk, part)) = watched(file) else {
            return methods.xWrite.unwrap()(real, from, length, at);
        };
        let refusal = disk.refusal[part as usize].load(Ordering::SeqCst);
        if refusal != ffi::SQLITE_OK {
            return refusal;
        }
        let bytes = std::slice::from_raw_parts(from.cast::<u8>(), usize::try_from(length).unwrap()).to_vec();
        disk.happened(Op::Write(part, u64::try_from(at).unwrap(), bytes));
        methods.xWrite.unwrap()(real, from, length, at)
    }
}

unsafe extern "C" fn truncate(file: *mut sqlite3_file, to: sqlite3_int64) -> c_int {
    // SAFETY: passed on as it is.
    unsafe {
        if let Some((disk, part)) = watched(file) {
            disk.happened(Op::Truncate(part, u64::try_from(to).unwrap()));
        }
        let (real, methods) = methods(file);
        methods.xTruncate.unwrap()(real, to)
    }
}

unsafe extern "C" fn sync(file: *mut sqlite3_file, flags: c_int) -> c_int {
    // SAFETY: passed on as it is.
    unsafe {
        let (real, methods) = methods(file);
        let Some((disk, part)) = watched(file) else { return methods.xSync.unwrap()(real, flags) };
        let refused = match part {
            Part::Log => disk.refusal[part as usize].load(Ordering::SeqCst) == ffi::SQLITE_IOERR_WRITE,
            Part::Main => !disk.syncs(),
        };
        if refused {
            return ffi::SQLITE_IOERR_FSYNC;
        }
        let code = methods.xSync.unwrap()(real, flags);
        if code == ffi::SQLITE_OK {
            disk.happened(Op::Sync(part));
        }
        code
    }
}

unsafe extern "C" fn read(f: *mut sqlite3_file, to: *mut c_void, length: c_int, at: sqlite3_int64) -> c_int {
    // SAFETY: passed on as it is.
    unsafe {
        let (real, methods) = methods(f);
        methods.xRead.unwrap()(real, to, length, at)
    }
}

unsafe extern "C" fn size(f: *mut sqlite3_file, to: *mut sqlite3_int64) -> c_int {
    // SAFETY: passed on as it is.
    unsafe {
        let (real, methods) = methods(f);
        methods.xFileSize.unwrap()(real, to)
    }
}

unsafe extern "C" fn lock(f: *mut sqlite3_file, kind: c_int) -> c_int {
    // SAFETY: passed on as it is.
    unsafe {
        let (real, methods) = methods(f);
        methods.xLock.unwrap()(real, kind)
    }
}

unsafe extern "C" fn unlock(f: *mut sqlite3_file, kind: c_int) -> c_int {
    // SAFETY: passed on as it is.
    unsafe {
        let (real, methods) = methods(f);
        methods.xUnlock.unwrap()(real, kind)
    }
}

unsafe extern "C" fn reserved(f: *mut sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: passed on as it is.
    unsafe {
        let (real, methods) = methods(f);
        methods.xCheckReservedLock.unwrap()(real, out)
    }
}

unsafe extern "C" fn control(f: *mut sqlite3_file, what: c_int, argument: *mut c_void) -> c_int {
    // SAFETY: passed on as it is.
    unsafe {
        let (real, methods) = methods(f);
        methods.xFileControl.unwrap()(real, what, argument)
    }
}

unsafe extern "C" fn sector(f: *mut sqlite3_file) -> c_int {
    // SAFETY: passed on as it is.
    unsafe {
        let (real, methods) = methods(f);
        methods.xSectorSize.unwrap()(real)
    }
}

unsafe extern "C" fn device(f: *mut sqlite3_file) -> c_int {
    // SAFETY: passed on as it is.
    unsafe {
        let (real, methods) = methods(f);
        methods.xDeviceCharacteristics.unwrap()(real)
    }
}

unsafe extern "C" fn map(
    f: *mut sqlite3_file,
    page: c_int,
    size: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    // SAFETY: passed on as it is.
    unsafe {
        let (real, methods) = methods(f);
        methods.xShmMap.unwrap()(real, page, size, extend, out)
    }
}

unsafe extern "C" fn shared(f: *mut sqlite3_file, from: c_int, count: c_int, flags: c_int) -> c_int {
    // SAFETY: passed on as it is.
    unsafe {
        let (real, methods) = methods(f);
        methods.xShmLock.unwrap()(real, from, count, flags)
    }
}

unsafe extern "C" fn barrier(f: *mut sqlite3_file) {
    // SAFETY: passed on as it is.
    unsafe {
        let (real, methods) = methods(f);
        methods.xShmBarrier.unwrap()(real);
    }
}

unsafe extern "C" fn unmap(f: *mut sqlite3_file, delete: c_int) -> c_int {
    // SAFETY: passed on as it is.
    unsafe {
        let (real, methods) = methods(f);
        methods.xShmUnmap.unwrap()(real, delete)
    }
}

/// The second version has the shared memory of the log; the third only adds mapped reading, which is optional.
static METHODS: sqlite3_io_methods = sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(reserved),
    xFileControl: Some(control),
    xSectorSize: Some(sector),
    xDeviceCharacteristics: Some(device),
    xShmMap: Some(map),
    xShmLock: Some(shared),
    xShmBarrier: Some(barrier),
    xShmUnmap: Some(unmap),
    xFetch: None,
    xUnfetch: None,
};
