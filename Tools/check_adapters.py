#!/usr/bin/env python3
"""Does PEFT read an adapter that we wrote, and does our merged model compute what it computes?

    python Tools/check_adapters.py BASE ADAPTER MERGED [--scores scores.jsonl] [--tolerance 1e-5]

BASE and MERGED are model folders, MERGED as `penchant merge` wrote it. Needs torch, transformers and
peft. Every tensor of ADAPTER must be one that PEFT expects, and none that it expects may be missing.

Compares the logits of a fixed sequence: BASE with ADAPTER by PEFT, merged by PEFT, and MERGED. With
--scores also the log-probabilities of a file that `penchant score --adapter … --ids --output` wrote.

Prints the largest differences; exits with 1 where one is above the tolerance.
"""

from __future__ import annotations

import argparse
import json
import warnings
from pathlib import Path

import torch
from peft import PeftModel, get_peft_model_state_dict
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM
from transformers.utils import logging


def load(folder: Path) -> torch.nn.Module:
    model, info = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
    if problems := {key: value for key, value in info.items() if value}:
        raise SystemExit(f"{folder} does not load cleanly: {problems}")
    return model.eval()


def score_difference(model: torch.nn.Module, file: Path) -> float:
    largest = 0.0
    for line in file.read_text().splitlines():
        row = json.loads(line)
        for side in ("chosen", "rejected"):
            answer = torch.tensor(row[f"{side}_ids"])
            ids = torch.cat([torch.tensor(row["prompt_ids"], dtype=torch.long), answer])[None]
            logits = model(ids).logits[0, :-1].double().log_softmax(-1)
            logps = logits.gather(1, ids[0, 1:, None])[:, 0][-len(row[f"{side}_logps"]) :]
            ours = torch.tensor(row[f"{side}_logps"], dtype=torch.float64)
            largest = max(largest, (logps - ours).abs().max().item())
    return largest


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("base", type=Path)
    parser.add_argument("adapter", type=Path)
    parser.add_argument("merged", type=Path)
    parser.add_argument("--scores", type=Path)
    parser.add_argument("--tolerance", type=float, default=1e-5)
    arguments = parser.parse_args()
    logging.set_verbosity_error()
    # PEFT warns of tensors that are missing or that it does not know.
    warnings.filterwarnings("error", message=".*(missing|unexpected).*")

    base = load(arguments.base)
    ids = torch.arange(3, min(19, base.config.vocab_size))[None]
    plain = base(ids).logits
    model = PeftModel.from_pretrained(base, arguments.adapter).eval()
    ours = load_file(arguments.adapter / "adapter_model.safetensors")
    theirs = get_peft_model_state_dict(model)
    if ours.keys() != theirs.keys():
        raise SystemExit(f"names differ: {sorted(ours.keys() ^ theirs.keys())[:5]}")
    adapted = model(ids).logits
    differences = {}
    if arguments.scores:
        differences["scores"] = score_difference(model, arguments.scores)
    differences["merged by us"] = (load(arguments.merged)(ids).logits - adapted).abs().max().item()
    differences["merged by PEFT"] = (model.merge_and_unload()(ids).logits - adapted).abs().max().item()
    print(f"{len(ours)} tensors; the adapter moves logits by up to {(adapted - plain).abs().max():.3g}")
    for name, difference in differences.items():
        print(f"{name}: {difference:.2e}")
    raise SystemExit(max(differences.values()) > arguments.tolerance)


if __name__ == "__main__":
    main()
