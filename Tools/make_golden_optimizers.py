#!/usr/bin/env python3
"""Makes golden values of optimizers and schedules with PyTorch's and transformers' own.

    python Tools/make_golden_optimizers.py [--tests Tests]

Needs torch and transformers. Writes
    TorchTests/Fixtures/optimizers.json     per case: the settings, and a matrix and a vector of
        float64 after each of ten updates, whose gradients and rates are in the file
    PreferenceOptimizationTests/Fixtures/schedules.json     per case: the settings, and the share of
        the full learning rate at every step

Adafactor is transformers' with the arguments that its trainer gives it; everything else is
torch.optim's.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

import torch
import transformers
from transformers import optimization

SEED = 61
STEPS = 10
SHAPES = {"matrix": (3, 4), "vector": (5,)}

CASES = [
    ("adamw", {}),
    ("adamw", {"beta1": 0.8, "beta2": 0.95, "epsilon": 1e-3, "weight_decay": 0.1}),
    ("adamw", {"weight_decay": 0.5, "decays_vectors": False}),
    ("sgd", {"weight_decay": 0.1}),
    ("sgd", {"momentum": 0.9, "weight_decay": 0.1}),
    ("sgd", {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1}),
    ("rmsprop", {}),
    ("rmsprop", {"alpha": 0.9, "epsilon": 1e-3, "momentum": 0.8, "weight_decay": 0.1}),
    ("adafactor", {}),
    ("adafactor", {"decay_rate": -0.5, "clip_threshold": 0.5, "weight_decay": 0.1}),
    ("adafactor", {"weight_decay": 0.5, "decays_vectors": False}),
]


def make_optimizer(name: str, groups: list, s: dict):
    if name == "adamw":
        betas = (s.get("beta1", 0.9), s.get("beta2", 0.999))
        return torch.optim.AdamW(groups, lr=1.0, betas=betas, eps=s.get("epsilon", 1e-8))
    if name == "sgd":
        return torch.optim.SGD(
            groups, lr=1.0, momentum=s.get("momentum", 0), nesterov=s.get("nesterov", False)
        )
    if name == "rmsprop":
        return torch.optim.RMSprop(
            groups,
            lr=1.0,
            alpha=s.get("alpha", 0.99),
            eps=s.get("epsilon", 1e-8),
            momentum=s.get("momentum", 0),
        )
    return optimization.Adafactor(
        groups,
        lr=1.0,
        scale_parameter=False,
        relative_step=False,
        decay_rate=s.get("decay_rate", -0.8),
        clip_threshold=s.get("clip_threshold", 1.0),
    )


def optimizers() -> dict:
    generator = torch.Generator().manual_seed(SEED)

    def numbers(shape):
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    start = {key: numbers(shape) for key, shape in SHAPES.items()}
    # Sizes differ, so that Adafactor clips some updates and not others.
    gradients = [
        {key: numbers(shape) * (1 + step % 3) for key, shape in SHAPES.items()}
        for step in range(STEPS)
    ]
    rates = [0.1 / (1 + step) for step in range(STEPS)]
    cases = []
    for name, settings in CASES:
        parameters = {key: torch.nn.Parameter(value.clone()) for key, value in start.items()}
        decay = settings.get("weight_decay", 0.0)
        vectors = decay if settings.get("decays_vectors", True) else 0.0
        groups = [
            {"params": [parameters["matrix"]], "weight_decay": decay},
            {"params": [parameters["vector"]], "weight_decay": vectors},
        ]
        optimizer = make_optimizer(name, groups, settings)
        steps = []
        for gradient, rate in zip(gradients, rates):
            for key, parameter in parameters.items():
                parameter.grad = gradient[key].clone()
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.step()
            steps.append({key: flat(value) for key, value in parameters.items()})
        cases.append({"optimizer": name, "settings": settings, "steps": steps})
    return {
        "shapes": SHAPES,
        "start": {key: flat(value) for key, value in start.items()},
        "gradients": [{key: flat(value) for key, value in g.items()} for g in gradients],
        "rates": rates,
        "cases": cases,
    }


def flat(tensor: torch.Tensor) -> list[float]:
    return tensor.detach().flatten().tolist()


def schedules() -> list[dict]:
    total, peak = 23, 2e-6

    def shares(make, **arguments):
        parameter = torch.nn.Parameter(torch.zeros(1))
        optimizer = torch.optim.SGD([parameter], lr=peak)
        # At 0 an update changes nothing, but the scheduler wants to see one.
        schedule = make(optimizer, **arguments)
        lambdas = schedule.lr_lambdas[0]
        return [float(lambdas(step)) for step in range(total + 3)]

    o = optimization
    steps = {"num_training_steps": total}
    cases = []

    def add(settings: dict, values: list[float]):
        cases.append({"settings": settings, "totalSteps": total, "shares": values})

    for warmup in (0, 5):
        w = {"num_warmup_steps": warmup}
        s = {"warmupSteps": warmup}
        add({"shape": "constant", **s}, shares(o.get_constant_schedule_with_warmup, **w))
        add({"shape": "linear", **s}, shares(o.get_linear_schedule_with_warmup, **w, **steps))
        add({"shape": "cosine", **s}, shares(o.get_cosine_schedule_with_warmup, **w, **steps))
        add(
            {"shape": "cosine", "floor": 0.1, **s},
            shares(o.get_cosine_with_min_lr_schedule_with_warmup, **w, **steps, min_lr_rate=0.1),
        )
        add(
            {"shape": "cosine", "floor": 0.1, "countsFromOne": True, **s},
            shares(
                o.get_cosine_with_min_lr_schedule_with_warmup_lr_rate,
                **w,
                **steps,
                min_lr_rate=0.1,
            ),
        )
        add(
            {"shape": "polynomial", "power": 2.5, "floor": 0.05, **s},
            shares(
                o.get_polynomial_decay_schedule_with_warmup,
                **w,
                **steps,
                lr_end=0.05 * peak,
                power=2.5,
            ),
        )
        add({"shape": "inverse_sqrt", **s}, shares(o.get_inverse_sqrt_schedule, **w))
        for decay in ("linear", "cosine", "1-sqrt"):
            add(
                {"shape": "warmup_stable_decay", "decay": decay, "decaySteps": 7, "floor": 0.1, **s},
                shares(
                    o.get_wsd_schedule,
                    **w,
                    **steps,
                    num_decay_steps=7,
                    decay_type=decay,
                    min_lr_ratio=0.1,
                ),
            )
    # transformers' TrainingArguments.get_warmup_steps: a share of the steps, rounded up.
    warmup = math.ceil(total * 0.1)
    add(
        {"shape": "linear", "warmupRatio": 0.1},
        shares(o.get_linear_schedule_with_warmup, num_warmup_steps=warmup, **steps),
    )
    return cases


def write(path: Path, content: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    text = json.dumps({"versions": versions, "seed": SEED, **content}, indent=None)
    path.write_text(text.replace("}, {", "},\n{") + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tests", type=Path, default=Path("Tests"))
    tests = parser.parse_args().tests
    write(tests / "TorchTests/Fixtures/optimizers.json", optimizers())
    write(
        tests / "PreferenceOptimizationTests/Fixtures/schedules.json", {"cases": schedules()}
    )


if __name__ == "__main__":
    main()
