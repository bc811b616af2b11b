//! Questions that can be asked outside every change, of a [`Store`], and inside one, of a [`Tx`].
//!
//! Each is written once, as a method of the trait of its topic, such as `ReadGrants` in `grants.rs`. A change has to ask
//! itself: a second connection in the middle of one sees nothing of it, and can wait for ever. What holds rows, or means
//! something else inside a change, is a method of [`Tx`] alone.

use sea_orm::ConnectionTrait;

use super::{Store, Tx};

/// Whoever can be asked: [`Store`], by one of its readers, and [`Tx`], inside its transaction.
pub trait Read: sealed::Connected {}

impl<T: sealed::Connected> Read for T {}

mod sealed {
    use sea_orm::ConnectionTrait;

    pub trait Connected: Sized + Sync {
        /// Where the questions go.
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
