//! The clusters of VCube: whom a node tests, and in which order others take its place.
//!
//! Duarte, Bona, Ruoso: *VCube: A Provably Scalable Distributed Diagnosis Algorithm*, ScalA 2014
//! (10.1109/ScalA.2014.14). Nodes are numbered from 0.

/// `c(i, s)`: the nodes of the cluster of size `2^(s-1)` that `i` has in dimension `s` (from 1), in the order that
/// counts, ids beyond the number of nodes included.
pub fn cluster(i: usize, s: u32) -> Vec<usize> {
    let Some(below) = s.checked_sub(1) else { return Vec::new() };
    let first = i ^ (1 << below);
    let mut nodes = vec![first];
    for smaller in 1..s {
        nodes.extend(cluster(first, smaller));
    }
    nodes
}

/// The dimension in which `i` and `j` are in each other's cluster; 0 for the same node.
pub fn dimension(i: usize, j: usize) -> u32 {
    usize::BITS - (i ^ j).leading_zeros()
}

/// The one node of the side of `i` that tests `j`: the first of `j`'s cluster there that counts as correct.
pub fn tester(i: usize, j: usize, nodes: usize, correct: impl Fn(usize) -> bool) -> Option<usize> {
    cluster(j, dimension(i, j)).into_iter().find(|node| *node < nodes && correct(*node))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clusters_of_eight_nodes_are_those_of_the_paper() {
        let of = |i: usize| [1, 2, 3].map(|s| cluster(i, s));
        assert_eq!(of(0), [vec![1], vec![2, 3], vec![4, 5, 6, 7]]);
        assert_eq!(of(1), [vec![0], vec![3, 2], vec![5, 4, 7, 6]]);
        assert_eq!(of(2), [vec![3], vec![0, 1], vec![6, 7, 4, 5]]);
        assert_eq!(of(3), [vec![2], vec![1, 0], vec![7, 6, 5, 4]]);
        assert_eq!(of(4), [vec![5], vec![6, 7], vec![0, 1, 2, 3]]);
        assert_eq!(of(5), [vec![4], vec![7, 6], vec![1, 0, 3, 2]]);
        assert_eq!(of(6), [vec![7], vec![4, 5], vec![2, 3, 0, 1]]);
        assert_eq!(of(7), [vec![6], vec![5, 4], vec![3, 2, 1, 0]]);
    }

    #[test]
    fn a_node_is_in_the_cluster_of_its_dimension_and_in_no_other() {
        for (i, j) in (0..16).flat_map(|i| (0..16).map(move |j| (i, j))).filter(|(i, j)| i != j) {
            let found: Vec<u32> = (1..=4).filter(|s| cluster(i, *s).contains(&j)).collect();
            assert_eq!(found, [dimension(i, j)], "{i} and {j}");
        }
    }
}
