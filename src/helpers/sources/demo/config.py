"""What a demo market is made from: size, seed, premiums, pins, and one independent random stream per subject."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

__all__ = ["NO_PREMIUMS", "PREMIUMS", "DemoConfig"]

SIZES = ("full", "small")

# Return of next week per unit of standardised score (flow … divergence), and the daily drift of a style in its spell.
PREMIUMS = MappingProxyType(
    {"flow": 0.0006, "level": 0.0004, "marginal": 0.0024, "divergence": 0.0014, "style": 0.0012}
)
NO_PREMIUMS = MappingProxyType(dict.fromkeys(PREMIUMS, 0.0))


@dataclass(frozen=True)
class DemoConfig:
    """Everything that decides a demo market besides the code of this package.

    Parameters
    ----------
    size : {"full", "small"}
        ``full``: about 5,000 stocks, 400 indices, 1,200 ETFs from 2017. ``small``: about 350, 90 and 170 from 2021.
    seed : int
        Equal seeds give equal bytes.
    premiums : mapping
        Weekly return per unit score for ``flow``, ``level``, ``marginal``, ``divergence``; daily drift for ``style``.
    pins : bool
        Pin the yearly returns of industries and broad indices to the published ones.
    """

    size: str = "full"
    seed: int = 20260215
    premiums: dict = field(default_factory=lambda: dict(PREMIUMS))
    pins: bool = True

    def __post_init__(self):
        if self.size not in SIZES:
            raise ValueError(f"size {self.size!r}: a demo market is one of {', '.join(SIZES)}")
        unknown = set(self.premiums) - set(PREMIUMS)
        if unknown:
            raise ValueError(f"premiums: unknown {sorted(unknown)}; known are {', '.join(PREMIUMS)}")
        object.__setattr__(self, "premiums", {**NO_PREMIUMS, **self.premiums})

    @classmethod
    def null(cls, seed: int) -> DemoConfig:
        """Return the small market in which nothing is to be found: no premium, no style drift, no pinned year.

        Parameters
        ----------
        seed : int
            Of all random numbers.

        Returns
        -------
        DemoConfig
            To be made as any other.
        """
        return cls(size="small", seed=seed, premiums=dict(NO_PREMIUMS), pins=False)

    @property
    def full(self) -> bool:
        """Whether this is the market at real scale."""
        return self.size == "full"

    @property
    def start(self) -> str:
        """First day of the market."""
        return "2017-01-03" if self.full else "2021-01-04"

    @property
    def end(self) -> str:
        """Last day of the market."""
        return "2026-02-13"

    def rng(self, subject: str) -> np.random.Generator:
        """Return the random stream of one subject, so that an edit of one subject leaves the others' numbers alone."""
        return np.random.default_rng([self.seed, zlib.crc32(subject.encode())])
