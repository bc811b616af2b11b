//! Who people are and what happens to them: several accounts, leavers, blocks and freezes, floods and duplicates.

mod accounts;
mod brakes;
mod floods;
mod grid;
mod leavers;
mod uncounted;
