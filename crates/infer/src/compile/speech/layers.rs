//! The building blocks of a speech network, in the precision that it computes in.

use crate::checkpoint::CheckpointError;
use crate::compile::CompileError;
use crate::compile::graph::{Attribute, Element, Graph};
use crate::compile::network::Network;
use std::io;
use voiceman_base::Precision;

/// Numbers of the element types in ONNX.
const FLOAT32: i64 = 1;
const FLOAT16: i64 = 10;

/// Builds layers from the tensors of a checkpoint. What stands behind the last state of the encoder is computed in 32-bit
/// floats whatever the precision: it is small, and sums over time there.
pub(super) struct Layers<'a> {
    pub(super) network: Network<'a>,
    pub(super) precision: Precision,
}

impl Layers<'_> {
    pub(super) fn graph(&mut self) -> &mut Graph {
        &mut self.network.graph
    }

    pub(super) fn op(&mut self, operator: &str, inputs: &[&str], attributes: &[Attribute<'_>]) -> String {
        self.network.graph.op(operator, inputs, attributes)
    }

    /// Declares an input of 32-bit floats.
    pub(super) fn input(&mut self, name: &str, shape: &[&str]) -> String {
        self.network.graph.input(name, Element::Float, shape)
    }

    /// A value in 32-bit floats, in the precision that the network computes in.
    pub(super) fn as_computed(&mut self, value: &str) -> String {
        match self.precision {
            Precision::Float16 => self.op("Cast", &[value], &[Attribute::Int("to", FLOAT16)]),
            _ => value.to_owned(),
        }
    }

    /// A value in the precision that the network computes in, in 32-bit floats.
    pub(super) fn as_single(&mut self, value: &str) -> String {
        match self.precision {
            Precision::Float16 => self.op("Cast", &[value], &[Attribute::Int("to", FLOAT32)]),
            _ => value.to_owned(),
        }
    }

    /// The shape of the tensor `name`.
    pub(super) fn shape(&self, name: &str) -> Result<Vec<usize>, CheckpointError> {
        Ok(self.network.checkpoint.get(name)?.shape.clone())
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.network.checkpoint.contains(name)
    }

    /// Adds numbers as a weight in the precision that the network computes in, and uses them.
    pub(super) fn computed(&mut self, name: &str, shape: &[usize], numbers: &[f32]) -> io::Result<String> {
        match self.precision {
            Precision::Float16 => {
                let rounded: Vec<half::f16> = numbers.iter().map(|number| half::f16::from_f32(*number)).collect();
                self.network.weights.half(name, shape, &rounded)?;
            }
            _ => self.network.weights.float(name, shape, numbers)?,
        }
        Ok(self.network.graph.weight(self.network.weights, name))
    }

    /// Adds numbers as a weight of 32-bit floats, and uses them.
    pub(super) fn single(&mut self, name: &str, shape: &[usize], numbers: &[f32]) -> io::Result<String> {
        self.network.weights.float(name, shape, numbers)?;
        Ok(self.network.graph.weight(self.network.weights, name))
    }

    /// A tensor as the checkpoint has it, in the precision that the network computes in.
    pub(super) fn plain(&mut self, name: &str) -> Result<String, CompileError> {
        let shape = self.shape(name)?;
        let numbers = self.network.checkpoint.f32(name, &shape)?;
        Ok(self.computed(name, &shape, &numbers)?)
    }

    /// The numbers of the tensor `name`, which must have this shape.
    pub(super) fn numbers(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, CheckpointError> {
        self.network.checkpoint.f32(name, shape)
    }

    pub(super) fn layer_norm(&mut self, value: &str, name: &str, epsilon: f32) -> Result<String, CompileError> {
        let (scale, shift) = (self.plain(&format!("{name}.weight"))?, self.plain(&format!("{name}.bias"))?);
        Ok(self.op("LayerNormalization", &[value, &scale, &shift], &[Attribute::Float("epsilon", epsilon)]))
    }

    /// `value` times the matrix of layer `name` plus its bias, all of it times `factor`.
    pub(super) fn linear(&mut self, value: &str, name: &str, factor: f32) -> Result<String, CompileError> {
        let (turned, bias, shape) = self.linear_numbers(name, factor)?;
        let matrix = self.computed(&format!("{name}.turned"), &shape, &turned)?;
        let product = self.op("MatMul", &[value, &matrix], &[]);
        match bias {
            Some(bias) => {
                let bias = self.computed(&format!("{name}.summand"), &shape[1..], &bias)?;
                Ok(self.op("Add", &[&product, &bias], &[]))
            }
            None => Ok(product),
        }
    }

    /// The same in 32-bit floats.
    pub(super) fn single_linear(&mut self, value: &str, name: &str) -> Result<String, CompileError> {
        let (turned, bias, shape) = self.linear_numbers(name, 1.0)?;
        let matrix = self.single(&format!("{name}.turned"), &shape, &turned)?;
        let product = self.op("MatMul", &[value, &matrix], &[]);
        match bias {
            Some(bias) => {
                let bias = self.single(&format!("{name}.summand"), &shape[1..], &bias)?;
                Ok(self.op("Add", &[&product, &bias], &[]))
            }
            None => Ok(product),
        }
    }

    /// Matrix `[inputs, outputs]`, bias if there is one, and the shape of the matrix.
    #[expect(clippy::type_complexity, reason = "two rows of numbers and a shape, taken apart at once")]
    fn linear_numbers(
        &self,
        name: &str,
        factor: f32,
    ) -> Result<(Vec<f32>, Option<Vec<f32>>, [usize; 2]), CompileError> {
        let (weight, bias) = (format!("{name}.weight"), format!("{name}.bias"));
        let checkpoint = self.network.checkpoint;
        let (outputs, inputs) = (checkpoint.length(&weight, 0)?, checkpoint.length(&weight, 1)?);
        let numbers = checkpoint.f32(&weight, &[outputs, inputs])?;
        let turned = (0..inputs).flat_map(|input| (0..outputs).map(move |output| (input, output)));
        let turned = turned.map(|(input, output)| numbers[output * inputs + input] * factor).collect();
        let bias = checkpoint.contains(&bias).then(|| checkpoint.f32(&bias, &[outputs])).transpose()?;
        let bias = bias.map(|bias| bias.into_iter().map(|number| number * factor).collect());
        Ok((turned, bias, [inputs, outputs]))
    }
}
