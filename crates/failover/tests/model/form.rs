//! The canonical form of a state: two that go on alike look alike.
//!
//! Of points in time what counts is which comes first, how many lie before now, and between which figures of the policy
//! the distance from now lies: the core compares times with each other and with those. Attempts are
//! numbered from the first that is named, whatever ids they have.

use std::hash::{Hash, Hasher};

use failover::Timestamp;

/// One thing that was hashed.
#[derive(Clone, Copy)]
enum Word {
    Plain(u64),
    Time(u64),
    Attempt(u64),
}

/// Makes the form, and in the end a number of it.
pub struct Form {
    now: Timestamp,
    words: Vec<Word>,
}

impl Form {
    pub fn new(now: Timestamp) -> Self {
        Self { now, words: Vec::with_capacity(512) }
    }

    /// The form of `state` at `now`, as one number.
    pub fn of(now: Timestamp, state: impl FnOnce(&mut Self)) -> u64 {
        let mut form = Self::new(now);
        state(&mut form);
        form.finish()
    }

    fn plain(&mut self, word: u64) {
        self.words.push(Word::Plain(word));
    }

    /// How far this point in time is from now, as a place among the figures that steer the core.
    fn distance(&self, at: u64) -> u64 {
        let ms = at.abs_diff(self.now.as_micros()) / 1_000;
        [1, 50, 250, 400, 800, 1_000, 2_000, 5_000, 10_000, 20_000].partition_point(|figure| *figure <= ms) as u64
    }
}

/// Spreads a word over all bits (the finalizer of SplitMix64).
fn mixed(word: u64) -> u64 {
    let word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    word ^ (word >> 31)
}

impl Hasher for Form {
    fn finish(&self) -> u64 {
        let mut times: Vec<u64> = vec![self.now.as_micros()];
        times.extend(self.words.iter().filter_map(|word| match word {
            Word::Time(at) => Some(*at),
            Word::Plain(_) | Word::Attempt(_) => None,
        }));
        times.sort_unstable();
        times.dedup();
        let mut attempts: Vec<u64> = Vec::new();
        let mut sum = 0;
        for word in &self.words {
            let word = match word {
                Word::Plain(word) => *word,
                Word::Time(at) => {
                    let order = times.partition_point(|other| other < at) as u64;
                    (1 << 32) + (order << 8) + self.distance(*at)
                }
                Word::Attempt(id) => {
                    let known = attempts.iter().position(|other| other == id);
                    let number = known.unwrap_or(attempts.len());
                    if known.is_none() {
                        attempts.push(*id);
                    }
                    (1 << 40) + number as u64
                }
            };
            sum = mixed(sum ^ word).wrapping_add(0x9e37_79b9_7f4a_7c15);
        }
        mixed(sum ^ times.partition_point(|other| *other < self.now.as_micros()) as u64)
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            self.plain(chunk.iter().fold(chunk.len() as u64, |word, byte| (word << 8) ^ u64::from(*byte)));
        }
    }

    fn write_u8(&mut self, word: u8) {
        self.plain(word.into());
    }

    fn write_u32(&mut self, word: u32) {
        self.plain(word.into());
    }

    fn write_u64(&mut self, word: u64) {
        self.plain(word);
    }

    fn write_usize(&mut self, word: usize) {
        self.plain(word as u64);
    }

    fn write_isize(&mut self, word: isize) {
        self.plain(word as u64);
    }

    /// A point in time: nothing else is hashed in so many bits.
    fn write_u128(&mut self, micros: u128) {
        self.words.push(Word::Time(micros as u64));
    }

    /// An attempt: nothing else is hashed in so many bits.
    fn write_i128(&mut self, id: i128) {
        self.words.push(Word::Attempt(id as u64));
    }
}

#[test]
fn what_differs_only_in_when_it_was_has_one_form_and_what_came_first_has_another() {
    let at = Timestamp::from_millis;
    let form = |now: u64, times: &[u64]| Form::of(at(now), |form| times.iter().for_each(|ms| at(*ms).hash(form)));
    assert_eq!(form(100, &[95, 130]), form(900, &[895, 930]));
    assert_eq!(form(100, &[92, 130]), form(100, &[90, 120]), "about as far away");
    assert_ne!(form(100, &[92, 90]), form(100, &[90, 92]), "the other way round");
    assert_ne!(form(100, &[95, 130]), form(100, &[95, 800]));
    assert_ne!(form(100, &[95]), form(100, &[105]));
}
