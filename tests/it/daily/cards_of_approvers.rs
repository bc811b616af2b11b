//! 2. An approver's card says what a yes would mean.
