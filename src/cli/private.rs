//! What this program holds in memory, it gives to no file: the key, secrets that are in use, and what customers said.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// From now on a crash leaves no core dump with anything in it. Where the system hands dumps to a program of its own, no
/// limit stops that, so that nothing is left to be handed over either.
pub fn leave_no_core() {
    // Less is always allowed; and a system that refuses even so is no reason to serve nobody.
    let _ =
        setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: getrlimit(Resource::Core).maximum });
    // core(5): each bit is a kind of memory that goes into a dump. Linux has the file.
    #[cfg(target_os = "linux")]
    let _ = std::fs::write("/proc/self/coredump_filter", "0");
}
