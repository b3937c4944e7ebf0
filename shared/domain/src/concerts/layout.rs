//! Seat layout of a date: names, prices and adjacency of seats.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize};

use crate::error::FieldError;
use crate::ids::{self, is_id};
use crate::{Error, Result};

/// Maximum number of seats per date.
pub const SEATS_MAX: u32 = 2000;

/// Name of a seat: `17`, or `A-3-17` if there are sections and rows. JSON numbers are accepted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct SeatName(String);

/// Seat layout of a date. Seats are numbered from 0 across sections and rows, in layout order; this number is
/// their index.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatLayout {
    /// Sections of the layout, in order.
    pub sections: Vec<Section>,
}

/// Section of seats with the same price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// Name of the section. May be `None` if the layout has only one.
    #[serde(default)]
    pub name: Option<String>,
    /// Price of each seat of the section, in whole units of the currency.
    pub price: u64,
    /// Rows of the section, in order.
    pub rows: Vec<Row>,
}

/// Row of adjacent seats, numbered from 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// Name of the row. May be `None` if the section has only one.
    #[serde(default)]
    pub name: Option<String>,
    /// Number of seats in the row, numbered from 1.
    pub seats: u32,
}

/// Seat of a layout with its name and price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat<'a> {
    /// Index in the layout, from 0.
    pub index: u32,
    /// Name of the seat, unique within the date.
    pub name: SeatName,
    /// Section of the seat, if sections have names.
    pub section: Option<&'a str>,
    /// Row of the seat, if rows have names.
    pub row: Option<&'a str>,
    /// Price of the seat in whole units of the currency.
    pub price: u64,
}

impl SeatLayout {
    /// Creates a layout of one row with so many `seats`, without names for section and row, at `price` each.
    pub fn plain(seats: u32, price: u64) -> Self {
        Self { sections: vec![Section { name: None, price, rows: vec![Row { name: None, seats }] }] }
    }

    /// Returns the number of seats in all sections.
    pub fn seats_len(&self) -> u32 {
        self.rows().map(|(_, row)| row.seats).fold(0, u32::saturating_add)
    }

    /// Returns all seats in layout order.
    pub fn seats(&self) -> impl Iterator<Item = Seat<'_>> {
        self.seats_where(|_| true)
    }

    /// Returns the seats for whose index `is_wanted` returns `true`, in layout order.
    pub fn seats_where(&self, is_wanted: impl Fn(u32) -> bool) -> impl Iterator<Item = Seat<'_>> {
        let rows = self.rows().flat_map(|(section, row)| (1..=row.seats).map(move |n| (section, row, n)));
        let wanted = rows.zip(0..).filter(move |(_, index)| is_wanted(*index));
        wanted.map(|((section, row, number), index)| seat(section, row, number, index))
    }

    /// Returns the seat with this name, or `None` if there is none.
    pub fn find(&self, name: &SeatName) -> Option<Seat<'_>> {
        let mut first = 0;
        for (section, row) in self.rows() {
            let number = match (&section.name, &row.name) {
                (Some(section), Some(row)) => {
                    let rest = name.0.strip_prefix(section.as_str()).and_then(|rest| rest.strip_prefix('-'));
                    rest.and_then(|rest| rest.strip_prefix(row.as_str())?.strip_prefix('-'))
                }
                _ => Some(name.0.as_str()),
            };
            let number: Option<u32> = number.and_then(|number| number.parse().ok());
            if let Some(number) = number.filter(|number| (1..=row.seats).contains(number)) {
                // Texts like "01" and "+1" parse as numbers but are not names.
                return Some(seat(section, row, number, first + number - 1))
                    .filter(|seat| seat.name == *name);
            }
            first += row.seats;
        }
        None
    }

    /// Returns the first index of each group of `count` adjacent free seats, in layout order. All seats of a
    /// group are in one row; groups may overlap.
    pub fn groups(&self, count: u32, is_free: impl Fn(u32) -> bool) -> Vec<u32> {
        let mut starts = Vec::new();
        let mut first = 0;
        for (_, row) in self.rows() {
            let mut free = 0;
            for index in first..first + row.seats {
                free = if is_free(index) { free + 1 } else { 0 };
                if free >= count {
                    starts.push(index + 1 - count);
                }
            }
            first += row.seats;
        }
        starts
    }

    /// Validates that the layout has 1 to [`SEATS_MAX`] seats and that section and row names are unique.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` with all invalid fields.
    pub fn check(&self) -> Result<()> {
        let mut fields = Vec::new();
        let mut sections = HashSet::new();
        for (at, section) in self.sections.iter().enumerate() {
            if !sections.insert(&section.name) {
                fields.push(FieldError::new(format!("sections[{at}].name"), "is there twice"));
            }
            let mut rows = HashSet::new();
            let twice = section.rows.iter().enumerate().filter(|(_, row)| !rows.insert(&row.name));
            fields.extend(twice.map(|(row, _)| {
                FieldError::new(format!("sections[{at}].rows[{row}].name"), "is there twice")
            }));
        }
        if !(1..=SEATS_MAX).contains(&self.seats_len()) {
            fields.push(FieldError::new("sections", format!("must have 1 to {SEATS_MAX} seats together")));
        }
        if fields.is_empty() { Ok(()) } else { Err(Error::invalid(fields)) }
    }

    fn rows(&self) -> impl Iterator<Item = (&Section, &Row)> {
        self.sections.iter().flat_map(|section| section.rows.iter().map(move |row| (section, row)))
    }
}

fn seat<'a>(section: &'a Section, row: &'a Row, number: u32, index: u32) -> Seat<'a> {
    let (section_name, row_name) = (section.name.as_deref(), row.name.as_deref());
    let name = match (section_name, row_name) {
        (Some(section), Some(row)) => format!("{section}-{row}-{number}"),
        _ => number.to_string(),
    };
    Seat { index, name: SeatName(name), section: section_name, row: row_name, price: section.price }
}

impl SeatName {
    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SeatName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SeatName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = deserializer.deserialize_any(ids::IdText)?;
        if is_id(&text) { Ok(Self(text)) } else { Err(serde::de::Error::custom("is not the name of a seat")) }
    }
}

impl JsonSchema for SeatName {
    fn schema_name() -> Cow<'static, str> {
        "SeatName".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        ids::id_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn name(text: &str) -> SeatName {
        SeatName(text.to_owned())
    }

    fn section(name: &str, rows: &[(&str, u32)]) -> Section {
        let rows = rows.iter().map(|(name, seats)| Row { name: Some((*name).to_owned()), seats: *seats });
        Section { name: Some(name.to_owned()), price: 10, rows: rows.collect() }
    }

    #[test]
    fn plain_seats_are_numbers() {
        let layout = SeatLayout::plain(50, 7);
        assert_eq!(layout.find(&name("50")).unwrap().index, 49);
        assert_eq!(layout.find(&name("1")).unwrap().price, 7);
        for unknown in ["0", "51", "01", "+1", "-1", "A-1-1", "x", "99999999999"] {
            assert_eq!(layout.find(&name(unknown)), None, "{unknown}");
        }
        assert_eq!(serde_json::from_str::<SeatName>("17").unwrap(), name("17"));
    }

    #[test]
    fn seats_beside_each_other_are_of_one_row() {
        let layout =
            SeatLayout { sections: vec![section("A", &[("1", 3), ("2", 2)]), section("B", &[("1", 4)])] };
        assert_eq!(layout.groups(3, |_| true), [0, 5, 6]);
        assert_eq!(layout.groups(2, |index| index != 1), [3, 5, 6, 7]);
        assert_eq!(layout.groups(4, |index| index != 8), Vec::<u32>::new());
    }

    #[test]
    fn what_is_wrong_is_said_at_once() {
        let wrong = SeatLayout { sections: vec![section("A", &[("1", 2000), ("1", 1)]), section("A", &[])] };
        let details = wrong.check().unwrap_err().details.unwrap().to_string();
        for field in ["sections[0].rows[1].name", "sections[1].name", "2000 seats"] {
            assert!(details.contains(field), "{details}");
        }
        assert!(SeatLayout::plain(2000, 0).check().is_ok());
        assert!(SeatLayout::plain(0, 0).check().is_err());
    }

    prop_compose! {
        fn layouts()(
            sections in prop::collection::vec(prop::collection::vec(1..9u32, 1..5), 1..4)
        ) -> SeatLayout {
            let of = |(at, rows): (usize, Vec<u32>)| {
                let names: Vec<String> = (0..rows.len()).map(|row| format!("{}", 1 + 10 * row)).collect();
                let rows: Vec<(&str, u32)> = names.iter().map(String::as_str).zip(rows).collect();
                section(&format!("{}", 1 + 10 * at), &rows)
            };
            SeatLayout { sections: sections.into_iter().enumerate().map(of).collect() }
        }
    }

    proptest! {
        #[test]
        fn every_seat_is_found_by_its_name(layout in layouts()) {
            let seats: Vec<Seat<'_>> = layout.seats().collect();
            prop_assert_eq!(seats.len(), layout.seats_len() as usize);
            for (at, seat) in seats.iter().enumerate() {
                prop_assert_eq!(seat.index as usize, at);
                let found = layout.find(&seat.name);
                prop_assert_eq!(found.as_ref(), Some(seat));
            }
            prop_assert!(layout.check().is_ok());
        }

        #[test]
        fn groups_are_free_and_of_one_row(layout in layouts(), count in 1..5u32, taken: [bool; 16]) {
            let is_free = |index: u32| !taken[index as usize % 16];
            let seats: Vec<Seat<'_>> = layout.seats().collect();
            let good = |start: &u32| {
                let group = seats.get(*start as usize..(*start + count) as usize);
                group.is_some_and(|group| group.iter().all(|seat| {
                    is_free(seat.index) && (seat.section, seat.row) == (group[0].section, group[0].row)
                }))
            };
            let expected: Vec<u32> = (0..layout.seats_len()).filter(good).collect();
            prop_assert_eq!(layout.groups(count, is_free), expected);
        }
    }
}
