"""How large each channel of the activations gets, and what to divide it by (SmoothQuant, Xiao et al. 2023, eq. 4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from qa.training.data.batches import Example, collate
from qa.training.networks.trunk import Architecture, Float32Array, parts_of, weight_of

_LEAST = 1e-3


def of_examples(made: Sequence[Example]) -> Iterator[dict[str, torch.Tensor]]:
    """Each example by itself, as the network takes it."""
    for one in made:
        batch = collate([one])
        yield {"input_ids": batch.ids, "attention_mask": batch.mask, "token_type_ids": batch.type_ids}


def largest(model: Any, feeds: Iterable[Mapping[str, torch.Tensor]], names: Sequence[str]) -> dict[str, Float32Array]:
    """Product -> largest absolute value of each input channel over what is fed, without padding; shape (in,)."""
    found: dict[str, torch.Tensor] = {}

    def watch(name: str) -> Any:
        def note(_module: Any, inputs: tuple[torch.Tensor, ...]) -> None:
            peak = inputs[0].detach().abs().flatten(end_dim=-2).amax(dim=0)
            found[name] = torch.maximum(found[name], peak) if name in found else peak

        return note

    modules = {name: model.get_submodule(parts_of(name)[0]) for name in names}
    handles = [module.register_forward_pre_hook(watch(name)) for name, module in modules.items()]
    model.eval()
    with torch.inference_mode():
        for feed in feeds:
            model(**feed)
    for handle in handles:
        handle.remove()
    return {name: peak.numpy() for name, peak in found.items()}


def feed_forward_shares(architecture: Architecture) -> dict[str, float]:
    """The feed-forward products, and how much of their activations' unevenness goes over to the weights."""
    layers = [architecture.layer(number) for number in range(architecture.layers)]
    shares = (("intermediate.dense", 0.5), ("output.dense", 0.8))
    return {f"{layer}.{product}": share for layer in layers for product, share in shares}


def divisors(
    weights: Mapping[str, Float32Array], peaks: Mapping[str, Float32Array], shares: Mapping[str, float]
) -> dict[str, Float32Array]:
    """Product -> what its input channels are divided by, of geometric mean 1.

    `shares`: product -> how much of the activations' unevenness goes over to the weights, 0 to 1.
    """
    made = {}
    for name, share in shares.items():
        widest = np.abs(weight_of(weights, name)).max(axis=1)
        raw = np.maximum(peaks[name], _LEAST) ** share / np.maximum(widest, _LEAST) ** (1 - share)
        made[name] = (raw / np.exp(np.log(raw).mean())).astype(np.float32)
    return made
