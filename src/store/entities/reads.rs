//! Which reads of others' data the trail has.

pub mod read_note {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "read_note")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub hour: i64,
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub person_id: String,
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub page: String,
        #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
        pub about: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
