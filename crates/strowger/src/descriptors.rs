//! How many descriptors this process may have open at once.

/// Raises the descriptor limit as far as the system lets us; each leg takes two.
#[allow(unsafe_code)] // getrlimit and setrlimit on a local struct; the standard library has no face for them
pub fn raise() -> u64 {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is a valid, exclusive pointer for the length of each call.
    unsafe {
        if libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) == 0 && limit.rlim_cur < limit.rlim_max {
            let raised = libc::rlimit { rlim_cur: limit.rlim_max, rlim_max: limit.rlim_max };
            if libc::setrlimit(libc::RLIMIT_NOFILE, &raised) == 0 {
                return raised.rlim_cur;
            }
        }
    }
    limit.rlim_cur
}

/// How many descriptors may be open at once.
#[allow(unsafe_code)] // getrlimit on a local struct; the standard library has no face for it
pub fn limit() -> u64 {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is a valid, exclusive pointer for the length of the call.
    let _zero_when_refused = unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) };
    limit.rlim_cur
}
