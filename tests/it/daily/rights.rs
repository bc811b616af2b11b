//! 3. Who may see, decide, end, extend and export; and what a click that came too late is told.
