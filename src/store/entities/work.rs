//! Work to do.

pub mod job {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "job")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub id: String,
        #[sea_orm(column_type = "Text")]
        pub lane: String,
        #[sea_orm(column_type = "Text")]
        pub kind: String,
        #[sea_orm(column_type = "Text")]
        pub key: String,
        pub run_at: i64,
        pub priority: i64,
        pub lease_until: Option<i64>,
        pub fence: i64,
        #[sea_orm(column_type = "Text")]
        pub owner: Option<String>,
        pub attempt: i64,
        pub again: bool,
        #[sea_orm(column_type = "Text")]
        pub last_error: Option<String>,
        pub created_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod inbox {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "inbox")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub key: String,
        #[sea_orm(column_type = "Text")]
        pub class: String,
        #[sea_orm(column_type = "Text")]
        pub body: Option<String>,
        pub received_at: i64,
        #[sea_orm(column_type = "Text")]
        pub state: String,
        pub lease_until: Option<i64>,
        #[sea_orm(column_type = "Text")]
        pub owner: Option<String>,
        pub fence: i64,
        pub attempt: i64,
        pub handled_at: Option<i64>,
        #[sea_orm(column_type = "Text")]
        pub outcome: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod message {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "message")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub id: String,
        #[sea_orm(column_type = "Text")]
        pub request_id: String,
        #[sea_orm(column_type = "Text")]
        pub person_id: String,
        #[sea_orm(column_type = "Text")]
        pub surface: String,
        pub extension: i64,
        pub generation: i64,
        #[sea_orm(column_type = "Text")]
        pub channel: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub ts: Option<String>,
        pub shown_version: Option<i64>,
        #[sea_orm(column_type = "Text")]
        pub state: String,
        pub first_attempt_at: Option<i64>,
        pub retry_at: Option<i64>,
        pub tried_version: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
