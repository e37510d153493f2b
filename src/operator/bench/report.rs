//! A benchmark's output: a table, and the method behind its figures.

use std::time::Duration;

use serde::Serialize;

use crate::operator::sheet::{Sheet, Table, key};

#[derive(Serialize)]
pub struct Report {
    pub title: &'static str,
    /// How it was measured.
    pub method: String,
    pub columns: Vec<&'static str>,
    pub rows: Vec<Vec<String>>,
    /// Whether the invariants held (nothing lost, nothing duplicated); benchmarks of speed are always sound.
    pub sound: bool,
}

impl Report {
    pub fn new(title: &'static str, method: impl Into<String>, columns: &[&'static str]) -> Self {
        Self {
            title,
            method: method.into(),
            columns: columns.to_vec(),
            rows: Vec::new(),
            sound: true,
        }
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    pub fn to_sheet(&self) -> Sheet {
        let columns: Vec<_> = self.columns.iter().map(|head| key(head)).collect();
        Sheet::from(self.title)
            .and(Table::new(columns, self.rows.clone()))
            .and(self.method.as_str())
    }
}

/// Milliseconds with two decimals.
pub fn ms(span: Duration) -> String {
    format!("{:.2}", span.as_secs_f64() * 1e3)
}

/// The `p`-th percentile (0–100) of sorted spans, by nearest rank; zero when there are none.
pub fn percentile(sorted: &[Duration], p: usize) -> Duration {
    let rank = (sorted.len() * p).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let spans: Vec<Duration> = (1..=200).map(Duration::from_millis).collect();
        assert_eq!(percentile(&spans, 50), Duration::from_millis(100));
        assert_eq!(percentile(&spans, 99), Duration::from_millis(198));
        assert_eq!(percentile(&spans, 100), Duration::from_millis(200));
        assert_eq!(percentile(&[], 50), Duration::ZERO);
    }
}
