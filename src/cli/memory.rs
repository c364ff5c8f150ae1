//! How the allocator of the C library shares memory out among threads.

#![expect(unsafe_code, reason = "no safe interface knows the allocator's settings")]

/// Has it keep an arena for each core. Left alone it keeps eight for each core, and what one thread gave back in one of them does not
/// serve a thread that asks in another: under load of all kinds a sixth more memory. To be called before threads begin.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn an_arena_for_each_core() {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    // SAFETY: two plain numbers; a setting that the library does not know is left as it is.
    unsafe { libc::mallopt(libc::M_ARENA_MAX, i32::try_from(cores).unwrap_or(i32::MAX)) };
}

/// Other libraries share memory out in their own way.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub const fn an_arena_for_each_core() {}
