#!/usr/bin/env python3
"""Loads exported files without ActorPrune and compares their outputs with those that the export wrote.

    actorprune export NAME --pick knee -o knee.pt --samples samples.safetensors
    actorprune export NAME --pick knee -o knee.onnx
    python3 tests/exported.py samples.safetensors knee.pt knee.onnx

Needs PyTorch (Debian: python3-torch); for .onnx also the onnx package (python3-onnx), whose checker and shape inference are run. The nodes
of an .onnx file are then computed by onnx's reference evaluator where the package has one (from 1.13), else by the few lines of PyTorch
below, written from the operators' documents.
"""
import json
import sys

import torch
import torch.nn.functional as F


def tensors(path):
    """The tensors of a safetensors file."""
    data = open(path, "rb").read()
    header = 8 + int.from_bytes(data[:8], "little")
    entries = {k: v for k, v in json.loads(data[8:header]).items() if k != "__metadata__"}
    return {
        name: torch.frombuffer(bytearray(data[header + begin:header + end]), dtype=torch.float32).reshape(entry["shape"])
        for name, entry in entries.items()
        for begin, end in [entry["data_offsets"]]
    }


def torchscript(path):
    files = {"actorprune.json": ""}
    module = torch.jit.load(path, _extra_files=files)
    notes = json.loads(files["actorprune.json"])
    names = list(module.state_dict())
    print(f"  notes: mean {notes.get('mean')}, std {notes.get('std')}, {notes['classes']} classes; training {module.training}")
    print(f"  state_dict of {len(names)}: {', '.join(names[:3])}, … {names[-1]}")
    return module


def onnx_model(path):
    import onnx
    from onnx import numpy_helper, shape_inference

    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    inferred = shape_inference.infer_shapes(model, strict_mode=True)
    print(f"  onnx {onnx.__version__}: check_model passed; {len(inferred.graph.value_info)} values inferred, "
          f"opset {model.opset_import[0].version}, ir {model.ir_version}, {len(model.graph.node)} nodes")
    try:
        from onnx.reference import ReferenceEvaluator
        session = ReferenceEvaluator(model)
        print("  computed by onnx.reference")
        return lambda images: torch.from_numpy(session.run(None, {model.graph.input[0].name: images.numpy()})[0])
    except ImportError:
        constants = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in model.graph.initializer}
        print("  computed node by node with PyTorch")
        return lambda images: evaluated(model.graph, {**constants, model.graph.input[0].name: images})


def evaluated(graph, values):
    import onnx

    for node in graph.node:
        x = [values[name] for name in node.input]
        a = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}
        values[node.output[0]] = operation(node.op_type, x, a)
    return values[graph.output[0].name]


def operation(op, x, a):
    if op == "Conv":
        return F.conv2d(x[0], x[1], x[2] if len(x) > 2 else None, a["strides"], a["pads"][:2], 1, a["group"])
    if op == "Gemm":
        return F.linear(x[0], x[1], x[2] if len(x) > 2 else None)
    if op == "BatchNormalization":
        return F.batch_norm(x[0], x[3], x[4], x[1], x[2], False, 0, a["epsilon"])
    if op == "MaxPool":
        return F.max_pool2d(x[0], a["kernel_shape"], a["strides"], a["pads"][:2])
    if op == "AveragePool":
        return F.avg_pool2d(x[0], a["kernel_shape"], a["strides"], a["pads"][:2])
    if op == "Pad":
        pads, half = x[1].tolist(), len(x[1]) // 2
        return F.pad(x[0], [n for d in reversed(range(half)) for n in (pads[d], pads[half + d])])
    if op == "Slice":
        for start, end, axis, step in zip(*(t.tolist() for t in x[1:])):
            x[0] = x[0].index_select(axis, torch.arange(x[0].size(axis))[start:end:step])
        return x[0]
    return {
        "Relu": lambda: x[0].relu(),
        "Clip": lambda: x[0].clamp(x[1].item(), x[2].item()) if len(x) > 2 else x[0],
        "GlobalAveragePool": lambda: x[0].mean((2, 3), keepdim=True),
        "Flatten": lambda: x[0].flatten(a["axis"]),
        "Add": lambda: x[0] + x[1],
        "Mul": lambda: x[0] * x[1],
        "Sum": lambda: sum(x),
        "Concat": lambda: torch.cat(x, a["axis"]),
        "Gather": lambda: x[0].index_select(a["axis"], x[1]),
        "Identity": lambda: x[0],
    }[op]()


def main(samples, *files):
    given = tensors(samples)
    images, outputs = given["images"], given["outputs"]
    largest, failed = outputs.abs().max().item(), False
    for path in files:
        print(path)
        network = torchscript(path) if path.endswith(".pt") else onnx_model(path)
        with torch.no_grad():
            batch = (network(images) - outputs).abs().max().item() / largest
            alone = (network(images[:1]) - outputs[:1]).abs().max().item() / largest
        failed |= not max(batch, alone) <= 1e-4
        print(f"  PyTorch {torch.__version__}: outputs differ by at most {batch:.1e} of the largest, {alone:.1e} for one image alone")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
