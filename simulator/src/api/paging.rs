//! Cursors: pages of a list.

use serde_json::{Value, json};

use super::args::Args;
use super::error::ApiError;

const PREFIX: &str = "page:";

/// The page that `cursor` and `limit` ask for, and the answer's `response_metadata`. Without `limit` a page has `default` items.
pub(super) fn page<T>(args: &Args, items: Vec<T>, default: usize) -> Result<(Vec<T>, Value), ApiError> {
    let limit = args
        .number("limit")?
        .filter(|&limit| limit > 0)
        .unwrap_or(default)
        .min(1000);
    let start = match args.text("cursor")?.filter(|cursor| !cursor.is_empty()) {
        None => 0,
        Some(cursor) => {
            let offset = cursor
                .strip_prefix(PREFIX)
                .and_then(|offset| offset.parse::<usize>().ok());
            offset
                .filter(|&offset| offset <= items.len())
                .ok_or_else(|| ApiError::new("invalid_cursor"))?
        }
    };
    let next = if items.len() > start + limit {
        format!("{PREFIX}{}", start + limit)
    } else {
        String::new()
    };
    let page = items.into_iter().skip(start).take(limit).collect();
    Ok((page, json!({"next_cursor": next})))
}
