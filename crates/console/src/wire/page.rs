//! A list of the API, page by page: never by offset, since what is listed comes and goes.

use serde::Serialize;
use utoipa::ToSchema;

/// A page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The number in the stream as of which all of this is so.
    pub as_of: String,
    /// The items, in order.
    pub items: Vec<T>,
    /// What to give as `after` for the next page; absent on the last one.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Of all items in the order of their keys, those behind `after`, at most so many.
    pub fn of(as_of: String, all: Vec<T>, key: fn(&T) -> &str, after: Option<&str>, limit: usize) -> Page<T> {
        let mut items: Vec<T> = all.into_iter().filter(|item| after.is_none_or(|after| key(item) > after)).collect();
        items.sort_by(|one, other| key(one).cmp(key(other)));
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|last| key(last).to_owned());
        Page { as_of, items, next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other_though_items_go_meanwhile() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let page = |all: &[&str], after| Page::of(String::new(), names(all), String::as_str, after, 2);
        let first = page(&["c", "a", "b", "d"], None);
        assert_eq!((first.items, first.next.as_deref()), (names(&["a", "b"]), Some("b")));
        let second = page(&["a", "c", "d"], Some("b"));
        assert_eq!((second.items, second.next), (names(&["c", "d"]), None), "b is gone, and nothing is left out");
    }
}
