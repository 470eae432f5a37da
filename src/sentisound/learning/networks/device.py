"""The device: where a network computes, with how many threads, and in which precision."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import torch
from torch import nn
from torch.nn.functional import conv2d

BF16_FEATURES = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
"""What torch calls the processor's ways to multiply bfloat16; without them it would be emulated, and slower."""


def best_device() -> torch.device:
    """Return the GPU where there is one, or the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def takes_bf16(network: nn.Module, device: torch.device) -> bool:
    """Return whether training in bfloat16 is faster here: with hardware for it, and not recurrent alone.

    Convolutions gain up to two times on CPUs that have it, LSTM and GRU nothing; a trunk of convolutions below them
    makes the whole 1.2 to 1.4 times as fast.
    """
    if not any(isinstance(layer, nn.Conv1d | nn.Conv2d | nn.Linear) for layer in network.modules()):
        return False
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    return any(getattr(torch.cpu, name, lambda: False)() for name in BF16_FEATURES) and convolves_right()


@lru_cache(maxsize=1)
def convolves_right() -> bool:
    """Return whether this machine's CPU convolves narrow maps in bfloat16 as it does in float32.

    Some kernels leave what was in memory where a map is two columns wide: those for AMX that torch 2.11 brings do.
    """
    drawing = torch.Generator().manual_seed(0)
    maps, weights = (torch.randn(shape, generator=drawing) for shape in ((8, 48, 10, 2), (64, 48, 3, 3)))
    exact = conv2d(maps, weights, stride=(1, 2), padding=1)
    layouts = (torch.contiguous_format, torch.channels_last)
    rough = [
        conv2d(maps.bfloat16(), weights.bfloat16().contiguous(memory_format=layout), stride=(1, 2), padding=1)
        for layout in layouts
    ]
    return all(torch.allclose(one.float(), exact, atol=0.05 * float(exact.abs().max())) for one in rough)


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let torch use so many threads for a while."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def own_randomness(device: torch.device) -> Iterator[None]:
    """Give torch's generators back as they were: what is drawn within is nobody else's."""
    with torch.random.fork_rng(devices=[torch.cuda.current_device()] if device.type == "cuda" else []):
        yield


@contextmanager
def repeatable(device: torch.device) -> Iterator[None]:
    """Let a GPU give the same bits each time, as a CPU does, so that a stopped training ends as one that never was."""
    if device.type != "cuda":
        yield
        return
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # what cuBLAS asks for; read when it is first used
    before = torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()
    torch.use_deterministic_algorithms(True, warn_only=True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before[0], warn_only=before[1])
