//! The schema, step by step, for SQLite and PostgreSQL alike.
//!
//! Invariant: a released migration is frozen. It names tables and columns itself and knows nothing of today's entities,
//! so what it did to somebody's database years ago is what it does to a new one today.

mod columns;
mod m0001;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::EntityTrait;
use sea_orm_migration::seaql_migrations;

/// The table in which sea-orm-migration keeps what was applied.
const APPLIED: &str = "seaql_migrations";

struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m0001::Migration)]
    }
}

/// Runs what has not run yet. The caller holds the lock that keeps a second process out.
pub async fn run<'c>(db: impl IntoSchemaManagerConnection<'c>) -> Result<(), DbErr> {
    Migrator::up(db, None).await
}

/// Names of migrations that were applied to the database and are not among ours: a newer version's.
pub async fn unknown<'c>(db: impl IntoSchemaManagerConnection<'c>) -> Result<Vec<String>, DbErr> {
    let manager = SchemaManager::new(db);
    if !manager.has_table(APPLIED).await? {
        return Ok(Vec::new());
    }
    let applied = seaql_migrations::Entity::find()
        .all(manager.get_connection())
        .await?;
    let ours = Migrator::migrations();
    let is_ours = |version: &str| ours.iter().any(|migration| migration.name() == version);
    Ok(applied
        .into_iter()
        .map(|row| row.version)
        .filter(|version| !is_ours(version))
        .collect())
}
