//! Pages of long lists by their sort key: the newest first, and never by counting rows.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use serde::{Deserialize, Serialize};

/// Which page of a list; the newest entry has the largest key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Page {
    #[default]
    First,
    /// The entries that follow the one with this key, down the list.
    Before(i64),
    /// The entries that precede the one with this key.
    After(i64),
}

/// The entries of one page, newest first, and whether there are others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paged<T> {
    pub items: Vec<T>,
    pub newer: bool,
    pub older: bool,
}

impl Page {
    /// The rows of this page and one more, which shows whether there is another page.
    pub(super) fn of<E: EntityTrait, C: ColumnTrait>(
        self,
        found: Select<E>,
        key: C,
        limit: u64,
    ) -> Select<E> {
        let found = match self {
            Self::First => found.order_by_desc(key),
            Self::Before(last) => found.filter(key.lt(last)).order_by_desc(key),
            Self::After(first) => found.filter(key.gt(first)).order_by_asc(key),
        };
        found.limit(limit.saturating_add(1))
    }

    /// The page that was found.
    pub(super) fn cut<T>(self, mut items: Vec<T>, limit: u64) -> Paged<T> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        match self {
            Self::First => Paged {
                items,
                newer: false,
                older: more,
            },
            Self::Before(_) => Paged {
                items,
                newer: true,
                older: more,
            },
            Self::After(_) => {
                items.reverse();
                Paged {
                    items,
                    newer: more,
                    older: true,
                }
            }
        }
    }
}

impl<T> Paged<T> {
    /// The only page of a list without entries.
    pub const fn empty() -> Self {
        Self {
            items: Vec::new(),
            newer: false,
            older: false,
        }
    }

    /// The same page with other items.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Paged<U> {
        Paged {
            items: self.items.into_iter().map(change).collect(),
            newer: self.newer,
            older: self.older,
        }
    }
}
