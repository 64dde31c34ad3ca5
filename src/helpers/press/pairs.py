"""Each chapter exists twice: ``NN_name.py`` to read and review, ``NN_name.ipynb`` (without outputs) to open and run.

The pair is compared by content. ``python -m helpers.press.pairs book`` writes the notebook from the ``.py``; a notebook
that was edited on its own is never overwritten: ``--from-notebook`` takes its side.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from helpers.press.chapters import Chapter, find_chapters, notebook
from helpers.press.command import in_one_line


class PairError(ValueError):
    """A pair whose notebook was edited on its own: one line that says how to keep either side."""


def differences(book: Path) -> list[str]:
    """Return one line per pair that is not equal by content, and per notebook that carries outputs.

    Parameters
    ----------
    book : Path
        Folder of chapters.

    Returns
    -------
    list of str
        Empty where all pairs agree.
    """
    found = []
    for chapter in find_chapters(book):
        path = chapter.path.with_suffix(".ipynb")
        if not path.is_file():
            found.append(f"{path}: missing; `make sync` writes it")
            continue
        saved = _read(path)
        if any(cell.get("outputs") for cell in saved.cells):
            found.append(f"{path}: carries outputs; `make sync` removes them")
        if (cell := _first_difference(notebook(chapter), saved)) is not None:
            found.append(f"{path}: cell {cell} differs from {chapter.path.name}; `make sync` brings them together")
    return found


def sync(book: Path, from_notebook: bool = False) -> list[Path]:
    """Bring the pairs of a folder into agreement and return the files written.

    Parameters
    ----------
    book : Path
        Folder of chapters.
    from_notebook : bool
        Where a pair differs, keep the notebook.

    Returns
    -------
    list of Path
        Empty where all pairs agreed.

    Raises
    ------
    PairError
        A notebook differs from its ``.py`` and is the newer file; nothing is overwritten then.
    """
    written = []
    for chapter in find_chapters(book):
        path = chapter.path.with_suffix(".ipynb")
        saved = _read(path) if path.is_file() else None
        made = notebook(chapter)
        if saved is not None and _first_difference(made, saved) is not None:
            if from_notebook:
                written.append(_write_py(saved, chapter))
                made = notebook(Chapter(chapter.path))
            elif path.stat().st_mtime > chapter.path.stat().st_mtime:
                raise PairError(
                    f"{path}: edited after {chapter.path.name}; keep it with `{_command(book)} --from-notebook`, "
                    f"or drop its edits with `touch {chapter.path}` and `make sync`"
                )
        if saved is None or _text(made) != path.read_text(encoding="utf-8"):
            path.write_text(_text(made), encoding="utf-8")
            written.append(path)
    return written


def _first_difference(a: Any, b: Any) -> int | None:
    """The number of the first cell in which two notebooks differ by type, text or tags."""
    left, right = ([(c.cell_type, c.source, c.metadata.get("tags", [])) for c in n.cells] for n in (a, b))
    if left == right:
        return None
    return next((i for i, (x, y) in enumerate(zip(left, right, strict=False)) if x != y), min(len(left), len(right)))


def _read(path: Path) -> Any:
    import nbformat

    return nbformat.read(path, as_version=4)


def _text(book: Any) -> str:
    import nbformat

    book.metadata.pop("jupytext", None)  # its version number would change the file at every upgrade
    return nbformat.writes(book) + "\n"


def _write_py(saved: Any, chapter: Chapter) -> Path:
    import jupytext

    jupytext.write(saved, chapter.path, fmt="py:percent")
    return chapter.path


def _command(book: Path) -> str:
    return f"python -m helpers.press.pairs {book}"


@in_one_line(PairError)
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
    parser = argparse.ArgumentParser(prog="python -m helpers.press.pairs", description=__doc__.split("\n\n")[0])
    parser.add_argument("book", type=Path)
    parser.add_argument("--from-notebook", action="store_true", help="where a pair differs, keep the notebook")
    args = parser.parse_args(argv)
    for path in sync(args.book, args.from_notebook):
        print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
