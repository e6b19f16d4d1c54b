#!/usr/bin/env python3
"""Makes two tiny random Llama models and golden values for them, with transformers.

    python Tools/make_golden_llama.py [--output Tests/LanguageModelsTests/Fixtures]

Needs torch, transformers and safetensors. The same versions write the same bytes.

Two model folders are written:

    llama-tiny/        untied head, config.json as transformers 5 writes it (rope_parameters)
    llama-tiny-tied/   tied head, config.json in the spelling of transformers 4 (rope_theta, torch_dtype)

Each holds the policy (config.json, model.safetensors), the reference (reference/config.json and
reference/model.safetensors: the same architecture, another seed) and golden.safetensors:

    pair.N.{prompt,chosen,rejected}_ids      int64; what the model reads is prompt + completion
    pair.N.{chosen,rejected}_logits          [prompt + completion, vocabulary], of the policy
    pair.N.{chosen,rejected}_logps           one per completion token, of the policy
    pair.N.{chosen,rejected}_reference_logps the same, of the reference
    {chosen,rejected}_sums                   [pairs], sums of the above over the completion
    {chosen,rejected}_reference_sums
    losses                                   [pairs], -log sigmoid(beta * difference of log-ratios)
    loss                                     [1], their mean
    gradient.NAME                            of the loss, for every parameter of model.safetensors

Everything is computed in float64 from the float32 weights, then rounded to float32. Pairs 0 and 2
share a prompt; the answers of pair 1 begin with the same two tokens; all lengths differ.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch
import torch.nn.functional as F
import transformers
from safetensors.torch import save_file
from transformers import LlamaConfig, LlamaForCausalLM
from transformers.models.llama import modeling_llama
from transformers.utils import logging

POLICY_SEED = 20
REFERENCE_SEED = 21
IDS_SEED = 22
BETA = 0.1
SIZE_LIMIT = 200_000

SHAPE = dict(
    vocab_size=97,
    hidden_size=32,
    intermediate_size=56,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=64,
    rms_norm_eps=1e-5,
    bos_token_id=1,
    eos_token_id=2,
    pad_token_id=None,
)

# rope_theta of the two models. Neither is far above the longest sequence, so a wrong one is seen.
ROPE_THETA = {"llama-tiny": 10000.0, "llama-tiny-tied": 500.0}


# ---------------------------------------------------------------- the models


def make_model(name: str, seed: int) -> LlamaForCausalLM:
    """A float32 model whose weights are large enough that every part of it shows in the logits."""
    config = LlamaConfig(
        **SHAPE,
        tie_word_embeddings=name.endswith("-tied"),
        rope_parameters={"rope_type": "default", "rope_theta": ROPE_THETA[name]},
        attn_implementation="sdpa",
    )
    model = LlamaForCausalLM(config).eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter_name, parameter in sorted(model.named_parameters()):
            noise = torch.randn(parameter.shape, generator=generator)
            if "norm" in parameter_name:
                parameter.copy_(1 + 0.2 * noise)
            elif "embed_tokens" in parameter_name:
                parameter.copy_(0.5 * noise)
            else:
                parameter.copy_(noise * parameter.shape[1] ** -0.5)
    return model


def save_model(model: LlamaForCausalLM, name: str, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    weights = {key: value.detach().contiguous() for key, value in model.named_parameters()}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    if name.endswith("-tied"):
        config = version_4_config(name)
    else:
        model.config.save_pretrained(folder)
        config = json.loads((folder / "config.json").read_text())
        config |= {"architectures": ["LlamaForCausalLM"], "dtype": "float32"}
        config = {key: config[key] for key in sorted(config)}
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    check_it_loads(model, folder)


def version_4_config(name: str) -> dict[str, object]:
    """config.json by hand, as transformers 4 wrote it: no head_dim, rope_theta at the top level."""
    return {
        "architectures": ["LlamaForCausalLM"],
        "attention_bias": False,
        "attention_dropout": 0.0,
        "bos_token_id": SHAPE["bos_token_id"],
        "eos_token_id": SHAPE["eos_token_id"],
        "hidden_act": "silu",
        "hidden_size": SHAPE["hidden_size"],
        "initializer_range": 0.02,
        "intermediate_size": SHAPE["intermediate_size"],
        "max_position_embeddings": SHAPE["max_position_embeddings"],
        "model_type": "llama",
        "num_attention_heads": SHAPE["num_attention_heads"],
        "num_hidden_layers": SHAPE["num_hidden_layers"],
        "num_key_value_heads": SHAPE["num_key_value_heads"],
        "pretraining_tp": 1,
        "rms_norm_eps": SHAPE["rms_norm_eps"],
        "rope_scaling": None,
        "rope_theta": ROPE_THETA[name],
        "tie_word_embeddings": True,
        "torch_dtype": "float32",
        "transformers_version": "4.40.0",
        "use_cache": True,
        "vocab_size": SHAPE["vocab_size"],
    }


def check_it_loads(model: LlamaForCausalLM, folder: Path) -> None:
    """What lies in the folder is the model we have, by transformers' own loader."""
    loaded, info = LlamaForCausalLM.from_pretrained(folder, output_loading_info=True)
    problems = {key: value for key, value in info.items() if value}
    if problems:
        raise SystemExit(f"{folder} does not load cleanly: {problems}")
    ids = torch.arange(20).unsqueeze(0)
    with torch.no_grad():
        if not torch.equal(loaded.eval()(ids).logits, model(ids).logits):
            raise SystemExit(f"{folder} does not give the logits of the model it was saved from")


# ---------------------------------------------------------------- float64


def norm_in_double(self: torch.nn.Module, x: torch.Tensor) -> torch.Tensor:
    variance = x.pow(2).mean(-1, keepdim=True)
    return self.weight * (x * torch.rsqrt(variance + self.variance_epsilon))


def rotary_in_double(
    self: torch.nn.Module, x: torch.Tensor, position_ids: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    dim = SHAPE["hidden_size"] // SHAPE["num_attention_heads"]
    theta = self.config.rope_parameters["rope_theta"]
    frequencies = theta ** (-torch.arange(0, dim, 2, dtype=torch.float64) / dim)
    angles = position_ids[..., None].double() * frequencies
    angles = torch.cat((angles, angles), dim=-1)
    return angles.cos(), angles.sin()


def use_double() -> None:
    """transformers casts to float32 inside RMSNorm and the rotary embedding; golden values should not."""
    modeling_llama.LlamaRMSNorm.forward = norm_in_double
    modeling_llama.LlamaRotaryEmbedding.forward = rotary_in_double


# ---------------------------------------------------------------- golden values


def make_pairs() -> list[dict[str, list[int]]]:
    generator = torch.Generator().manual_seed(IDS_SEED)

    def ids(count: int) -> list[int]:
        return torch.randint(3, SHAPE["vocab_size"], (count,), generator=generator).tolist()

    bos, eos = SHAPE["bos_token_id"], SHAPE["eos_token_id"]
    shared_prompt = [bos] + ids(5)
    shared_beginning = ids(2)
    return [
        {"prompt": shared_prompt, "chosen": ids(3) + [eos], "rejected": ids(6) + [eos]},
        {
            "prompt": [bos] + ids(2),
            "chosen": shared_beginning + ids(7) + [eos],
            "rejected": shared_beginning + ids(1) + [eos],
        },
        {"prompt": shared_prompt, "chosen": ids(8) + [eos], "rejected": [eos]},
    ]


def run(model: LlamaForCausalLM, prompt: list[int], completion: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits of every position, and the log-probability of every completion token."""
    ids = torch.tensor([prompt + completion])
    logits = model(ids).logits[0]
    predictors = logits[len(prompt) - 1 : -1].log_softmax(-1)
    return logits, predictors.gather(1, ids[0, len(prompt) :, None]).squeeze(1)


def make_golden(policy: LlamaForCausalLM, reference: LlamaForCausalLM) -> dict[str, torch.Tensor]:
    golden: dict[str, torch.Tensor] = {}
    sums: dict[str, list[torch.Tensor]] = {}
    for index, pair in enumerate(make_pairs()):
        prefix = f"pair.{index}."
        for part, ids in pair.items():
            golden[f"{prefix}{part}_ids"] = torch.tensor(ids)
        for side in ("chosen", "rejected"):
            logits, logps = run(policy, pair["prompt"], pair[side])
            with torch.no_grad():
                _, reference_logps = run(reference, pair["prompt"], pair[side])
            golden[f"{prefix}{side}_logits"] = logits
            golden[f"{prefix}{side}_logps"] = logps
            golden[f"{prefix}{side}_reference_logps"] = reference_logps
            sums.setdefault(f"{side}_sums", []).append(logps.sum())
            sums.setdefault(f"{side}_reference_sums", []).append(reference_logps.sum())
    totals = {key: torch.stack(values) for key, values in sums.items()}
    chosen_ratio = totals["chosen_sums"] - totals["chosen_reference_sums"]
    rejected_ratio = totals["rejected_sums"] - totals["rejected_reference_sums"]
    losses = -F.logsigmoid(BETA * (chosen_ratio - rejected_ratio))
    loss = losses.mean()
    loss.backward()
    golden |= totals | {"losses": losses, "loss": loss.reshape(1)}
    for name, parameter in policy.named_parameters():
        golden[f"gradient.{name}"] = parameter.grad
    return {key: to_saved_type(value) for key, value in golden.items()}


def to_saved_type(tensor: torch.Tensor) -> torch.Tensor:
    tensor = tensor.detach()
    return (tensor.float() if tensor.is_floating_point() else tensor).contiguous()


def sort_metadata(file: Path) -> None:
    """save_file writes the metadata in a random order; sorted, the same values are the same bytes."""
    data = file.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + length])
    header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
    text = json.dumps(header, separators=(",", ":")).encode().ljust(length)
    assert len(text) == length, "only the order changes"
    file.write_bytes(data[:8] + text + data[8 + length :])


def largest_difference(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> tuple[float, str]:
    return max(((a[key].double() - b[key].double()).abs().max().item(), key) for key in a)


# ---------------------------------------------------------------- all of it


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    root = Path(__file__).resolve().parent.parent
    parser.add_argument("--output", type=Path, default=root / "Tests/LanguageModelsTests/Fixtures")
    output: Path = parser.parse_args().output
    logging.disable_progress_bar()

    models: dict[str, tuple[LlamaForCausalLM, LlamaForCausalLM]] = {}
    in_float: dict[str, dict[str, torch.Tensor]] = {}
    for name in ROPE_THETA:
        policy, reference = make_model(name, POLICY_SEED), make_model(name, REFERENCE_SEED)
        save_model(policy, name, output / name)
        save_model(reference, name, output / name / "reference")
        in_float[name] = make_golden(policy, reference)
        policy.zero_grad()
        models[name] = (policy, reference)

    use_double()
    for name, (policy, reference) in models.items():
        golden = make_golden(policy.double(), reference.double())
        metadata = {
            "made_by": "Tools/make_golden_llama.py",
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "policy_seed": str(POLICY_SEED),
            "reference_seed": str(REFERENCE_SEED),
            "ids_seed": str(IDS_SEED),
            "beta": str(BETA),
            "loss_type": "sigmoid",
            "computed_in": "float64",
        }
        save_file(golden, output / name / "golden.safetensors", metadata=metadata)
        sort_metadata(output / name / "golden.safetensors")
        difference, key = largest_difference(golden, in_float[name])
        print(f"{name}: loss {golden['loss'].item():.6f}; plain float32 differs by at most {difference:.1e} ({key})")
    for file in sorted(output.glob("llama-tiny*/**/*.*")):
        size = file.stat().st_size
        print(f"{size:8d}  {file.relative_to(output)}")
        if size > SIZE_LIMIT:
            raise SystemExit(f"{file} is larger than {SIZE_LIMIT} bytes")


if __name__ == "__main__":
    main()
