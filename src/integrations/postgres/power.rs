//! What a group role may be or have beyond rights on objects, in the words of the config and of refusals.

/// What a group role must not be or have, since its members would have it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    Bot,
    Superuser,
    CreateRole,
    CreateDb,
    Replication,
    BypassRls,
    ServerRole,
    ProviderRole,
    Login,
    Owns,
    Admin,
    Parameters,
    GrantOption,
    Trigger,
    Files,
    Secrets,
}

impl Power {
    pub const ALL: [Self; 16] = [
        Self::Bot,
        Self::Superuser,
        Self::CreateRole,
        Self::CreateDb,
        Self::Replication,
        Self::BypassRls,
        Self::ServerRole,
        Self::ProviderRole,
        Self::Login,
        Self::Owns,
        Self::Admin,
        Self::Parameters,
        Self::GrantOption,
        Self::Trigger,
        Self::Files,
        Self::Secrets,
    ];

    /// Whether the config can allow it. Whoever has the bot's own role has every access there is.
    pub const fn can_be_allowed(self) -> bool {
        !matches!(self, Self::Bot)
    }

    /// As `allow_roles` has it, and the queries of [`super::groups`].
    pub const fn word(self) -> &'static str {
        match self {
            Self::Bot => "bot",
            Self::Superuser => "superuser",
            Self::CreateRole => "createrole",
            Self::CreateDb => "createdb",
            Self::Replication => "replication",
            Self::BypassRls => "bypassrls",
            Self::ServerRole => "server-role",
            Self::ProviderRole => "provider-role",
            Self::Login => "login",
            Self::Owns => "owns",
            Self::Admin => "admin",
            Self::Parameters => "parameters",
            Self::GrantOption => "grant-option",
            Self::Trigger => "trigger",
            Self::Files => "files",
            Self::Secrets => "secrets",
        }
    }

    /// Reads on from the role's name.
    pub(super) const fn told(self) -> &'static str {
        match self {
            Self::Bot => "is the bot's own",
            Self::Superuser => "is a superuser",
            Self::CreateRole => "has CREATEROLE",
            Self::CreateDb => "has CREATEDB",
            Self::Replication => "has REPLICATION",
            Self::BypassRls => "has BYPASSRLS",
            Self::ServerRole => "is one of the server's own",
            Self::ProviderRole => "is one of a provider's own",
            Self::Login => "can log in, so that a member could change its password and come back",
            Self::Owns => "owns objects, which its members could change or drop",
            Self::Admin => "has ADMIN OPTION on a role, so that its members could pass that on",
            Self::Parameters => "may change the server's parameters",
            Self::GrantOption => "has rights with GRANT OPTION, which its members could pass on",
            Self::Trigger => {
                "has TRIGGER or REFERENCES on tables: a member's trigger runs with the rights of whoever writes there"
            }
            Self::Files => {
                "may call functions that the server keeps from everybody else, such as those that read its files"
            }
            Self::Secrets => {
                "has rights on catalogs that the server keeps from everybody else, such as its roles' password verifiers"
            }
        }
    }
}
