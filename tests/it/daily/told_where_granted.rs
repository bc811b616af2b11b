//! 5. Rejections are told where grants are told, and an end shows only what is true of it.
