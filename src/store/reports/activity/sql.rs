//! Pieces of a statement with their values, put together for either database.

use sea_orm::{DbBackend, Statement, Value};

/// A piece of SQL: `?` stands for the next value, `#` for the number of the request at hand, and `~` before a column keeps
/// SQLite from using an index on it.
#[derive(Clone, Debug, Default)]
pub(super) struct Sql {
    text: String,
    values: Vec<Value>,
}

impl Sql {
    pub(super) fn new<const N: usize>(text: impl Into<String>, values: [Value; N]) -> Self {
        Self {
            text: text.into(),
            values: values.into(),
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    #[must_use]
    pub(super) fn then(mut self, other: Self) -> Self {
        self.text.push_str(&other.text);
        self.values.extend(other.values);
        self
    }

    /// `parts` with `between` between them.
    pub(super) fn joined(parts: impl IntoIterator<Item = Self>, between: &str) -> Self {
        let mut all = Self::default();
        for part in parts {
            if !all.text.is_empty() {
                all.text.push_str(between);
            }
            all = all.then(part);
        }
        all
    }

    /// The statement, with `number` as the number of the request at hand.
    pub(super) fn statement(self, backend: DbBackend, number: &str) -> Statement {
        let steer = if backend == DbBackend::Sqlite { "+" } else { "" };
        let (mut sql, mut place) = (String::with_capacity(self.text.len()), 0);
        for c in self.text.chars() {
            match c {
                '?' => {
                    place += 1;
                    sql.push('$');
                    sql.push_str(&place.to_string());
                }
                '#' => sql.push_str(number),
                '~' => sql.push_str(steer),
                c => sql.push(c),
            }
        }
        Statement::from_sql_and_values(backend, sql, self.values)
    }
}
