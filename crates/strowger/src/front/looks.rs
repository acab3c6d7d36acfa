//! Who looks at messages in clear leaves an entry in the audit: it is on its way to the account before he sees anything.

use control::{Actor, TraceWish, View};
use ledger::{Access, Item, Look, Looked, SideDoor};
use std::time::Duration;
use terms::{Mono, Now, Told};

/// Who follows what he looks at asks each second: that is one look.
const ONE_LOOK: Duration = Duration::from_secs(60);

/// What was looked at.
pub(super) struct Looks {
    account: SideDoor,
    last: Option<(Actor, TraceWish, Mono)>,
}

impl Looks {
    /// None so far.
    pub fn new(account: SideDoor) -> Looks {
        Looks { account, last: None }
    }

    /// Whether it may be shown: it needs no entry, or the account has taken one.
    pub fn keep(&mut self, now: Now, by: &Actor, view: &View) -> bool {
        let View::Trace(wish) = view else { return true };
        let wish = TraceWish { after: 0, ..wish.clone() };
        if !wish.is_clear() || self.goes_on(now, by, &wish) {
            return true;
        }
        let subject = serde_json::to_value(&wish).unwrap_or_default();
        let what = Told::Known(Looked::Messages);
        let look = Look { at: now.wall, by: by.to_string(), what, address: String::new(), subject };
        let taken = self.account.try_push(Item::Access(Box::new(Access::Looked(look)))).is_ok();
        self.last = taken.then(|| (by.clone(), wish, now.mono));
        taken
    }

    fn goes_on(&self, now: Now, by: &Actor, wish: &TraceWish) -> bool {
        self.last
            .as_ref()
            .is_some_and(|(who, what, when)| who == by && what == wish && now.mono.since(*when) < ONE_LOOK)
    }
}
