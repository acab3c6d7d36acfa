//! The notifier's memory (RFC 6665 4.2): who has subscribed to what, how far each subscription is, and how many there are.
//! It reads no message and sends none, and knows no document: those are made by whoever watches the calls.

pub(crate) mod package;
pub(crate) mod state;

pub use package::Package;

use crate::dialog::Dialog;
use crate::face::{BindingId, Body, Transport};
use crate::message::Message;
use crate::table::Table;
use crate::transaction::key::DialogKey;
use crate::transaction::store::TxId;
use state::State;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;
use terms::{LinkId, Mono, PhoneId, limits};

/// One subscription of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubId(pub u64);

/// Deadlines of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum SubTimer {
    /// It was not renewed.
    Expiry,
    /// A phone that asked for a pause may be told again.
    Retry,
}

impl SubTimer {
    /// All of them.
    pub(crate) const ALL: [SubTimer; 2] = [SubTimer::Expiry, SubTimer::Retry];
}

/// Why the last NOTIFY is the last (RFC 6665 4.1.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// It was not renewed, or was ended by whoever had it.
    Timeout,
    /// What was watched is no more.
    NoResource,
    /// Whoever watched may no longer do so.
    Rejected,
}

impl Reason {
    /// As Subscription-State has it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Reason::Timeout => "timeout",
            Reason::NoResource => "noresource",
            Reason::Rejected => "rejected",
        }
    }
}

/// The way that NOTIFYs take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SubWay {
    /// The link that the last SUBSCRIBE came over.
    pub link: LinkId,
    /// How they travel.
    pub transport: Transport,
    /// Where the phone listens.
    pub remote: SocketAddr,
    /// Which of the phone's devices it is, where that is known.
    pub device: Option<BindingId>,
}

/// A subscription.
#[derive(Debug)]
pub(crate) struct Subscription {
    /// How far it is.
    pub state: State,
    /// Whose it is.
    pub by: PhoneId,
    /// To what kind of news.
    pub package: Package,
    /// The value of Event in its NOTIFYs.
    pub event: String,
    /// Its dialog.
    pub dialog: Dialog,
    /// Our Contact's value.
    pub contact: String,
    /// Where it listens.
    pub way: SubWay,
    /// The SUBSCRIBE that began it, until it is admitted or refused.
    pub open: Option<(TxId, Box<Message>)>,
    /// How long it was granted for; zero: it is told once.
    pub granted: Duration,
    /// When it ends.
    pub expires: Mono,
    /// What is to be told once the NOTIFY that is out was answered.
    pub waiting: Option<Body>,
    /// The CSeq number of the last NOTIFY: the answer to an earlier one says nothing.
    pub out: u32,
    /// Why it ends, once it does.
    pub reason: Reason,
}

/// Why there is no room for one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoRoom {
    /// The account has as many as it may.
    Account,
    /// So have all together.
    Switch,
}

/// All subscriptions.
#[derive(Default)]
pub(crate) struct Notifier {
    subscriptions: Table<SubId, Box<Subscription>>,
    dialogs: Table<DialogKey, SubId>,
    by_phone: BTreeMap<PhoneId, usize>,
    serial: u64,
    /// NOTIFYs sent.
    pub told: u64,
}

impl Notifier {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.subscriptions.len()
    }

    /// Whether one more of this account has room.
    pub(crate) fn room_for(&self, phone: PhoneId) -> Result<(), NoRoom> {
        if self.by_phone.get(&phone).is_some_and(|count| *count >= limits::SUBSCRIPTIONS_PER_PHONE) {
            return Err(NoRoom::Account);
        }
        if self.len() >= limits::SUBSCRIPTIONS { Err(NoRoom::Switch) } else { Ok(()) }
    }

    /// Keeps one.
    pub(crate) fn add(&mut self, key: DialogKey, subscription: Subscription) -> SubId {
        self.serial += 1;
        let id = SubId(self.serial);
        *self.by_phone.entry(subscription.by).or_default() += 1;
        self.dialogs.insert(key, id);
        self.subscriptions.insert(id, Box::new(subscription));
        id
    }

    /// Forgets one.
    pub(crate) fn remove(&mut self, id: SubId, key: DialogKey) {
        let Some(gone) = self.subscriptions.remove(&id) else { return };
        self.dialogs.remove(&key);
        if let Some(count) = self.by_phone.get_mut(&gone.by) {
            *count -= 1;
            if *count == 0 {
                self.by_phone.remove(&gone.by);
            }
        }
    }

    /// One of them.
    pub(crate) fn get(&self, id: SubId) -> Option<&Subscription> {
        self.subscriptions.get(&id).map(Box::as_ref)
    }

    /// One of them.
    pub(crate) fn get_mut(&mut self, id: SubId) -> Option<&mut Subscription> {
        self.subscriptions.get_mut(&id).map(Box::as_mut)
    }

    /// The one of a dialog.
    pub(crate) fn of_dialog(&self, key: &DialogKey, remote_tag: &str) -> Option<SubId> {
        let id = *self.dialogs.get(key)?;
        self.get(id).filter(|known| known.dialog.remote_tag == remote_tag).map(|_| id)
    }

    /// Whether one of them needs this link.
    pub(crate) fn uses(&self, link: LinkId) -> bool {
        self.subscriptions.values().any(|known| known.way.link == link)
    }

    /// Those for which this holds, in the order in which they began.
    pub(crate) fn those(&self, holds: impl Fn(&Subscription) -> bool) -> Vec<SubId> {
        let mut those: Vec<SubId> =
            self.subscriptions.iter().filter(|(_, known)| holds(known)).map(|(id, _)| *id).collect();
        those.sort_unstable();
        those
    }

    /// A device listens elsewhere now: so do its subscriptions.
    pub(crate) fn moved(&mut self, phone: PhoneId, device: BindingId, was: SocketAddr, now: SocketAddr) {
        let of = |known: &&mut Box<Subscription>| {
            known.by == phone && known.way.device == Some(device) && known.way.remote == was
        };
        self.subscriptions.values_mut().filter(of).for_each(|known| known.way.remote = now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Message;
    use crate::transaction::key::Keys;

    const SUBSCRIBE: &str = "SUBSCRIBE sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bKa\r\nFrom: <sip:a@h>;tag=f\r\n\
        To: <sip:b@h>\r\nCall-ID: c\r\nCSeq: 1 SUBSCRIBE\r\nContact: <sip:a@h>\r\nContent-Length: 0\r\n\r\n";

    fn of(by: PhoneId, request: &Message) -> Subscription {
        Subscription {
            state: State::Idle,
            by,
            package: Package::Dialog,
            event: String::new(),
            dialog: Dialog::from_request(request, "l", 0).unwrap(),
            contact: String::new(),
            way: SubWay {
                link: LinkId::accepted(0),
                transport: Transport::Udp,
                remote: "192.0.2.1:5060".parse().unwrap(),
                device: None,
            },
            open: None,
            granted: Package::LIFE,
            expires: Mono::default(),
            waiting: None,
            out: 0,
            reason: Reason::Timeout,
        }
    }

    #[test]
    fn an_account_and_the_switch_have_room_for_so_many_and_for_more_once_some_are_gone() {
        let request = Message::parse(SUBSCRIBE.as_bytes().to_vec().into()).unwrap();
        let (mut notifier, keys, mut added) = (Notifier::default(), Keys::new(1), vec![]);
        let key = |number: usize| keys.dialog(&number.to_string(), "l");
        for number in 0..limits::SUBSCRIPTIONS {
            let by = PhoneId((number / limits::SUBSCRIPTIONS_PER_PHONE) as u64);
            assert_eq!(notifier.room_for(by), Ok(()));
            added.push(notifier.add(key(number), of(by, &request)));
        }
        assert_eq!(notifier.room_for(PhoneId(0)), Err(NoRoom::Account));
        assert_eq!(notifier.room_for(PhoneId(999)), Err(NoRoom::Switch));
        notifier.remove(added[0], key(0));
        assert_eq!((notifier.room_for(PhoneId(0)), notifier.room_for(PhoneId(999))), (Ok(()), Ok(())));
        for (number, id) in added.into_iter().enumerate() {
            assert_eq!(notifier.of_dialog(&key(number), "f").is_some(), number > 0);
            notifier.remove(id, key(number));
        }
        assert_eq!((notifier.len(), notifier.dialogs.len(), notifier.by_phone.len()), (0, 0, 0));
    }
}
