//! What a group role may be or have beyond rights on objects, in the words of the config and of refusals.

use crate::access::named::named;

named! {
    /// What a group role must not be or have, since its members would have it too.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Power {
        Bot = "bot",
        Superuser = "superuser",
        CreateRole = "createrole",
        CreateDb = "createdb",
        Replication = "replication",
        BypassRls = "bypassrls",
        ServerRole = "server-role",
        ProviderRole = "provider-role",
        Login = "login",
        Owns = "owns",
        Admin = "admin",
        Parameters = "parameters",
        GrantOption = "grant-option",
        Trigger = "trigger",
        Files = "files",
        Secrets = "secrets",
    }
}

impl Power {
    /// Whether the config can allow it. Whoever has the bot's own role has every access there is.
    pub const fn can_be_allowed(self) -> bool {
        !matches!(self, Self::Bot)
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
