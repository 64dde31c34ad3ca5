"""The library's reference: a page for each room, every public name with its docstring, its source and its chapters.

The code is parsed and never imported. Names in the code of a chapter lead here, and each name leads back to the
chapters that use it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from helpers.press.chapters import PACKAGE
from helpers.press.docstrings import as_html, sections
from helpers.press.page import raw

__all__ = ["Library", "api_pages", "linked", "used_names"]

_DEFINED = ast.FunctionDef | ast.ClassDef
_WORKSHOP = ("press", "execute")  # rooms that make the book and have nothing to copy
_SPAN = r'<span class="n">{}</span>'
_DOT = r'<span class="o">.</span>'
_INDEX = """# Library

Every public name of `helpers`, room by room. Names in the code of the chapters lead here, and each name says which
chapters use it.

{rooms}

```{{toctree}}
:hidden:

{toc}
```
"""


@dataclass
class Library:
    """The public names of a package, read from its files.

    Parameters
    ----------
    package : path
        Folder of the package.
    """

    package: Path = PACKAGE
    modules: dict[str, ast.Module] = field(default_factory=dict)
    defined: dict[str, ast.AST] = field(default_factory=dict)
    _sources: dict[str, str] = field(default_factory=dict)
    _exported: dict[str, str] = field(default_factory=dict)

    def __post_init__(self):
        for path in sorted(self.package.rglob("*.py")):
            parts = path.relative_to(self.package.parent).with_suffix("").parts
            if path.stem != "__main__":
                self._read(".".join(part for part in parts if part != "__init__"), path.read_text("utf-8"))

    def _read(self, module: str, text: str) -> None:
        tree = ast.parse(text)
        self.modules[module], self._sources[module] = tree, text
        for node in tree.body:
            if isinstance(node, _DEFINED) and not node.name.startswith("_"):
                self.defined[f"{module}.{node.name}"] = node
            elif isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(self.package.name):
                self._exported |= {f"{module}.{a.asname or a.name}": f"{node.module}.{a.name}" for a in node.names}

    def resolve(self, name: str) -> str:
        """Return where a dotted name is defined, through any number of packages that hand it on; empty for no name.

        Parameters
        ----------
        name : str
            Such as ``helpers.figures.show``.

        Returns
        -------
        str
            Such as ``helpers.figures.show.show``.
        """
        seen: set[str] = set()
        while name not in self.defined and name in self._exported and name not in seen:
            seen.add(name)
            name = self._exported[name]
        return name if name in self.defined else ""

    def source(self, name: str) -> str:
        """Return the code of a name.

        Parameters
        ----------
        name : str
            One of ``defined``.

        Returns
        -------
        str
            Python.
        """
        return ast.get_source_segment(self._sources[name.rpartition(".")[0]], self.defined[name]) or ""

    def address(self, name: str) -> str:
        """Return the page and anchor of a name; empty for one that has none.

        Parameters
        ----------
        name : str
            Dotted, as defined or as handed on.

        Returns
        -------
        str
            Relative address.
        """
        found = self.resolve(name)
        return f"{_page(found)}.html#{found}" if found else ""


def api_pages(library: Library, users: Mapping[str, Iterable[str]], titles: Mapping[str, str]) -> dict[str, str]:
    """Return the pages of the reference.

    Parameters
    ----------
    library : Library
    users : mapping of str to iterable of str
        The chapters that use a name, see :func:`used_names`.
    titles : mapping of str to str
        Title by chapter.

    Returns
    -------
    dict of str to str
        MyST text by file name; ``api.md`` is the first page.
    """
    rooms: dict[str, list[str]] = {}
    for module in library.modules:
        named = any(name.rpartition(".")[0] == module for name in library.defined)
        if named and module.count(".") and module.split(".")[1] not in _WORKSHOP:
            rooms.setdefault(_page(f"{module}.x"), []).append(module)
    pages = {}
    for page, modules in rooms.items():
        blocks = [_module(library, module, users, titles) for module in modules]
        pages[f"{page}.md"] = "\n\n".join([f"# {page.replace('api_', 'helpers.')}", *blocks])
    listed = [f"- [{page.replace('api_', 'helpers.')}]({page}.md): {_about(library, page)}" for page in rooms]
    pages["api.md"] = _INDEX.format(rooms="\n".join(listed), toc="\n".join(rooms))
    return pages


def used_names(library: Library, cells: Iterable[str]) -> dict[str, str]:
    """Return the names of the library that code uses: as written there, and where they are defined.

    Parameters
    ----------
    library : Library
    cells : iterable of str
        Code cells of one chapter, the one with imports among them.

    Returns
    -------
    dict of str to str
        E.g. ``{"draw.plot_trends": "helpers.figures.regimes.plot_trends"}``.
    """
    trees = [ast.parse(cell) for cell in cells]
    known: dict[str, str] = {}
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == library.package.name:
            known |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    found = {name: library.resolve(full) for name, full in known.items()}
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in known:
            found[f"{node.value.id}.{node.attr}"] = library.resolve(f"{known[node.value.id]}.{node.attr}")
    return {name: full for name, full in found.items() if full}


def linked(page: str, names: Mapping[str, str], library: Library) -> str:
    """Return a page whose names in code lead to the reference.

    Parameters
    ----------
    page : str
        HTML, code in the spans of Pygments.
    names : mapping of str to str
        Of :func:`used_names`.
    library : Library

    Returns
    -------
    str
        HTML.
    """
    for name in sorted(names, key=lambda name: -name.count(".")):
        spans = _DOT.join(_SPAN.format(part) for part in name.split("."))
        link = f'<a class="api-link" href="{library.address(names[name])}">{spans}</a>'
        page = re.sub(rf'(?<!{re.escape(_DOT)}){re.escape(spans)}(?!</a>|<span class="o">=</span>)', link, page)
    return page


def _page(name: str) -> str:
    return f"api_{name.split('.')[1]}"


def _about(library: Library, page: str) -> str:
    tree = library.modules.get(page.replace("api_", "helpers."))
    return next(sections(ast.get_docstring(tree) or "") if tree else iter([("", "")]))[1].split("\n\n")[0]


def _module(library: Library, module: str, users: Mapping, titles: Mapping[str, str]) -> str:
    about = as_html(ast.get_docstring(library.modules[module]) or "", library.address)
    names = [name for name in library.defined if name.rpartition(".")[0] == module]
    several = module.count(".") > 1 or any(other.startswith(f"{module}.") for other in library.modules)
    parts = [f"## {module}"] if several else []
    parts += [raw(about)] if about else []
    for name in names:
        parts += [
            f"{'###' if several else '##'} {name.rpartition('.')[2]}",
            raw(_entry(library, name, users.get(name, ()), titles)),
        ]
    return "\n\n".join(parts)


def _entry(library: Library, name: str, chapters: Iterable[str], titles: Mapping[str, str]) -> str:
    node = library.defined[name]
    used = ", ".join(f'<a href="{c}.html">{escape(titles.get(c, c))}</a>' for c in chapters)
    parts = [f'<pre class="api-signature">{escape(_signature(node))}</pre>']
    parts += [as_html(ast.get_docstring(node) or "", library.address)]
    if isinstance(node, ast.ClassDef):
        parts += list(_methods(node, library))
    parts += [f'<p class="api-used">Used in {used}.</p>'] if used else []
    parts += [f"<details><summary>Source</summary><pre>{escape(library.source(name))}</pre></details>"]
    return f'<div class="api-entry" id="{name}">{"".join(parts)}</div>'


def _methods(node: ast.ClassDef, library: Library) -> Iterator[str]:
    for method in node.body:
        if isinstance(method, ast.FunctionDef) and not method.name.startswith("_"):
            told = as_html(ast.get_docstring(method) or "", library.address)
            yield f'<div class="api-method"><pre class="api-signature">{escape(_signature(method))}</pre>{told}</div>'


def _signature(node: ast.AST) -> str:
    if isinstance(node, ast.ClassDef):
        return f"class {node.name}"
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"{node.name}({ast.unparse(node.args)}){returns}"
