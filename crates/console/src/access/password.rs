//! Passwords: argon2id (RFC 9106) with what OWASP asks for at the least, 19 MiB and two passes. Each costs a core some tens of
//! milliseconds, so two are looked at at a time, on threads that serve nobody else; and a name that nobody has costs as much
//! as one that somebody has.

use argon2::password_hash::PasswordHasher as _;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordVerifier as _, Version};
use std::sync::{Arc, OnceLock};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// Memory in KiB, passes, lanes.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);
/// Looked at at once.
const AT_ONCE: usize = 2;
/// The shortest that is taken, in characters.
pub const SHORTEST: usize = 10;
/// The longest, in bytes.
pub const LONGEST: usize = 256;

/// The one place where passwords are looked at.
#[derive(Debug, Clone)]
pub struct Passwords(Arc<Semaphore>);

impl Default for Passwords {
    fn default() -> Self {
        Passwords(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

/// Whether one may choose it.
pub fn may_be(password: &str) -> bool {
    password.chars().count() >= SHORTEST && password.len() <= LONGEST
}

impl Passwords {
    /// How it is kept; none where the machine gives no memory or no randomness.
    pub async fn hash(&self, password: String) -> Option<String> {
        let _permit = self.0.acquire().await.ok()?;
        spawn_blocking(move || hash(&password)).await.ok()?
    }

    /// Whether it is the one that is kept so. `None`: of nobody; the answer takes as long.
    pub async fn is(&self, password: String, kept: Option<String>) -> bool {
        let Ok(_permit) = self.0.acquire().await else { return false };
        spawn_blocking(move || is(&password, kept.as_deref())).await.unwrap_or(false)
    }
}

fn argon() -> Option<Argon2<'static>> {
    let (memory, passes, lanes) = COST;
    Some(Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(memory, passes, lanes, None).ok()?))
}

fn hash(password: &str) -> Option<String> {
    Some(argon()?.hash_password(password.as_bytes()).ok()?.to_string())
}

fn is(password: &str, kept: Option<&str>) -> bool {
    static NOBODY: OnceLock<Option<String>> = OnceLock::new();
    let nobody = || NOBODY.get_or_init(|| hash("the password of nobody")).as_deref();
    let Some(kept_so) = kept.or_else(nobody) else { return false };
    let (Some(argon), Ok(phc)) = (argon(), PasswordHash::new(kept_so)) else { return false };
    let right = password.len() <= LONGEST && argon.verify_password(password.as_bytes(), &phc).is_ok();
    right && kept.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_kept_as_argon2id_each_time_with_another_salt_and_known_again() {
        let kept = hash("correct horse battery").unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert_ne!(hash("correct horse battery").unwrap(), kept);
        assert!(is("correct horse battery", Some(&kept)));
        assert!(!is("correct horse batterz", Some(&kept)));
        assert!(!is("correct horse battery", Some("nonsense")) && !is("x", Some("")));
    }

    #[test]
    fn nobody_has_no_password_not_even_the_one_he_is_compared_with() {
        assert!(!is("the password of nobody", None) && !is("", None));
    }

    #[test]
    fn a_short_or_endless_one_is_not_taken() {
        assert!(!may_be("123456789") && may_be("1234567890") && may_be("фантастика"));
        assert!(!may_be(&"x".repeat(LONGEST + 1)));
    }
}
