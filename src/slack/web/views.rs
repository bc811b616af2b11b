//! Opening and changing modals. Always in the interactive lane: somebody is waiting.

use serde::{Deserialize, Serialize};

use super::{Lane, Method, WebApi, WebError};

/// A view that is open.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ViewRef {
    pub id: String,
    /// Its present state; an update that names another one fails with `hash_conflict`.
    pub hash: String,
}

#[derive(Deserialize)]
struct ViewAnswer {
    view: ViewRef,
}

#[derive(Serialize)]
struct WithTrigger<'a, V> {
    trigger_id: &'a str,
    view: &'a V,
}

impl WebApi {
    /// Opens a modal. The trigger works once, within 3 s of the click.
    pub async fn views_open<V: Serialize + Sync>(
        &self,
        trigger_id: &str,
        view: &V,
    ) -> Result<ViewRef, WebError> {
        let arguments = WithTrigger { trigger_id, view };
        self.view(Method::ViewsOpen, &arguments).await
    }

    /// Puts a modal on top of the open one; at most three can be stacked.
    pub async fn views_push<V: Serialize + Sync>(
        &self,
        trigger_id: &str,
        view: &V,
    ) -> Result<ViewRef, WebError> {
        let arguments = WithTrigger { trigger_id, view };
        self.view(Method::ViewsPush, &arguments).await
    }

    /// Replaces an open view; with `hash` only if nobody changed it since.
    pub async fn views_update<V: Serialize + Sync>(
        &self,
        view_id: &str,
        hash: Option<&str>,
        view: &V,
    ) -> Result<ViewRef, WebError> {
        #[derive(Serialize)]
        struct Update<'a, V> {
            view_id: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            hash: Option<&'a str>,
            view: &'a V,
        }
        let arguments = Update { view_id, hash, view };
        self.view(Method::ViewsUpdate, &arguments).await
    }

    async fn view<A: Serialize + Sync>(&self, method: Method, arguments: &A) -> Result<ViewRef, WebError> {
        let answer: ViewAnswer = self.call(method, Lane::Interactive, arguments).await?;
        Ok(answer.view)
    }
}
