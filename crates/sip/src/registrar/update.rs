//! What a REGISTER does to the bindings of one phone (RFC 3261 10.3 steps 6 to 8, RFC 5626 6): all of it, or nothing.

use super::{Binding, BindingId, Consequences, Registrar};
use crate::face::{Expires, Transport};
use crate::message::Uri;
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
    /// The device, where it gave one (RFC 5626 4.1).
    pub instance: Option<String>,
    /// Whether `key` is the instance with its `reg-id` rather than the URI.
    pub flow: bool,
    /// Where requests to it go, and how.
    pub place: (Transport, SocketAddr),
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
                if wishes.iter().any(|wish| known.iter().any(|b| is_same(b, wish) && is_stale(b, asked))) {
                    return Verdict::OutOfOrder;
                }
                // What goes, goes first: a phone that moves may give up the old address under the same instance.
                let (gone, stays): (Vec<&Wish>, Vec<&Wish>) =
                    wishes.iter().partition(|wish| wanted(wish, asked, life).is_zero());
                for wish in gone {
                    self.remove(asked.phone, |binding| is_same(binding, wish), &mut consequences);
                }
                for wish in stays {
                    let granted = granted(wish, asked, life, jitter(life.jitter_percent));
                    self.bind(asked, wish, granted, now, &mut consequences);
                }
            }
        }
        Verdict::Done(consequences)
    }

    fn bind(&mut self, asked: &Asked, wish: &Wish, granted: Duration, now: Now, consequences: &mut Consequences) {
        let phone = asked.phone;
        let known = self.of(phone).iter().find(|binding| is_same(binding, wish));
        let since = known.map(|binding| binding.since);
        let before = known.or_else(|| self.only_ghost(asked, wish)).map(|binding| (binding.id, binding.remote));
        self.remove(phone, |binding| is_same(binding, wish) || is_ghost(binding, wish, asked), consequences);
        if since.is_none() {
            let doubted = self.of(phone).iter().filter(|binding| is_doubtful(binding, wish, asked));
            consequences.doubted.extend(doubted.map(|binding| (phone, binding.id)));
        }
        self.make_room(phone, consequences);
        let renewed = self.next();
        let id = before.map_or(BindingId(renewed), |(id, _)| id);
        let mut binding = Binding { renewed, ..fresh(id, asked, wish, granted, now) };
        binding.since = since.unwrap_or(now.wall);
        if let Some((_, was)) = before.filter(|(_, was)| *was != binding.remote) {
            consequences.moved.push((phone, id, was));
        }
        // The ledger coalesces by key: the removal of the same key just now must not win.
        consequences.changes.retain(|change| change.key != binding.key);
        consequences.changes.push(binding.change(phone));
        self.insert(phone, binding, consequences);
    }

    /// The one device that came back under another contact, where there is no doubt which.
    fn only_ghost(&self, asked: &Asked, wish: &Wish) -> Option<&Binding> {
        let mut ghosts = self.of(asked.phone).iter().filter(|binding| is_ghost(binding, wish, asked));
        ghosts.next().filter(|_| ghosts.next().is_none())
    }

    /// Beyond the limit the binding that was renewed longest ago is replaced.
    fn make_room(&mut self, phone: PhoneId, consequences: &mut Consequences) {
        if self.of(phone).len() < limits::BINDINGS_PER_PHONE {
            return;
        }
        if let Some(oldest) = self.of(phone).iter().min_by_key(|b| b.renewed).map(|b| b.id) {
            self.remove(phone, |binding| binding.id == oldest, consequences);
        }
    }
}

fn fresh(id: BindingId, asked: &Asked, wish: &Wish, granted: Duration, now: Now) -> Binding {
    let (transport, remote) = wish.place;
    let life_ms = i64::try_from(granted.as_millis()).unwrap_or(i64::MAX);
    Binding {
        id,
        key: wish.key.clone(),
        contact: wish.contact.clone(),
        instance: wish.instance.clone(),
        source: asked.remote,
        came: asked.transport,
        remote,
        transport,
        local: asked.local,
        link: Some(asked.link).filter(|_| transport == asked.transport),
        q: wish.q,
        call_id: asked.call_id.clone(),
        cseq: asked.cseq,
        expires: now.mono + granted,
        expires_wall: Wall::from_millis(now.wall.as_millis().saturating_add(life_ms)),
        renewed: id.0,
        since: now.wall,
        device: asked.device.clone(),
    }
}

/// RFC 3261 10.3 step 7: the same registration client, but not a newer request.
fn is_stale(binding: &Binding, asked: &Asked) -> bool {
    binding.call_id == asked.call_id && asked.cseq <= binding.cseq
}

/// RFC 3261 10.3 step 7: a binding is its contact's URI, as 19.1.4 compares it. RFC 5626 6: with an instance and a
/// `reg-id` it is these two instead.
fn is_same(binding: &Binding, wish: &Wish) -> bool {
    if binding.key == wish.key {
        return true;
    }
    if wish.flow || is_flow(binding) {
        return false;
    }
    match (Uri::parse(&binding.contact), Uri::parse(&wish.contact)) {
        (Ok(ours), Ok(theirs)) => ours.equivalent(&theirs),
        _ => false,
    }
}

/// A `reg-id` begins with 1; 0 stands in what earlier versions left for a phone that gave none.
fn is_flow(binding: &Binding) -> bool {
    binding.key.starts_with('<') && !binding.key.ends_with(";0")
}

/// Whether both are known to be different devices.
fn is_another(binding: &Binding, wish: &Wish) -> bool {
    matches!((&binding.instance, &wish.instance), (Some(ours), Some(theirs)) if ours != theirs)
        || (wish.flow && is_flow(binding))
}

/// What a phone certainly left behind when it was restarted: its own port behind its own address under another
/// Call-ID, or a stream that is gone.
fn is_ghost(binding: &Binding, wish: &Wish, asked: &Asked) -> bool {
    if is_another(binding, wish) {
        return false;
    }
    let in_place = binding.call_id != asked.call_id
        && binding.source.ip() == asked.remote.ip()
        && binding.shares_port(&wish.contact);
    in_place || (!binding.usable() && binding.shares_place(&wish.contact))
}

/// The same user at the same host under another Call-ID: a phone that was restarted, or a second one beside it.
fn is_doubtful(binding: &Binding, wish: &Wish, asked: &Asked) -> bool {
    binding.call_id != asked.call_id && !is_another(binding, wish) && binding.shares_place(&wish.contact)
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
