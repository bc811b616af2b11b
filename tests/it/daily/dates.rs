//! 6. Times are in the reader's own time zone.
