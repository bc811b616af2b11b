//! 9. Durations as people write them, and choices of them.
