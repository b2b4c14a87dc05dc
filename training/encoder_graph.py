"""Write the graphs of the embedding model and of the reader that ONNX Runtime runs, without their weights.

    pip install onnx==1.23.2
    python training/encoder_graph.py

Both are BERT with six layers. The reader has a learned mark, before the third, on tokens that stand in the question
and in the passage, and a head for the borders of the short answer. `lower` and `upper` are the halves of one with
twelve: the lower is given the embeddings of the words that it meets, the upper the states of the lower. The weights are
given when a graph is opened, see `alliance_qa.models.encoder`. The fused operators are ONNX Runtime's own.
"""

from __future__ import annotations

from pathlib import Path

from onnx import TensorProto, helper, save
from onnx.onnx_ml_pb2 import GraphProto, NodeProto

LAYERS, SIZE, INNER, HEADS, WORDS, PLACES, MATCHED_AT = 6, 384, 1536, 12, 30522, 512, 2
EPSILON = 1e-12
OPSET, IR = 17, 8
FOLDER = Path(__file__).resolve().parents[1] / "src/alliance_qa/models/weights"

_OWN = "com.microsoft"


def main() -> None:
    """Write them."""
    graphs = {
        "embedder": graph("embedder"),
        "reader": graph("reader", reads=True),
        "lower": graph("lower", shares_words=False),
        "upper": graph("upper", first=LAYERS),
    }
    for name, made in graphs.items():
        model = helper.make_model(
            made,
            opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(_OWN, 1)],
            ir_version=IR,
            producer_name="training/encoder_graph.py",
        )
        path = FOLDER / f"{name}.onnx"
        save(model, path)
        print(path.name, path.stat().st_size, "bytes")


def graph(named: str, *, reads: bool = False, shares_words: bool = True, first: int = 0) -> GraphProto:
    """Return a graph of six layers: tokens, kinds and mask in, states out; of the reader also marks in and borders out.

    Args:
        named: Its name.
        reads: Whether it is the reader's.
        shares_words: Whether the embeddings of all words are a weight, else those of some are given with the tokens.
        first: The number of its first layer; from 1 on it takes states instead of tokens.
    """
    shapes: dict[str, tuple[int, ...]] = {}
    nodes: list[NodeProto] = []

    def add(op: str, inputs: list[str], output: str, domain: str = "", **attributes: object) -> str:
        nodes.append(helper.make_node(op, inputs, [output], name=output, domain=domain, **attributes))
        return output

    def weight(name: str, *shape: int) -> str:
        shapes[name] = shape
        return name

    def norm(name: str) -> list[str]:
        return [weight(f"{name}.{part}", SIZE) for part in ("weight", "bias")]

    state = "given"
    if not first:
        add("Gather", [weight("words", WORDS, SIZE) if shares_words else "words", "ids"], "of_words")
        add("Gather", [weight("kinds", 2, SIZE), "of_kind"], "of_kinds")
        add("Shape", ["ids"], "shape", start=1, end=2)
        add("Slice", [weight("places", PLACES, SIZE), "zero", "shape", "zero"], "of_places")
        add("Add", ["of_words", "of_kinds"], "summed")
        add("Add", ["summed", "of_places"], "embedded")
        state = add("LayerNormalization", ["embedded", *norm("norm")], "normed", axis=-1, epsilon=EPSILON)
    for at in range(first, first + LAYERS):
        name = f"layer.{at}"
        if reads and at == MATCHED_AT:
            add("MatMul", ["marked", weight("marks", 2, SIZE)], "of_marks")
            state = add("Add", [state, "of_marks"], "matched")
        told = add(
            "Attention",
            [state, weight(f"{name}.asked", SIZE, 3 * SIZE), weight(f"{name}.asked.bias", 3 * SIZE), "mask"],
            f"{name}.told",
            _OWN,
            num_heads=HEADS,
        )
        seen = add("MatMul", [told, weight(f"{name}.seen", SIZE, SIZE)], f"{name}.seen_")
        state = add(
            "SkipLayerNormalization",
            [seen, state, *norm(f"{name}.first"), weight(f"{name}.seen.bias", SIZE)],
            f"{name}.first",
            _OWN,
            epsilon=EPSILON,
        )
        wide = add("MatMul", [state, weight(f"{name}.wide", SIZE, INNER)], f"{name}.wide_")
        wide = add("BiasGelu", [wide, weight(f"{name}.wide.bias", INNER)], f"{name}.bent", _OWN)
        narrow = add("MatMul", [wide, weight(f"{name}.narrow", INNER, SIZE)], f"{name}.narrow_")
        state = add(
            "SkipLayerNormalization",
            [narrow, state, *norm(f"{name}.second"), weight(f"{name}.narrow.bias", SIZE)],
            "states" if at == first + LAYERS - 1 else f"{name}.second",
            _OWN,
            epsilon=EPSILON,
        )
    zero = [] if first else [helper.make_tensor("zero", TensorProto.INT64, [1], [0])]
    tokens = ["rows", "tokens"]
    taken = {"mask": (TensorProto.INT32, tokens)}
    if first:
        taken["given"] = (TensorProto.FLOAT, [*tokens, SIZE])
    else:
        taken |= {"ids": (TensorProto.INT64, tokens), "of_kind": (TensorProto.INT64, tokens)}
    if not first and not shares_words:
        taken["words"] = (TensorProto.FLOAT, ["words", SIZE])
    made = {"states": [*tokens, SIZE]}
    if reads:
        add("MatMul", [state, weight("borders.0", SIZE, SIZE)], "borders.0_")
        add("BiasGelu", ["borders.0_", weight("borders.0.bias", SIZE)], "borders.1", _OWN)
        add("MatMul", ["borders.1", weight("borders.2", SIZE, 2)], "borders.2_")
        add("Add", ["borders.2_", weight("borders.2.bias", 2)], "borders")
        taken["marked"] = (TensorProto.FLOAT, [*tokens, 2])
        made["borders"] = [*tokens, 2]
    return helper.make_graph(
        nodes,
        named,
        [helper.make_tensor_value_info(name, kind, shape) for name, (kind, shape) in taken.items()],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in made.items()],
        [*zero, *(_given(*item) for item in shapes.items())],
    )


def _given(name: str, shape: tuple[int, ...]) -> TensorProto:
    """Return the place of a weight that is given when the graph is opened."""
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=shape, data_location=TensorProto.EXTERNAL)
    tensor.external_data.add(key="location", value="given")
    return tensor


if __name__ == "__main__":
    main()
