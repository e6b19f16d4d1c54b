#!/usr/bin/env python3
"""Makes small checkpoints of PyTorch, with the same numbers as safetensors, and golden roundings.

    python Tools/make_golden_checkpoints.py [--output Tests/PyTorchFilesTests/Fixtures]

Needs torch, numpy and safetensors. Written files:

    plain.pth          the state_dict of a module: an OrderedDict with _metadata
    nested.pth         {"model": state_dict, "optimizer": AdamW's state, "step": 3, "args": {...}}
    parameters.pth     a dictionary of torch.nn.Parameter
    strided.pth        tensors whose elements do not follow each other in row-major order
    tied.pth           two names for one tensor, a third for a part of it
    elements.pth       a tensor of every type that is read, a scalar and an empty tensor
    protocol4.pth      plain.pth with pickle protocol 4
    half.pth           a float16 state_dict whose embedding and head are one tensor
    sharded/           pytorch_model-0000N-of-00002.bin and their index
    legacy.pth         the form of PyTorch before 1.6
    foreign.pth        a dictionary with an argparse.Namespace beside the weights
    NAME.safetensors   what NAME.pth or sharded/ holds, contiguous, every name on its own
    rounding.safetensors
        source.{F32,F64,F16,BF16} and result.FROM.TO: the numbers of one type as another, by torch
        on one element at a time (its vectorised form gives other NaNs)
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
from safetensors.torch import save_file

SEED = 7
SIZE_LIMIT = 100_000
ELEMENTS = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32,
            torch.int16, torch.int8, torch.uint8, torch.bool]
FLOATS = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


def golden(folder: Path, name: str, tensors: dict[str, torch.Tensor]) -> None:
    copies = {key: value.detach().clone().contiguous() for key, value in tensors.items()}
    save_file(copies, folder / f"{name}.safetensors",
              metadata={"torch": torch.__version__, "seed": str(SEED)})


def save(folder: Path, name: str, value: object, tensors: dict[str, torch.Tensor], **options) -> None:
    torch.save(value, folder / f"{name}.pth", **options)
    golden(folder, name, tensors)


def checkpoints(folder: Path) -> None:
    module = torch.nn.Sequential(torch.nn.Linear(5, 3), torch.nn.LayerNorm(3), torch.nn.Linear(3, 2))
    state = module.state_dict()
    save(folder, "plain", state, state)
    save(folder, "protocol4", state, state, pickle_protocol=4)

    optimizer = torch.optim.AdamW(module.parameters())
    module(torch.randn(4, 5)).sum().backward()
    optimizer.step()
    state = module.state_dict()
    nested = {"model": state, "optimizer": optimizer.state_dict(), "step": 3,
              "args": {"lr": 1e-3, "name": "é", "betas": (0.9, 0.95), "dtype": torch.bfloat16,
                       "none": None, "large": 2**70, "negative": -5, "shape": torch.Size([2, 3])}}
    save(folder, "nested", nested, state)
    torch.save(nested | {"state_dict": state}, folder / "ambiguous.pth")

    parameters = {"w": torch.nn.Parameter(torch.randn(3, 4)),
                  "frozen": torch.nn.Parameter(torch.randn(2), requires_grad=False)}
    save(folder, "parameters", parameters, parameters)

    base = torch.randn(4, 5, 6)
    strided = {
        "transposed": base[0].T, "permuted": base.permute(2, 0, 1), "every": base[:, ::2, 1::3],
        "column": base[1, :, 2], "expanded": torch.randn(3, 1).expand(3, 7),
        "slice": base[2:3, 1:4], "one": base[:, :1].transpose(0, 1), "half": base.half().mT,
        "bytes": torch.arange(12, dtype=torch.uint8).view(3, 4).T, "double": base.double().mT,
    }
    save(folder, "strided", strided, strided)

    weight = torch.randn(6, 4)
    tied = {"embed.weight": weight, "head.weight": weight, "part": weight[1:3]}
    save(folder, "tied", tied, tied)

    elements = {str(dtype): (torch.randn(2, 3) * 50).to(dtype) for dtype in ELEMENTS}
    elements |= {"scalar": torch.tensor(2.5), "empty": torch.zeros(0, 3), "blank": torch.zeros(0)}
    save(folder, "elements", elements, elements)

    embedding = torch.randn(16, 8).half()
    half = {"model.embed_tokens.weight": embedding, "model.norm.weight": torch.ones(8).half(),
            "lm_head.weight": embedding}
    save(folder, "half", half, half)

    (folder / "sharded").mkdir(exist_ok=True)
    shards = [{"a": torch.randn(3), "b": torch.randn(2, 2).bfloat16()}, {"c": torch.randn(4)}]
    weight_map = {}
    for number, shard in enumerate(shards, start=1):
        name = f"pytorch_model-{number:05}-of-00002.bin"
        torch.save(shard, folder / "sharded" / name)
        weight_map |= {key: name for key in shard}
    index = {"metadata": {"total_size": 36}, "weight_map": weight_map}
    (folder / "sharded" / "pytorch_model.bin.index.json").write_text(json.dumps(index, indent=2) + "\n")
    golden(folder, "sharded", shards[0] | shards[1])

    torch.save({"a": torch.zeros(2)}, folder / "legacy.pth", _use_new_zipfile_serialization=False)
    torch.save({"model": {"a": torch.zeros(2)}, "args": argparse.Namespace(lr=1e-3)},
               folder / "foreign.pth")


def rounding(folder: Path) -> None:
    """Patterns that are special, what lies beside them, and some at random."""
    generator = torch.Generator().manual_seed(SEED)

    def patterns(bits: int, mantissa: int, exponent_bits: int) -> torch.Tensor:
        signed = {16: torch.int16, 32: torch.int32, 64: torch.int64}[bits]
        top = 1 << (bits - 1)
        bias = (1 << (exponent_bits - 1)) - 1
        # Zero and subnormals, the numbers that halves can hold and their subnormals, one, the
        # largest of halves and of float32, infinity and NaN.
        exponents = {0, 1, 2, 2 * bias, 2 * bias + 1, bias, *range(bias - 26, bias - 12),
                     *range(bias + 14, bias + 17), *range(bias + 126, bias + 129), bias - 126, bias - 127,
                     *range(bias - 151, bias - 147)}
        exponents = {exponent for exponent in exponents if 0 <= exponent < 1 << exponent_bits}
        values = set()
        halves = [0, 1, (1 << mantissa) - 1, 1 << (mantissa - 1)]
        # Ties of roundings to 7, 10 and 23 bits, and what lies just beside them.
        for kept in (7, 10, 23):
            if kept < mantissa:
                tie = 1 << (mantissa - kept - 1)
                halves += [tie, tie - 1, tie + 1, 3 * tie, 3 * tie - 1, (1 << mantissa) - tie]
        for exponent in exponents:
            for fraction in halves:
                for sign in (0, top):
                    values.add(sign | exponent << mantissa | fraction)
        numbers = sorted(value - 2 * top if value >= top else value for value in values)
        made = torch.tensor(numbers, dtype=signed)
        extra = torch.randint(-top, top - 1, (100,), generator=generator, dtype=torch.int64)
        return torch.cat([made, extra.to(signed)])

    sources = {
        "F16": patterns(16, 10, 5), "BF16": patterns(16, 7, 8), "F32": patterns(32, 23, 8), "F64": patterns(64, 52, 11),
    }
    tensors = {}
    for name, bits in sources.items():
        source = bits.view(FLOATS[name])
        tensors[f"source.{name}"] = bits
        for other, dtype in FLOATS.items():
            if other == name:
                continue
            result = torch.stack([element.to(dtype) for element in source])
            same = {"F64": torch.int64, "F32": torch.int32, "F16": torch.int16, "BF16": torch.int16}
            tensors[f"result.{name}.{other}"] = result.view(same[other])
    save_file(tensors, folder / "rounding.safetensors",
              metadata={"torch": torch.__version__, "seed": str(SEED)})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    here = Path(__file__).resolve().parent.parent
    parser.add_argument("--output", type=Path, default=here / "Tests/PyTorchFilesTests/Fixtures")
    folder = parser.parse_args().output
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(SEED)
    checkpoints(folder)
    rounding(folder)
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            print(f"{file.stat().st_size:8} {file.relative_to(folder)}")
            assert file.stat().st_size < SIZE_LIMIT, file


if __name__ == "__main__":
    main()
