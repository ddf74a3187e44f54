//! The table of C functions that SQLite calls. All `unsafe` of this crate is here; each function
//! turns pointers into values and hands them to a [`Handle`].

#![allow(unsafe_code)]

use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::ffi;

use crate::handle::Handle;
use crate::mounts;

/// What SQLite allocates for each open file; it knows the first field only.
#[repr(C)]
struct OpenFile {
    base: ffi::sqlite3_file,
    handle: *mut Handle,
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved_lock),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(device_characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

/// Makes this the file layer of every connection that is opened from now on in this process.
pub fn register() -> Result<(), c_int> {
    static DONE: OnceLock<c_int> = OnceLock::new();
    let code = *DONE.get_or_init(|| {
        // SAFETY: both functions may be called at any time (SQLite initialises itself), a found
        // file layer is valid for ever, and ours is leaked so that it is too.
        unsafe {
            let base = ffi::sqlite3_vfs_find(ptr::null());
            if base.is_null() {
                return ffi::SQLITE_NOTFOUND;
            }
            let ours = Box::leak(Box::new(over(base)));
            ffi::sqlite3_vfs_register(ours, 1)
        }
    });
    if code == ffi::SQLITE_OK { Ok(()) } else { Err(code) }
}

/// The platform's own file layer with our functions for files on our disks. Those that are kept
/// read nothing of their first argument but `mxPathname`, which is the same.
///
/// # Safety
/// `base` must be a registered file layer.
unsafe fn over(base: *mut ffi::sqlite3_vfs) -> ffi::sqlite3_vfs {
    // SAFETY: the caller's promise; the structure is plain data.
    let mut ours = unsafe { ptr::read(base) };
    let size = c_int::try_from(size_of::<OpenFile>()).unwrap_or(c_int::MAX);
    ours.szOsFile = ours.szOsFile.max(size);
    ours.pNext = ptr::null_mut();
    ours.zName = c"counterfoil-disk".as_ptr();
    ours.pAppData = base.cast();
    ours.xOpen = Some(open);
    ours.xDelete = Some(delete);
    ours.xAccess = Some(access);
    ours.xSleep = Some(sleep);
    ours
}

/// Real sleep is this many times shorter than what SQLite asks for; one unless a test says so.
static HASTE: AtomicU64 = AtomicU64::new(1);

/// SQLite's waits for a lock take a thousandth of their time from now on, in the whole process.
pub fn sleep_little() {
    HASTE.store(1000, Ordering::Relaxed);
}

unsafe extern "C" fn sleep(_vfs: *mut ffi::sqlite3_vfs, micros: c_int) -> c_int {
    let wanted = u64::try_from(micros).unwrap_or(0);
    std::thread::sleep(Duration::from_micros(wanted / HASTE.load(Ordering::Relaxed)));
    micros
}

/// The platform's own file layer.
///
/// # Safety
/// `vfs` must be ours.
unsafe fn base_of(vfs: *mut ffi::sqlite3_vfs) -> *mut ffi::sqlite3_vfs {
    // SAFETY: the caller's promise; `over` put the pointer there.
    unsafe { (*vfs).pAppData.cast() }
}

/// A path as SQLite hands it over; none for a temporary file or one that is not Unicode.
///
/// # Safety
/// `path` must be null or point to text that ends with a NUL.
unsafe fn text<'a>(path: *const c_char) -> Option<&'a str> {
    if path.is_null() {
        return None;
    }
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(path) }.to_str().ok()
}

/// # Safety
/// `file` must have been opened by [`open`] and not yet closed.
unsafe fn handle<'a>(file: *mut ffi::sqlite3_file) -> &'a Handle {
    // SAFETY: the caller's promise: the file is an `OpenFile` whose handle `open` has made and
    // only `close` frees. Handles are used by shared reference only.
    unsafe { &*(*file.cast::<OpenFile>()).handle }
}

fn size(number: impl TryInto<usize>) -> Result<usize, c_int> {
    number.try_into().map_err(|_| ffi::SQLITE_IOERR)
}

fn code(outcome: Result<(), c_int>) -> c_int {
    outcome.err().unwrap_or(ffi::SQLITE_OK)
}

unsafe extern "C" fn open(
    vfs: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    // SAFETY: SQLite hands over our own layer, a path as `text` wants it, memory of `szOsFile`
    // bytes for the file, which is at least what both layers need, and a pointer to the flags
    // that may be null.
    unsafe {
        let Some((disk, name)) = text(path).and_then(mounts::find) else {
            let base = base_of(vfs);
            let Some(open) = (*base).xOpen else { return ffi::SQLITE_CANTOPEN };
            return open(base, path, file, flags, out_flags);
        };
        let ours = file.cast::<OpenFile>();
        match Handle::open(&disk, &name, flags) {
            Ok(handle) => {
                let base = ffi::sqlite3_file { pMethods: &raw const METHODS };
                ours.write(OpenFile { base, handle: Box::into_raw(Box::new(handle)) });
                if !out_flags.is_null() {
                    *out_flags = flags;
                }
                ffi::SQLITE_OK
            }
            Err(code) => {
                // Tells SQLite not to close it.
                (*file).pMethods = ptr::null();
                code
            }
        }
    }
}

unsafe extern "C" fn delete(
    vfs: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    sync_folder: c_int,
) -> c_int {
    // SAFETY: SQLite hands over our own layer and a path as `text` wants it.
    unsafe {
        let Some((disk, name)) = text(path).and_then(mounts::find) else {
            let base = base_of(vfs);
            let Some(delete) = (*base).xDelete else { return ffi::SQLITE_IOERR_DELETE };
            return delete(base, path, sync_folder);
        };
        code(disk.delete(&name, sync_folder != 0))
    }
}

unsafe extern "C" fn access(
    vfs: *mut ffi::sqlite3_vfs,
    path: *const c_char,
    flags: c_int,
    found: *mut c_int,
) -> c_int {
    // SAFETY: SQLite hands over our own layer, a path as `text` wants it and a place for the
    // answer.
    unsafe {
        let Some((disk, name)) = text(path).and_then(mounts::find) else {
            let base = base_of(vfs);
            let Some(access) = (*base).xAccess else { return ffi::SQLITE_IOERR_ACCESS };
            return access(base, path, flags, found);
        };
        *found = c_int::from(disk.holds(&name));
        ffi::SQLITE_OK
    }
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: SQLite closes a file once, and uses it no more; `open` made the handle.
    unsafe {
        drop(Box::from_raw((*file.cast::<OpenFile>()).handle));
        (*file).pMethods = ptr::null();
    }
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    buffer: *mut c_void,
    many: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    let (Ok(many), Ok(offset)) = (size(many), size(offset)) else {
        return ffi::SQLITE_IOERR_READ;
    };
    // SAFETY: SQLite hands over an open file and a buffer of `many` bytes of its own. They are
    // written before anything reads them.
    let (handle, buffer) = unsafe {
        ptr::write_bytes(buffer.cast::<u8>(), 0, many);
        (handle(file), std::slice::from_raw_parts_mut(buffer.cast::<u8>(), many))
    };
    match handle.read(offset, buffer) {
        Ok(there) if there < many => ffi::SQLITE_IOERR_SHORT_READ,
        Ok(_) => ffi::SQLITE_OK,
        Err(code) => code,
    }
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    data: *const c_void,
    many: c_int,
    offset: ffi::sqlite3_int64,
) -> c_int {
    let (Ok(many), Ok(offset)) = (size(many), size(offset)) else {
        return ffi::SQLITE_IOERR_WRITE;
    };
    // SAFETY: SQLite hands over an open file and `many` bytes that nobody changes meanwhile.
    let (handle, data) =
        unsafe { (handle(file), std::slice::from_raw_parts(data.cast::<u8>(), many)) };
    code(handle.write(offset, data))
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, len: ffi::sqlite3_int64) -> c_int {
    // SAFETY: SQLite hands over an open file.
    let handle = unsafe { handle(file) };
    code(size(len).and_then(|len| handle.truncate(len)))
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _flags: c_int) -> c_int {
    // SAFETY: SQLite hands over an open file.
    code(unsafe { handle(file) }.sync())
}

unsafe extern "C" fn file_size(
    file: *mut ffi::sqlite3_file,
    len: *mut ffi::sqlite3_int64,
) -> c_int {
    // SAFETY: SQLite hands over an open file and a place for the answer.
    let (handle, place) = unsafe { (handle(file), &mut *len) };
    let len = handle.len().and_then(|len| i64::try_from(len).map_err(|_| ffi::SQLITE_IOERR));
    code(len.map(|len| *place = len))
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: SQLite hands over an open file.
    code(unsafe { handle(file) }.raise(level))
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, level: c_int) -> c_int {
    // SAFETY: SQLite hands over an open file.
    unsafe { handle(file) }.lower(level);
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved_lock(
    file: *mut ffi::sqlite3_file,
    answer: *mut c_int,
) -> c_int {
    // SAFETY: SQLite hands over an open file and a place for the answer.
    unsafe { *answer = c_int::from(handle(file).reserved()) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn file_control(
    _file: *mut ffi::sqlite3_file,
    _op: c_int,
    _argument: *mut c_void,
) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_file: *mut ffi::sqlite3_file) -> c_int {
    4096
}

unsafe extern "C" fn device_characteristics(file: *mut ffi::sqlite3_file) -> c_int {
    // SAFETY: SQLite hands over an open file.
    let powersafe = unsafe { handle(file) }.powersafe();
    if powersafe { ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE } else { 0 }
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    place: c_int,
    bytes: c_int,
    make: c_int,
    start: *mut *mut c_void,
) -> c_int {
    let (Ok(place), Ok(bytes)) = (size(place), size(bytes)) else {
        return ffi::SQLITE_IOERR_SHMMAP;
    };
    // SAFETY: SQLite hands over an open file and a place for the answer. The handle keeps the
    // region, which never moves, until it is unmapped or closed; its words are atomic, so that
    // writing through the pointer is allowed.
    unsafe {
        match handle(file).map(place, bytes, make != 0) {
            Ok(region) => {
                *start = region.map_or(ptr::null_mut(), |region| region.cast_mut().cast());
                ffi::SQLITE_OK
            }
            Err(code) => {
                *start = ptr::null_mut();
                code
            }
        }
    }
}

unsafe extern "C" fn shm_lock(
    file: *mut ffi::sqlite3_file,
    first: c_int,
    many: c_int,
    flags: c_int,
) -> c_int {
    let slots = (first..first.saturating_add(many)).fold(0_u32, |slots, slot| slots | 1 << slot);
    // SAFETY: SQLite hands over an open file.
    let handle = unsafe { handle(file) };
    if flags & ffi::SQLITE_SHM_UNLOCK != 0 {
        handle.free_slots(slots);
        return ffi::SQLITE_OK;
    }
    code(handle.take_slots(slots, flags & ffi::SQLITE_SHM_EXCLUSIVE != 0))
}

unsafe extern "C" fn shm_barrier(file: *mut ffi::sqlite3_file) {
    // SAFETY: SQLite hands over an open file.
    unsafe { handle(file) }.barrier();
}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, _delete: c_int) -> c_int {
    // SAFETY: SQLite hands over an open file.
    unsafe { handle(file) }.unmap();
    ffi::SQLITE_OK
}
