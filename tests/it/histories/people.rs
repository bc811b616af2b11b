//! Who plays.

/// Dana, Eve and Omar ask; Omar and Priya answer; Ada is an admin; Gus is a guest whom no flow names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Person {
    Dana,
    Eve,
    Omar,
    Priya,
    Ada,
    Gus,
}

impl Person {
    pub(super) const ALL: [Self; 6] = [
        Self::Dana,
        Self::Eve,
        Self::Omar,
        Self::Priya,
        Self::Ada,
        Self::Gus,
    ];

    pub(super) const fn handle(self) -> &'static str {
        match self {
            Self::Dana => "dana",
            Self::Eve => "eve",
            Self::Omar => "omar",
            Self::Priya => "priya",
            Self::Ada => "ada",
            Self::Gus => "gus",
        }
    }

    /// The person with this Slack id.
    pub(super) fn with_id(id: &str) -> Self {
        let found = Self::ALL
            .into_iter()
            .find(|person| id == format!("U0{}", person.handle().to_uppercase()));
        found.unwrap_or_else(|| panic!("{id} is nobody who plays"))
    }
}
