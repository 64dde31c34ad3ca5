"""Commands that end in one line: what went wrong and the way out, never a traceback."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from functools import wraps

__all__ = ["in_one_line"]

Main = Callable[[list[str] | None], int]

_WAYS_OUT = {
    errno.ENOSPC: "make room on the disk and run it again",
    errno.EDQUOT: "make room on the disk and run it again",
    errno.EACCES: "give yourself the right to it, or choose another place",
    errno.EPERM: "give yourself the right to it, or choose another place",
    errno.EROFS: "choose a place that can be written to",
    errno.ELOOP: "a link there leads back to itself",
    errno.ENAMETOOLONG: "choose a shorter path",
}


def in_one_line(*expected: type[Exception]) -> Callable[[Main], Main]:
    """Let a command line end in one line on standard error for the errors it expects and for those of the machine.

    Parameters
    ----------
    *expected : exception classes
        Errors whose text is that line.

    Returns
    -------
    decorator
        Of a ``main(argv)`` that returns an exit code: 2 for an error, 130 when interrupted, 141 when nobody reads the
        output any more.
    """

    def decorate(main: Main) -> Main:
        @wraps(main)
        def run(argv: list[str] | None = None) -> int:
            try:
                code = main(argv)
                sys.stdout.flush()
                return code
            except expected as error:
                return _end(str(error), 2)
            except KeyboardInterrupt:
                return _end("interrupted; what was finished stays, and the same command goes on from there", 130)
            except BrokenPipeError:
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the last flush must not fail again
                return 141
            except OSError as error:
                return _end(_words(error), 2)

        return run

    return decorate


def _end(line: str, code: int) -> int:
    print(f"error: {line}", file=sys.stderr)
    return code


def _words(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    what = (error.strerror or str(error)).lower()
    way_out = _WAYS_OUT.get(error.errno or 0)
    return f"{where}{what}" + (f"; {way_out}" if way_out else "")
