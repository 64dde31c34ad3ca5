"""environment.yml, pyproject.toml and the pinned requirements say the same."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from helpers.providers.sources_known import KNOWN

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# names under which conda-forge ships the same thing
PYPI_NAME = {"arch-py": "arch", "matplotlib-base": "matplotlib", "playwright-python": "playwright"}
NOT_PYTHON_PACKAGES = {"python", "make", "pip"}


def declared(extra=None):
    lines = PROJECT["optional-dependencies"][extra] if extra else PROJECT["dependencies"]
    return {canonicalize_name(r.name): r.specifier for r in map(Requirement, lines)}


def conda():
    entries = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    nested = [line for entry in entries if isinstance(entry, dict) for line in entry["pip"]]
    found = [Requirement(line) for line in [*entries, *nested] if isinstance(line, str) and line != "-e ."]
    return {
        canonicalize_name(PYPI_NAME.get(r.name, r.name)): r.specifier
        for r in found
        if r.name not in NOT_PYTHON_PACKAGES
    }


def pins(name):
    lines = (ROOT / f"requirements/{name}.txt").read_text().splitlines()
    found = [Requirement(line.rstrip(" \\")) for line in lines if re.match(r"[a-z0-9]", line)]
    return [(canonicalize_name(r.name), next(iter(r.specifier)).version) for r in found]


def test_conda_and_pyproject_ask_for_the_same():
    assert conda() == declared() | declared("book") | declared("test")


@pytest.mark.parametrize("name", ["book", "test"])
def test_every_declared_dependency_is_pinned_within_its_range(name):
    asked = declared() | declared("book") | (declared("test") if name == "test" else {})
    pinned = pins(name)
    assert set(asked) <= {package for package, _ in pinned}
    assert [p for p in pinned if p[0] in asked and p[1] not in asked[p[0]]] == []


def test_the_tests_run_on_the_versions_the_book_runs_on():
    assert set(pins("book")) <= set(pins("test"))


def test_every_pin_has_a_hash_and_no_file_names_a_registry():
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text()
        blocks = re.split(r"\n(?=[a-z0-9])", text.strip())
        assert [b.splitlines()[0] for b in blocks if "--hash=sha256:" not in b] == []
        assert not re.search(r"https?://|--index|--find-links", text)


def test_the_makefile_and_the_project_need_the_same_python():
    oldest = next(iter(Requirement(f"x{PROJECT['requires-python']}").specifier)).version
    major, minor = oldest.split(".")
    assert f"({major}, {minor})" in (ROOT / "Makefile").read_text()


def test_every_source_of_data_is_an_extra_and_no_message_names_another():
    extras = set(PROJECT["optional-dependencies"])
    assert set(KNOWN) <= extras
    named = {
        name
        for path in [*(ROOT / "src").rglob("*.py"), ROOT / "environment.yml", ROOT / "README.md"]
        for name in re.findall(r"etf-atlas\[(\w+)\]", path.read_text("utf-8"))
    }
    assert "joinquant" in named
    assert named <= extras


def test_the_packages_of_an_extra_are_imported_only_inside_functions():
    packages = {name.replace("-", "_") for source in KNOWN for name in declared(source)}
    assert packages == {"jqdatasdk"}
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not packages & {name.partition(".")[0] for name in names}, path
