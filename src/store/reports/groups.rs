//! Access counted by whose it is, or by what it is on.

use sea_orm::{ConnectionTrait, Statement};

use crate::access::filter::Filter;
use crate::access::ids::PersonId;
use crate::access::named::named;
use crate::access::reader::Reader;

use super::super::Store;
use super::super::at_once::List;
use super::super::error::StoreError;
use super::page::Page;

named! {
    /// By what access is counted.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum By {
        Person = "person",
        Resource = "resource",
        Integration = "integration",
    }
}

/// Whose access, or on what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Common {
    Person(PersonId),
    Resource { integration: String, name: String },
    Integration(String),
}

/// What has something in common, and how many requests that are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub common: Common,
    pub count: u64,
}

/// Access in groups, and how much of it there is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grouped {
    /// The largest first.
    pub groups: Vec<Group>,
    pub counted: u64,
}

impl Store {
    /// The newest `most` requests that the reader may see and the filter lets through, counted.
    pub async fn grouped(
        &self,
        reader: &Reader,
        filter: &Filter,
        by: By,
        most: u64,
    ) -> Result<Grouped, StoreError> {
        let numbers = self.numbers_like(reader, filter, Page::First, most).await?.items;
        if numbers.is_empty() {
            return Ok(Grouped::default());
        }
        let counted = numbers.len() as u64;
        let db = self.reader();
        let numbers: Vec<i64> = numbers.iter().map(|number| number.0).collect();
        let list = List::numbers(db, &numbers);
        let these = &list.sql;
        let sql = match by {
            By::Person => format!(
                "SELECT grantee_id, '', COUNT(*) FROM request WHERE number IN {these}
                 GROUP BY grantee_id ORDER BY 3 DESC, 1"
            ),
            By::Integration => format!(
                "SELECT integration, '', COUNT(*) FROM request WHERE number IN {these}
                 GROUP BY integration ORDER BY 3 DESC, 1"
            ),
            By::Resource => format!(
                "SELECT r.integration, u.resource_name, COUNT(DISTINCT r.id)
                 FROM request r JOIN request_unit u ON u.request_id = r.id WHERE r.number IN {these}
                 GROUP BY r.integration, u.resource_name ORDER BY 3 DESC, 2, 1"
            ),
        };
        let statement = Statement::from_sql_and_values(db.get_database_backend(), sql, list.values());
        let mut groups = Vec::new();
        for row in db.query_all_raw(statement).await? {
            let (first, name): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
            let count: i64 = row.try_get_by_index(2)?;
            groups.push(Group {
                common: match by {
                    By::Person => Common::Person(PersonId::new(first)),
                    By::Integration => Common::Integration(first),
                    By::Resource => Common::Resource {
                        integration: first,
                        name,
                    },
                },
                count: count.unsigned_abs(),
            });
        }
        Ok(Grouped { groups, counted })
    }
}
