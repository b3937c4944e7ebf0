//! Lists by page number, with totals, which can also continue by cursor.

use std::borrow::Cow;

use domain::error::FieldError;
use domain::{Error, Result};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Cursor, Limit, Page, PageWith};

/// Page number, from 1 to 1,000,000.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(transparent)]
pub struct PageNumber(pub usize);

impl JsonSchema for PageNumber {
    fn schema_name() -> Cow<'static, str> {
        "PageNumber".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "integer", "minimum": 1, "maximum": 1_000_000, "default": 1})
    }
}

/// Section of a list that a request asks for, by page number or by cursor.
#[derive(Debug, Default)]
pub struct PageRequest {
    /// Page number from 1, for a list by page number; `None` is page 1.
    pub page: Option<PageNumber>,
    /// Maximum number of entries of a page, for a list by page number.
    pub per_page: Option<Limit>,
    /// Maximum number of entries of a page, for a list by cursor.
    pub limit: Option<Limit>,
    /// Cursor of the page before, after whose last entry the list continues.
    pub cursor: Option<Cursor>,
}

/// Counts of a list that is read by page number; absent when it is read by cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PageInfo {
    /// Number of entries on all pages together. A list of orders counts no more than the newest 1,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<usize>,
    /// Number of this page, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<usize>,
    /// Maximum number of entries of a page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_page: Option<usize>,
    /// Number of pages in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_pages: Option<usize>,
}

impl PageRequest {
    /// Returns whether the list is read by cursor, as it is if the request has a limit or a cursor.
    pub const fn is_by_cursor(&self) -> bool {
        self.limit.is_some() || self.cursor.is_some()
    }

    /// Selects the requested page of `all`, which is sorted by `position`. The result has a cursor in both
    /// modes, unless it is the last page.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` for a cursor of another list, and for a page number combined with a limit or
    /// cursor.
    pub fn of<T, P>(self, all: Vec<T>, position: impl Fn(&T) -> P) -> Result<PageWith<T, PageInfo>>
    where
        P: Ord + Serialize + DeserializeOwned,
    {
        self.of_first(all, usize::MAX, position)
    }

    /// Returns the number of entries that must be read for [`PageRequest::of_first`], after the position
    /// of [`PageRequest::after`]: `counted_max` for a list by page number or the limit for a list by
    /// cursor, and one more, which shows whether another page follows.
    pub fn read_max(&self, counted_max: usize) -> usize {
        1 + if self.is_by_cursor() { self.limit.unwrap_or_default().0 } else { counted_max }
    }

    /// Returns the position in the cursor, after which the list continues; `None` without a cursor.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` for a cursor of another kind of list.
    pub fn after<P: DeserializeOwned>(&self) -> Result<Option<P>> {
        self.cursor.as_ref().map(Cursor::position).transpose()
    }

    /// Selects the requested page like [`PageRequest::of`], from a list that is numbered and counted up to
    /// `counted_max` entries only. The cursor of the last numbered page leads to the entries after them.
    /// `all` needs one entry beyond `counted_max`, which shows whether there are any.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` for a cursor of another list, and for a page number combined with a limit or
    /// cursor.
    pub fn of_first<T, P>(
        self,
        all: Vec<T>,
        counted_max: usize,
        position: impl Fn(&T) -> P,
    ) -> Result<PageWith<T, PageInfo>>
    where
        P: Ord + Serialize + DeserializeOwned,
    {
        self.check()?;
        let after: Option<P> = self.after()?;
        let per_page = self.per_page.unwrap_or_default().0;
        let page = self.page.map_or(1, |page| page.0);
        let (first, length, whole) = if self.is_by_cursor() {
            let passed = |entry: &T| after.as_ref().is_some_and(|after| position(entry) <= *after);
            (all.partition_point(passed), self.limit.unwrap_or_default().0, PageInfo::default())
        } else {
            let first = page.saturating_sub(1) * per_page;
            let length = per_page.min(counted_max.saturating_sub(first));
            (first, length, PageInfo::new(all.len().min(counted_max), page, per_page))
        };
        let more = all.len() > first + length;
        let entries: Vec<T> = all.into_iter().skip(first).take(length).collect();
        let next_cursor = entries.last().filter(|_| more).and_then(|last| Cursor::of(&position(last)));
        Ok(PageWith { page: Page { entries, next_cursor }, meta: whole })
    }

    fn check(&self) -> Result<()> {
        if !self.is_by_cursor() {
            return Ok(());
        }
        let given = [("page", self.page.is_some()), ("per_page", self.per_page.is_some())];
        let given = given.into_iter().filter(|(_, is_given)| *is_given);
        let fields: Vec<FieldError> =
            given.map(|(name, _)| FieldError::new(name, "is not for a list by cursor")).collect();
        if fields.is_empty() { Ok(()) } else { Err(Error::invalid(fields)) }
    }
}

impl PageInfo {
    fn new(total: usize, page: usize, per_page: usize) -> Self {
        Self {
            total: Some(total),
            page: Some(page),
            per_page: Some(per_page),
            total_pages: Some(total.div_ceil(per_page)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use assertions::assert_each_eq;

    fn numbered(page: usize, per_page: usize) -> PageRequest {
        PageRequest {
            page: Some(PageNumber(page)),
            per_page: Some(Limit(per_page)),
            ..PageRequest::default()
        }
    }

    fn behind(cursor: Option<String>, limit: usize) -> PageRequest {
        let cursor = cursor.map(|cursor| serde_json::from_value(cursor.into()).unwrap());
        PageRequest { limit: Some(Limit(limit)), cursor, ..PageRequest::default() }
    }

    fn of(page_request: PageRequest) -> PageWith<u32, PageInfo> {
        page_request.of(vec![10, 20, 30, 40, 50], |number| *number).unwrap()
    }

    #[test]
    fn pages_have_numbers_and_together_they_are_the_list() {
        for (page, entries) in [(1, vec![10, 20]), (2, vec![30, 40]), (3, vec![50]), (4, vec![])] {
            let part = of(numbered(page, 2));
            assert_each_eq!((part.page.entries, entries), (part.meta, PageInfo::new(5, page, 2)));
        }
        let whole = of(PageRequest::default()).meta;
        assert_each_eq!(
            (whole.total, Some(5)),
            (whole.page, Some(1)),
            (whole.per_page, Some(20)),
            (whole.total_pages, Some(1))
        );
        assert_eq!(
            PageRequest::default().of(Vec::<u32>::new(), |one| *one).unwrap().meta.total_pages,
            Some(0)
        );
    }

    #[test]
    fn a_list_goes_on_by_cursor_from_wherever_it_was() {
        let first = of(numbered(1, 2));
        let second = of(behind(first.page.next_cursor, 2));
        assert_each_eq!((second.page.entries, vec![30, 40]), (second.meta, PageInfo::default()));
        let third = of(behind(second.page.next_cursor, 2));
        assert_each_eq!((third.page.entries, vec![50]), (third.page.next_cursor, None));
        // Entries that were removed meanwhile are skipped, and later ones are found.
        let gone = behind(Cursor::of(&25), 9);
        assert_eq!(of(gone).page.entries, [30, 40, 50]);
        assert_eq!(of(behind(None, 3)).page.entries, [10, 20, 30]);
    }

    #[test]
    fn numbered_pages_end_where_counting_ends_and_a_cursor_goes_on() {
        let of = |page_request: PageRequest| {
            page_request.of_first(vec![10, 20, 30, 40, 50], 4, |number| *number).unwrap()
        };
        assert_each_eq!((numbered(1, 3).read_max(4), 5), (behind(None, 3).read_max(4), 4));
        let last = of(numbered(2, 3));
        assert_each_eq!((last.page.entries, vec![40]), (last.meta, PageInfo::new(4, 2, 3)));
        assert_eq!(of(behind(last.page.next_cursor, 3)).page.entries, [50]);
        let beyond = of(numbered(3, 3));
        assert_each_eq!((beyond.page.entries.is_empty(), true), (beyond.page.next_cursor, None));
    }

    #[test]
    fn numbers_are_not_for_a_list_by_cursor() {
        let both = PageRequest { limit: Some(Limit(1)), ..numbered(1, 1) };
        let error = both.of(vec![1], |one| *one).err().unwrap();
        let fields: Vec<String> = error
            .details
            .unwrap()
            .as_array()
            .unwrap()
            .iter()
            .map(|detail| detail["field"].to_string())
            .collect();
        assert_eq!(fields, ["\"page\"", "\"per_page\""]);
        assert!(behind(Cursor::of(&"text"), 1).of(vec![1], |one| *one).is_err());
    }
}
