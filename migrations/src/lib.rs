//! The schema, step by step, for both SQLite and PostgreSQL.
//!
//! Invariant: a released migration is frozen. It names tables and columns itself and does not depend on the present entities,
//! so it does to a new database today exactly what it did to an old one years ago.

mod columns;
mod m0001;
mod m0002;
mod m0003;
mod m0004;
mod m0005;
mod m0006;
mod m0007;
mod m0008;
mod m0009;
mod m0010;
mod m0011;
mod m0012;
mod m0013;

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::EntityTrait;
use sea_orm_migration::seaql_migrations;

/// The table in which sea-orm-migration keeps what was applied.
const APPLIED: &str = "seaql_migrations";

struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001::Migration),
            Box::new(m0002::Migration),
            Box::new(m0003::Migration),
            Box::new(m0004::Migration),
            Box::new(m0005::Migration),
            Box::new(m0006::Migration),
            Box::new(m0007::Migration),
            Box::new(m0008::Migration),
            Box::new(m0009::Migration),
            Box::new(m0010::Migration),
            Box::new(m0011::Migration),
            Box::new(m0012::Migration),
            Box::new(m0013::Migration),
        ]
    }
}

/// Runs the missing migrations. The caller holds the lock that keeps a second process out.
pub async fn run<'c>(db: impl IntoSchemaManagerConnection<'c>) -> Result<(), DbErr> {
    Migrator::up(db, None).await
}

/// How a database's schema differs from ours, by the names of migrations.
#[derive(Debug, Default)]
pub struct Difference {
    /// Applied there but unknown here: from a newer version.
    pub unknown: Vec<String>,
    /// Not applied there yet.
    pub missing: Vec<String>,
}

/// Compares the applied migrations with the known ones. Only reads, and accepts an empty database too.
pub async fn difference<'c>(db: impl IntoSchemaManagerConnection<'c>) -> Result<Difference, DbErr> {
    let ours: Vec<String> = Migrator::migrations()
        .iter()
        .map(|migration| migration.name().to_owned())
        .collect();
    let manager = SchemaManager::new(db);
    let mut applied = Vec::new();
    if manager.has_table(APPLIED).await? {
        let rows = seaql_migrations::Entity::find()
            .all(manager.get_connection())
            .await?;
        applied.extend(rows.into_iter().map(|row| row.version));
    }
    Ok(Difference {
        missing: without(&ours, &applied),
        unknown: without(&applied, &ours),
    })
}

fn without(names: &[String], others: &[String]) -> Vec<String> {
    names
        .iter()
        .filter(|name| !others.contains(name))
        .cloned()
        .collect()
}
