//! 17. The log: formats, actors, repeated trouble, down time.
