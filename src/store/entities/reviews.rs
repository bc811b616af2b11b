//! Access reviews and their lines.

pub mod review {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "review")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub id: String,
        pub number: i64,
        #[sea_orm(column_type = "Text")]
        pub name: String,
        #[sea_orm(column_type = "Text")]
        pub filter: String,
        pub due_at: i64,
        #[sea_orm(column_type = "Text")]
        pub at_due: String,
        #[sea_orm(column_type = "Text")]
        pub starter_id: String,
        #[sea_orm(column_type = "Text")]
        pub starter: String,
        #[sea_orm(column_type = "Text")]
        pub reviewers: String,
        pub started_at: i64,
        pub ended_at: Option<i64>,
        #[sea_orm(column_type = "Text")]
        pub digest: Option<String>,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod review_reviewer {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "review_reviewer")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub review_id: String,
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub person_id: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod review_line {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "review_line")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub review_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub position: i64,
        #[sea_orm(column_type = "Text")]
        pub request_id: String,
        #[sea_orm(column_type = "Text")]
        pub requester_id: String,
        #[sea_orm(column_type = "Text")]
        pub grantee_id: String,
        #[sea_orm(column_type = "Text")]
        pub facts: String,
        pub granted_at: Option<i64>,
        pub until: Option<i64>,
        #[sea_orm(column_type = "Text")]
        pub used: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub decision: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub decider_id: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub decider: Option<String>,
        pub decided_at: Option<i64>,
        #[sea_orm(column_type = "Text")]
        pub note_id: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub note_sha256: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub outcome: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
