"""What an endpoint is: where to ask, how often, and how to read the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd

__all__ = ["Endpoint", "Request"]


@dataclass(frozen=True)
class Request:
    """One question to one host.

    Parameters
    ----------
    url : str
        Absolute, without the query.
    params : dict
        The query.
    headers : dict
        Beside the client's own.
    json : dict, optional
        A body to post; None asks with GET. A value ``"$NAME"`` stands for the environment variable ``NAME`` and is
        filled in only when the question is sent, so that no secret is ever written down.
    """

    url: str
    params: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    json: dict | None = None


@dataclass(frozen=True)
class Endpoint:
    """One kind of question a provider answers.

    Parameters
    ----------
    name : str
        Its name in :data:`helpers.providers.ENDPOINTS`.
    parse : callable
        ``parse(body: bytes, **request) -> DataFrame``: pure, canonical columns and units.
    request : callable
        ``request(**request) -> Request`` with the same keywords.
    about : str
        Whose it is and what it holds, in one line.
    pace : float
        Seconds to leave between two questions to its host.
    """

    name: str
    parse: Callable[..., pd.DataFrame]
    request: Callable[..., Request]
    about: str
    pace: float = 1.0
