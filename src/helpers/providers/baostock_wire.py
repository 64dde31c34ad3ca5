"""Asking BaoStock: one connection, one login that anyone may have, one question after the other, in plain text."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

from helpers.providers.baostock import QUESTIONS, frame_bytes, parse
from helpers.providers.endpoint import Request
from helpers.providers.replies import LARGEST, Refused
from helpers.tables import DataError

__all__ = ["Wire"]

_LAST = b"<![CDATA[]]>\n"
_USER, _PASSWORD = "anonymous", "123456"  # what the service gives everybody; no account is behind it
_PAGE = "10000"


class Wire:
    """A connection that opens with the first question and again after whatever went wrong.

    Parameters
    ----------
    timeout : float
        Seconds of silence that are borne.
    """

    def __init__(self, timeout: float = 60.0):
        self.timeout = timeout
        self._socket: socket.socket | None = None

    def ask(self, request: Request) -> bytes:
        """Ask one question.

        Parameters
        ----------
        request : Request
            ``tcp://host:port`` with the method and its arguments as parameters.

        Returns
        -------
        bytes
            The frames of the answer as they came.

        Raises
        ------
        OSError
            The connection failed; the next question opens another.
        Refused
            The login was refused.
        DataError
            The answer is larger than a reply may be.
        """
        kind, paged, names = QUESTIONS[request.params["method"]]
        pages = ("1", _PAGE) if paged else ()
        parts = (request.params["method"], _USER, *pages, *(request.params[name] for name in names))
        try:
            if self._socket is None:
                self._log_in(request.url)
            answer = self._say(kind, *parts)
            if b"\x0110001001\x01" in answer[:64] or answer[21:29] == b"10001001":  # logged out meanwhile
                self.close()
        except (OSError, DataError):
            self.close()
            raise
        return answer

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _log_in(self, url: str) -> None:
        at = urlsplit(url)
        self._socket = socket.create_connection((at.hostname, at.port), self.timeout)
        try:
            parse(self._say("00", "login", _USER, _PASSWORD, "0"))
        except DataError as error:
            raise Refused("baostock", "a login", found=str(error.found), way_out="Try later.") from None

    def _say(self, kind: str, *parts: str) -> bytes:
        if self._socket is None:
            raise ConnectionError("not connected")
        self._socket.sendall(frame_bytes(kind, *parts))
        answer = bytearray()
        while not answer.endswith(_LAST):
            chunk = self._socket.recv(2**16)
            if not chunk:
                raise ConnectionError(f"the line went dead after {len(answer):,} bytes")
            answer += chunk
            if len(answer) > LARGEST:
                raise DataError("baostock", f"a reply of at most {LARGEST:,} bytes", found="a larger one")
        return bytes(answer)
