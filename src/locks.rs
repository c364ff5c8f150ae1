//! Locks that outlive a mistake: who panics while holding one shuts nobody else out.

use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// Waits for the lock and holds it. What lies behind a lock of this program is never left half changed, so it is still
/// good when somebody panicked while holding it.
pub fn hold<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|broken| mended(mutex, broken))
}

/// The same without waiting; `None` while somebody else holds it.
pub fn try_hold<T: ?Sized>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(broken)) => Some(mended(mutex, broken)),
        Err(TryLockError::WouldBlock) => None,
    }
}

/// Who waits on a condition behind the lock must not hear of it for ever either.
fn mended<'a, T: ?Sized>(mutex: &'a Mutex<T>, broken: PoisonError<MutexGuard<'a, T>>) -> MutexGuard<'a, T> {
    mutex.clear_poison();
    broken.into_inner()
}
