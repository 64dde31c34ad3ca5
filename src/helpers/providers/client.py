"""Asking politely: one question at a time to a host, with patience, a limit of size, and secrets that leave no trace.

Retries are tenacity's; the connection is requests'. Certificates are always checked, except for hosts that the user has
named in so many words.
"""

from __future__ import annotations

import json
import os
import random
import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urlsplit

import pandas as pd
import requests
import tenacity

from helpers.providers.endpoint import Endpoint, Request
from helpers.providers.replies import LARGEST, Incomplete, Refused
from helpers.providers.tushare import Denied
from helpers.tables import DataError

__all__ = ["Absent", "Answer", "Client", "Unreachable"]

_PATIENCE = 900.0  # seconds; no provider is waited for longer between two attempts
_TIMEOUT = (10, 60)
_DEADLINE = 300.0
_ACCOUNTS = ("JQDATA_USER", "JQDATA_PASSWORD")
_SECRET = re.compile(r"\$([A-Z][A-Z0-9_]*)")


class Unreachable(DataError):
    """The provider could not be asked, or did not answer in the end."""


class Absent(DataError):
    """The provider says that there is no such thing."""


class _Again(Exception):
    """A failure that may pass; ``wait`` is what the provider asks for, in seconds."""

    def __init__(self, reason: str, wait: float = 0.0):
        super().__init__(reason)
        self.wait = wait


@dataclass(frozen=True)
class Answer:
    """A reply as it came, its secrets struck out.

    Parameters
    ----------
    body : bytes
    url : str
        What was asked, without secrets.
    tls : str
        ``verified``, ``not verified`` or ``none``.
    """

    body: bytes
    url: str
    tls: str


def library() -> str:
    """Name this library and its version."""
    try:
        return f"etf-atlas {version('etf-atlas')}"
    except PackageNotFoundError:
        return "etf-atlas 0.1.0"


class Client:
    """Asks endpoints and reads their answers.

    Parameters
    ----------
    base : str, optional
        Ask this address instead of each host, which becomes the first part of the path: a mirror, or a test.
    unverified : iterable of str
        Hosts whose certificate the user has chosen not to check.
    patience : float
        Factor on every pause; 0 in tests.
    attempts : int
        How often a question is asked before it is given up.
    transports : mapping of str to callable
        ``ask(request) -> bytes`` for schemes that are not HTTP.
    """

    def __init__(
        self,
        base: str | None = None,
        unverified: Iterable[str] = (),
        patience: float = 1.0,
        attempts: int = 5,
        transports: dict[str, Callable[[Request], bytes]] | None = None,
    ):
        self.base, self.unverified, self.patience, self.attempts = base, frozenset(unverified), patience, attempts
        self.transports = transports or {}
        self.session = requests.Session()
        self.session.auth = lambda prepared: prepared  # nothing from a .netrc
        self.session.max_redirects = 5
        self.session.headers["User-Agent"] = f"Mozilla/5.0 (compatible; {library().replace(' ', '/')})"
        self._free_at: dict[str, float] = {}

    def fetch(self, endpoint: Endpoint, asked: dict) -> tuple[Answer, pd.DataFrame]:
        """Ask one question until it is answered, and read the answer.

        Parameters
        ----------
        endpoint : Endpoint
        asked : dict
            Keywords of the question; the parser is given them, too.

        Returns
        -------
        answer : Answer
        frame : DataFrame
            What the endpoint's parser reads in it.

        Raises
        ------
        Absent, Denied
            At once: asking again would not help.
        Refused, Incomplete, Unreachable
            After the last attempt.
        DataError
            At once, when the answer means something else than it used to.
        """
        request = endpoint.request(**asked)

        def once() -> tuple[Answer, pd.DataFrame]:
            answer = self._ask(request, endpoint)
            return answer, endpoint.parse(answer.body, **asked)

        try:
            return tenacity.Retrying(
                retry=tenacity.retry_if_exception(_may_pass),
                stop=tenacity.stop_after_attempt(self.attempts),
                wait=self._wait,
                sleep=time.sleep,
                reraise=True,
            )(once)
        except _Again as error:
            host = urlsplit(request.url).netloc
            way_out = "What is stored stays; the same command goes on from here."
            found = f"{error} ({self.attempts} attempts)"
            raise Unreachable(endpoint.name, f"an answer from {host}", found=found, way_out=way_out) from None

    def _wait(self, state: tenacity.RetryCallState) -> float:
        """Back off by powers of two with jitter, or as long as the provider asks."""
        error = state.outcome.exception()
        own = tenacity.wait_exponential_jitter(multiplier=2, max=120, jitter=2)(state)
        refused = 30.0 * state.attempt_number if isinstance(error, Refused) else 0.0
        return self.patience * min(_PATIENCE, max(own, refused, getattr(error, "wait", 0.0)))

    def _ask(self, request: Request, endpoint: Endpoint) -> Answer:
        parts = urlsplit(request.url)
        self._keep_pace(parts.netloc, endpoint.pace)
        if parts.scheme in self.transports and not (self.base and parts.scheme == "tcp"):
            return Answer(self._carried(parts.scheme, request), request.url, "none")
        secrets = {name: os.environ.get(name, "") for name in _SECRET.findall(json.dumps(request.json or {}))}
        if missing := [name for name, value in secrets.items() if not value]:
            way_out = f"Set it: export {missing[0]}=…"
            found = f"no {missing[0]} in the environment"
            raise Denied(endpoint.name, "the key of an account", found=found, way_out=way_out)
        url = f"{self.base}/{parts.netloc}{parts.path}" if self.base else request.url
        shown = requests.Request("GET", request.url, params=request.params).prepare().url or request.url
        try:
            body = self._send(url, parts.hostname or "", request, secrets)
        except requests.exceptions.SSLError as error:
            raise _untrusted(endpoint.name, parts.hostname or "", str(error)) from None
        except _Absent as error:
            raise Absent(endpoint.name, "data", found=f"{error} at {shown}") from None
        except requests.exceptions.RequestException as error:
            raise _Again(_struck(f"{type(error).__name__}: {error}".encode(), secrets).decode()[:160]) from None
        tls = (
            "none"
            if not url.startswith("https")
            else ("not verified" if parts.hostname in self.unverified else "verified")
        )
        return Answer(_struck(body, secrets), shown, tls)

    def _carried(self, scheme: str, request: Request) -> bytes:
        """Ask by a transport; whatever a package or a socket raises may pass."""
        secrets = {name: os.environ.get(name, "") for name in _ACCOUNTS}
        try:
            return _struck(self.transports[scheme](request), secrets)
        except DataError:
            raise
        except Exception as error:
            raise _Again(_struck(f"{type(error).__name__}: {error}".encode(), secrets).decode()[:160]) from None

    def _send(self, url: str, host: str, request: Request, secrets: dict[str, str]) -> bytes:
        """Send one request and read its body, no further than the limit."""
        posted = None
        if request.json is not None:
            posted = json.loads(_SECRET.sub(lambda m: json.dumps(secrets[m[1]])[1:-1], json.dumps(request.json)))
        with self.session.request(
            "GET" if posted is None else "POST",
            url,
            params=request.params,
            headers=request.headers,
            json=posted,
            timeout=_TIMEOUT,
            verify=host not in self.unverified,
            stream=True,
        ) as reply:
            _check_status(reply)
            body, started = bytearray(), time.monotonic()
            for chunk in reply.iter_content(2**16):
                body += chunk
                if len(body) > LARGEST:
                    raise DataError(host, f"a reply of at most {LARGEST:,} bytes", found="a larger one")
                if time.monotonic() - started > _DEADLINE:
                    raise _Again(f"no end after {_DEADLINE:.0f} seconds")
        return bytes(body)

    def _keep_pace(self, host: str, pace: float) -> None:
        now = time.monotonic()
        if (pause := self._free_at.get(host, now) - now) > 0:
            time.sleep(pause)
        jitter = random.uniform(0.8, 1.2)  # noqa: S311
        self._free_at[host] = time.monotonic() + pace * jitter * self.patience


class _Absent(Exception):
    """HTTP 404 or 410."""


def _may_pass(error: BaseException) -> bool:
    return isinstance(error, _Again | Refused | Incomplete) and not isinstance(error, Denied)


def _check_status(reply: requests.Response) -> None:
    if reply.status_code in (404, 410):
        raise _Absent(f"HTTP {reply.status_code}")
    if reply.status_code != 200:
        patience = 60.0 if reply.status_code in (403, 429, 456) else 0.0
        raise _Again(f"HTTP {reply.status_code}", max(patience, _retry_after(reply.headers.get("Retry-After"))))


def _retry_after(text: str | None) -> float:
    """Read a Retry-After header, in seconds or as a date."""
    if text is None:
        return 0.0
    if text.strip().isdigit():
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError):
        return 0.0


def _struck(body: bytes, secrets: dict[str, str]) -> bytes:
    """Strike every secret out of what is going to be kept or shown."""
    for value in secrets.values():
        if value:
            body = body.replace(value.encode(), b"***")
    return body


def _untrusted(endpoint: str, host: str, why: str) -> Unreachable:
    found = f"a certificate that cannot be checked ({' '.join(why.split())[-120:]})"
    way_out = (
        f"Name a bundle that holds the site's intermediate certificate (export REQUESTS_CA_BUNDLE=…), or accept {host} "
        f"unchecked: make data UNVERIFIED={host} …"
    )
    return Unreachable(endpoint, f"a trusted connection to {host}", found=found, way_out=way_out)
