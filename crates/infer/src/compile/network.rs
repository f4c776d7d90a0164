//! A network of one graph under construction.

use super::cache::{Graphs, WeightFile};
use super::graph::Graph;
use crate::checkpoint::Checkpoint;

/// Takes weights from a checkpoint into a graph and the weight file beside it.
pub(super) struct Network<'a> {
    pub(super) checkpoint: &'a Checkpoint,
    pub(super) weights: &'a mut WeightFile,
    pub(super) graph: Graph,
}

impl<'a> Network<'a> {
    pub(super) fn new(name: &str, checkpoint: &'a Checkpoint, weights: &'a mut WeightFile) -> Network<'a> {
        Network { checkpoint, weights, graph: Graph::new(name) }
    }

    /// What there is to keep of it: its one graph is called `network`.
    pub(super) fn finish<S>(self, shape: S) -> Graphs<S> {
        (shape, vec![("network", self.graph.encode())])
    }
}
