//! Lists of what is in the directory: filtered, counted, page by page.

use axum::response::Response;
use serde_json::{Map, Value};

use super::call::Call;
use super::error::{Area, GraphError};
use super::filter::{self, Named};
use super::query::{LIST, page};
use super::schema::Schema;
use crate::domain::filter::Filter;
use crate::service::AdminError;

/// Something of which there is a list.
pub(super) trait Listed: Sized + Send {
    /// What the list is called.
    const NAME: &'static str;
    /// What there is to know about one.
    const SCHEMA: &'static Schema;
    /// What it is filtered by.
    type Field: Named + Send + Sync;

    /// The first so many that match, behind this key.
    fn search(
        call: &Call,
        filter: &Filter<Self::Field>,
        after: &str,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Self>, AdminError>> + Send;

    /// How many match.
    fn count(
        call: &Call,
        filter: &Filter<Self::Field>,
    ) -> impl Future<Output = Result<u32, AdminError>> + Send;

    /// What the list is in the order of.
    fn key(&self) -> String;

    /// One as JSON.
    fn document(&self) -> Map<String, Value>;
}

/// `GET` of the list.
pub(super) async fn list<T: Listed>(call: Call) -> Result<Response, GraphError> {
    let failed = |error| GraphError::of(Area::Directory, error);
    let options = call.options(LIST)?;
    options.check_select(&T::SCHEMA.names())?;
    let filter = options.filter.as_deref().map(filter::parse).transpose()?.unwrap_or_default();
    let after = options.after.as_deref().unwrap_or_default();
    let found = T::search(&call, &filter, after, options.top + 1).await;
    let (found, next) = page(found.map_err(failed)?, options.top, T::key);
    let count =
        if options.count { Some(T::count(&call, &filter).await.map_err(failed)?) } else { None };
    let value = found.iter().map(|it| options.select(it.document())).collect();
    Ok(call.collection(T::NAME, count, next.as_deref(), value))
}
