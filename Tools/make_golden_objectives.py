#!/usr/bin/env python3
"""Makes golden values of objectives with the loss functions of TRL's own trainers.

    pip install --no-deps --target OTHERS trl==0.24.0 allRank==1.4.3
    python Tools/make_golden_objectives.py OTHERS [--output Tests/ObjectivesTests/Fixtures]

Needs torch and trl (1.16), and in OTHERS an older trl, for what TRL has dropped since, and allRank's
losses of rankings, of which single functions are taken. Runs `DPOTrainer._compute_loss`,
`CPOTrainer.cpo_loss`, `ORPOTrainer.odds_ratio_loss` and `KTOTrainer._compute_loss`, of the older TRL
`DPOTrainer.dpo_loss` and `BCOTrainer.bco_loss`, and allRank's `listMLE` and `rankNet` on made-up
log-probabilities, without a model, and writes objectives.json:

    versions, seed
    ranks     of the two rankings: all chosen answers, and all rejected ones
    pairs     per pair and side (chosen, rejected): log-probabilities of policy and reference per
              token, log sum p^2 per token, and for KTO those of a mismatched answer
    cases     per case: name, source (the function), what `--loss` and its flags would be, dtype of
              the reference implementation, loss, and its gradient with respect to each of the
              policy's log-probabilities, chosen 0, rejected 0, chosen 1, ...

Everything is float64, but for what TRL itself rounds to float32: the alpha divergence, ORPO, epsilon
of exo_pair, and BCO's running mean.

What no trainer has under our name is put together from one that has its formula: `ipo_sum` is CPO's
ipo, and SLiC CPO's hinge, on log-ratios or log-probabilities. One objective has no implementation
that installs without a framework of its own (PaddleNLP, MLX): `dpop`, whose values are worked out by
hand from its paper's formula. Of what changes objectives, TRL has LD-DPO's and WPO's weights;
beta-DPO and TR-DPO's move of the reference are worked out by hand in the tests.

The two notebook cases are the notebook's own lines: -logsigmoid(beta * h) (or the square) over the
answer's tokens, divided by attention_mask.sum(), on the pair whose answers have one length.
"""

from __future__ import annotations

import argparse
import ast
import json
from collections import defaultdict
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Optional

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
RANKS = [[2, 0, 3, 1], [1, 3, 0, 2]]


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


def definition(path, *names, **known):
    """A class or function of a file, or a method of one of its classes, without the file's imports."""
    node = ast.parse(path.read_text())
    for name in names:
        node = next(one for one in node.body if getattr(one, "name", None) == name)
    if isinstance(node, ast.FunctionDef):
        # Types are of what the file imports.
        for argument in node.args.args:
            argument.annotation = None
        node.returns = None
    scope = dict(torch=torch, F=F, Optional=Optional, dataclass=dataclass, **known)
    exec(compile(ast.fix_missing_locations(ast.Module([node], [])), str(path), "exec"), scope)
    return scope[names[-1]]


def ratio_case(pairs, loss, **settings):
    """A function of trl's CPOTrainer on log-ratios in place of log-probabilities."""
    policy, mask = rows(pairs, "policy", torch.float64)
    policy.requires_grad_(True)
    reference, _ = rows(pairs, "reference", torch.float64)
    chosen, rejected = (policy.sum(1) - reference.sum(1)).chunk(2)
    defaults = dict(alpha=0.0, label_smoothing=0.0, loss_type=loss)
    self = trainer(**{**defaults, **settings})
    value = CPOTrainer.cpo_loss(self, chosen, rejected)[0].mean()
    value.backward()
    return value.item(), flat(policy.grad, mask)


class Older:
    """Functions of another TRL, and of allRank."""

    def __init__(self, folder):
        trainers = folder / "trl/trainer"
        moments = definition(trainers / "utils.py", "RunningMoments", Accelerator=object)
        accelerator = SimpleNamespace(use_distributed=False, device=torch.device("cpu"))

        class Running(moments):
            def __init__(self):
                self.accelerator = accelerator

        self.running = Running
        kinds = SimpleNamespace(ALPHA_DIVERGENCE="alpha", JS_DIVERGENCE="js")
        path = trainers / "dpo_trainer.py"
        self.dpo_loss = definition(path, "DPOTrainer", "dpo_loss", FDivergenceType=kinds)
        self.bco_loss = definition(trainers / "bco_trainer.py", "BCOTrainer", "bco_loss")
        losses = folder / "allrank/models/losses"
        padding = dict(PADDED_Y_VALUE=-1, DEFAULT_EPS=1e-10)
        self.listMLE = definition(losses / "listMLE.py", "listMLE", **padding)
        self.rankNet = definition(
            losses / "rankNet.py",
            "rankNet",
            product=product,
            BCEWithLogitsLoss=torch.nn.BCEWithLogitsLoss,
            **padding,
        )

    def dpo_case(self, pairs, loss, label_smoothing=0.0):
        policy, mask = rows(pairs, "policy", torch.float64)
        policy.requires_grad_(True)
        reference, _ = rows(pairs, "reference", torch.float64)
        this = trainer(
            label_smoothing=label_smoothing,
            f_divergence_type="reverse_kl",
            reference_free=False,
            running=self.running(),
        )
        sums = [*policy.sum(1).chunk(2), *reference.sum(1).chunk(2)]
        value = self.dpo_loss(this, *sums, loss)[0].mean()
        value.backward()
        return value.item(), flat(policy.grad, mask)

    def bco_case(self, pairs):
        """The labelled answers of `kto_case`."""
        policy, mask = rows(pairs, "policy", torch.float64)
        reference, _ = rows(pairs, "reference", torch.float64)
        count = len(pairs)
        index = torch.tensor([i if LABELS[i] else count + i for i in range(count)])
        leaf = policy[index].clone().requires_grad_(True)
        wanted = torch.tensor(LABELS)
        own, other = leaf.sum(1), reference[index].sum(1)
        this = trainer(running=self.running(), match_underlying_distribution=False)
        sides = [own[wanted], own[~wanted], other[wanted], other[~wanted]]
        value = self.bco_loss(this, *sides, None, None, True)[0].mean()
        value.backward()
        gradient = [leaf.grad[i][mask[index][i, 1:] == 1].tolist() for i in range(count)]
        return value.item(), sum(gradient, [])

    def ranking_case(self, pairs, loss):
        """Two rankings: of all chosen answers, and of all rejected ones."""
        policy, mask = rows(pairs, "policy", torch.float64)
        policy.requires_grad_(True)
        reference, _ = rows(pairs, "reference", torch.float64)
        rewards = 0.1 * (policy.sum(1) - reference.sum(1)).reshape(2, -1)
        # The best has rank 0, and the largest relevance.
        relevance = 10.0 - torch.tensor(RANKS, dtype=torch.float64)
        value = getattr(self, loss)(rewards, relevance)
        value.backward()
        gradient = [policy.grad[i][mask[i, 1:] == 1].tolist() for i in range(len(policy))]
        return value.item(), sum(gradient, [])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("others", type=Path)
    parser.add_argument("--output", type=Path, default=Path("Tests/ObjectivesTests/Fixtures"))
    arguments = parser.parse_args()
    output, older = arguments.output, Older(arguments.others)
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
        # sft beside it knows no divergence.
        for name, epsilon in (
            ("exo_pair", 0.001), ("robust", 0.1), ("discopop", 0.0), (["sigmoid", "sft"], 0.0),
        ):
            names = [name] if isinstance(name, str) else name
            case = dpo_case(
                pairs,
                names,
                f_divergence_type=divergence,
                label_smoothing=epsilon,
                dtype=dtype,
            )
            add(
                dpo,
                names,
                case,
                dtype="float32" if name == "exo_pair" else str(dtype).removeprefix("torch."),
                parameters={"label-smoothing": epsilon} if epsilon else {},
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

    ratios = cpo + " on log-ratios"
    add(ratios, "ipo_sum", ratio_case(pairs, "ipo"))
    add(ratios, "ipo_sum", ratio_case(pairs, "ipo", beta=0.5), parameters={"beta": 0.5})
    hinge = dict(mean=False, loss_type="hinge", beta=1.0)
    add(cpo, "slic", cpo_case(pairs, **hinge, nll=0.1))
    add(
        cpo,
        "slic",
        cpo_case(pairs, **hinge, nll=0.0),
        parameters={"likelihood-weight": 0.0},
    )

    old = "trl 0.24: DPOTrainer.dpo_loss"
    add(old, "cdpo", older.dpo_case(pairs, "sigmoid", 0.2), parameters={"label-smoothing": 0.2})
    # The running mean is kept in float32.
    add(old, "bco_pair_shifted", older.dpo_case(pairs, "bco_pair"), dtype="float32")
    add("trl 0.24: BCOTrainer.bco_loss", "bco", older.bco_case(pairs), dtype="float32")
    add("allRank: listMLE", "plackett_luce", older.ranking_case(pairs, "listMLE"))
    add("allRank: rankNet", "all_pairs", older.ranking_case(pairs, "rankNet"))

    result = dict(
        versions=dict(
            torch=torch.__version__,
            trl=trl.__version__,
            others=sorted(path.stem for path in arguments.others.glob("*.dist-info")),
        ),
        seed=SEED,
        ranks=RANKS,
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
