//! 12. Dead ends name somebody.
