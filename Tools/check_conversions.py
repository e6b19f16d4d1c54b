#!/usr/bin/env python3
"""Do PyTorch and transformers read what `penchant convert` writes, and is it equal?

    python Tools/check_conversions.py PENCHANT MODEL

Needs torch, transformers and safetensors. PENCHANT is the program, MODEL a folder with a model. It
is converted there and back in both formats, whole and in shards, to every dtype, and each folder
is loaded with AutoModelForCausalLM and its files with torch.load(weights_only=True), also mapped.
Weights must equal those of MODEL, rounded by torch, bit for bit. A state_dict that torch saved as a
.pth, in float16 and with tied and non-contiguous tensors, is converted and compared as well.

Prints a line for each check; exits with 1 where one fails.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM
from transformers.utils import logging

DTYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16,
          "float64": torch.float64}
failures = 0


def report(what: str, problems: list[str]) -> None:
    global failures
    failures += bool(problems)
    print(f"{'FAILED' if problems else 'equal '} {what} {'; '.join(problems[:3])}")


def tensors(folder: Path) -> dict[str, torch.Tensor]:
    """All tensors of a model folder, those of PyTorch read whole, mapped and as a zip file."""
    found: dict[str, torch.Tensor] = {}
    for file in sorted(folder.glob("model*.safetensors")):
        found |= load_file(file)
    for file in sorted(folder.glob("*.bin")):
        whole = torch.load(file, weights_only=True)
        mapped = torch.load(file, weights_only=True, mmap=True)
        assert zipfile.ZipFile(file).testzip() is None, f"{file}: a wrong checksum"
        assert whole.keys() == mapped.keys()
        for key in whole:
            assert same(whole[key], mapped[key]), f"{file}: {key} is another where it is mapped"
            assert mapped[key].data_ptr() % 64 == 0 or mapped[key].numel() == 0, f"{file}: {key}"
        found |= whole
    return found


def same(a: torch.Tensor, b: torch.Tensor) -> bool:
    if a.dtype != b.dtype or a.shape != b.shape:
        return False
    return a.contiguous().flatten().view(torch.uint8).equal(b.contiguous().flatten().view(torch.uint8))


def differences(found: dict[str, torch.Tensor], expected: dict[str, torch.Tensor]) -> list[str]:
    problems = [f"{name} is in one only" for name in found.keys() ^ expected.keys()]
    return problems + [name for name in found.keys() & expected.keys() if not same(found[name], expected[name])]


def convert(program: str, model: Path, output: Path, *more: str) -> None:
    subprocess.run([program, "convert", "--model", model, "--output", output, *more], check=True)


def check_loading(folder: Path, expected: dict[str, torch.Tensor]) -> list[str]:
    dtype = next(iter(expected.values())).dtype
    model, info = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, output_loading_info=True)
    problems = [f"{kind}: {keys}" for kind, keys in info.items() if keys]
    state = model.state_dict()
    return problems + [name for name in expected if name not in state or not same(state[name], expected[name])]


def main() -> int:
    program, model = sys.argv[1], Path(sys.argv[2])
    logging.disable_progress_bar()
    original = tensors(model)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        for form in ("safetensors", "pytorch"):
            for dtype, torch_dtype in DTYPES.items():
                for size in ("50GB", "20KB"):
                    folder = work / f"{form}-{dtype}-{size}"
                    convert(program, model, folder, "--format", form, "--dtype", dtype,
                            "--max-shard-size", size)
                    expected = {key: value.to(torch_dtype) for key, value in original.items()}
                    count = len(list(folder.glob("*.safetensors"))) + len(list(folder.glob("*.bin")))
                    problems = differences(tensors(folder), expected) + check_loading(folder, expected)
                    report(f"{folder.name}, {count} files", problems)
            back = work / f"{form}-back"
            convert(program, work / f"{form}-float64-20KB", back, "--dtype", "float32")
            report(f"{form} in shards of float64 and back",
                   differences(tensors(back), {key: value.float() for key, value in original.items()}))

        state = torch.nn.Module().state_dict()
        for key, value in original.items():
            state[key] = value.half().T.contiguous().T if value.dim() == 2 else value.half()
        # Shared, but not what tie_word_embeddings is about: it must stay.
        state["shared.weight"] = state[next(iter(original))]
        file = work / "state.pth"
        torch.save({"model": state, "optimizer": {"state": {0: {"exp_avg": torch.zeros(3)}}}}, file)
        output = work / "from-pth"
        convert(program, file, output, "--config", str(model / "config.json"), "--tokenizer", str(model))
        report("a nested float16 .pth", differences(tensors(output), dict(state)))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
