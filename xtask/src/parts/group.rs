//! Which pieces that several parts share are loaded together.

use std::collections::BTreeSet;
use std::path::PathBuf;

/// What one more file costs whoever loads it: its headers, and compressing it alone. In bytes of wasm that is not yet
/// optimised, of which about one in five is sent in the end. A page then loads half a dozen files, and a tenth more
/// than it needs; with a quarter of this it loads a dozen.
const FILE_BYTES: i64 = 10_000;

/// Pieces in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub members: Vec<PathBuf>,
    /// The parts that need some of it.
    pub parts: BTreeSet<String>,
    pub bytes: u64,
}

/// Joins groups as long as the files that are spared weigh more than the bytes that a part loads in vain.
pub fn grouped(mut groups: Vec<Group>) -> Vec<Group> {
    while let Some((first, second)) = best_pair(&groups) {
        // `second` is the later one: taking it out moves nothing before it.
        let other = groups.remove(second);
        let group = &mut groups[first];
        group.members.extend(other.members);
        group.parts.extend(other.parts);
        group.bytes += other.bytes;
    }
    groups
}

/// The pair whose union saves most.
fn best_pair(groups: &[Group]) -> Option<(usize, usize)> {
    let mut best = None;
    let mut most = 0;
    for (second, b) in groups.iter().enumerate() {
        for (first, a) in groups[..second].iter().enumerate() {
            let saved = saved(a, b);
            if saved > most {
                (best, most) = (Some((first, second)), saved);
            }
        }
    }
    best
}

/// Bytes that all parts together save when `a` and `b` are one file.
fn saved(a: &Group, b: &Group) -> i64 {
    let count = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
    let size = |group: &Group| i64::try_from(group.bytes).unwrap_or(i64::MAX);
    let spared = count(a.parts.intersection(&b.parts).count()).saturating_mul(FILE_BYTES);
    let in_vain = |loaded: &Group, by: &Group| count(by.parts.difference(&loaded.parts).count()) * size(loaded);
    spared - in_vain(a, b) - in_vain(b, a)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(name: &str, parts: &[&str], bytes: u64) -> Group {
        let parts = parts.iter().map(|part| (*part).to_owned()).collect();
        Group { members: vec![name.into()], parts, bytes }
    }

    fn names(groups: &[Group]) -> Vec<String> {
        let name = |group: &Group| {
            group.members.iter().map(|member| member.display().to_string()).collect::<Vec<_>>().join("+")
        };
        groups.iter().map(name).collect()
    }

    #[test]
    fn what_the_same_parts_need_is_one_file() {
        let groups = grouped(vec![group("a", &["x", "y"], 90_000), group("b", &["x", "y"], 80_000)]);
        assert_eq!(names(&groups), ["a+b"]);
    }

    #[test]
    fn little_things_are_joined_and_large_ones_are_not_loaded_in_vain() {
        let groups = grouped(vec![
            group("large", &["x", "y"], 40_000),
            group("little", &["x", "y", "z"], 300),
            group("least", &["y", "z"], 200),
        ]);
        assert_eq!(names(&groups), ["large", "little+least"]);
        assert_eq!(groups[1].parts.len(), 3);
        assert_eq!(groups[1].bytes, 500);
    }

    #[test]
    fn parts_that_share_nothing_stay_apart() {
        let groups = grouped(vec![group("a", &["v", "w"], 10), group("b", &["x", "y"], 10)]);
        assert_eq!(names(&groups), ["a", "b"]);
    }
}
