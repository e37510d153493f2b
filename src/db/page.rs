//! Lists, a part at a time.

/// A part of a list, and where the next part begins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page<T, C> {
    pub rows: Vec<T>,
    /// The cursor of the last row shown, when there are more.
    pub next: Option<C>,
}

impl<T, C> Page<T, C> {
    /// The first `limit` of `rows`, of which the caller has read one more to see whether there are any.
    pub fn of(mut rows: Vec<T>, limit: usize, cursor: impl FnOnce(&T) -> C) -> Self {
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(cursor);
        Self { rows, next }
    }

    pub fn map<U>(self, view: impl FnMut(T) -> U) -> Page<U, C> {
        Page {
            rows: self.rows.into_iter().map(view).collect(),
            next: self.next,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_points_to_the_next_one_only_if_there_is_one() {
        let page = |rows: &[i64]| Page::of(rows.to_vec(), 2, |row| *row);
        assert_eq!(
            page(&[3, 2, 1]),
            Page {
                rows: vec![3, 2],
                next: Some(2)
            }
        );
        assert_eq!(page(&[3, 2]).next, None);
        assert_eq!(page(&[]).next, None);
    }
}
