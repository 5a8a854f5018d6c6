"""NVIDIA's Python bindings building the same engines, for `npm run bench -- build`.

One build:      python3 build_peer.py once MODEL OUTPUT RANGES
Many, on stdin: python3 build_peer.py serve     one JSON array [MODEL, OUTPUT, RANGES] a line, one JSON answer a line

RANGES is a JSON object: input name -> [min, opt, max].
"""
import json
import resource
import sys
import time

import tensorrt_rtx_bindings as trt

logger = trt.Logger(trt.Logger.WARNING)


def build(model, output, ranges):
    start = time.perf_counter()
    builder = trt.Builder(logger)
    network = builder.create_network(0)
    parser = trt.OnnxParser(network, logger)
    if not parser.parse_from_file(model):
        raise SystemExit(str(parser.get_error(0)))
    config = builder.create_builder_config()
    profile = builder.create_optimization_profile()
    for name, (low, best, high) in ranges.items():
        profile.set_shape(name, low, best, high)
    config.add_optimization_profile(profile)
    plan = builder.build_serialized_network(network, config)
    with open(output, "wb") as file:
        file.write(plan)
    return {"ms": (time.perf_counter() - start) * 1000, "bytes": plan.nbytes}


if sys.argv[1] == "once":
    answer = build(sys.argv[2], sys.argv[3], json.loads(sys.argv[4]))
    answer["peakBytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps(answer))
else:
    for line in sys.stdin:
        print(json.dumps(build(*json.loads(line))), flush=True)
