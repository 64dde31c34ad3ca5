"""What a notebook must not tell: where on the reader's machine the checkout, the tables and the home lie."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["forget_places", "shown_data"]


def shown_data(data: str | None) -> str | None:
    """Return what a page calls the folder of tables: its name, wherever it lies.

    Parameters
    ----------
    data : str, optional
        As given for the run.

    Returns
    -------
    str or None
        Name of the folder; None where none was given.
    """
    return data if data is None else Path(data).resolve().name


def forget_places(book: Any, root: Path, data: str | None) -> None:
    """Take the places of the reader's machine out of an executed notebook, in place.

    Parameters
    ----------
    book : NotebookNode
    root : Path
        The checkout: what lies in it is named from there.
    data : str, optional
        The folder of tables as the run was told, which becomes its name.
    """
    forget = _forgetter(root, data)
    for key, value in book.metadata.items():
        book.metadata[key] = _mapped(value, forget)
    for cell in book.cells:
        if "injected-parameters" in cell.metadata.get("tags", []) and data is not None:
            cell.source = re.sub(r"(?m)^data = .*$", lambda _: f'data = "{shown_data(data)}"', cell.source)
        for output in cell.get("outputs", []):
            for holder in (output, output.get("data", {}), output.get("metadata", {})):
                for key, value in holder.items():
                    if key != "image/png" and key not in ("data", "metadata", "output_type"):
                        holder[key] = _mapped(value, forget)


def _forgetter(root: Path, data: str | None) -> Callable[[str], str]:
    """Return a function that replaces places in a text, the longest first, whole path parts only."""
    home = str(Path.home())
    places = {str(root): ".", home: "~"} if home not in ("/", "") else {str(root): "."}
    if data is not None:
        places |= {str(Path(data).resolve()): shown_data(data) or ""}
        places |= {data: shown_data(data) or ""} if "/" in data else {}
    wanted = sorted(places, key=len, reverse=True)
    either = re.compile(rf"base64,[A-Za-z0-9+/=]+|(?<![\w.-])(?:{'|'.join(map(re.escape, wanted))})(?![\w-])/?")

    def replaced(found: re.Match) -> str:
        if found[0].startswith("base64,"):
            return found[0]
        place = found[0].rstrip("/") if found[0] not in places else found[0]
        name = places[place]
        rest = found[0][len(place) :]
        return "" if name == "." and rest else name + rest

    return lambda text: either.sub(replaced, text)


def _mapped(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_mapped(item, change) for item in value]
    if isinstance(value, dict):
        return {key: _mapped(item, change) for key, item in value.items()}
    return value
