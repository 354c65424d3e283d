//! Lists of which what can be read is read.

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer};
use serde_json::Value;

use super::super::decode::{self, DecodeError};

/// A list that a node answered. An entry that cannot be read is left out and counted: one bad departure must not hide
/// the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed<T> {
    /// Those that could be read, in their order.
    pub entries: Vec<T>,
    /// `None` when that was all of them.
    pub unreadable: Option<Unreadable>,
}

/// How much of a list could not be read: "1 of 3 could not be read: `[1].capacity`: …".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// At least 1.
    pub count: usize,
    /// Entries of the list, those included.
    pub total: usize,
    /// Where the first one is wrong, from its place in the list on, and why.
    pub first: DecodeError,
}

impl<T> Listed<T> {
    /// Reads each of `values` by itself. `read` is told its place, and names no place in its errors.
    pub(super) fn read(values: &[Value], read: impl Fn(usize, &Value) -> Result<T, DecodeError>) -> Self {
        let mut listed = Self { entries: Vec::with_capacity(values.len()), unreadable: None };
        for (index, value) in values.iter().enumerate() {
            match read(index, value) {
                Ok(entry) => listed.entries.push(entry),
                Err(error) => {
                    let first =
                        || Unreadable { count: 0, total: values.len(), first: error.within(&format!("[{index}]")) };
                    listed.unreadable.get_or_insert_with(first).count += 1;
                }
            }
        }
        listed
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Listed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let values: Vec<Value> = Vec::deserialize(deserializer)?;
        Ok(Self::read(&values, |_, value| decode::from_value(value)))
    }
}

impl<T> Listed<T> {
    /// What `make` makes of the entries, with what is known of those that are left out.
    pub fn map<U>(self, make: impl FnOnce(Vec<T>) -> U) -> Partial<U> {
        Partial { value: make(self.entries), unreadable: self.unreadable.into_iter().collect() }
    }
}

impl Unreadable {
    /// This of the list `name`, where several stand beside each other.
    pub fn of(self, name: &str) -> Self {
        Self { first: self.first.within(name), ..self }
    }
}

/// What was made of lists, and how much of them could not be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Partial<T> {
    pub value: T,
    /// One for each list that could be read only in part.
    pub unreadable: Vec<Unreadable>,
}

impl<T> Partial<T> {
    /// All of it could be read.
    pub const fn whole(value: T) -> Self {
        Self { value, unreadable: Vec::new() }
    }
}

/// Lists kept at most: their paths hold ids.
const KEPT_AT_MOST: usize = 20;

/// The lists that could be read only in part when they were last asked for, by their path.
#[derive(Debug, Default)]
pub struct UnreadableLists(Vec<(String, Unreadable)>);

impl UnreadableLists {
    /// The list at `path` came in. Answers whether what is said of it is news.
    pub fn note(&mut self, path: &str, unreadable: Option<&Unreadable>) -> bool {
        let known = self.0.iter().position(|(known, _)| known == path).map(|place| self.0.remove(place));
        let Some(unreadable) = unreadable else { return known.is_some() };
        if self.0.len() == KEPT_AT_MOST {
            self.0.remove(0);
        }
        self.0.push((path.to_owned(), unreadable.clone()));
        known.is_none_or(|(_, known)| known != *unreadable)
    }

    /// The one that came in last is the last.
    pub fn lists(&self) -> &[(String, Unreadable)] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Thing {
        id: u32,
    }

    fn read(value: Value) -> Result<Listed<Thing>, DecodeError> {
        decode::from_value(&value)
    }

    #[test]
    fn a_bad_entry_is_left_out_counted_and_named() {
        let listed = read(json!([{ "id": 1 }, { "id": "one" }, null, { "id": 2 }]));
        let Ok(Listed { entries, unreadable: Some(unreadable) }) = listed else { panic!("{listed:?}") };
        assert_eq!(entries, [Thing { id: 1 }, Thing { id: 2 }]);
        assert_eq!((unreadable.count, unreadable.total), (2, 4));
        assert_eq!(unreadable.first.path, "[1].id");
        assert!(unreadable.first.why.contains("one"), "{unreadable:?}");
    }

    #[test]
    fn a_list_that_is_well_says_nothing_of_itself_and_null_is_an_empty_one() {
        assert_eq!(read(json!([{ "id": 1 }])), Ok(Listed { entries: vec![Thing { id: 1 }], unreadable: None }));
        assert_eq!(read(json!(null)), Ok(Listed { entries: Vec::new(), unreadable: None }));
    }

    #[test]
    fn what_is_made_of_a_list_goes_with_what_is_left_out_and_several_lists_are_told_apart() {
        let made = read(json!([{ "id": 1 }, {}, { "id": 2 }])).map(|listed| listed.map(|things| things.len()));
        let Ok(Partial { value: 2, unreadable }) = made else { panic!("{made:?}") };
        let [unreadable] = &unreadable[..] else { panic!("{unreadable:?}") };
        assert_eq!((unreadable.count, unreadable.total, unreadable.first.path.as_str()), (1, 3, "[1]"));
        assert_eq!(unreadable.clone().of("/api/things").first.path, "/api/things[1]");
        assert_eq!(read(json!([])).map(|listed| listed.map(|things| things.len())), Ok(Partial::whole(0)));
    }

    #[test]
    fn what_is_no_list_is_an_error_of_the_whole() {
        let error = read(json!({ "content": [] })).err().unwrap_or_default();
        assert_eq!(error.to_string(), "{…}, where a list was expected");
    }

    #[test]
    fn a_list_is_news_when_it_is_first_read_in_part_when_that_changes_and_when_it_is_well_again() {
        let some = |count| Unreadable { count, total: 3, first: DecodeError::default() };
        let mut lists = UnreadableLists::default();
        assert!(!lists.note("/a", None));
        assert!(lists.note("/a", Some(&some(1))) && !lists.note("/a", Some(&some(1))));
        assert!(lists.note("/a", Some(&some(2))) && lists.note("/b", Some(&some(1))));
        assert_eq!(lists.lists().iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["/a", "/b"]);
        assert!(lists.note("/a", None) && lists.lists().len() == 1);
        assert!((0..100).all(|number| lists.note(&number.to_string(), Some(&some(1)))));
        assert_eq!(lists.lists().len(), KEPT_AT_MOST);
    }
}
