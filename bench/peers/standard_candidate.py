#!/usr/bin/env python3
"""The standard candidate in plain PyTorch: what a search costs when pruning is masking.

One candidate = CIFAR ResNet-20 whose first convolution in every block keeps a random 40-80 % of its filters (by masks, as pruning tools do
it), 20 SGD steps on 128 CIFAR-10 images each, then validation on 2,000 other images. Default settings of PyTorch, all threads.

usage: standard_candidate.py DATA [--candidates N]     (DATA holds cifar-10-batches-bin)
Prints one JSON object with candidatesPerHour.
"""
import argparse
import json
import os
import pathlib
import time

import torch
import torch.nn.functional as F
from torch import nn

STEPS, BATCH, VALIDATION = 20, 128, 2000


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.stride, self.pad = stride, (outputs - inputs) // 2
        self.register_buffer("mask", torch.ones(1, outputs, 1, 1))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x))) * self.mask
        y = self.bn2(self.conv2(y))
        shortcut = x if self.stride == 1 else F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.pad, self.pad))
        return F.relu(y + shortcut)


class ResNet20(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        widths = [(16, 16, 1)] + [(16, 16, 1)] * 2 + [(16, 32, 2)] + [(32, 32, 1)] * 2 + [(32, 64, 2)] + [(64, 64, 1)] * 2
        self.blocks = nn.Sequential(*(Block(*w) for w in widths))
        self.linear = nn.Linear(64, 10)

    def forward(self, x):
        y = self.blocks(F.relu(self.bn1(self.conv1(x))))
        return self.linear(F.adaptive_avg_pool2d(y, 1).flatten(1))


def read(folder, count):
    raw = torch.frombuffer(bytearray((folder / "data_batch_1.bin").read_bytes()), dtype=torch.uint8).view(-1, 3073)[:count]
    mean = torch.tensor([0.4914, 0.4822, 0.4465]).view(3, 1, 1)
    std = torch.tensor([0.2470, 0.2435, 0.2616]).view(3, 1, 1)
    return (raw[:, 1:].reshape(-1, 3, 32, 32).float() / 255 - mean) / std, raw[:, 0].long()


def augment(batch, generator):
    padded = F.pad(batch, (4, 4, 4, 4))
    out = torch.empty_like(batch)
    for i in range(batch.shape[0]):
        dy, dx, flip = torch.randint(0, 9, (2,), generator=generator).tolist() + [torch.rand(1, generator=generator).item() < 0.5]
        crop = padded[i, :, dy:dy + 32, dx:dx + 32]
        out[i] = crop.flip(2) if flip else crop
    return out


def candidate(base, train, validation, generator):
    network = ResNet20()
    network.load_state_dict(base)
    for block in network.blocks:
        outputs = block.conv1.out_channels
        keep = int(outputs * (0.4 + 0.4 * torch.rand(1, generator=generator).item()))
        block.mask.zero_()
        block.mask[0, torch.randperm(outputs, generator=generator)[:keep]] = 1
    optimizer = torch.optim.SGD(network.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4, nesterov=True)
    network.train()
    order = torch.randperm(train[0].shape[0], generator=generator)
    for step in range(STEPS):
        index = order[step * BATCH:(step + 1) * BATCH]
        loss = F.cross_entropy(network(augment(train[0][index], generator)), train[1][index])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    network.eval()
    wrong = 0
    with torch.no_grad():
        for start in range(0, VALIDATION, 500):
            images, labels = validation[0][start:start + 500], validation[1][start:start + 500]
            wrong += (network(images).argmax(1) != labels).sum().item()
    return wrong / VALIDATION


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--candidates", type=int, default=4)
    arguments = parser.parse_args()
    torch.set_num_threads(os.cpu_count() or 1)
    generator = torch.Generator().manual_seed(1)
    images, labels = read(arguments.data / "cifar-10-batches-bin", STEPS * BATCH + VALIDATION)
    train, validation = (images[:STEPS * BATCH], labels[:STEPS * BATCH]), (images[STEPS * BATCH:], labels[STEPS * BATCH:])
    base = ResNet20().state_dict()
    candidate(base, train, validation, generator)
    begin = time.perf_counter()
    for _ in range(arguments.candidates):
        candidate(base, train, validation, generator)
    seconds = (time.perf_counter() - begin) / arguments.candidates
    print(json.dumps({"candidatesPerHour": 3600 / seconds, "secondsPerCandidate": seconds, "threads": torch.get_num_threads(), "torch": torch.__version__}))


if __name__ == "__main__":
    main()
