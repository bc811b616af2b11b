//! 8. Examples end nobody's access, and help is short.
