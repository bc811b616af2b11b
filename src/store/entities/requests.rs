//! Requests, what was decided about them, and the grants they led to.

pub mod words {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "words")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub id: String,
        #[sea_orm(column_type = "Text")]
        pub salt: String,
        #[sea_orm(column_type = "Text")]
        pub body: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod submission {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "submission")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub id: String,
        #[sea_orm(column_type = "Text")]
        pub person_id: String,
        pub created_at: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod request {
    use sea_orm::entity::prelude::*;
    use serde::Deserialize;

    #[derive(Clone, Debug, PartialEq, Eq, Deserialize, DeriveEntityModel)]
    #[sea_orm(table_name = "request")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub id: String,
        pub number: i64,
        #[sea_orm(column_type = "Text")]
        pub submission_id: String,
        #[sea_orm(column_type = "Text")]
        pub requester_id: String,
        #[sea_orm(column_type = "Text")]
        pub grantee_id: String,
        #[sea_orm(column_type = "Text")]
        pub integration: String,
        #[sea_orm(column_type = "Text")]
        pub kind: String,
        #[sea_orm(column_type = "Text")]
        pub resource_type: String,
        #[sea_orm(column_type = "Text")]
        pub flows: String,
        #[sea_orm(column_type = "Text")]
        pub policy_digest: String,
        pub duration_us: i64,
        #[sea_orm(column_type = "Text")]
        pub justification_id: String,
        #[sea_orm(column_type = "Text")]
        pub state: String,
        #[sea_orm(column_type = "Text")]
        pub reason_kind: Option<String>,
        pub version: i64,
        pub created_at: i64,
        pub changed_at: i64,
        pub answer_due: i64,
        pub decided_at: Option<i64>,
        #[sea_orm(column_type = "Text")]
        pub decided_by: Option<String>,
        pub granted_at: Option<i64>,
        pub ended_at: Option<i64>,
        pub indexed_version: Option<i64>,
        #[sea_orm(column_type = "Text")]
        pub used: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod request_term {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "request_term")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i64,
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub term: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod request_unit {
    use sea_orm::entity::prelude::*;
    use serde::Deserialize;

    #[derive(Clone, Debug, PartialEq, Eq, Deserialize, DeriveEntityModel)]
    #[sea_orm(table_name = "request_unit")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub request_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub position: i64,
        #[sea_orm(column_type = "Text")]
        pub resource_id: String,
        #[sea_orm(column_type = "Text")]
        pub resource_name: String,
        #[sea_orm(column_type = "Text")]
        pub permission: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod decision {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "decision")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub id: String,
        #[sea_orm(column_type = "Text")]
        pub request_id: String,
        #[sea_orm(column_type = "Text")]
        pub person_id: String,
        #[sea_orm(column_type = "Text")]
        pub verdict: String,
        #[sea_orm(column_type = "Text")]
        pub decided_as: String,
        #[sea_orm(column_type = "Text")]
        pub reason_id: Option<String>,
        pub decided_at: i64,
        pub counts: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod extension {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "extension")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub request_id: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub position: i64,
        #[sea_orm(column_type = "Text")]
        pub asked_by: String,
        pub asked_at: i64,
        pub added_us: i64,
        #[sea_orm(column_type = "Text")]
        pub words_id: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub state: String,
        #[sea_orm(column_type = "Text")]
        pub decided_by: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub decided_as: Option<String>,
        #[sea_orm(column_type = "Text")]
        pub reason_id: Option<String>,
        pub decided_at: Option<i64>,
        pub until: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub mod access_grant {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "access_grant")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub request_id: String,
        #[sea_orm(column_type = "Text")]
        pub granted: String,
        #[sea_orm(column_type = "Text")]
        pub principal: String,
        #[sea_orm(column_type = "Text")]
        pub integration: String,
        #[sea_orm(column_type = "Text")]
        pub kind: String,
        pub until: i64,
        pub tries: i64,
        pub first_tried_at: i64,
        pub confirmed_at: Option<i64>,
        pub target_deadline: Option<i64>,
        pub ended_at: Option<i64>,
        pub sessions_ended: Option<i64>,
        #[sea_orm(column_type = "Text")]
        pub proof: Option<String>,
        pub cleaned_at: Option<i64>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
