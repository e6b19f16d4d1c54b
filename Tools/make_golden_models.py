#!/usr/bin/env python3
"""Makes tiny random models of every architecture and golden values for them, with transformers.

    python Tools/make_golden_models.py [--output Tests/LanguageModelsTests/Fixtures] [--only NAME …]

Needs torch, transformers and safetensors. The same versions write the same bytes.

Each folder holds the policy (config.json, model.safetensors) and golden.safetensors:

    pair.N.{prompt,chosen,rejected}_ids      int64; what the model reads is prompt + completion
    pair.N.{chosen,rejected}_logits          [prompt + completion, vocabulary], of the policy
    pair.N.{chosen,rejected}_logps           one per completion token, of the policy
    {chosen,rejected}_sums                   [pairs], sums of the above over the completion
    {chosen,rejected}_reference_sums         [pairs]
    losses                                   [pairs], -log sigmoid(beta * difference of log-ratios)
    loss                                     [1], their mean
    gradient.NAME                            of the loss, for every parameter of model.safetensors

The two Llamas have a reference too (reference/: the same architecture, another seed), and
pair.N.{chosen,rejected}_reference_logps. For the others the reference's sums are the policy's,
moved by fixed amounts.

Everything is computed in float64 from the float32 weights and the float32 rotary frequencies that
transformers has, then rounded to float32. Sequences go through the model one by one. Pairs 0 and 2
share a prompt; the answers of pair 1 begin with the same two tokens; all lengths differ. They are
longer than the windows, and lie on both sides of the lengths where rotary positions change.
"""

from __future__ import annotations

import argparse
import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import torch
import torch.nn.functional as F
import transformers
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, CONFIG_MAPPING
from transformers.utils import logging

POLICY_SEED = 20
REFERENCE_SEED = 21
IDS_SEED = 22
BETA = 0.1
SIZE_LIMIT = 150_000
# The policy's sums minus these are the reference's, where there is no reference model.
MOVES = {"chosen": [1.5, -2.0, 0.5], "rejected": [-1.0, 0.25, 3.0]}

LLAMA = dict(
    vocab_size=97,
    hidden_size=32,
    intermediate_size=56,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=64,
    rms_norm_eps=1e-5,
)
SMALL = dict(
    vocab_size=61,
    hidden_size=24,
    intermediate_size=40,
    num_hidden_layers=2,
    num_attention_heads=4,
    num_key_value_heads=2,
    head_dim=8,
    max_position_embeddings=64,
)


def rope(kind: str = "default", theta: float = 100.0, **keys: object) -> dict[str, object]:
    return {"rope_type": kind, "rope_theta": theta, **keys}


@dataclass
class Case:
    model_type: str
    keys: dict[str, object]
    # Changes config.json after transformers wrote it.
    rewrite: Callable[[dict[str, object]], dict[str, object]] | None = None
    # Renames the tensors of model.safetensors.
    rename: Callable[[str], str] | None = None
    has_reference: bool = False
    extra_tensors: dict[str, torch.Tensor] = field(default_factory=dict)


def version_4(config: dict[str, object]) -> dict[str, object]:
    """config.json as transformers 4 wrote it: rope_theta at the top level, rope_scaling beside it."""
    config = dict(config)
    parameters = dict(config.pop("rope_parameters"))
    config["rope_theta"] = parameters.pop("rope_theta")
    kind = parameters.pop("rope_type")
    config["rope_scaling"] = None if kind == "default" else {"type": kind, **parameters}
    config["torch_dtype"] = config.pop("dtype")
    config["transformers_version"] = "4.40.0"
    return config


def llama_4(config: dict[str, object]) -> dict[str, object]:
    """The oldest form: without head_dim too."""
    config = version_4(config) | {"pretraining_tp": 1}
    for key in ("head_dim", "mlp_bias", "pad_token_id"):
        config.pop(key, None)
    return config


def gemma3_4(config: dict[str, object]) -> dict[str, object]:
    config = dict(config)
    parameters = config.pop("rope_parameters")
    full, local = dict(parameters["full_attention"]), parameters["sliding_attention"]
    config["rope_theta"] = full.pop("rope_theta")
    config["rope_local_base_freq"] = local["rope_theta"]
    config["rope_scaling"] = full
    config["sliding_window_pattern"] = 2
    config.pop("layer_types")
    return config


def minimind(config: dict[str, object]) -> dict[str, object]:
    """config.json as minimind and VerMind write it: their own model_type and keys."""
    config = version_4(config)
    model_type = "minimind" if config["model_type"] == "qwen3" else "vermind"
    kept = ("hidden_act", "head_dim", "rms_norm_eps", "rope_theta", "rope_scaling", "torch_dtype")
    sizes = {key: value for key, value in config.items() if key in SMALL or key in kept}
    if model_type == "vermind":
        sizes.pop("head_dim")
    own = {"dropout": 0.0, "flash_attn": True, "inference_rope_scaling": False, "use_moe": False}
    auto_map = {"AutoModelForCausalLM": f"model_{model_type}.ForCausalLM"}
    names = {"architectures": ["ForCausalLM"], "auto_map": auto_map, "model_type": model_type}
    return names | sizes | own | {"bos_token_id": 1, "eos_token_id": 2}


GPT2 = dict(
    vocab_size=61,
    n_embd=24,
    n_layer=2,
    n_head=3,
    n_positions=20,
    attn_pdrop=0.1,
    embd_pdrop=0.1,
    resid_pdrop=0.1,
)
QWEN = SMALL | dict(rope_parameters=rope())
PHI3 = {key: value for key, value in SMALL.items() if key != "head_dim"} | dict(hidden_size=32)
GEMMA = SMALL | dict(query_pre_attn_scalar=12, sliding_window=4)
YARN = dict(factor=4.0, original_max_position_embeddings=16)

CASES = {
    "llama-tiny": Case("llama", LLAMA | dict(rope_parameters=rope(theta=10000.0)), has_reference=True),
    "llama-tiny-tied": Case(
        "llama",
        LLAMA | dict(rope_parameters=rope(theta=500.0), tie_word_embeddings=True),
        rewrite=llama_4,
        has_reference=True,
    ),
    "llama-biases": Case(
        "llama", SMALL | dict(attention_bias=True, mlp_bias=True, rope_parameters=rope("linear", factor=2.5))
    ),
    "llama-dynamic": Case(
        "llama",
        SMALL | dict(max_position_embeddings=8, rope_parameters=rope("dynamic", factor=3.0)),
        rewrite=version_4,
    ),
    "llama-llama3": Case(
        "llama",
        SMALL
        | dict(
            head_dim=12,
            rope_parameters=rope(
                "llama3",
                factor=8.0,
                low_freq_factor=1.0,
                high_freq_factor=4.0,
                original_max_position_embeddings=16,
            ),
        ),
    ),
    "llama-yarn": Case(
        "llama", SMALL | dict(head_dim=12, rope_parameters=rope("yarn", beta_fast=4.0, beta_slow=0.5, **YARN))
    ),
    "llama-yarn-mscale": Case(
        "llama",
        SMALL
        | dict(
            head_dim=12,
            rope_parameters=rope("yarn", mscale=0.707, mscale_all_dim=2.0, truncate=False, **YARN),
        ),
        rewrite=version_4,
    ),
    "gpt2": Case("gpt2", GPT2),
    "gpt2-2019": Case(
        "gpt2",
        GPT2 | dict(n_inner=32, scale_attn_by_inverse_layer_idx=True, activation_function="gelu"),
        rename=lambda name: name.removeprefix("transformer."),
        extra_tensors={
            "h.0.attn.bias": torch.ones(20, 20).tril().reshape(1, 1, 20, 20),
            "h.1.attn.masked_bias": torch.tensor(-1e4),
        },
    ),
    "mistral": Case("mistral", SMALL | dict(sliding_window=4, rope_parameters=rope())),
    "mistral-full": Case("mistral", SMALL | dict(sliding_window=None, rope_parameters=rope())),
    "qwen2": Case("qwen2", {key: value for key, value in QWEN.items() if key != "head_dim"} | dict(hidden_size=32)),
    "qwen2-window": Case(
        "qwen2",
        QWEN | dict(use_sliding_window=True, sliding_window=3, max_window_layers=1, tie_word_embeddings=True),
    ),
    "qwen3": Case("qwen3", QWEN | dict(head_dim=10, attention_bias=True)),
    "phi3": Case("phi3", PHI3 | dict(sliding_window=5, rope_parameters=rope(), tie_word_embeddings=True)),
    "phi3-longrope": Case(
        "phi3",
        PHI3
        | dict(
            hidden_size=48,
            max_position_embeddings=32,
            original_max_position_embeddings=8,
            rope_parameters=rope(
                "longrope",
                partial_rotary_factor=0.5,
                short_factor=[1.0, 1.25, 1.5],
                long_factor=[1.5, 2.5, 4.0],
            ),
        ),
    ),
    "olmo2": Case("olmo2", QWEN | dict(attention_bias=True)),
    "gemma2": Case(
        "gemma2",
        GEMMA | dict(rope_parameters=rope(), attn_logit_softcapping=2.0, final_logit_softcapping=3.0),
    ),
    "gemma3": Case(
        "gemma3_text",
        GEMMA
        | dict(
            num_hidden_layers=3,
            final_logit_softcapping=4.0,
            layer_types=["sliding_attention", "full_attention", "sliding_attention"],
            rope_parameters={
                "full_attention": rope("linear", theta=400.0, factor=2.0),
                "sliding_attention": rope(theta=50.0),
            },
        ),
        rewrite=gemma3_4,
    ),
    "gemma3-plain": Case("gemma3_text", GEMMA | dict(layer_types=["sliding_attention", "full_attention"])),
    "minimind": Case("qwen3", QWEN | dict(tie_word_embeddings=True), rewrite=minimind),
    "vermind": Case(
        "llama",
        {key: value for key, value in QWEN.items() if key != "head_dim"} | dict(hidden_size=32, tie_word_embeddings=True),
        rewrite=minimind,
    ),
}


# ---------------------------------------------------------------- the models


def make_model(case: Case, seed: int) -> torch.nn.Module:
    """A float32 model whose weights are large enough that every part of it shows in the logits."""
    keys = {"tie_word_embeddings": False, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": None}
    if case.model_type == "gpt2":
        keys.pop("tie_word_embeddings")
    config = CONFIG_MAPPING[case.model_type](**(keys | copy.deepcopy(case.keys)))
    model = AutoModelForCausalLM.from_config(config, attn_implementation="eager").float().eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            noise = torch.randn(parameter.shape, generator=generator)
            if name.endswith(".bias"):
                parameter.copy_(0.3 * noise)
            elif "norm" in name or ".ln_" in name:
                parameter.copy_((0 if "gemma" in case.model_type else 1) + 0.2 * noise)
            elif "embed_tokens" in name or ".wte." in name or ".wpe." in name:
                # Gemma multiplies them with the square root of the hidden size.
                parameter.copy_((0.1 if "gemma" in case.model_type else 0.5) * noise)
            else:
                inputs = parameter.shape[0 if case.model_type == "gpt2" else 1]
                parameter.copy_(noise * inputs**-0.5)
    return model


def save_model(model: torch.nn.Module, case: Case, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rename = case.rename or (lambda name: name)
    weights = {rename(key): value.detach().contiguous() for key, value in model.named_parameters()}
    if case.rewrite is minimind:
        # Both names of the one tensor, as their own code saves it.
        weights["lm_head.weight"] = weights["model.embed_tokens.weight"].clone()
    save_file(weights | case.extra_tensors, folder / "model.safetensors", metadata={"format": "pt"})
    model.config.save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text())
    config |= {"architectures": [type(model).__name__], "dtype": "float32"}
    write_config(folder, config)
    check_it_loads(model, folder)
    if case.rewrite is not None:
        write_config(folder, case.rewrite(config))
        if case.rewrite is not minimind:
            check_it_loads(model, folder)


def write_config(folder: Path, config: dict[str, object]) -> None:
    text = json.dumps({key: config[key] for key in sorted(config)}, indent=2)
    (folder / "config.json").write_text(text + "\n")


def check_it_loads(model: torch.nn.Module, folder: Path) -> None:
    """What lies in the folder is the model we have, by transformers' own loader."""
    loaded, info = AutoModelForCausalLM.from_pretrained(
        folder, output_loading_info=True, attn_implementation="eager"
    )
    problems = {key: value for key, value in info.items() if value}
    # The buffers of GPT-2's first checkpoints.
    if set(problems.pop("unexpected_keys", ())) - {"h.0.attn.bias", "h.1.attn.masked_bias"} or problems:
        raise SystemExit(f"{folder} does not load cleanly: {info}")
    ids = torch.arange(20).unsqueeze(0)
    with torch.no_grad():
        reset_rotary(model)
        if not torch.equal(loaded.eval()(ids).logits, model(ids).logits):
            raise SystemExit(f"{folder} does not give the logits of the model it was saved from")


def reset_rotary(model: torch.nn.Module) -> None:
    """Dynamic frequencies in transformers depend on what the model was shown before."""
    for module in model.modules():
        if getattr(module, "rope_type", None) == "dynamic":
            module.max_seq_len_cached = module.original_max_seq_len
            module.inv_freq = module.original_inv_freq


def use_double() -> None:
    """transformers casts to float32 in norms, softmax and rotary embedding; golden values should not."""
    torch.float32 = torch.float = torch.float64
    torch.Tensor.float = torch.Tensor.double


# ---------------------------------------------------------------- golden values


def make_pairs(vocabulary: int) -> list[dict[str, list[int]]]:
    generator = torch.Generator().manual_seed(IDS_SEED)

    def ids(count: int) -> list[int]:
        return torch.randint(3, vocabulary, (count,), generator=generator).tolist()

    bos, eos = 1, 2
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


def run(model: torch.nn.Module, prompt: list[int], completion: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits of every position, and the log-probability of every completion token."""
    reset_rotary(model)
    ids = torch.tensor([prompt + completion])
    logits = model(ids, use_cache=False).logits[0]
    predictors = logits[len(prompt) - 1 : -1].log_softmax(-1)
    return logits, predictors.gather(1, ids[0, len(prompt) :, None]).squeeze(1)


def make_golden(
    policy: torch.nn.Module, reference: torch.nn.Module | None, case: Case
) -> dict[str, torch.Tensor]:
    golden: dict[str, torch.Tensor] = {}
    sums: dict[str, list[torch.Tensor]] = {}
    for index, pair in enumerate(make_pairs(policy.config.vocab_size)):
        prefix = f"pair.{index}."
        for part, ids in pair.items():
            golden[f"{prefix}{part}_ids"] = torch.tensor(ids)
        for side in ("chosen", "rejected"):
            logits, logps = run(policy, pair["prompt"], pair[side])
            golden[f"{prefix}{side}_logits"] = logits
            golden[f"{prefix}{side}_logps"] = logps
            if reference is None:
                reference_sum = logps.detach().sum() - MOVES[side][index]
            else:
                with torch.no_grad():
                    _, reference_logps = run(reference, pair["prompt"], pair[side])
                golden[f"{prefix}{side}_reference_logps"] = reference_logps
                reference_sum = reference_logps.sum()
            sums.setdefault(f"{side}_sums", []).append(logps.sum())
            sums.setdefault(f"{side}_reference_sums", []).append(reference_sum)
    totals = {key: torch.stack(values) for key, values in sums.items()}
    chosen_ratio = totals["chosen_sums"] - totals["chosen_reference_sums"]
    rejected_ratio = totals["rejected_sums"] - totals["rejected_reference_sums"]
    losses = -F.logsigmoid(BETA * (chosen_ratio - rejected_ratio))
    loss = losses.mean()
    policy.zero_grad()
    loss.backward()
    golden |= totals | {"losses": losses, "loss": loss.reshape(1)}
    rename = case.rename or (lambda name: name)
    for name, parameter in policy.named_parameters():
        golden[f"gradient.{rename(name)}"] = parameter.grad.clone()
    return {key: to_saved_type(value) for key, value in golden.items()}


FLOAT32 = torch.float32


def to_saved_type(tensor: torch.Tensor) -> torch.Tensor:
    tensor = tensor.detach()
    return (tensor.to(FLOAT32) if tensor.is_floating_point() else tensor).contiguous()


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
    parser.add_argument("--only", nargs="+", choices=CASES, default=list(CASES))
    arguments = parser.parse_args()
    output: Path = arguments.output
    logging.disable_progress_bar()
    logging.set_verbosity_error()

    models: dict[str, tuple[torch.nn.Module, torch.nn.Module | None]] = {}
    in_float: dict[str, dict[str, torch.Tensor]] = {}
    for name in arguments.only:
        case = CASES[name]
        policy = make_model(case, POLICY_SEED)
        reference = make_model(case, REFERENCE_SEED) if case.has_reference else None
        save_model(policy, case, output / name)
        if reference is not None:
            save_model(reference, case, output / name / "reference")
        in_float[name] = make_golden(policy, reference, case)
        models[name] = (policy, reference)

    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    use_double()
    for name, (policy, reference) in models.items():
        if reference is not None:
            reference = reference.double()
        golden = make_golden(policy.double(), reference, CASES[name])
        metadata = versions | {
            "made_by": "Tools/make_golden_models.py",
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
        for file in sorted((output / name).rglob("*.*")):
            if file.stat().st_size > SIZE_LIMIT:
                raise SystemExit(f"{file} is larger than {SIZE_LIMIT} bytes")


if __name__ == "__main__":
    main()
