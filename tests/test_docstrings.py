"""Public functions say what goes in, what comes out and what they refuse, in numpydoc sections."""

import ast
import re
from pathlib import Path

import pytest

import helpers

SRC = Path(helpers.__file__).parent
TINY = 6  # lines of body up to which the summary may do, if it names every argument
GIVEN = {"self", "cls", "ax"}
NOTHING = {"None", "NoReturn", "Axes", "Self"}
HEADING = re.compile(r"^([A-Z][A-Za-z ]+)\n-{3,}$", re.MULTILINE)
PAGES = sorted(p.relative_to(SRC).as_posix() for p in SRC.rglob("*.py"))


def public_functions(tree):
    """Yield name and node of the functions of a module, and of the methods of its classes, that are public."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            methods = [m for m in node.body if isinstance(m, ast.FunctionDef) and not m.name.startswith("_")]
            yield from ((f"{node.name}.{m.name}", m) for m in methods)
        elif isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node.name, node


def sections(doc):
    """Cut a docstring into its summary (key "") and its sections."""
    cut = HEADING.split(doc)
    return {"": cut[0], **dict(zip(cut[1::2], cut[2::2], strict=True))}


def arguments(node):
    args = node.args
    stars = [a.arg for a in (args.vararg, args.kwarg) if a is not None]
    return [a.arg for a in args.posonlyargs + args.args + args.kwonlyargs if a.arg not in GIVEN] + stars


def named_in(section):
    """Return the names that head the entries of a Parameters section."""
    heads = [line.split(" :")[0] for line in section.splitlines() if line.strip() and not line[0].isspace()]
    return {name.strip(" *\\") for head in heads for name in head.split(",")}


def own_nodes(node):
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            yield child
            yield from own_nodes(child)


def is_tiny(node):
    body = node.body[1:]
    return not body or body[-1].end_lineno - body[0].lineno < TINY


def said(name, summary):
    """Whether a summary names an argument: as it is written, or as words, in singular or plural."""
    words = name.replace("_", "[ _]").removesuffix("s")
    return re.search(rf"(?<![a-z_]){words}s?(?![a-z_])", summary, re.IGNORECASE) is not None


def faults(node):
    """Return what the docstring of a function lacks."""
    doc = ast.get_docstring(node)
    if not doc:
        return ["no docstring"]
    parts, summary = sections(doc), doc.partition("\n\n")[0]
    decorators = {ast.unparse(d) for d in node.decorator_list}
    lacks = []
    if any(isinstance(n, ast.Raise) and n.exc is not None for n in own_nodes(node)) and "Raises" not in parts:
        lacks.append("Raises")
    if decorators & {"property", "cached_property", "functools.cached_property"}:
        return lacks
    known = named_in(parts.get("Parameters", ""))
    unsaid = [a for a in arguments(node) if a not in known]
    short = is_tiny(node) and set(parts) <= {"", "Raises", "Examples"}
    lacks += [f"Parameters: {a}" for a in unsaid if not (short and said(a, summary))]
    result = ast.unparse(node.returns) if node.returns else "?"
    if result not in NOTHING and not {"Returns", "Yields"} & set(parts) and not short:
        lacks.append("Returns")
    return lacks


@pytest.mark.parametrize("page", PAGES)
def test_public_functions_say_what_goes_in_what_comes_out_and_what_they_refuse(page):
    found = {name: faults(node) for name, node in public_functions(ast.parse((SRC / page).read_text("utf-8")))}
    assert {name: lacks for name, lacks in found.items() if lacks} == {}
