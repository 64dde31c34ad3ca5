"""Chapters without guards: cells that cannot be computed are left out, and the page says once where a gap begins.

A cell that raises :class:`helpers.tables.MissingTable` starts a gap. Every later cell that reads a name which a
left-out cell would have made is left out too, silently; a name made again by a later cell is there again. A left-out
cell that would have filled the scoreboard leaves rows *not computable* with the reason.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass, field

from helpers.prose import text

__all__ = ["LEFT_OUT", "Gaps", "binds", "compared", "note", "reads"]

LEFT_OUT = "left-out"  # the tag of a cell that was not run
_BUILTIN = frozenset(dir(builtins))


def binds(source: str) -> set[str]:
    """Return the names a cell makes at its top level: assignments, loops, imports, functions.

    Parameters
    ----------
    source : str
        Of a code cell.

    Returns
    -------
    set of str
        Names.
    """
    return _binds(ast.parse(source))


def reads(source: str) -> set[str]:
    """Return the names a cell takes from cells before it.

    Parameters
    ----------
    source : str
        Of a code cell.

    Returns
    -------
    set of str
        Names; builtins are not among them.
    """
    made: set[str] = set()
    wanted: set[str] = set()
    for statement in ast.parse(source).body:
        own = _binds(statement)
        loops = isinstance(statement, ast.For | ast.With | ast.FunctionDef | ast.ClassDef)
        wanted |= _loaded(statement) - made - (own if loops else set())
        made |= own
    return wanted - _BUILTIN


def compared(source: str) -> Iterator[tuple[str, str]]:
    """Yield ``(board, exhibit)`` for every ``board.compare("exhibit", …)`` of a cell.

    Parameters
    ----------
    source : str
        Of a code cell.

    Yields
    ------
    tuple
        Name of the board, name of the exhibit.
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "compare":
            named = node.args and isinstance(node.args[0], ast.Constant) and isinstance(node.func.value, ast.Name)
            if named:
                yield node.func.value.id, node.args[0].value


@dataclass
class Gaps:
    """The names a run cannot make, each with the reason."""

    lost: dict[str, str] = field(default_factory=dict)

    def reason(self, source: str) -> str | None:
        """Return why a cell must be left out, or None if it can run; a cell left out loses its own names.

        Parameters
        ----------
        source : str
            Of a code cell.

        Returns
        -------
        str or None
            What is missing, in words.
        """
        for name in sorted(reads(source) & self.lost.keys()):
            reason = self.lost[name]
            self.begin(source, reason)
            return reason
        for name in binds(source):
            self.lost.pop(name, None)
        return None

    def begin(self, source: str, reason: str) -> None:
        """Record that a cell made none of its names.

        Parameters
        ----------
        source : str
            Of a code cell.
        reason : str
            What is missing, in words.
        """
        self.lost |= dict.fromkeys(binds(source), reason)

    def stand_in(self, source: str, reason: str) -> str:
        """Return what runs in place of a left-out cell: the rows it owes the scoreboard, or nothing.

        Parameters
        ----------
        source : str
            Of a code cell.
        reason : str
            What is missing, in words.

        Returns
        -------
        str
            Python; empty where nothing is owed.
        """
        return "\n".join(
            f"{board}.not_computable({exhibit!r}, {reason!r})"
            for board, exhibit in compared(source)
            if board not in self.lost
        )


def note(reason: str) -> str:
    """Return the note where a gap begins, as Markdown.

    Parameters
    ----------
    reason : str
        What is missing, in words.

    Returns
    -------
    str
        One paragraph.
    """
    return f"**Left out from here:** {text(reason.rstrip('.'))}. What builds on it is left out below."


def _binds(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in _own_scope(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
    return found


def _own_scope(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run in the cell's own scope: not the inside of functions, lambdas and comprehensions."""
    inner = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, inner):
            waiting += ast.iter_child_nodes(node)


def _loaded(statement: ast.stmt) -> set[str]:
    """Names that a statement takes from outside: what comprehensions, lambdas and functions bind is their own."""
    nodes = list(ast.walk(statement))
    found = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    found |= {n.target.id for n in nodes if isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name)}
    inside = {n.arg for n in nodes if isinstance(n, ast.arg)}
    for node in nodes:
        if isinstance(node, ast.comprehension):
            inside |= {n.id for n in ast.walk(node.target) if isinstance(n, ast.Name)}
        elif isinstance(node, ast.FunctionDef):
            inside |= {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return found - inside
