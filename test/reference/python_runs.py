"""Runs ONNX's node tests in a folder with Python's onnxruntime, and prints the names of those that pass, as JSON.

Types that numpy lacks are left out: Python's onnxruntime gives no arrays of them.
"""

import json
import os
import sys

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

# As in runs.test.ts.
RTOL, ATOL, FOURIER_ATOL = 1e-3, 1e-7, 5e-4


def read(folder, what, index, value):
    with open(os.path.join(folder, "test_data_set_0", f"{what}_{index}.pb"), "rb") as file:
        content = file.read()
    kind = value.type.WhichOneof("value")
    if kind == "sequence_type":
        return numpy_helper.to_list(onnx.SequenceProto.FromString(content))
    if kind == "optional_type":
        return numpy_helper.to_optional(onnx.OptionalProto.FromString(content))
    return numpy_helper.to_array(onnx.TensorProto.FromString(content))


def is_same(got, expected, atol):
    if isinstance(expected, list):
        return len(got) == len(expected) and all(is_same(*pair, atol) for pair in zip(got, expected))
    if got is None or expected is None:
        return got is expected
    got, expected = np.asarray(got), np.asarray(expected)
    if got.shape != expected.shape:
        return False
    if expected.dtype.kind in "OU":
        return np.array_equal(got.astype(str), expected.astype(str))
    return got.dtype == expected.dtype and np.allclose(got, expected, RTOL, atol, equal_nan=True)


def passes(folder, atol):
    path = os.path.join(folder, "model.onnx")
    graph = onnx.load(path).graph
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        feeds = {value.name: read(folder, "input", i, value) for i, value in enumerate(graph.input)}
        outputs = session.run([value.name for value in graph.output], feeds)
    except Exception:  # refused, of a class for each reason
        return False
    expected = [read(folder, "output", i, value) for i, value in enumerate(graph.output)]
    return all(is_same(*pair, atol) for pair in zip(outputs, expected))


def main(root):
    onnxruntime.set_default_logger_severity(4)
    fourier = ("test_dft", "test_stft")
    names = sorted(os.listdir(root))
    atols = {name: FOURIER_ATOL if name.startswith(fourier) else ATOL for name in names}
    print(json.dumps([name for name in names if passes(os.path.join(root, name), atols[name])]))


main(sys.argv[1])
