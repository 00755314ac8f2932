//! Lists with search and pages.

/// Which part of a list is wanted.
#[derive(Clone, Debug, Default)]
pub struct Search {
    /// Text that a row must contain, in any case.
    pub text: String,
    /// A narrowing that each list explains.
    pub state: Option<String>,
    /// From 1.
    pub page: i64,
}

/// Rows on a page.
pub const PAGE: i64 = 50;

/// One page of a list, and how many rows there are in all.
pub struct Page<T> {
    pub rows: Vec<T>,
    pub total: i64,
}

impl Search {
    /// For `LIKE … ESCAPE '\'` on a folded column; `None` where everything fits.
    pub(super) fn pattern(&self) -> Option<String> {
        let text = crate::oidc::user::fold(&self.text);
        if text.is_empty() {
            return None;
        }
        let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        Some(format!("%{escaped}%"))
    }

    pub(super) const fn limit(&self) -> i64 {
        PAGE
    }

    pub(super) fn offset(&self) -> i64 {
        self.page.clamp(1, 1_000_000).saturating_sub(1) * PAGE
    }
}

impl<T> Page<T> {
    /// The number of the last page, from 1.
    pub const fn last_page(&self) -> i64 {
        if self.total <= PAGE { 1 } else { (self.total + PAGE - 1) / PAGE }
    }
}
