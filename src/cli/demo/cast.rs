//! The cast: people of the simulator's example workspace, with the roles that the demo's config gives them.

pub(super) struct Player {
    /// What the simulator calls them.
    pub(super) handle: &'static str,
    pub(super) name: &'static str,
    pub(super) role: &'static str,
}

pub(super) const DANA: Player = Player {
    handle: "dana",
    name: "Dana",
    role: "a developer, who needs access now and then",
};

pub(super) const OMAR: Player = Player {
    handle: "omar",
    name: "Omar",
    role: "in the group sre, which approves requests",
};

pub(super) const PRIYA: Player = Player {
    handle: "priya",
    name: "Priya",
    role: "also in the group sre",
};

pub(super) const SAM: Player = Player {
    handle: "sam",
    name: "Sam",
    role: "on the security team, reads #permissions-audit",
};

pub(super) const ADA: Player = Player {
    handle: "ada",
    name: "Ada",
    role: "an admin of the bot",
};

pub(super) const ALL: [&Player; 5] = [&DANA, &OMAR, &PRIYA, &SAM, &ADA];
