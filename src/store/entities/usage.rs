//! How grants were used.

pub mod grant_use {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "grant_use")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub request_id: String,
        #[sea_orm(column_type = "Text")]
        pub tells: String,
        pub shown: i64,
        pub shown_at: Option<i64>,
        pub looks: i64,
        pub looked_from: Option<i64>,
        pub looked_at: Option<i64>,
        pub sessions: i64,
        pub most_at_once: i64,
        pub first_seen: Option<i64>,
        pub last_seen: Option<i64>,
        #[sea_orm(column_type = "Text")]
        pub addresses: String,
        #[sea_orm(column_type = "Text")]
        pub applications: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
