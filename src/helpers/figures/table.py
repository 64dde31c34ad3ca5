"""Put a table on the page: every label and value is text, and equal frames give equal bytes.

This is the one place where a frame becomes HTML. pandas' ``Styler`` escapes nothing and gives its tables random ids.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape
from itertools import groupby
from numbers import Integral, Real

import numpy as np
import pandas as pd

from helpers.figures.display import display
from helpers.figures.numbers import CSV, to_csv

Format = str | Callable[[object], str]
Formats = Format | Mapping[object, Format] | None

_MINUS_ZERO = re.compile(r"^-(?=[0.,]*0[^0-9]*$)")


@dataclass(frozen=True)
class Table:
    """A table ready for a page; notebooks and the book display it as HTML."""

    html: str
    plain: str
    csv: str = ""

    def __repr__(self) -> str:
        return self.plain

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict:
        return {"text/html": self.html, "text/plain": self.plain, **({CSV: self.csv} if self.csv else {})}


def show_table(frame: pd.DataFrame | pd.Series, formats: Formats = None, caption: str = "", gap: str = "") -> None:
    """Show a frame on the page at once; see :func:`as_table`.

    Parameters
    ----------
    frame, formats, caption, gap
        As for :func:`as_table`.

    Examples
    --------
    >>> show_table(pd.DataFrame({"style": ["size", "growth"], "hits": [0.54, 0.541]}), {"hits": "{:.0%}"})
    style hits
      size  54%
    growth  54%
    """
    display(as_table(frame, formats, caption, gap))


def as_table(frame: pd.DataFrame | pd.Series, formats: Formats = None, caption: str = "", gap: str = "") -> Table:
    """Render a frame for a page.

    Parameters
    ----------
    frame : DataFrame or Series
        Row labels are shown unless they only count the rows; a label on an outer level stands once per group.
    formats : str, callable or mapping, optional
        One format for all numbers, such as ``"{:.1%}"``, or one for each column or index level by its label (for
        columns on several levels: the whole label or its last part). What has none is written plainly: whole numbers
        as they are, other numbers with two decimals, days as 2025-09-30, truth as yes and no.
    caption : str
        A line above the table.
    gap : str
        Stands where nothing is known.

    Returns
    -------
    Table
        Numbers to the right, words to the left.

    Raises
    ------
    ValueError
        When ``formats`` names what the frame does not have.

    Examples
    --------
    >>> as_table(pd.DataFrame({"name": ["<b>"], "share": [0.25]}), {"share": "{:.0%}"})
    name share
     <b>   25%
    """
    frame = frame.to_frame() if isinstance(frame, pd.Series) else frame
    _check(formats, frame)
    columns = [_written(frame.iloc[:, i], _chosen(formats, label), gap) for i, label in enumerate(frame.columns)]
    counted = isinstance(frame.index, pd.RangeIndex) and frame.index.name is None
    levels = range(0 if counted else frame.index.nlevels)
    index = [frame.index.get_level_values(i).to_series() for i in levels]
    labels = [_written(level, _named(formats, level.name), gap) for level in index]
    words = pd.DataFrame(dict(enumerate(columns)), dtype=object).set_axis(frame.columns, axis=1)
    plain = words.to_string(index=False) if counted else words.set_axis(frame.index, axis=0).to_string()
    numeric = [_is_numeric(frame.iloc[:, i]) for i in range(frame.shape[1])]
    head, body = _head(frame, counted, numeric), _body(labels, columns, numeric, len(frame))
    title = f"<caption>{escape(caption)}</caption>\n" if caption else ""
    return Table(
        f'<table class="atlas-table">\n{title}<thead>\n{head}</thead>\n<tbody>\n{body}</tbody>\n</table>',
        plain,
        to_csv(frame, index=not counted),
    )


def _check(formats: Formats, frame: pd.DataFrame) -> None:
    if isinstance(formats, Mapping):
        several = isinstance(frame.columns, pd.MultiIndex)
        known = {*frame.columns, *frame.index.names, *(frame.columns.get_level_values(-1) if several else ())}
        for label in formats:
            if label not in known:
                raise ValueError(
                    f"show_table: no column {label!r}; the columns are {', '.join(map(str, frame.columns))}"
                )


def _chosen(formats: Formats, label: object) -> Format | None:
    if not isinstance(formats, Mapping):
        return formats
    return formats.get(label, formats.get(label[-1]) if isinstance(label, tuple) else None)


def _named(formats: Formats, level: object) -> Format | None:
    return formats.get(level) if isinstance(formats, Mapping) else None


def _written(values: pd.Series, form: Format | None, gap: str) -> list[str]:
    """Write each value of a column as a reader would."""
    whole = _is_numeric(values) and _all_whole(values)
    return [_word(value, form, whole, gap) for value in values.astype(object)]


def _word(value: object, form: Format | None, whole: bool, gap: str) -> str:
    if isinstance(value, list | tuple | set | np.ndarray):
        return ", ".join(_word(item, form, False, gap) for item in value)
    if value is None or value is pd.NaT or value is pd.NA or (isinstance(value, Real) and not np.isfinite(value)):
        return gap
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if form is not None and not isinstance(value, str):
        text = form.format(value) if isinstance(form, str) else form(value)
        return _MINUS_ZERO.sub("", text)
    if isinstance(value, Real) and not isinstance(value, Integral):
        return _MINUS_ZERO.sub("", f"{value:.0f}" if whole else f"{value:.2f}")
    return str(value).removesuffix(" 00:00:00") if isinstance(value, datetime) else str(value)


def _is_numeric(values: pd.Series) -> bool:
    """Whether a column holds numbers only (gaps aside), whatever its dtype."""
    known = values.dropna()
    return len(known) > 0 and all(isinstance(v, Real) and not isinstance(v, bool | np.bool_) for v in known)


def _all_whole(values: pd.Series) -> bool:
    known = values.dropna().to_numpy(dtype=float)
    return bool((known[np.isfinite(known)] % 1 == 0).all())


def _head(frame: pd.DataFrame, counted: bool, numeric: list[bool]) -> str:
    """One header row per column level; equal neighbours on an outer level share a cell."""
    depth, rows = frame.columns.nlevels, []
    for level in range(depth):
        names = list(frame.index.names) if level == depth - 1 else [None] * frame.index.nlevels
        if not any(names):
            names[-1] = frame.columns.names[level]
        corner = [] if counted else [_cell("th", _label(name)) for name in names]
        whole = [label if depth == 1 else label[: level + 1] for label in frame.columns]
        if level == depth - 1:
            spans = [(label, 1, "" if n else "text") for label, n in zip(whole, numeric, strict=True)]
        else:
            spans = [(label, len(list(same)), "") for label, same in groupby(whole)]
        words = [(_label(label if depth == 1 else label[-1]), kind, span) for label, span, kind in spans]
        rows.append(_row([*corner, *(_cell("th", *word) for word in words)]))
    return "".join(rows)


def _body(labels: list[list[str]], columns: list[list[str]], numeric: list[bool], height: int) -> str:
    rows = []
    for place, corner in enumerate(_corners(labels, height)):
        cells = [_cell("td", words[place], "" if n else "text") for words, n in zip(columns, numeric, strict=True)]
        rows.append(_row([*(_cell("th", word) for word in corner), *cells]))
    return "".join(rows)


def _corners(labels: list[list[str]], height: int) -> Iterator[list[str]]:
    """The labels of each row; an outer one that repeats the row above is left blank."""
    before: tuple[str, ...] = ()
    for row in range(height):
        now = tuple(level[row] for level in labels)
        inner = len(now) - 1
        yield ["" if i < inner and now[: i + 1] == before[: i + 1] else word for i, word in enumerate(now)]
        before = now


def _label(value: object) -> str:
    return _word(value, None, True, "")


def _cell(tag: str, word: str, kind: str = "", span: int = 1) -> str:
    attributes = (f' class="{kind}"' if kind else "") + (f' colspan="{span}"' if span > 1 else "")
    return f"<{tag}{attributes}>{escape(word)}</{tag}>"


def _row(cells: list[str]) -> str:
    return f"<tr>{''.join(cells)}</tr>\n"
