#!/usr/bin/env python3
"""Makes golden values of objectives with the loss functions of TRL's own trainers.

    python Tools/make_golden_objectives.py [--output Tests/ObjectivesTests/Fixtures]

Needs torch and trl (1.16). Runs `DPOTrainer._compute_loss`, `CPOTrainer.cpo_loss`,
`ORPOTrainer.odds_ratio_loss` and `KTOTrainer._compute_loss` on made-up log-probabilities, without a
model, and writes objectives.json:

    versions, seed
    pairs     per pair and side (chosen, rejected): log-probabilities of policy and reference per
              token, log sum p^2 per token, and for KTO those of a mismatched answer
    cases     per case: name, source (the function), what `--loss` and its flags would be, dtype of
              the reference implementation, loss, and its gradient with respect to each of the
              policy's log-probabilities, chosen 0, rejected 0, chosen 1, ...

Everything is float64, but for what TRL itself rounds to float32: the alpha divergence, ORPO, and
epsilon of exo_pair.
The two notebook cases are the notebook's own lines: -logsigmoid(beta * h) (or the square) over the
answer's tokens, divided by attention_mask.sum(), on the pair whose answers have one length.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

import torch
import torch.nn.functional as F
import trl
from trl.experimental.cpo.cpo_trainer import CPOTrainer
from trl.experimental.orpo.orpo_trainer import ORPOTrainer
from trl.trainer.dpo_trainer import DPOTrainer
from trl.trainer.kto_trainer import KTOTrainer

SEED = 30
PROMPT_LENGTH = 3
# Unequal lengths, either side the longer one, and one pair of answers of one length.
CHOSEN = [4, 7, 2, 5]
REJECTED = [6, 3, 2, 9]
NOTEBOOK_PAIR = 2
LABELS = [True, False, True, False]


class Accelerator:
    device = torch.device("cpu")

    def gather(self, value):
        return value

    def gather_for_metrics(self, value):
        return value


def make_pairs():
    generator = torch.Generator().manual_seed(SEED)

    def side(length):
        def negative(count, scale):
            return -scale * torch.rand(count, generator=generator, dtype=torch.float64)

        policy = negative(length, 3.0)
        mismatched = negative(length, 3.0)
        return dict(
            policy=policy.tolist(),
            reference=(policy + 0.8 * torch.randn(length, generator=generator, dtype=torch.float64))
            .clamp(max=-0.01)
            .tolist(),
            log_collisions=negative(length, 4.0).tolist(),
            mismatched_policy=mismatched.sum().item(),
            mismatched_reference=(mismatched.sum() - 0.7).item(),
        )

    return [dict(chosen=side(c), rejected=side(r)) for c, r in zip(CHOSEN, REJECTED)]


def rows(pairs, key, dtype):
    """[chosen...; rejected...] right-padded behind the prompt, as TRL lays a batch out, shifted."""
    sides = [pair["chosen"] for pair in pairs] + [pair["rejected"] for pair in pairs]
    width = PROMPT_LENGTH + max(CHOSEN + REJECTED)
    values = torch.zeros(len(sides), width - 1, dtype=dtype)
    mask = torch.zeros(len(sides), width, dtype=torch.long)
    for row, side in enumerate(sides):
        count = len(side[key])
        scored = slice(PROMPT_LENGTH - 1, PROMPT_LENGTH - 1 + count)
        values[row, scored] = torch.tensor(side[key], dtype=dtype)
        mask[row, PROMPT_LENGTH : PROMPT_LENGTH + count] = 1
    return values, mask


def flat(gradient, mask):
    """Gradients of the answers' tokens, pair by pair."""
    count = len(gradient) // 2
    lists = [gradient[row][mask[row, 1:] == 1].tolist() for row in range(2 * count)]
    return sum((lists[i] + lists[count + i] for i in range(count)), [])


def trainer(**values):
    defaults = dict(
        accelerator=Accelerator(),
        _metrics={"train": defaultdict(list), "eval": defaultdict(list)},
        _total_train_tokens=0,
        _tp_size=1,
        aux_loss_enabled=False,
        precompute_ref_logps=False,
        ref_model=None,
        beta=0.1,
        args=SimpleNamespace(gradient_checkpointing_kwargs=None, discopop_tau=0.05),
    )
    return SimpleNamespace(**{**defaults, **values})


class Model(torch.nn.Module):
    """Answers with given log-probabilities."""

    is_gradient_checkpointing = False

    def __init__(self, log_probs, log_sum_sq_probs=None):
        super().__init__()
        zeros = torch.zeros_like(log_probs)
        self.outputs = SimpleNamespace(
            log_probs=log_probs,
            log_sum_sq_probs=log_sum_sq_probs,
            entropy=zeros,
            mean_logits=zeros,
            is_top1=zeros.bool(),
        )

    def forward(self, **_):
        return self.outputs


def dpo_case(pairs, losses, weights=None, dtype=torch.float64, **settings):
    policy, mask = rows(pairs, "policy", dtype)
    policy.requires_grad_(True)
    reference, _ = rows(pairs, "reference", dtype)
    collisions, _ = rows(pairs, "log_collisions", dtype)
    values = dict(
        loss_types=losses,
        loss_weights=weights or [1.0] * len(losses),
        label_smoothing=0.0,
        f_divergence_type="reverse_kl",
        f_alpha_divergence_coef=0.5,
        ld_alpha=None,
        use_weighting=False,
    )
    model = Model(policy, collisions)
    self = trainer(ref_model=Model(reference), **{**values, **settings})
    self.model = model
    inputs = dict(
        input_ids=torch.zeros_like(mask),
        attention_mask=torch.ones_like(mask),
        completion_mask=mask,
    )
    loss = DPOTrainer._compute_loss(self, model, inputs, False)
    loss.backward()
    return loss.item(), flat(policy.grad, mask)


def cpo_case(pairs, *, mean, nll=0.0, dtype=torch.float64, **settings):
    policy, mask = rows(pairs, "policy", dtype)
    policy.requires_grad_(True)
    sums = policy.sum(1)
    if mean:
        sums = sums / mask.sum(1)
    self = trainer(
        **{
            **dict(alpha=0.0, label_smoothing=0.0, simpo_gamma=0.5, loss_type="sigmoid"),
            **settings,
        }
    )
    chosen, rejected = sums.chunk(2)
    loss = CPOTrainer.cpo_loss(self, chosen, rejected)[0].mean()
    loss = loss - nll * policy[: len(pairs)].sum() / mask[: len(pairs)].sum()
    loss.backward()
    return loss.item(), flat(policy.grad, mask)


def orpo_case(pairs):
    policy, mask = rows(pairs, "policy", torch.float64)
    policy.requires_grad_(True)
    chosen, rejected = (policy.sum(1) / mask.sum(1)).chunk(2)
    self = trainer()
    losses = ORPOTrainer.odds_ratio_loss(self, chosen, rejected)[0]
    # TRL's likelihood is of prompt and answer; ours, as in the paper, of the answer.
    loss = -policy[: len(pairs)].sum() / mask[: len(pairs)].sum() - losses.mean()
    loss.backward()
    return loss.item(), flat(policy.grad, mask)


def kto_case(pairs, loss_type, **weights):
    """Chosen of pairs 0 and 2 as wanted, rejected of 1 and 3 as unwanted answers."""
    policy, mask = rows(pairs, "policy", torch.float64)
    reference, _ = rows(pairs, "reference", torch.float64)
    count = len(pairs)
    index = torch.tensor([i if LABELS[i] else count + i for i in range(count)])
    leaf = policy[index].clone().requires_grad_(True)
    sides = [pairs[i]["chosen" if LABELS[i] else "rejected"] for i in range(count)]
    model, ref_model = Model(leaf), Model(reference[index])

    def kl_logps(which, batch):
        key = "mismatched_policy" if which is model else "mismatched_reference"
        return torch.tensor([side[key] for side in sides], dtype=torch.float64)

    self = trainer(
        loss_type=loss_type,
        calculate_KL=loss_type == "kto",
        _compute_kl_logps=kl_logps,
        ref_model=ref_model,
        **{**dict(desirable_weight=1.0, undesirable_weight=1.0), **weights},
    )
    self.model = model
    inputs = dict(
        input_ids=torch.zeros_like(mask[index]),
        attention_mask=torch.ones_like(mask[index]),
        completion_mask=mask[index],
        label=torch.tensor(LABELS),
    )
    loss = KTOTrainer._compute_loss(self, model, inputs, False)
    loss.backward()
    gradient = [leaf.grad[i][mask[index][i, 1:] == 1].tolist() for i in range(count)]
    return loss.item(), sum(gradient, [])


def notebook_case(pairs, loss):
    pair = pairs[NOTEBOOK_PAIR]
    chosen = torch.tensor(pair["chosen"]["policy"], dtype=torch.float64, requires_grad=True)
    rejected = torch.tensor(pair["rejected"]["policy"], dtype=torch.float64, requires_grad=True)
    pi_logratios = chosen - rejected
    ref_logratios = torch.tensor(pair["chosen"]["reference"], dtype=torch.float64) - torch.tensor(
        pair["rejected"]["reference"], dtype=torch.float64
    )
    logits = pi_logratios - ref_logratios
    attention_mask = torch.ones(1, PROMPT_LENGTH + len(chosen))
    losses = -F.logsigmoid(0.1 * logits) if loss == "sigmoid" else (logits - 1 / (2 * 0.1)) ** 2
    value = losses.sum(-1) / attention_mask.sum()
    value.backward()
    return value.item(), chosen.grad.tolist() + rejected.grad.tolist()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("Tests/ObjectivesTests/Fixtures"))
    output = parser.parse_args().output
    pairs = make_pairs()
    cases = []

    def add(source, loss, result, *, dtype="float64", parameters=None, **more):
        value, gradient = result
        loss = [loss] if isinstance(loss, str) else loss
        cases.append(
            dict(
                source=source,
                loss=loss,
                dtype=dtype,
                parameters=parameters or {},
                value=value,
                gradient=gradient,
                **more,
            )
        )

    dpo = "trl.DPOTrainer._compute_loss"
    for name in (
        "sigmoid hinge ipo nca_pair bco_pair sppo_hard aot aot_unpaired apo_zero apo_down "
        "discopop sft sigmoid_norm"
    ).split():
        add(dpo, name, dpo_case(pairs, [name]))
    for name, epsilon in (
        ("robust", 0.1), ("aot", 0.2), ("aot_unpaired", 0.2), ("exo_pair", 0.001),
    ):
        add(
            dpo,
            name,
            dpo_case(pairs, [name], label_smoothing=epsilon),
            dtype="float32" if name == "exo_pair" else "float64",
            parameters={"label-smoothing": epsilon},
        )
    add(dpo, "sigmoid", dpo_case(pairs, ["sigmoid"], beta=0.5), parameters={"beta": 0.5})
    for divergence in ("forward_kl", "js_divergence", "alpha_divergence"):
        dtype = torch.float32 if divergence == "alpha_divergence" else torch.float64
        for name in ("sigmoid", "ipo", "sigmoid_norm", "hinge"):
            add(
                dpo,
                name,
                dpo_case(pairs, [name], f_divergence_type=divergence, dtype=dtype),
                dtype=str(dtype).removeprefix("torch."),
                divergence=divergence,
            )
    for name in ("sigmoid", "sigmoid_norm", "bco_pair", "aot"):
        add(dpo, name, dpo_case(pairs, [name], ld_alpha=0.3), ld_alpha=0.3)
    for name in ("sigmoid", "ipo"):
        add(dpo, name, dpo_case(pairs, [name], use_weighting=True), wpo=True)
    mixture, weights = ["sigmoid", "bco_pair", "sft"], [0.8, 0.2, 1.0]
    add(dpo, mixture, dpo_case(pairs, mixture, weights), weights=weights)
    add(
        dpo,
        mixture,
        dpo_case(pairs, mixture, weights, ld_alpha=0.3),
        weights=weights,
        ld_alpha=0.3,
    )

    cpo = "trl.experimental.CPOTrainer.cpo_loss"
    add(cpo, "cpo", cpo_case(pairs, mean=False, nll=1.0))
    add(
        cpo,
        "cpo",
        cpo_case(pairs, mean=False, nll=0.4, label_smoothing=0.1, beta=0.2),
        parameters={"label-smoothing": 0.1, "beta": 0.2, "likelihood-weight": 0.4},
    )
    simpo = dict(mean=True, loss_type="simpo", beta=2.0)
    add(cpo, "simpo", cpo_case(pairs, **simpo))
    add(
        cpo,
        "simpo",
        cpo_case(pairs, **{**simpo, "beta": 10.0}, simpo_gamma=3.0),
        parameters={"beta": 10.0, "gamma": 3.0},
    )
    for alpha in (0.25, -0.5):
        add(cpo, "alphapo", cpo_case(pairs, **simpo, alpha=alpha), parameters={"alpha": alpha})
    add("trl.experimental.ORPOTrainer.odds_ratio_loss", "orpo", orpo_case(pairs), dtype="float32")

    kto = "trl.KTOTrainer._compute_loss"
    wanted = {"desirable-weight": 1.3, "undesirable-weight": 0.6}
    for name in ("kto", "apo_zero_unpaired"):
        add(kto, name, kto_case(pairs, name))
        case = kto_case(pairs, name, desirable_weight=1.3, undesirable_weight=0.6)
        add(kto, name, case, parameters=wanted)

    add("the notebook", "token_sigmoid_notebook", notebook_case(pairs, "sigmoid"))
    add("the notebook", "token_ipo_notebook", notebook_case(pairs, "ipo"))

    result = dict(
        versions=dict(torch=torch.__version__, trl=trl.__version__),
        seed=SEED,
        prompt_length=PROMPT_LENGTH,
        notebook_pair=NOTEBOOK_PAIR,
        labels=LABELS,
        pairs=pairs,
        cases=cases,
    )
    output.mkdir(parents=True, exist_ok=True)
    (output / "objectives.json").write_text(json.dumps(result, indent=1) + "\n")
    print(f"{len(cases)} cases")


if __name__ == "__main__":
    main()
