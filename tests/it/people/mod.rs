//! Who people are and what becomes of them: several accounts, leavers, blocks and freezes, floods and doubles.

mod accounts;
mod brakes;
mod floods;
mod grid;
mod leavers;
mod uncounted;
