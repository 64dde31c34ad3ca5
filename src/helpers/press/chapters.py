"""What a chapter is before it runs: its cells, the parameters it declares, and the key of all it depends on.

A chapter's key is a hash of its text, of the parameters it reads, of the library modules it imports (and what those
import), of the pinned dependencies and of the data. Nothing is guessed from file times, so a fresh clone, a changed
parameter and an edited helper are all seen for what they are.
"""

from __future__ import annotations

import ast
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from helpers.params import ParamError, RunParams, check_params

PACKAGE = Path(__file__).resolve().parents[1]
DEMO = "demo"  # the tag of a cell that only a simulated market can fill
DATA_SUFFIXES = (".csv", ".yaml", ".otf")


@dataclass(frozen=True)
class Cell:
    """One cell of a py:percent chapter."""

    source: str
    is_code: bool
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Chapter:
    """One ``book/NN_name.py``."""

    path: Path

    @property
    def name(self) -> str:
        """The file name without suffix, e.g. ``04_style_regimes``."""
        return self.path.stem

    @cached_property
    def cells(self) -> list[Cell]:
        """The chapter's cells in order."""
        found = _read(self.path).cells
        return [Cell(c.source, c.cell_type == "code", tuple(c.metadata.get("tags", []))) for c in found]

    @cached_property
    def declared(self) -> dict[str, Any]:
        """The parameters of the cell tagged ``parameters``, with their defaults.

        Raises
        ------
        ParamError
            No such cell or several, a value that is no plain literal, a parameter that no other cell reads, or a
            default of the wrong type.
        """
        tagged = [c for c in self.cells if "parameters" in c.tags]
        if len(tagged) != 1:
            raise ParamError(
                f'{self.path}: {len(tagged)} cells are tagged "parameters"; '
                'begin exactly one with `# %% tags=["parameters"]`'
            )
        declared = _literals(tagged[0].source, self.path)
        read = {
            node.id
            for cell in self.cells
            if cell.is_code and cell is not tagged[0]
            for node in ast.walk(_parse(cell.source, self.path))
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
        }
        for key in declared:
            if key not in read:
                raise ParamError(f"{self.path}: {key}: no cell reads this parameter; use it or remove it")
        check_params(declared, default_origin=str(self.path))
        return declared

    def parameters(self, run: RunParams) -> dict[str, Any]:
        """Return the run's values of the parameters this chapter declares.

        Parameters
        ----------
        run : RunParams
            Checked parameters.

        Returns
        -------
        dict of str to Any
            Value by name.
        """
        values = run.model_dump()
        return {key: values[key] for key in self.declared}

    def key(self, run: RunParams, inputs: str) -> str:
        """Return the hash of everything this chapter's output depends on.

        Parameters
        ----------
        run : RunParams
        inputs : str
            A fingerprint of the source and the pinned dependencies; see :func:`helpers.press.freshness.fingerprint`.

        Returns
        -------
        str
            Hexadecimal.
        """
        names = {name for cell in self.cells if cell.is_code for name in _imports(_parse(cell.source, self.path))}
        parts = [self.path.read_bytes(), json.dumps(self.parameters(run), sort_keys=True), inputs]
        parts += [f"{sys.version_info[:2]}", digest_files(_closure(names))]
        return digest(parts)


def find_chapters(book: Path) -> list[Chapter]:
    """Return the chapters of a folder in reading order (``NN_name.py``).

    Parameters
    ----------
    book : Path
        The folder.

    Returns
    -------
    list of Chapter
        By number.
    """
    return [Chapter(path) for path in sorted(book.glob("[0-9][0-9]_*.py"))]


def unread_parameters(chapters: Iterable[Chapter], run: RunParams) -> list[str]:
    """Return the parameters set for a run that no chapter declares.

    Parameters
    ----------
    chapters : iterable of Chapter
        All of the book.
    run : RunParams
        Checked parameters.

    Returns
    -------
    list of str
        Names.
    """
    declared = {key for chapter in chapters for key in chapter.declared}
    return sorted(run.model_fields_set - declared)


def notebook(chapter: Chapter, simulated: bool = True) -> Any:
    """Return a chapter as a notebook whose cell ids follow from its text, so that equal chapters give equal bytes.

    Parameters
    ----------
    chapter : Chapter
    simulated : bool
        Whether the run's market is simulated; cells tagged ``demo`` compare with what was planted in it and stay out
        of every other run.

    Returns
    -------
    nbformat.NotebookNode
        Without outputs.
    """
    book = _read(chapter.path)
    if not simulated:
        book.cells = [cell for cell in book.cells if DEMO not in cell.metadata.get("tags", [])]
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    for number, cell in enumerate(book.cells):
        cell["id"] = f"{number:03d}-{hashlib.sha256(cell.source.encode()).hexdigest()[:8]}"
    return book


def skip_slow_import() -> None:
    """Hide an optional dependency of jsonschema: nbformat would build its grammar, for seconds, and never use it."""
    sys.modules.setdefault("rfc3987_syntax", None)


def digest(parts: Iterable[bytes | str]) -> str:
    """Return one hash of several texts, each kept apart from the next.

    Parameters
    ----------
    parts : iterable of bytes or str
        In this order.

    Returns
    -------
    str
        SHA-256, hexadecimal.
    """
    sha = hashlib.sha256()
    for part in parts:
        data = part.encode() if isinstance(part, str) else part
        sha.update(len(data).to_bytes(8, "big") + data)
    return sha.hexdigest()


def digest_files(paths: Iterable[Path]) -> str:
    """Return one hash of the names and contents of files.

    Parameters
    ----------
    paths : iterable of Path
        In any order.

    Returns
    -------
    str
        SHA-256, hexadecimal.
    """
    return digest(part for path in sorted(paths) for part in (path.name, path.read_bytes()))


def _read(path: Path) -> Any:
    """A py:percent file as a notebook."""
    skip_slow_import()
    import jupytext

    return jupytext.read(path)


def _parse(source: str, path: Path) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError as error:
        raise ParamError(f"{path}: {error.msg} in the cell line {error.text!r}") from None


def _literals(source: str, path: Path) -> dict[str, Any]:
    """The ``name = literal`` assignments of a cell, and nothing else."""
    found = {}
    for node in _parse(source, path).body:
        named = isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
        try:
            if not named:
                raise ValueError
            found[node.targets[0].id] = ast.literal_eval(node.value)
        except ValueError:
            line = ast.unparse(node)
            raise ParamError(f"{path}: parameters cell: `{line}` must read `name = plain value`") from None
    return found


def _imports(tree: ast.Module, package: str = "") -> Iterator[str]:
    """The ``helpers`` modules a piece of code in ``package`` imports, wherever the import stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "helpers")
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*above, *filter(None, [node.module])])
            if module.split(".")[0] == "helpers":
                yield module
                yield from (f"{module}.{alias.name}" for alias in node.names)


@cache
def _imports_of(path: Path, changed: int) -> tuple[str, ...]:
    """The modules a file imports; parsed once per version of the file, since chapters share most of the library."""
    package = ".".join(["helpers", *path.relative_to(PACKAGE).parts[:-1]])
    return tuple(_imports(_parse(path.read_text(encoding="utf-8"), path), package))


def _closure(names: Iterable[str]) -> set[Path]:
    """The files of the named modules and of all they import; a package brings the data files beside it."""
    files, waiting = set(), list(names)
    while waiting:
        parts = waiting.pop().split(".")[1:]
        for depth in range(len(parts) + 1):
            base = PACKAGE.joinpath(*parts[:depth])
            new = {p for p in (base.with_suffix(".py"), base / "__init__.py") if p.is_file()} - files
            files |= new
            for path in new:
                waiting += _imports_of(path, path.stat().st_mtime_ns)
                if path.name == "__init__.py" and path.parent != PACKAGE:
                    files |= {p for p in path.parent.rglob("*") if p.suffix in DATA_SUFFIXES}
    return files
