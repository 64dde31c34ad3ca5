"""The strict papermill runner that the Makefile calls.

``python -m helpers.execute CHAPTER RUN [--set KEY=value]`` runs one chapter with a run's parameters. papermill alone
accepts unknown parameters, runs without a ``parameters`` cell and leaves half a notebook where the good one was; here
each of these ends with a non-zero exit and one line that names the file, the key and the way out.

``--plan`` checks all chapters of a run and marks the stale ones for ``make``; ``--data`` reads and checks every table
of a run; ``--collect`` writes the scoreboard.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from helpers.files import scratch, write_text
from helpers.params import ParamError, RunParams, load_params
from helpers.press.chapters import Chapter, find_chapters, notebook, skip_slow_import
from helpers.press.command import in_one_line
from helpers.press.freshness import ROOT, fingerprint, making, plan
from helpers.press.kernel import kernel_room
from helpers.press.places import forget_places, shown_data

START_TIMEOUT = 180  # seconds a busy machine may take to start a kernel


class ChapterFailed(RuntimeError):
    """A chapter raised; its partial notebook is kept beside the last good one."""


def run_chapter(chapter: Chapter, run_name: str, run: RunParams, build: Path) -> Path:
    """Execute one chapter and put its notebook in place, or leave the previous one untouched.

    Parameters
    ----------
    chapter : Chapter
    run_name : str
        The run's name, recorded in the notebook.
    run : RunParams
        Checked parameters; the chapter gets the ones it declares.
    build : path
        The run's folder; the notebook goes to ``build/notebooks/<chapter>.ipynb``.

    Returns
    -------
    Path
        The notebook.

    Raises
    ------
    ChapterFailed
        Names the chapter, the cell and the error; the partial notebook is kept as ``<chapter>.failed.ipynb``.
    """
    skip_slow_import()
    import nbformat
    import papermill
    from papermill.exceptions import PapermillExecutionError

    from helpers.press import engine

    values = chapter.parameters(run)
    out = build / "notebooks" / f"{chapter.name}.ipynb"
    failed = out.with_suffix(".failed.ipynb")
    out.parent.mkdir(parents=True, exist_ok=True)
    with scratch(build) as folder, kernel_room() as config:
        before, after = folder / "in.ipynb", folder / "out.ipynb"
        nbformat.write(notebook(chapter, simulated=run.source == "demo"), before)
        try:
            papermill.execute_notebook(
                before,
                after,
                values,
                engine_name=engine.NAME,
                kernel_name="python3",
                cwd=str(ROOT),
                progress_bar={"desc": chapter.name} if sys.stderr.isatty() else False,
                config=config,
                start_timeout=START_TIMEOUT,
            )
        except PapermillExecutionError as error:
            if error.ename == "KeyboardInterrupt":
                raise KeyboardInterrupt from None
            os.replace(after, failed)
            cell = max(error.cell_index - 1, 0)  # papermill counts the parameters it injects
            what = f"{_short(chapter.path)}: cell {cell}: {error.ename}: {' '.join(error.evalue.split())}"
            raise ChapterFailed(f"{what}\n  the notebook up to there: {_short(failed)}") from None
        except RuntimeError as error:  # the kernel died, or never answered
            if after.is_file():
                os.replace(after, failed)
            reason = f"{str(error).strip()}; was there memory enough? `make book JOBS=1` runs one chapter at a time"
            raise ChapterFailed(f"{_short(chapter.path)}: {reason}") from None
        done = nbformat.read(after, as_version=4)
        _make_deterministic(done)
        covered = _say_provenance(done, chapter, run)
        forget_places(done, ROOT, run.data)
        done.metadata["etf_atlas"] = {
            "run": run_name,
            "chapter": chapter.name,
            "parameters": {**values, **({"data": shown_data(run.data)} if "data" in values else {})},
            "simulated": run.source == "demo",
            "held": done.metadata.pop(engine.HELD, None),
            **({"coverage": covered} if covered else {}),
        }
        nbformat.write(done, after)
        os.replace(after, out)
    failed.unlink(missing_ok=True)
    return out


def prepare(run: RunParams) -> None:
    """Open the source once, before several chapters do: a wrong folder is one error, the demo market made once.

    Parameters
    ----------
    run : RunParams
        Checked parameters.
    """
    from helpers.sources import load_market
    from helpers.sources.folder import unread

    if run.source == "demo":
        print("demo market: made by the project on the first run, kept under data/", flush=True)
    market = load_market(run.source, run.data, start=run.start, end=run.end)
    for line in unread(market.folder) if run.source == "folder" else ():
        print(f"note: {line}", file=sys.stderr)


_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def _make_deterministic(book: Any) -> None:
    """Strip what changes from run to run: timings, papermill's paths, memory addresses, execution ids."""
    book.metadata.pop("papermill", None)
    for cell in book.cells:
        for key in ("papermill", "execution"):
            cell.metadata.pop(key, None)
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell["id"] = "injected-parameters"
        for output in cell.get("outputs", []):
            text = output.get("data", {}).get("text/plain")
            if isinstance(text, str):
                output["data"]["text/plain"] = _ADDRESS.sub("", text)


def _say_provenance(book: Any, chapter: Chapter, run: RunParams) -> list[dict]:
    """Say under the title where fetched data come from; return what the store covers, for the front page."""
    from nbformat.v4 import new_markdown_cell

    from helpers.providers.coverage import as_details, coverage, provenance, tables_of

    values, root = chapter.parameters(run), ROOT / (run.data or f"data/{run.source}")
    if lines := provenance(values, root, tables_of(cell.source for cell in chapter.cells if cell.is_code)):
        book.cells.insert(1, new_markdown_cell(as_details(lines), id="provenance"))
    return coverage(run.source, root).to_dict("records")


def _short(path: Path) -> Path:
    """A path as a reader at the project's top would type it."""
    path = path.resolve()
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _find(book: Path, name: str) -> Chapter:
    """A chapter given by path, by name or by number."""
    chapters = find_chapters(Path(name).parent if name.endswith((".py", ".ipynb")) else book)
    stem = Path(name).stem if name.endswith((".py", ".ipynb")) else name
    found = [c for c in chapters if c.name == stem or c.name.split("_")[0] == stem]
    if not found:
        raise ParamError(f"{name}: no such chapter; the chapters are {', '.join(c.name for c in find_chapters(book))}")
    return found[0]


def _arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m helpers.execute", description=__doc__.split("\n\n")[0])
    parser.add_argument("chapter", nargs="?", help="a chapter: its path, name or number")
    parser.add_argument("run", help="a run: its YAML file, or its name in params/")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=value", help="override a parameter")
    parser.add_argument("--out", type=Path, help="the run's folder (default: _build/<run>)")
    parser.add_argument("--book", type=Path, default=ROOT / "book", help="the folder of chapters")
    parser.add_argument("--plan", action="store_true", help="check the run and mark what is stale")
    parser.add_argument("--data", action="store_true", help="read and check every table of the run")
    parser.add_argument("--collect", action="store_true", help="write the scoreboard of the executed chapters")
    return parser.parse_args(argv)


@in_one_line(ParamError, ChapterFailed)
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
    args = _arguments(argv)
    path = Path(args.run) if args.run.endswith((".yaml", ".yml")) else ROOT / "params" / f"{args.run}.yaml"
    build = (args.out or ROOT / "_build" / path.stem).resolve()
    if args.collect:
        return _collect(args.book, build)
    run = load_params(_short(path), args.set)
    if args.data:
        return _strictly(_report_tables, run)
    if args.plan or args.chapter is None:
        stale = plan(args.book, _short(path), run, build)
        print(f"{path.stem}: {len(stale)} of {len(find_chapters(args.book))} chapters to run", flush=True)
        _ignored(args.set)
        if stale:
            _strictly(prepare, run)
        return 0
    chapter = _find(args.book, args.chapter)
    out = build / "notebooks" / f"{chapter.name}.ipynb"
    with making(build, chapter.name, chapter.key(run, fingerprint(run)), out):
        run_chapter(chapter, path.stem, run, build)
    print(f"{chapter.name} → {_short(out)}", flush=True)
    return 0


def _ignored(overrides: Iterable[str]) -> None:
    """Say which parameters stand in the environment, where nobody reads them."""
    given = {item.partition("=")[0].strip().upper() for item in overrides}
    for name in sorted({key.upper() for key in RunParams.model_fields} & os.environ.keys() - given):
        print(f"note: {name} in the environment is no parameter; give it as `make book {name}=…`", file=sys.stderr)


def _strictly(step: Callable[[RunParams], Any], run: RunParams) -> Any:
    """Let a step that reads data fail in one line; imported late, since a plan with nothing to do needs no pandas."""
    try:
        return step(run)
    except ValueError as error:  # DataError is one
        raise ParamError(str(error)) from None


def _report_tables(run: RunParams) -> int:
    """Print, for every canonical table, how much of it the run's source holds or why it does not."""
    from helpers.sources import load_market
    from helpers.sources.inventory import inventory

    market = load_market(run.source, run.data, start=run.start, end=run.end)
    print(market.label)
    for line in inventory(market):
        print(line, flush=True)
    return 0


def _collect(book: Path, build: Path) -> int:
    """Write ``scoreboard.csv`` from the executed chapters, in one step."""
    from helpers.scoreboard import collect, counts

    notebooks = [build / "notebooks" / f"{c.name}.ipynb" for c in find_chapters(book)]
    if missing := [p.stem for p in notebooks if not p.is_file()]:
        raise ParamError(f"{missing[0]}: not executed in this run; `make book` runs it")
    try:
        board = collect(notebooks)
    except ValueError:
        raise ParamError(f"{build / 'notebooks'}: a notebook is not whole; run `make book` again") from None
    write_text(build / "scoreboard.csv", board.to_csv(index=False))
    print("scoreboard: " + ", ".join(f"{n} {verdict}" for verdict, n in counts(board).items() if n), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
