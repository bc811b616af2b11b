//! Keeping the index of requests: its terms are written in the change that makes the request or decides it.
//!
//! Invariant: a row with `indexed_version = version` has its terms and stamps. A version that does not keep them may run next
//! to this one during an upgrade; its rows are indexed at the next start.

use std::collections::HashMap;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, DbBackend, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect, Statement,
};

use crate::access::ids::{PersonId, RequestId};
use crate::access::request::Request;

use super::entities::{account, decision, request, request_term, words};
use super::error::StoreError;
use super::requests::many;
use super::stamps::FROM_THE_REST;
use super::{Tx, terms};

/// How many requests are indexed at once.
const BATCH: u64 = 1_000;

/// How many terms one statement inserts.
const TERMS_AT_ONCE: usize = 20_000;

const REVERSE_INDEX: &str = "request_term_term_number";

/// A text that is searched: a justification, or a person's name.
#[derive(FromQueryResult)]
struct Searched {
    is_name: bool,
    text: String,
}

impl Tx {
    /// Indexes a new request.
    pub(super) async fn index(&mut self, new: &Request) -> Result<(), StoreError> {
        let sql = "SELECT FALSE AS is_name, body AS text FROM words WHERE id = $1 AND body IS NOT NULL
                   UNION ALL SELECT TRUE, name FROM account WHERE person_id IN ($2, $3)";
        let values = [
            &new.justification.to_string(),
            new.requester.as_str(),
            new.grantee.as_str(),
        ];
        let statement = Statement::from_sql_and_values(self.backend(), sql, values.map(Into::into));
        let texts = Searched::find_by_statement(statement).all(self.db()).await?;
        let justification = texts.iter().find(|text| !text.is_name);
        let names = texts.iter().filter(|text| text.is_name);
        let names: Vec<&str> = names.map(|text| text.text.as_str()).collect();
        let terms = terms::of(new, justification.map(|text| text.text.as_str()), &names);
        let rows: Vec<_> = terms.into_iter().map(|term| (new.number.0, term)).collect();
        self.insert_terms(&rows).await
    }

    /// The request can be found by who decided it.
    pub(super) async fn index_approver(
        &mut self,
        request: &RequestId,
        approver: &PersonId,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO request_term (number, term) SELECT number, $2 FROM request WHERE id = $1
                   ON CONFLICT DO NOTHING";
        let values = [request.as_str().into(), terms::of_approver(approver).into()];
        self.execute(sql, values).await?;
        Ok(())
    }

    /// What is found by `gone` is found by `stays` from now on.
    pub(super) async fn rename_in_index(
        &mut self,
        stays: &PersonId,
        gone: &PersonId,
    ) -> Result<(), StoreError> {
        for term in [terms::of_person, terms::of_approver] {
            let copy =
                "INSERT INTO request_term (number, term) SELECT number, $1 FROM request_term WHERE term = $2
                        ON CONFLICT DO NOTHING";
            self.execute(copy, [term(stays).into(), term(gone).into()])
                .await?;
            self.execute("DELETE FROM request_term WHERE term = $1", [term(gone).into()])
                .await?;
        }
        Ok(())
    }

    /// Indexes the requests that are not indexed: all of them after the migration that made the index, and those of an
    /// earlier version that ran next to this one.
    pub(super) async fn index_the_rest(&mut self) -> Result<(), StoreError> {
        let is_new = request_term::Entity::find().one(self.db()).await?.is_none();
        let mut batch = self.unindexed().await?;
        if batch.is_empty() {
            return Ok(());
        }
        if is_new {
            // Sorted at once, it is built many times faster than row by row.
            self.execute(format!("DROP INDEX {REVERSE_INDEX}"), []).await?;
        }
        while let (Some(first), Some(last)) = (batch.first(), batch.last()) {
            let bounds = [first.number.0, last.number.0];
            self.index_again(&batch).await?;
            self.execute(FROM_THE_REST, bounds.map(Into::into)).await?;
            batch = self.unindexed().await?;
        }
        if is_new {
            let sql = format!("CREATE INDEX {REVERSE_INDEX} ON request_term (term, number)");
            self.execute(sql, []).await?;
            if self.backend() == DbBackend::Postgres {
                // Until it knows the new tables, it reads whole ranges where a page needs their first rows.
                self.execute("ANALYZE request, request_term", []).await?;
            }
        }
        Ok(())
    }

    async fn unindexed(&self) -> Result<Vec<Request>, StoreError> {
        let found = request::Entity::find()
            .filter(Expr::cust(
                "(indexed_version IS NULL OR indexed_version <> version)",
            ))
            .order_by_asc(request::Column::Number)
            .limit(BATCH);
        many(self.db(), found).await
    }

    async fn index_again(&mut self, requests: &[Request]) -> Result<(), StoreError> {
        let justifications = requests.iter().map(|request| request.justification.as_str());
        let texts = words::Entity::find()
            .filter(words::Column::Id.is_in(justifications))
            .all(self.db())
            .await?;
        let texts: HashMap<String, Option<String>> =
            texts.into_iter().map(|row| (row.id, row.body)).collect();
        let mut people: Vec<&str> = requests
            .iter()
            .flat_map(|request| [request.requester.as_str(), request.grantee.as_str()])
            .collect();
        people.sort_unstable();
        people.dedup();
        let accounts = account::Entity::find()
            .filter(account::Column::PersonId.is_in(people))
            .all(self.db())
            .await?;
        let numbers: HashMap<&str, i64> = requests
            .iter()
            .map(|request| (request.id.as_str(), request.number.0))
            .collect();
        let decided: Vec<(String, String)> = decision::Entity::find()
            .select_only()
            .columns([decision::Column::RequestId, decision::Column::PersonId])
            .filter(decision::Column::RequestId.is_in(numbers.keys().copied()))
            .into_tuple()
            .all(self.db())
            .await?;
        let mut rows: Vec<(i64, String)> = Vec::new();
        for request in requests {
            let of_this = accounts.iter().filter(|account| {
                [request.requester.as_str(), request.grantee.as_str()].contains(&account.person_id.as_str())
            });
            let names: Vec<&str> = of_this.map(|account| account.name.as_str()).collect();
            let text = texts
                .get(request.justification.as_str())
                .and_then(Option::as_deref);
            let terms = terms::of(request, text, &names);
            rows.extend(terms.into_iter().map(|term| (request.number.0, term)));
        }
        rows.extend(decided.into_iter().filter_map(|(request, person)| {
            let number = numbers.get(request.as_str())?;
            Some((*number, terms::of_approver(&PersonId::new(person))))
        }));
        self.insert_terms(&rows).await
    }

    /// Those that are there stay. The statement is the same however many there are, so it is prepared once.
    async fn insert_terms(&mut self, rows: &[(i64, String)]) -> Result<(), StoreError> {
        let elements = match self.backend() {
            DbBackend::Sqlite => "SELECT value ->> 0, value ->> 1 FROM json_each($1) WHERE TRUE",
            _ => "SELECT (value ->> 0)::bigint, value ->> 1 FROM json_array_elements($1::json)",
        };
        let sql = format!(
            "INSERT INTO request_term (number, term) {elements} ON CONFLICT (number, term) DO NOTHING"
        );
        for some in rows.chunks(TERMS_AT_ONCE) {
            let some = serde_json::to_string(some).expect("numbers and texts are JSON");
            self.execute(sql.clone(), [some.into()]).await?;
        }
        Ok(())
    }
}
