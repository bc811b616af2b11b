//! Who is signed in to the portal, and who is about to be.

pub mod portal_link {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "portal_link")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub token_hash: String,
        #[sea_orm(column_type = "Text")]
        pub code_hash: String,
        #[sea_orm(column_type = "Text")]
        pub person_id: String,
        #[sea_orm(column_type = "Text")]
        pub account: String,
        pub misses: i64,
        pub made_at: i64,
        #[sea_orm(column_type = "Text")]
        pub claim_hash: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod portal_session {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "portal_session")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub id: String,
        #[sea_orm(column_type = "Text")]
        pub secret_hash: String,
        #[sea_orm(column_type = "Text")]
        pub person_id: String,
        #[sea_orm(column_type = "Text")]
        pub account: String,
        #[sea_orm(column_type = "Text")]
        pub address: String,
        #[sea_orm(column_type = "Text")]
        pub browser: String,
        pub began_at: i64,
        pub seen_at: i64,
        #[sea_orm(column_type = "Text")]
        pub through: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub account_issuer: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod portal_identity {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "portal_identity")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub issuer: String,
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub subject: String,
        #[sea_orm(column_type = "Text")]
        pub person_id: String,
        #[sea_orm(column_type = "Text")]
        pub account: String,
        #[sea_orm(column_type = "Text")]
        pub email: String,
        pub seen_at: i64,
        pub bound_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod portal_attempt {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "portal_attempt")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub state_hash: String,
        pub made_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
