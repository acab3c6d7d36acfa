//! What a REGISTER does to the bindings of one phone (RFC 3261 10.3 steps 6 to 8): all of it, or nothing.

use super::{Binding, BindingId, Consequences, Registrar};
use crate::face::{Expires, Transport};
use std::net::SocketAddr;
use std::time::Duration;
use terms::{LinkId, Now, PhoneId, Wall, limits};

/// One Contact of a REGISTER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wish {
    /// The URI, as it was written.
    pub contact: String,
    /// What makes it the same binding as an earlier one.
    pub key: String,
    /// Its user part.
    pub user: String,
    /// Whether `key` is an instance (RFC 5626) rather than the URI.
    pub instance: bool,
    /// Preference, in thousandths.
    pub q: u16,
    /// Its own wish for a life, in seconds.
    pub expires: Option<u32>,
}

/// What a REGISTER asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wishes {
    /// Only to know.
    Query,
    /// `Contact: *` with `Expires: 0`.
    RemoveAll,
    /// These contacts.
    Contacts(Vec<Wish>),
}

/// A REGISTER, as far as it matters here.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Whose, by its credentials.
    pub phone: PhoneId,
    /// What.
    pub wishes: Wishes,
    /// The Expires header, in seconds.
    pub expires: Option<u32>,
    /// The Call-ID.
    pub call_id: String,
    /// The CSeq number.
    pub cseq: u32,
    /// The link that it came over.
    pub link: LinkId,
    /// How.
    pub transport: Transport,
    /// Where it came from.
    pub remote: SocketAddr,
    /// Our end.
    pub local: SocketAddr,
    /// The User-Agent.
    pub device: Option<Box<str>>,
}

/// What becomes of it.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Done; the response lists the bindings.
    Done(Consequences),
    /// 423: a life shorter than the minimum.
    TooBrief,
    /// 500: older than what is stored (RFC 3261 10.3 step 7).
    OutOfOrder,
}

impl Registrar {
    /// Carries out a REGISTER. `jitter` gives a share of 0..=limit percent for each contact.
    pub(crate) fn update(
        &mut self,
        asked: &Asked,
        life: &Expires,
        now: Now,
        mut jitter: impl FnMut(u8) -> u8,
    ) -> Verdict {
        let mut consequences = Consequences::default();
        match &asked.wishes {
            Wishes::Query => {}
            Wishes::RemoveAll => {
                if self.of(asked.phone).iter().any(|binding| is_stale(binding, asked)) {
                    return Verdict::OutOfOrder;
                }
                self.remove(asked.phone, |_| true, &mut consequences);
            }
            Wishes::Contacts(wishes) => {
                if wishes.iter().any(|wish| too_brief(wish, asked, life)) {
                    return Verdict::TooBrief;
                }
                let known = self.of(asked.phone);
                if wishes.iter().any(|w| known.iter().any(|b| b.key == w.key && is_stale(b, asked))) {
                    return Verdict::OutOfOrder;
                }
                for wish in wishes {
                    let granted = granted(wish, asked, life, jitter(life.jitter_percent));
                    self.bind(asked, wish, granted, now, &mut consequences);
                }
            }
        }
        Verdict::Done(consequences)
    }

    fn bind(&mut self, asked: &Asked, wish: &Wish, granted: Duration, now: Now, consequences: &mut Consequences) {
        let phone = asked.phone;
        let since = self.of(phone).iter().find(|binding| binding.key == wish.key).map(|binding| binding.since);
        self.remove(phone, |binding| binding.key == wish.key || is_ghost(binding, wish, asked), consequences);
        if granted.is_zero() {
            return;
        }
        self.make_room(phone, consequences);
        let id = self.next_id();
        let mut binding = fresh(id, asked, wish, granted, now);
        binding.since = since.unwrap_or(now.wall);
        // The ledger coalesces by key: the removal of the same key just now must not win.
        consequences.changes.retain(|change| change.key != binding.key);
        consequences.changes.push(binding.change(phone));
        self.insert(phone, binding, consequences);
    }

    /// Beyond the limit the binding that was refreshed longest ago is replaced.
    fn make_room(&mut self, phone: PhoneId, consequences: &mut Consequences) {
        if self.of(phone).len() < limits::BINDINGS_PER_PHONE {
            return;
        }
        if let Some(oldest) = self.of(phone).iter().min_by_key(|b| (b.refreshed, b.id)).map(|b| b.id) {
            self.remove(phone, |binding| binding.id == oldest, consequences);
        }
    }
}

fn fresh(id: BindingId, asked: &Asked, wish: &Wish, granted: Duration, now: Now) -> Binding {
    let life_ms = i64::try_from(granted.as_millis()).unwrap_or(i64::MAX);
    Binding {
        id,
        key: wish.key.clone(),
        contact: wish.contact.clone(),
        user: wish.user.clone(),
        remote: asked.remote,
        transport: asked.transport,
        local: asked.local,
        link: Some(asked.link),
        q: wish.q,
        call_id: asked.call_id.clone(),
        cseq: asked.cseq,
        expires: now.mono + granted,
        expires_wall: Wall::from_millis(now.wall.as_millis().saturating_add(life_ms)),
        refreshed: now.mono,
        since: now.wall,
        device: asked.device.clone(),
    }
}

/// RFC 3261 10.3 step 7: the same registration client, but not a newer request.
fn is_stale(binding: &Binding, asked: &Asked) -> bool {
    binding.call_id == asked.call_id && asked.cseq <= binding.cseq
}

/// What a phone left behind when it was restarted: the same user at the same address under another
/// Call-ID, or over a stream that is gone. A binding with its own instance is told apart by that alone.
fn is_ghost(binding: &Binding, wish: &Wish, asked: &Asked) -> bool {
    let both_instances = wish.instance && binding.key.starts_with('<');
    let reborn = binding.call_id != asked.call_id && binding.remote.ip() == asked.remote.ip();
    !both_instances && binding.user == wish.user && (reborn || !binding.usable())
}

fn wanted(wish: &Wish, asked: &Asked, life: &Expires) -> Duration {
    wish.expires.or(asked.expires).map_or(life.default, |s| Duration::from_secs(u64::from(s)))
}

fn too_brief(wish: &Wish, asked: &Asked, life: &Expires) -> bool {
    let wanted = wanted(wish, asked, life);
    !wanted.is_zero() && wanted < life.min
}

/// Whole seconds, at most the maximum, shortened by the jitter but not below the minimum.
fn granted(wish: &Wish, asked: &Asked, life: &Expires, percent: u8) -> Duration {
    let wanted = wanted(wish, asked, life).min(life.max);
    if wanted.is_zero() {
        return wanted;
    }
    let shortened = wanted.saturating_sub(wanted * u32::from(percent.min(100)) / 100);
    Duration::from_secs(shortened.max(life.min.min(wanted)).as_secs().max(1))
}
