//! Queries that work outside a change, on a [`Store`], and inside one, on a [`Tx`].
//!
//! Each is written once, as a method of the trait for its topic, such as `ReadGrants` in `grants.rs`. Inside a change the
//! change itself has to be queried: a second connection sees nothing of it and can wait forever. Queries that lock rows, or
//! mean something else inside a change, are methods of [`Tx`] only.

use sea_orm::ConnectionTrait;

use super::{Store, Tx};

/// What can be queried: [`Store`], through one of its readers, and [`Tx`], inside its transaction.
pub trait Read: sealed::Connected {}

impl<T: sealed::Connected> Read for T {}

mod sealed {
    use sea_orm::ConnectionTrait;

    pub trait Connected: Sized + Sync {
        /// Where the queries go.
        fn connection(&self) -> &impl ConnectionTrait;
    }
}

impl sealed::Connected for Store {
    fn connection(&self) -> &impl ConnectionTrait {
        self.reader()
    }
}

impl sealed::Connected for Tx {
    fn connection(&self) -> &impl ConnectionTrait {
        self.db()
    }
}
