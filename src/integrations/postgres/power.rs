//! What a group role may be or have in addition to rights on objects, in the words of the config and of refusals.

use crate::access::named::named;

named! {
    /// What a group role must not be or have, because its members would have it too.
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
    /// Whether the config can allow it. The bot's own role would give all access there is.
    pub const fn can_be_allowed(self) -> bool {
        !matches!(self, Self::Bot)
    }

    /// Read after the role's name.
    pub(super) const fn told(self) -> &'static str {
        match self {
            Self::Bot => "is the bot's own role",
            Self::Superuser => "is a superuser",
            Self::CreateRole => "has CREATEROLE",
            Self::CreateDb => "has CREATEDB",
            Self::Replication => "has REPLICATION",
            Self::BypassRls => "has BYPASSRLS",
            Self::ServerRole => "is one of the server's own roles",
            Self::ProviderRole => "is one of the provider's own roles",
            Self::Login => "can log in, so a member could change its password and come back",
            Self::Owns => "owns objects, which its members could change or drop",
            Self::Admin => "has ADMIN OPTION on a role, so its members could pass that role on",
            Self::Parameters => "may change the server's parameters",
            Self::GrantOption => "has rights with GRANT OPTION, which its members could pass on",
            Self::Trigger => {
                "has TRIGGER or REFERENCES on tables: a member's trigger would run with the rights of anyone who writes there"
            }
            Self::Files => "may call functions that the server restricts, such as those that read its files",
            Self::Secrets => {
                "has rights on catalogs that the server restricts, such as its roles' password verifiers"
            }
        }
    }
}
