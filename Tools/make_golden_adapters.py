#!/usr/bin/env python3
"""Makes small random adapters for the tiny models, with PEFT, and golden values for them.

    python Tools/make_golden_adapters.py [--models Tests/LanguageModelsTests/Fixtures]

Needs torch, transformers, peft and safetensors, and what make_golden_models.py has made. The same
versions write the same bytes.

Each folder MODEL/adapters/NAME holds what PEFT saves and golden.safetensors:

    pair.N.{chosen,rejected}_logps           one per completion token, with the adapter
    pair.N.{chosen,rejected}_reference_logps the same with the adapter disabled
    loss                                     [1], mean of -log sigmoid(beta * difference of log-ratios)
    gradient.NAME                            of the loss, for every tensor of the adapter
    merged_logits                            of pair 0's prompt and chosen answer, after merging

Pairs are those of the model's own golden.safetensors. Everything is computed in float64 from the
float32 weights, then rounded to float32.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
import torch.nn.functional as F
from make_golden_models import BETA, make_pairs, run, sort_metadata, to_saved_type, use_double
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors import safe_open
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM
from transformers.utils import logging

SEED = 30

CASES = {
    "llama-tiny/lora": dict(r=4, lora_alpha=8, target_modules="all-linear"),
    "llama-tiny/rslora": dict(
        r=3,
        lora_alpha=5,
        use_rslora=True,
        lora_dropout=0.25,
        target_modules=r".*\.layers\.1\..*\.(q|v|down)_proj",
    ),
    "llama-tiny/dora": dict(r=2, lora_alpha=6, use_dora=True, target_modules=["q_proj", "up_proj"]),
    "llama-biases/dora": dict(r=2, lora_alpha=3, use_dora=True, target_modules=["o_proj", "mlp.gate_proj"]),
    "qwen3/patterns": dict(
        r=2,
        lora_alpha=4,
        target_modules=["q_proj", "k_proj", "down_proj"],
        rank_pattern={"down_proj": 5, "layers.0.self_attn.q_proj": 1},
        alpha_pattern={r"layers\.\d+\.self_attn\.k_proj": 7},
    ),
    "gpt2/lora": dict(r=4, lora_alpha=8, target_modules="all-linear", fan_in_fan_out=True),
    "gpt2/dora": dict(r=2, lora_alpha=8, use_dora=True, target_modules=["c_attn"], fan_in_fan_out=True),
    "gpt2-2019/lora": dict(r=2, lora_alpha=8, target_modules=["h.1.mlp.c_fc"], fan_in_fan_out=True),
}


def load(folder: Path) -> torch.nn.Module:
    return AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager").float().eval()


def make_adapter(folder: Path, name: str, keys: dict[str, object]) -> Path:
    """An adapter whose every tensor shows in the logits."""
    torch.manual_seed(SEED)
    model = get_peft_model(load(folder), LoraConfig(task_type="CAUSAL_LM", **keys))
    generator = torch.Generator().manual_seed(SEED)
    with torch.no_grad():
        for key, parameter in sorted(model.named_parameters()):
            if "lora_B" in key:
                parameter.copy_(0.2 * torch.randn(parameter.shape, generator=generator))
            elif "lora_magnitude_vector" in key:
                parameter.mul_(1 + 0.2 * torch.randn(parameter.shape, generator=generator))
    output = folder / "adapters" / name
    model.save_pretrained(output)
    (output / "README.md").unlink()
    config = json.loads((output / "adapter_config.json").read_text())
    config["base_model_name_or_path"] = f"tiny/{folder.name}"
    if isinstance(config["target_modules"], list):
        config["target_modules"].sort()
    (output / "adapter_config.json").write_text(json.dumps(config, indent=2) + "\n")
    return output


def load_names(output: Path) -> list[str]:
    with safe_open(output / "adapter_model.safetensors", "pt") as file:
        return list(file.keys())


def make_golden(model: torch.nn.Module, output: Path) -> dict[str, torch.Tensor]:
    names = load_names(output)
    model = model.double().eval()
    golden: dict[str, torch.Tensor] = {}
    sums: list[torch.Tensor] = []
    pairs = make_pairs(model.config.vocab_size)
    for index, pair in enumerate(pairs):
        for side in ("chosen", "rejected"):
            _, logps = run(model, pair["prompt"], pair[side])
            with model.disable_adapter(), torch.no_grad():
                _, reference = run(model, pair["prompt"], pair[side])
            golden[f"pair.{index}.{side}_logps"] = logps
            golden[f"pair.{index}.{side}_reference_logps"] = reference
            sums.append(logps.sum() - reference.sum())
    ratios = torch.stack(sums).reshape(-1, 2)
    loss = -F.logsigmoid(BETA * (ratios[:, 0] - ratios[:, 1])).mean()
    loss.backward()
    golden["loss"] = loss.reshape(1)
    gradients = {
        name.replace(".default", ""): parameter.grad
        for name, parameter in model.named_parameters()
        if parameter.requires_grad
    }
    for name in names:
        # PEFT saves a magnitude vector without the "weight" of its module.
        key = f"{name}.weight" if name.endswith("magnitude_vector") else name
        golden[f"gradient.{name}"] = gradients.pop(key).clone()
    assert not gradients, gradients.keys()
    with torch.no_grad():
        merged = model.merge_and_unload()
        golden["merged_logits"], _ = run(merged, pairs[0]["prompt"], pairs[0]["chosen"])
    return {key: to_saved_type(value) for key, value in golden.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    root = Path(__file__).resolve().parent.parent
    parser.add_argument("--models", type=Path, default=root / "Tests/LanguageModelsTests/Fixtures")
    models = parser.parse_args().models
    logging.set_verbosity_error()
    made = {}
    for case, keys in CASES.items():
        folder, name = models / case.split("/")[0], case.split("/")[1]
        output = make_adapter(folder, name, keys)
        made[case] = (PeftModel.from_pretrained(load(folder), output, is_trainable=True), output)
    # From here on nothing can be loaded.
    use_double()
    for case, (model, output) in made.items():
        file = output / "golden.safetensors"
        save_file(make_golden(model, output), file, metadata={"format": "pt", "seed": str(SEED)})
        sort_metadata(file)
        print(case, sum(path.stat().st_size for path in output.iterdir()), "bytes")


if __name__ == "__main__":
    main()
