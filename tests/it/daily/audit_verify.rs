//! 19. A trail that was cut off.
