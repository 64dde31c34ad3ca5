"""An index as a declaration: where it looks, what it asks, how it scores, picks, weighs, reviews and caps.

The text of a rule book says in pages what a dozen lines of YAML can say, and a builder can run the lines. The three
indices that S001 dissects lie beside this module; ``assumed`` lists the settings that the report does not print.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from helpers.index_research.characteristics import FIELDS

__all__ = ["IndexSpec", "Review", "Screen", "Selection", "Weighting", "known_specs", "load_spec"]

Fraction = Annotated[float, Field(gt=0, le=1)]
Signs = dict[str, float]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Screen(_Strict):
    """One question asked of every stock; a stock without an answer fails it.

    ``drop_bottom`` (a share) and ``keep_top`` (a count) rank ``within`` the stocks that passed so far, or ``all``
    listed ones.
    """

    field: str
    window: int | None = Field(None, ge=1)
    at_least: float | None = None
    at_most: float | None = None
    drop_bottom: Annotated[float, Field(gt=0, lt=1)] | None = None
    keep_top: int | None = Field(None, ge=1)
    within: Literal["passed", "all"] = "passed"

    @model_validator(mode="after")
    def _asks_something(self) -> Screen:
        _known(self.field)
        if all(x is None for x in (self.at_least, self.at_most, self.drop_bottom, self.keep_top)):
            raise ValueError(
                f"the screen on {self.field} asks nothing: give at_least, at_most, drop_bottom or keep_top"
            )
        return self


class Selection(_Strict):
    """The ``count`` stocks with the largest value stay; null keeps all.

    ``by`` names one field or score (or ``weight``), or several whose standardised values are added. With a ``buffer``
    a member stays while it ranks within ``count * (1 + buffer)``, and newcomers come in rank order.
    """

    by: Signs = Field(min_length=1)
    window: int | None = Field(None, ge=1)
    count: int | None = Field(None, ge=1)
    buffer: float = Field(0.0, ge=0, lt=1)


class Weighting(_Strict):
    """What a weight is proportional to, and the most one stock may have (1 = no limit)."""

    method: Literal["float_cap", "equal", "field", "tilt"] = "float_cap"
    field: str | None = None
    tilt: Signs = {}
    cap: Fraction = 1.0

    @model_validator(mode="after")
    def _complete(self) -> Weighting:
        if (self.method == "field") != (self.field is not None):
            raise ValueError("method 'field' needs field, and no other method takes it")
        if (self.method == "tilt") != bool(self.tilt):
            raise ValueError("method 'tilt' needs tilt (score: strength), and no other method takes it")
        if self.field is not None:
            _known(self.field)
        return self


class Review(_Strict):
    """Decided at the last session of these months, traded at the close ``lag`` sessions later."""

    months: list[Annotated[int, Field(ge=1, le=12)]] = Field(min_length=1)
    lag: int = Field(1, ge=1)


class IndexSpec(_Strict):
    """The whole rule.

    Parameters
    ----------
    index_code, name, launch : str
        What the index is called, and when it was first published.
    universe : dict of scheme to labels
        The labels of ``stock_industry`` a member must carry, one scheme and all its allowed labels per entry.
    listed_days : int
        Calendar days a stock must have traded.
    screens, scores, selection, weighting, review
        Asked in this order; a score is a weighted mean of standardised fields.
    assumed : list of str
        Settings nobody printed.
    """

    index_code: str
    name: str
    launch: str | None = None
    universe: dict[str, list[str]] = {}
    listed_days: int = Field(0, ge=0)
    screens: list[Screen] = []
    scores: dict[str, Signs] = {}
    selection: Selection
    weighting: Weighting = Weighting()
    review: Review
    assumed: list[str] = []

    @model_validator(mode="after")
    def _names_resolve(self) -> IndexSpec:
        for name, fields in self.scores.items():
            if name in FIELDS:
                raise ValueError(f"the score {name!r} has the name of a field; call it something else")
            for field in fields:
                _known(field)
        for name in self.weighting.tilt:
            if name not in self.scores:
                raise ValueError(f"weighting tilts to {name!r}, which is no score; the scores are {list(self.scores)}")
        for name in self.selection.by:
            if name not in self.scores and name != "weight":
                _known(name)
        return self


def _known(field: str) -> None:
    if field not in FIELDS:
        raise ValueError(f"unknown field {field!r}; the fields are {', '.join(FIELDS)}")


def known_specs() -> list[str]:
    """Return the codes of the specs that ship with the package."""
    return sorted(p.name.removesuffix(".yaml") for p in (files(__package__) / "specs").iterdir())


def load_spec(name: str | Path) -> IndexSpec:
    """Read a spec: a shipped one by its index code, or a YAML file by its path.

    Parameters
    ----------
    name : str or Path
        One of :func:`known_specs`, or a path.

    Returns
    -------
    IndexSpec

    Raises
    ------
    ValueError
        One line that names the file, the key and what is wrong with it.
    """
    path = files(__package__) / "specs" / f"{name}.yaml" if str(name) in known_specs() else Path(name)
    if not path.is_file():
        raise ValueError(f"{name}: no such index spec; those that ship are {', '.join(known_specs())}")
    written = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(written, dict):
        raise ValueError(f"{path}: must be a mapping of `key: value` lines")
    try:
        return IndexSpec(**written)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ValueError(
            f"{path}: {where + ': ' if where else ''}{first['msg'].removeprefix('Value error, ')}"
        ) from None
