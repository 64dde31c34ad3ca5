"""The library alone, as someone installs it: a wheel in an empty environment runs the README's example."""

import re
import shutil
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
UV = [sys.executable, "-m", "uv"]


def uv(*arguments):
    return subprocess.run([*UV, *map(str, arguments)], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel from the files that are tracked; skip where no package registry answers."""
    folder = tmp_path_factory.mktemp("wheel")
    (folder / "asked.in").write_text("setuptools>=77\n")
    if uv("pip", "compile", "--quiet", "--no-cache", folder / "asked.in").returncode:
        pytest.skip("no package registry answers")
    source = folder / "source"
    shutil.copytree(ROOT / "src", source / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    built = uv("build", "--wheel", "--quiet", "--out-dir", folder, source)
    assert built.returncode == 0, built.stderr
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_every_file_that_the_library_reads(wheel):
    held = {name.partition("/")[2] for name in zipfile.ZipFile(wheel).namelist() if name.startswith("helpers/")}
    here = {str(p.relative_to(ROOT / "src/helpers")) for p in (ROOT / "src/helpers").rglob("*") if p.is_file()}
    assert {name for name in here if "__pycache__" not in name} == held
    assert "py.typed" in held


def test_the_example_of_the_readme_runs_in_an_empty_environment_in_under_a_minute(wheel, tmp_path):
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    (tmp_path / "example.py").write_text(example)
    venv.create(tmp_path / "empty", with_pip=False)
    python = tmp_path / "empty/bin/python"
    installed = uv("pip", "install", "--quiet", "--python", python, wheel)
    assert installed.returncode == 0, installed.stderr
    listed = uv("pip", "list", "--python", python).stdout.lower()
    assert "sphinx" not in listed and "papermill" not in listed and "jupyter" not in listed
    done = subprocess.run([python, "example.py"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert "next week" in done.stdout


def test_a_copied_figure_is_shown_without_a_notebook(tmp_path):
    code = (
        "import sys; sys.modules['IPython'] = None; sys.modules['IPython.display'] = None\n"
        "import pandas as pd; from helpers.figures import show_table\n"
        "show_table(pd.DataFrame({'share': [0.25]}), '{:.0%}')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["share", "25%"]
