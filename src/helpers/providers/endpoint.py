"""What an endpoint is: where to ask, how often, and how to read the answer."""

from __future__ import annotations

import inspect
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
    reader : callable
        ``reader(body: bytes, …) -> DataFrame``: pure, canonical columns and units.
    request : callable
        ``request(…) -> Request`` with the same keywords.
    about : str
        Whose it is and what it holds, in one line.
    pace : float
        Seconds to leave between two questions to its host.
    """

    name: str
    reader: Callable[..., pd.DataFrame]
    request: Callable[..., Request]
    about: str
    pace: float = 1.0

    def parse(self, body: bytes, **asked: object) -> pd.DataFrame:
        """Read the reply to one question.

        Parameters
        ----------
        body : bytes
            The reply as it came.
        **asked
            The question, as far as it is known: ``code`` (also called ``fund_code`` or ``symbol``), ``index_code``,
            ``date``, ``start``, ``end``, ``year``, ``page``, ``scheme``, … What the reply says by itself need not be
            given; what the reader has no use for is passed over.

        Returns
        -------
        DataFrame
            Canonical columns and units.

        Raises
        ------
        DataError
            Naming the endpoint, the field and what was expected.
        """
        known = inspect.signature(self.reader).parameters
        anything = any(parameter.kind is parameter.VAR_KEYWORD for parameter in known.values())
        named = {_SAME.get(key, key) if key not in known else key: value for key, value in asked.items()}
        return self.reader(body, **{key: value for key, value in named.items() if anything or key in known})


_SAME = {"fund_code": "code", "symbol": "code", "industry_code": "index_code"}
