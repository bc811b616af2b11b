//! Saved reports, and their runs.

pub mod report {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "report")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub id: String,
        #[sea_orm(column_type = "Text")]
        pub name: String,
        #[sea_orm(column_type = "Text")]
        pub owner_id: String,
        pub shared: bool,
        #[sea_orm(column_type = "Text")]
        pub query: String,
        #[sea_orm(column_type = "Text")]
        pub meant: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub format: String,
        #[sea_orm(column_type = "Text")]
        pub columns: String,
        #[sea_orm(column_type = "Text")]
        pub cron: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub zone: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub recipient: Option<String>,
        pub paused: bool,
        pub due_at: Option<i64>,
        pub failed_at: Option<i64>,
        pub version: i64,
        pub created_at: i64,
        pub changed_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod report_run {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "report_run")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub id: String,
        #[sea_orm(column_type = "Text")]
        pub report: String,
        #[sea_orm(column_type = "Text")]
        pub by_id: Option<String>,
        pub due_at: Option<i64>,
        #[sea_orm(column_type = "Text")]
        pub format: String,
        pub started_at: i64,
        pub ended_at: Option<i64>,
        pub rows: Option<i64>,
        pub bytes: Option<i64>,
        #[sea_orm(column_type = "Text")]
        pub digest: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub recipient: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub channel: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub message_ts: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
