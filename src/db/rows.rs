//! What a prepared query finds, with the error that stores give.

use rusqlite::{OptionalExtension as _, Params, Row, Statement};

use super::Result;

/// Whole answers of a prepared query, beside those that `rusqlite` gives.
pub trait Rows {
    /// Every row.
    fn all<T, R: FromIterator<T>>(
        &mut self,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<R>;

    /// The first row.
    ///
    /// # Errors
    /// `NotFound` when there is none.
    fn one<T>(&mut self, params: impl Params, read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>) -> Result<T>;

    /// The first row, if there is one.
    fn maybe<T>(
        &mut self,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>>;
}

impl Rows for Statement<'_> {
    fn all<T, R: FromIterator<T>>(
        &mut self,
        params: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<R> {
        Ok(self.query_map(params, read)?.collect::<rusqlite::Result<R>>()?)
    }

    fn one<T>(&mut self, params: impl Params, read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>) -> Result<T> {
        Ok(self.query_row(params, read)?)
    }

    fn maybe<T>(
        &mut self,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>> {
        Ok(self.query_row(params, read).optional()?)
    }
}
