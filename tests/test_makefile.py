"""The front door: what `make` is told wrongly it says in one line, and it runs this checkout's library."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MAKEFILE = (ROOT / "Makefile").read_text()

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="no make on this machine")


def make(*arguments, **environment):
    """Ask make what it would do."""
    kept = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    command = ["make", "-C", str(ROOT), "--no-print-directory", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env={**kept, **environment}, check=False)


NAMED = [
    (["DATA=my tables"], "folder"),
    (["DATA=x", "END=2025-12-31"], "folder"),
    (["DATA=x", "RUN=snapshot"], "snapshot"),
    (["DATA=x", "RUN=demo"], "demo"),
    (["RUN=latest", "START=2020-01-01"], "latest"),
]


@pytest.mark.parametrize(
    ("target", "arguments", "run"),
    [("book", [], "demo"), ("book", ["END=2025-12-31"], "demo"), ("data", ["SOURCE=demo"], "demo")]
    + [(target, *named) for target in ("book", "data") for named in NAMED],
)
def test_tables_named_without_a_run_are_a_folder_of_tables(target, arguments, run):
    done = make("-n", target, *arguments)
    step = "--plan" if target == "book" else "--data"
    assert re.search(rf"helpers\.execute {step} {run}( --set| ?$)", done.stdout, re.M), done
    assert all(f"--set '{argument}'" in done.stdout for argument in arguments if not argument.startswith("RUN"))


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["START=2020-01-01"],
        ["START=2020-01-01", "END=2026-02-13"],
        ["SOURCE=free", "START=2020-01-01", "TABLES=etf_daily, etf_list"],
        ["SOURCE=tushare", "DATA=a store"],
        ["SOURCE=fre"],
        ["REPARSE=1", "DATA=a store"],
        ["TABLES=calendar"],
        ["UNVERIFIED=www.example.com"],
    ],
)
def test_without_tables_named_data_are_fetched(arguments):
    done = make("-n", "data", *arguments)
    assert re.search(r"-m helpers\.providers data( --set| ?$)", done.stdout, re.M), done
    assert "helpers.execute" not in done.stdout
    assert all(f"--set '{argument}'" in done.stdout for argument in arguments)


@pytest.mark.parametrize("arguments", [[], ["START=2020-01-01"]])
def test_a_run_in_the_environment_is_named_too(arguments):
    assert "helpers.execute --data snapshot" in make("-n", "data", *arguments, RUN="snapshot").stdout
    assert "helpers.providers data" in make("-n", "data", *arguments, DATA="x").stdout, (
        "DATA is read from the line only"
    )


@pytest.mark.parametrize(
    ("argument", "says"),
    [
        ("RUN=smoke.yaml", "RUN=smoke.yaml: no such run; name one of demo "),
        ("RUN=params/demo", "RUN=params/demo: no such run"),
        ("RUN=a demo", "RUN=a demo: no such run"),
        ("RUN=", "RUN=: no such run"),
        ("JOBS=0", "JOBS=0: how many chapters run at a time, a whole number from 1"),
        ("JOBS=abc", "JOBS=abc: how many"),
        ("JOBS=2 3", "JOBS=2 3: how many"),
        ("JOBS=-1", "JOBS=-1: how many"),
    ],
)
def test_what_make_cannot_use_is_refused_in_one_line(argument, says):
    done = make("-n", "book", argument)
    assert done.returncode == 2
    assert says in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_python_that_is_not_there_is_called_so(tmp_path):
    done = make("setup", f"VENV={tmp_path / 'venv'}", "PYTHON=/nonexistent/python")
    assert done.returncode == 2
    assert "error: /nonexistent/python: no such program; name a Python from 3.11 on: make setup PYTHON=" in done.stderr


def test_the_library_is_this_checkout_s_whatever_else_is_called_helpers(tmp_path):
    probe = tmp_path / "probe.mk"
    probe.write_text(f"include {ROOT}/Makefile\nprobe:\n\t@echo $$PYTHONPATH $${{PYTHONSTARTUP:-}}\n")
    done = make("-f", str(probe), "probe", PYTHONPATH="/elsewhere", PYTHONSTARTUP="/elsewhere")
    assert done.stdout.split() == [str(ROOT / "src")]


def test_a_checkout_copied_or_moved_with_its_environment_runs_its_own_library(tmp_path):
    linking = re.search(r"\$\(PY\) -c '(import os.*?)'", MAKEFILE)[1]
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    (first / "src/helpers").mkdir(parents=True)
    (first / "src/helpers/__init__.py").write_text("")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", first / ".venv"], check=True)
    subprocess.run([first / ".venv/bin/python", "-c", linking], cwd=first, check=True)
    shutil.copytree(first, second, symlinks=True)

    def library(home):
        ask = [home / ".venv/bin/python", "-c", "import helpers; print(helpers.__file__)"]
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        told = subprocess.run(ask, capture_output=True, text=True, cwd=tmp_path, env=environment, check=True).stdout
        return Path(told.strip()).resolve()

    assert library(second) == (second / "src/helpers/__init__.py").resolve()
    first.rename(third)
    assert library(third) == (third / "src/helpers/__init__.py").resolve()


@pytest.mark.parametrize(("line", "mended"), [("/elsewhere/src", True), ("../../../../src", False)])
def test_an_environment_that_names_another_checkout_is_mended(tmp_path, line, mended):
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    (venv / "bin/python").symlink_to(sys.executable)
    (venv / "lib/python3.11/site-packages").mkdir(parents=True)
    (venv / "lib/python3.11/site-packages/etf_atlas.pth").write_text(line)
    for stamp in (".python", ".book"):
        (venv / stamp).touch()
    assert ("etf_atlas.pth" in make("-n", "setup", f"VENV={venv}").stdout) == mended


def test_an_environment_whose_python_is_gone_is_made_again(tmp_path):
    venv = tmp_path / "venv"
    venv.mkdir()
    for stamp in (".python", ".book", ".test"):
        (venv / stamp).touch()
    assert "-m venv --clear" in make("-n", "setup", f"VENV={venv}").stdout
    (venv / "bin").mkdir()
    (venv / "bin/python").symlink_to(sys.executable)
    (venv / ".python").touch()
    assert "-m venv" not in make("-n", "setup", f"VENV={venv}").stdout
