"""The results of a real run, kept in the repository: sentences and scoreboard, dated, without any data.

``python -m helpers.press.frozen RUN`` writes ``published_runs/<run>.json`` from a finished run and renews the table of
results in the README. The pages of a simulated market get pages of what is kept beside them, so that a visitor of the
demo sees what came out on real data.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Mapping
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from helpers.files import write_text
from helpers.press.board_page import board_page, picture
from helpers.press.chapters import find_chapters
from helpers.press.command import in_one_line
from helpers.press.errors import RenderError
from helpers.press.freshness import ROOT
from helpers.press.front_page import titles
from helpers.press.page import answer, raw
from helpers.press.provenance import provenance
from helpers.press.reading import is_simulated, read_notebook, read_scoreboard
from helpers.published.exhibits import KINDS
from helpers.scoreboard import COLUMNS, VERDICTS

__all__ = ["KEPT", "banner", "freeze", "latest", "lay_out_pages", "load", "pointer", "results_table", "with_results"]

KEPT = ROOT / "published_runs"
_FRONT = """# What came out on real data

$line

These pages hold what the chapters said and how every printed number compared when the book was last run on real data,
on **$kept_on**. They are kept as they were then: no data stand behind them here, and the chapters themselves, with
every figure, are shown on $demo, where no number is a replication.

## What the chapters answered

$answers

## What of the print came out

$picture

The [scoreboard](scoreboard.md) holds every row.

```{toctree}
:hidden:

scoreboard
```
"""
_PLACE = re.compile(r"(<!-- results: begin -->\n).*?(<!-- results: end -->)", re.DOTALL)


def freeze(run: str, build: Path, chapters: Path, on: date) -> dict[str, Any]:
    """Gather what is kept of a finished run: what its chapters answer, and its scoreboard.

    Parameters
    ----------
    run : str
        The run's name.
    build : path
        Its folder.
    chapters : path
        The folder of chapters.
    on : date
        The day it is kept.

    Returns
    -------
    dict of str to Any
        ``run``, ``kept_on``, ``source``, ``first``, ``last``, ``code``, ``data_hash``, ``parameters``, ``titles`` and
        ``answers`` by chapter, ``columns`` and ``rows`` of the scoreboard.

    Raises
    ------
    RenderError
        The run is not finished, or its market is simulated.
    """
    books = {c.name: read_notebook(build / "notebooks" / f"{c.name}.ipynb") for c in find_chapters(chapters)}
    board = read_scoreboard(build / "scoreboard.csv")
    if is_simulated(books.values(), board):
        raise RenderError(f"{run}: its market is simulated, and only a real run is kept; name another RUN")
    about = provenance(run, books.values(), build)
    return {
        "run": run,
        "kept_on": f"{on:%Y-%m-%d}",
        "source": about.data,
        "first": about.first,
        "last": about.last,
        "code": about.code,
        "data_hash": about.data_hash,
        "parameters": dict(about.parameters),
        "titles": titles(books),
        "answers": {name: answer(book) for name, book in books.items() if answer(book)},
        "columns": COLUMNS,
        "rows": board[COLUMNS].to_numpy().tolist(),
    }


def load(path: Path) -> tuple[dict[str, Any], pd.DataFrame]:
    """Read what is kept of a run.

    Parameters
    ----------
    path : path
        A file that :func:`freeze` filled.

    Returns
    -------
    tuple of dict and DataFrame
        Everything but the rows, and the scoreboard.

    Raises
    ------
    RenderError
        It is not such a file.
    """
    try:
        kept = json.loads(path.read_text("utf-8"))
        board = pd.DataFrame(kept.pop("rows"), columns=kept.pop("columns"))
    except (OSError, ValueError, KeyError, TypeError):
        raise RenderError(f"{path.name}: not the results of a run; `make freeze RUN=snapshot` writes them") from None
    return kept, board


def results_table(kept: Mapping[str, Any], board: pd.DataFrame) -> str:
    """Return the README's table: rows of the scoreboard by kind and verdict, with what they come from.

    Parameters
    ----------
    kept : mapping
        Of :func:`load`.
    board : DataFrame
        Its scoreboard.

    Returns
    -------
    str
        Markdown.
    """
    found = pd.crosstab(board["kind"], board["verdict"])
    verdicts = [name for name in VERDICTS if name in found]
    lines = ["| what a row proves | " + " | ".join(verdicts) + " |", "|---|" + "---:|" * len(verdicts)]
    for kind in (k for k in KINDS if k in found.index):
        lines.append(f"| {kind} | " + " | ".join(f"{found.at[kind, name]:,}" for name in verdicts) + " |")
    total = found[verdicts].sum()
    lines.append("| all | " + " | ".join(f"{total[name]:,}" for name in verdicts) + " |")
    about = f"{kept['source']}, {kept['first']} to {kept['last']}; code {kept['code']}, kept on {kept['kept_on']}."
    return "\n".join([*lines, "", about[:1].upper() + about[1:]])


def with_results(text: str, table: str) -> str:
    """Return a text with the table of results between its two marks renewed.

    Parameters
    ----------
    text : str
        Such as the README, with the marks ``<!-- results: begin -->`` and ``<!-- results: end -->``.
    table : str
        Markdown.

    Returns
    -------
    str
        The text.

    Raises
    ------
    RenderError
        It has no such marks.
    """
    if not _PLACE.search(text):
        raise RenderError("README.md: no place for the results; it lacks <!-- results: begin --> and its end")
    return _PLACE.sub(lambda found: f"{found[1]}{table}\n{found[2]}", text)


def latest() -> Path | None:
    """Return the file of the real run that was kept last; None where none is.

    Returns
    -------
    Path or None
        In ``published_runs``.
    """
    found = sorted(KEPT.glob("*.json"), key=lambda path: (load(path)[0]["kept_on"], path.name))
    return found[-1] if found else None


def banner(kept: Mapping[str, Any]) -> str:
    """Return the line at the top of every page of kept results.

    Parameters
    ----------
    kept : mapping
        Of :func:`load`.

    Returns
    -------
    str
        Plain text.
    """
    return f"Results on real data, kept on {escape(str(kept['kept_on']))}"


def pointer(kept: Mapping[str, Any]) -> str:
    """Return the sentence with which a simulated book leads to the kept results.

    Parameters
    ----------
    kept : mapping
        Of :func:`load`.

    Returns
    -------
    str
        HTML.
    """
    link = f'<a href="real/index.html">results on real data, kept on {escape(str(kept["kept_on"]))}</a>'
    return (
        f'<p class="atlas-real">Every number on these pages is simulated. What came out of a real market: {link}.</p>'
    )


def lay_out_pages(kept: Mapping[str, Any], board: pd.DataFrame, source: Path) -> None:
    """Write the sources of the pages of kept results.

    Parameters
    ----------
    kept : mapping
        Of :func:`load`.
    board : DataFrame
        Its scoreboard.
    source : path
        A folder with the site's settings and looks; its texts are replaced.
    """
    for path in source.glob("*.md"):
        path.unlink()
    (source / "index.md").write_text(_front(kept, board), "utf-8")
    (source / "scoreboard.md").write_text(board_page(board, kept["titles"], linked=False), "utf-8")
    board.to_csv(source / "_static" / "scoreboard.csv", index=False)


def _front(kept: Mapping[str, Any], board: pd.DataFrame) -> str:
    parts = [kept["source"], f"{kept['first']} to {kept['last']}", f"run {kept['run']}", f"code {kept['code']}"]
    parts += [f"data {kept['data_hash']}"] if kept["data_hash"] else []
    answers = "\n".join(
        f"- **{kept['titles'].get(name, name)}**: {' '.join(said)}" for name, said in kept["answers"].items()
    )
    return (
        _FRONT.replace("$demo", "the pages of a simulated market, one level up")
        .replace("$line", raw(f'<p class="atlas-source">{escape(" · ".join(parts))}</p>'))
        .replace("$kept_on", kept["kept_on"])
        .replace("$answers", answers or "The chapters of that run said nothing in short.")
        .replace("$picture", raw(picture(board, "scoreboard.html")))
    )


@in_one_line(RenderError)
def main(argv: list[str] | None = None) -> int:
    """Run the command line; return its exit code.

    Parameters
    ----------
    argv : list of str, optional
        Arguments; default those of the command line.

    Returns
    -------
    int
        0 where everything went well.
    """
    parser = argparse.ArgumentParser(prog="python -m helpers.press.frozen", description=__doc__.split("\n\n")[0])
    parser.add_argument("run", help="a finished run on real data")
    args = parser.parse_args(argv)
    kept = freeze(args.run, ROOT / "_build" / args.run, ROOT / "book", date.today())
    path = KEPT / f"{args.run}.json"
    path.parent.mkdir(exist_ok=True)
    write_text(path, json.dumps(kept, ensure_ascii=False, indent=1) + "\n")
    readme = ROOT / "README.md"
    write_text(readme, with_results(readme.read_text("utf-8"), results_table(*load(path))))
    print(f"{path.relative_to(ROOT)}: {len(kept['rows']):,} rows; README.md shows how they count")
    return 0


if __name__ == "__main__":
    sys.exit(main())
