//! A small builder of ONNX graphs whose weights lie in one file beside them, so that they are mapped and not read.

use crate::kernels::DOMAIN;
use crate::onnx::{
    AttributeProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, StringStringEntryProto, TensorProto,
    TensorShapeProto, TypeProto, ValueInfoProto, attribute_proto::AttributeType, tensor_proto, tensor_shape_proto,
    type_proto,
};
use prost::Message;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Operators of ONNX Runtime itself, beside the standard ones.
pub(crate) const CONTRIB: &str = "com.microsoft";
const OPERATOR_SET: i64 = 20;
const IR_VERSION: i64 = 9;
/// Weights start at multiples of this, so that a mapped tensor is aligned for any SIMD width and for a memory page.
const ALIGNMENT: u64 = 4096;

/// Element type of a graph's inputs and outputs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Element {
    /// 32-bit float.
    Float,
    /// 16-bit float.
    Half,
    /// 64-bit integer.
    Integer,
}

/// Where a weight lies in the weight file.
#[derive(Clone)]
struct Place {
    shape: Vec<usize>,
    kind: tensor_proto::DataType,
    offset: u64,
    length: u64,
}

/// The weight file that several graphs share; each weight is written once.
pub(crate) struct Weights<W> {
    writer: W,
    name: String,
    length: u64,
    places: BTreeMap<String, Place>,
}

impl<W: Write> Weights<W> {
    /// An empty weight file called `name`, written to `writer`.
    pub(crate) fn new(name: &str, writer: W) -> Weights<W> {
        Weights { writer, name: name.to_owned(), length: 0, places: BTreeMap::new() }
    }

    /// Whether a weight of that name is there.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.places.contains_key(name)
    }

    /// Adds 32-bit floats.
    pub(crate) fn float(&mut self, name: &str, shape: &[usize], numbers: &[f32]) -> io::Result<()> {
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        self.add(name, shape, tensor_proto::DataType::Float, &bytes)
    }

    /// Adds 16-bit floats.
    pub(crate) fn half(&mut self, name: &str, shape: &[usize], numbers: &[half::f16]) -> io::Result<()> {
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        self.add(name, shape, tensor_proto::DataType::Float16, &bytes)
    }

    /// Adds unsigned bytes.
    pub(crate) fn bytes(&mut self, name: &str, shape: &[usize], numbers: &[u8]) -> io::Result<()> {
        self.add(name, shape, tensor_proto::DataType::Uint8, numbers)
    }

    fn add(&mut self, name: &str, shape: &[usize], kind: tensor_proto::DataType, bytes: &[u8]) -> io::Result<()> {
        if self.contains(name) {
            return Ok(());
        }
        let offset = self.length.next_multiple_of(ALIGNMENT);
        let padding = usize::try_from(offset - self.length).unwrap_or(0);
        self.writer.write_all(&vec![0; padding])?;
        self.writer.write_all(bytes)?;
        self.length = offset + bytes.len() as u64;
        let place = Place { shape: shape.to_vec(), kind, offset, length: bytes.len() as u64 };
        self.places.insert(name.to_owned(), place);
        Ok(())
    }

    /// Writes what is buffered and gives the writer back.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        self.writer.flush()?;
        Ok(self.writer)
    }
}

/// A graph that multiplies two matrices of `size` rows and columns, to try a device with.
pub(crate) fn matrix_product(size: usize) -> Vec<u8> {
    let mut graph = Graph::new("product");
    let shape = [size.to_string(), size.to_string()];
    let (left, right) = (graph.input("left", Element::Float, &shape), graph.input("right", Element::Float, &shape));
    graph.op_into("MatMul", &[&left, &right], &[], ("product", Element::Float, &shape));
    graph.encode()
}

/// An attribute of a node.
pub(crate) enum Attribute<'a> {
    Int(&'a str, i64),
    Ints(&'a str, &'a [i64]),
    Float(&'a str, f32),
    Text(&'a str, &'a str),
}

/// A graph under construction. Values are named by the strings that [`Graph::op`] returns.
pub(crate) struct Graph {
    proto: GraphProto,
    initializers: BTreeMap<String, TensorProto>,
    counter: usize,
}

impl Graph {
    pub(crate) fn new(name: &str) -> Graph {
        let proto = GraphProto { name: Some(name.to_owned()), ..GraphProto::default() };
        Graph { proto, initializers: BTreeMap::new(), counter: 0 }
    }

    /// Declares an input; dimensions are names where they vary and numbers where they do not.
    pub(crate) fn input(&mut self, name: &str, element: Element, shape: &[impl AsRef<str>]) -> String {
        self.proto.input.push(value_info(name, element, shape));
        name.to_owned()
    }

    /// Declares `value` an output called `name`.
    pub(crate) fn output(&mut self, value: &str, name: &str, element: Element, shape: &[impl AsRef<str>]) {
        self.push("Identity", "", &[value], &[name], &[]);
        self.proto.output.push(value_info(name, element, shape));
    }

    /// A standard operator whose one output is the graph's output `(name, element, shape)`. Nothing stands between the
    /// operator and the output, so that it can write where the caller wants it, and others can use the value as well.
    pub(crate) fn op_into(
        &mut self,
        operator: &str,
        inputs: &[&str],
        attributes: &[Attribute<'_>],
        (name, element, shape): (&str, Element, &[impl AsRef<str>]),
    ) -> String {
        self.push(operator, "", inputs, &[name], attributes);
        self.proto.output.push(value_info(name, element, shape));
        name.to_owned()
    }

    /// A standard operator with one output.
    pub(crate) fn op(&mut self, operator: &str, inputs: &[&str], attributes: &[Attribute<'_>]) -> String {
        self.ops(operator, "", inputs, 1, attributes).remove(0)
    }

    /// An operator of `domain` with `outputs` outputs.
    pub(crate) fn ops(
        &mut self,
        operator: &str,
        domain: &str,
        inputs: &[&str],
        outputs: usize,
        attributes: &[Attribute<'_>],
    ) -> Vec<String> {
        self.counter += 1;
        let names: Vec<String> = (0..outputs).map(|index| format!("{operator}_{}_{index}", self.counter)).collect();
        let borrowed: Vec<&str> = names.iter().map(String::as_str).collect();
        self.push(operator, domain, inputs, &borrowed, attributes);
        names
    }

    fn push(&mut self, operator: &str, domain: &str, inputs: &[&str], outputs: &[&str], attributes: &[Attribute<'_>]) {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        self.proto.node.push(NodeProto {
            name: Some(format!("{operator}_{}", self.proto.node.len())),
            op_type: Some(operator.to_owned()),
            domain: Some(domain.to_owned()),
            input: owned(inputs),
            output: owned(outputs),
            attribute: attributes.iter().map(attribute_proto).collect(),
            ..NodeProto::default()
        });
    }

    /// Uses a weight of the weight file.
    pub(crate) fn weight<W>(&mut self, weights: &Weights<W>, name: &str) -> String {
        if let Some(place) = weights.places.get(name) {
            let entry =
                |key: &str, value: String| StringStringEntryProto { key: Some(key.to_owned()), value: Some(value) };
            let tensor = TensorProto {
                name: Some(name.to_owned()),
                dims: dimensions(&place.shape),
                data_type: Some(place.kind as i32),
                data_location: Some(tensor_proto::DataLocation::External as i32),
                external_data: vec![
                    entry("location", weights.name.clone()),
                    entry("offset", place.offset.to_string()),
                    entry("length", place.length.to_string()),
                ],
                ..TensorProto::default()
            };
            self.initializers.insert(name.to_owned(), tensor);
        }
        name.to_owned()
    }

    /// A constant row of integers.
    pub(crate) fn integers(&mut self, values: &[i64]) -> String {
        self.constant(values, &[values.len()])
    }

    /// A constant integer without dimensions.
    pub(crate) fn integer(&mut self, value: i64) -> String {
        self.constant(&[value], &[])
    }

    fn constant(&mut self, values: &[i64], shape: &[usize]) -> String {
        let words: Vec<String> = values.iter().map(i64::to_string).collect();
        let name = format!("const_{}d_{}", shape.len(), words.join("_"));
        let tensor = TensorProto {
            name: Some(name.clone()),
            dims: dimensions(shape),
            data_type: Some(tensor_proto::DataType::Int64 as i32),
            int64_data: values.to_vec(),
            ..TensorProto::default()
        };
        self.initializers.insert(name.clone(), tensor);
        name
    }

    /// A constant float without dimensions.
    pub(crate) fn scalar(&mut self, name: &str, value: f32) -> String {
        let tensor = TensorProto {
            name: Some(name.to_owned()),
            data_type: Some(tensor_proto::DataType::Float as i32),
            float_data: vec![value],
            ..TensorProto::default()
        };
        self.initializers.insert(name.to_owned(), tensor);
        name.to_owned()
    }

    /// The bytes of the `.onnx` file.
    pub(crate) fn encode(mut self) -> Vec<u8> {
        self.proto.initializer = self.initializers.into_values().collect();
        let operators =
            |domain: &str, version| OperatorSetIdProto { domain: Some(domain.to_owned()), version: Some(version) };
        let model = ModelProto {
            ir_version: Some(IR_VERSION),
            producer_name: Some("voiceman".to_owned()),
            opset_import: vec![operators("", OPERATOR_SET), operators(CONTRIB, 1), operators(DOMAIN, 1)],
            graph: Some(self.proto),
            ..ModelProto::default()
        };
        model.encode_to_vec()
    }
}

fn dimensions(shape: &[usize]) -> Vec<i64> {
    shape.iter().map(|dimension| i64::try_from(*dimension).unwrap_or(i64::MAX)).collect()
}

fn attribute_proto(attribute: &Attribute<'_>) -> AttributeProto {
    let named = |name: &str, kind: AttributeType| AttributeProto {
        name: Some(name.to_owned()),
        r#type: Some(kind as i32),
        ..AttributeProto::default()
    };
    match attribute {
        Attribute::Int(name, value) => AttributeProto { i: Some(*value), ..named(name, AttributeType::Int) },
        Attribute::Ints(name, values) => AttributeProto { ints: values.to_vec(), ..named(name, AttributeType::Ints) },
        Attribute::Float(name, value) => AttributeProto { f: Some(*value), ..named(name, AttributeType::Float) },
        Attribute::Text(name, value) => {
            AttributeProto { s: Some(value.as_bytes().to_vec()), ..named(name, AttributeType::String) }
        }
    }
}

fn value_info(name: &str, element: Element, shape: &[impl AsRef<str>]) -> ValueInfoProto {
    let dimension = |text: &str| {
        let value = text.parse().map_or_else(
            |_| tensor_shape_proto::dimension::Value::DimParam(text.to_owned()),
            tensor_shape_proto::dimension::Value::DimValue,
        );
        tensor_shape_proto::Dimension { value: Some(value), ..Default::default() }
    };
    let kind = match element {
        Element::Float => tensor_proto::DataType::Float,
        Element::Half => tensor_proto::DataType::Float16,
        Element::Integer => tensor_proto::DataType::Int64,
    };
    let tensor = type_proto::Tensor {
        elem_type: Some(kind as i32),
        shape: Some(TensorShapeProto { dim: shape.iter().map(|text| dimension(text.as_ref())).collect() }),
    };
    let value = type_proto::Value::TensorType(tensor);
    ValueInfoProto {
        name: Some(name.to_owned()),
        r#type: Some(TypeProto { value: Some(value), ..TypeProto::default() }),
        ..ValueInfoProto::default()
    }
}
