"""Holds compiled graphs against ONNX's own checker, and infers the shape of every value in them.

Usage: check_graphs.py FOLDER...

A folder is one that `voiceman models compile` or a test made, below `compiled/` in the model store. Operators of ONNX
Runtime itself have their shapes from its own tool; a value whose type or rank stays unknown is an error. Graphs with
operators of this program's own domain, those for processors, are checked as far as the first of these.
"""

import pathlib
import sys

import onnx
from onnxruntime.tools.symbolic_shape_infer import SymbolicShapeInference

OWN_DOMAIN = "voiceman"


def untyped(graph):
    """Names of values that have no element type or no rank."""
    known = {
        info.name
        for info in [*graph.input, *graph.output, *graph.value_info]
        if info.type.tensor_type.elem_type and info.type.tensor_type.HasField("shape")
    } | {weight.name for weight in graph.initializer}
    return [name for node in graph.node for name in node.output if name and name not in known]


def check(path):
    onnx.checker.check_model(str(path), full_check=False)
    model = onnx.load(str(path), load_external_data=True)
    if any(node.domain == OWN_DOMAIN for node in model.graph.node):
        return f"{len(model.graph.node)} nodes are well formed"
    inferred = SymbolicShapeInference.infer_shapes(model, auto_merge=True, guess_output_rank=False)
    unknown = untyped(inferred.graph)
    if unknown:
        sys.exit(f"{path}: no shape for {', '.join(unknown[:10])}")
    return f"{len(model.graph.node)} nodes are well formed, and all shapes follow"


def main():
    paths = sorted(path for folder in sys.argv[1:] for path in pathlib.Path(folder).glob("*.onnx"))
    if not paths:
        sys.exit(__doc__)
    for path in paths:
        print(f"{path.parent.name}/{path.name}: {check(path)}")


if __name__ == "__main__":
    main()
