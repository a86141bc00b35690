"""A frozen mapping that grows: each addition gives a new value and shares what it had, in O(log n) amortised."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Growing(Generic[K, V]):
    """Layers of dictionaries, oldest and largest first, never changed once they are here. A later layer wins.

    Additions merge the layers that are not larger than what is added, so there are about log2(n) of them.
    """

    layers: tuple[dict[K, V], ...] = ()

    def get(self, key: K) -> V | None:
        """Return the newest value of `key`, None when it has none."""
        for layer in reversed(self.layers):
            if key in layer:
                return layer[key]
        return None

    def __contains__(self, key: object) -> bool:
        return any(key in layer for layer in self.layers)

    def __iter__(self) -> Iterator[K]:
        """Yield every key once, in the order of first addition."""
        seen: set[K] = set()
        for layer in self.layers:
            yield from (key for key in layer if key not in seen)
            seen.update(layer)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def put(self, key: K, value: V) -> Growing[K, V]:
        """Return the mapping with `key` at `value`."""
        return self.join({key: value})

    def join(self, added: dict[K, V]) -> Growing[K, V]:
        """Return the mapping with these items; `added` must not change any more."""
        if not added:
            return self
        layers = list(self.layers)
        while layers and len(layers[-1]) <= len(added):
            added = {**layers.pop(), **added}
        return Growing((*layers, added))
