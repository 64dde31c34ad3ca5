"""A command ends in one line, whatever the machine does to it."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from helpers import execute
from helpers.execute import main
from helpers.press import pairs, render
from helpers.press.command import in_one_line
from helpers.press.freshness import READS
from tiny_book import write_run

ROOT = Path(__file__).resolve().parents[1]
COMMANDS = {"execute": execute.main, "render": render.main, "pairs": pairs.main}


def ends(error, capsys):
    @in_one_line(ZeroDivisionError)
    def command(argv=None):
        raise error

    code = command()
    told = capsys.readouterr().err
    assert len(told.strip().splitlines()) <= 1
    return code, told.strip()


@pytest.mark.parametrize(
    ("error", "code", "says"),
    [
        (ZeroDivisionError("what was expected"), 2, "error: what was expected"),
        (
            OSError(errno.ENOSPC, "No space left on device", "/x/a"),
            2,
            "error: /x/a: no space left on device; make room",
        ),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), 2, "error: /x: permission denied; give yourself"),
        (OSError(errno.EROFS, "Read-only file system", "/x"), 2, "error: /x: read-only file system; choose a place"),
        (OSError(errno.ELOOP, "Too many levels of symbolic links", "/x"), 2, "error: /x: too many levels of symbolic"),
        (OSError("no number"), 2, "error: no number"),
        (KeyboardInterrupt(), 130, "error: interrupted; what was finished stays"),
    ],
)
def test_an_error_of_the_machine_is_one_line_with_a_way_out(capsys, error, code, says):
    found, told = ends(error, capsys)
    assert found == code and told.startswith(says)


def test_what_is_a_mistake_of_ours_still_tells_where():
    @in_one_line(ZeroDivisionError)
    def command(argv=None):
        raise LookupError("a mistake")

    with pytest.raises(LookupError):
        command()


@pytest.fixture
def house(tmp_path):
    (tmp_path / "book").mkdir()
    text = (
        '# %% tags=["parameters"]\nsize_lambda = 100.0\n\n# %%\nimport time\n\nprint(size_lambda)\ntime.sleep(WAIT)\n'
    )
    (tmp_path / "book/01_trial.py").write_text(text.replace("WAIT", "0"), encoding="utf-8")
    (tmp_path / "book/02_slow.py").write_text(text.replace("WAIT", "60"), encoding="utf-8")
    (tmp_path / "trial.yaml").write_text("size_lambda: 100.0\n", encoding="utf-8")
    return tmp_path


def arguments(house, *first):
    return [*first, str(house / "trial.yaml"), "--book", str(house / "book"), "--out", str(house / "out")]


@pytest.mark.parametrize("place", ["out", "out/keys", "out/notebooks"])
def test_a_file_where_a_folder_must_be_is_one_line(house, capsys, place):
    path = house / place
    path.parent.mkdir(exist_ok=True)
    path.write_text("in the way")
    assert main(arguments(house, "01")) == 2
    told = capsys.readouterr().err
    assert str(path) in told and len(told.strip().splitlines()) == 1


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
@pytest.mark.parametrize("place", ["out", "out/notebooks"])
def test_a_folder_that_cannot_be_written_to_is_one_line(house, capsys, place):
    (house / place).mkdir(parents=True)
    (house / place).chmod(0o500)
    assert main(arguments(house, "01")) == 2
    told = capsys.readouterr().err
    assert "permission denied" in told and len(told.strip().splitlines()) == 1


@pytest.mark.parametrize("name", ["hashes.json", "scoreboard.csv"])
def test_a_full_disk_is_one_line_and_loses_nothing(house, capsys, monkeypatch, name):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    monkeypatch.setattr(execute, "run_chapter", lambda *_: None)
    (house / "out/notebooks").mkdir(parents=True)
    for chapter in ("01_trial", "02_slow"):
        (house / f"out/notebooks/{chapter}.ipynb").write_text('{"cells": []}')
    assert main(arguments(house, "01") if name == "hashes.json" else arguments(house, "--collect")) == 2
    assert capsys.readouterr().err == "error: no space left on device; make room on the disk and run it again\n"
    assert not [path for path in house.rglob("*.part")]


@pytest.mark.book
def test_ctrl_c_is_one_line_and_leaves_no_half_made_notebook(house):
    command = [sys.executable, "-m", "helpers.execute", *arguments(house, "02")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, cwd=ROOT, env=environment, start_new_session=True
    ) as process:
        until = time.monotonic() + 120
        while not list((house / "out").glob(".atlas-*/out.ipynb")) and time.monotonic() < until:
            time.sleep(0.2)
        time.sleep(2)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the command and its kernel
        told = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    print(told)
    assert told.strip().splitlines() == [
        "error: interrupted; what was finished stays, and the same command goes on from there"
    ]
    assert not list((house / "out").glob("notebooks/*.ipynb"))
    assert not list((house / "out").glob(".atlas-*"))


def test_an_output_that_nobody_reads_any_more_ends_quietly(house):
    (house / "out/notebooks").mkdir(parents=True)
    for chapter in ("01_trial", "02_slow"):
        (house / f"out/notebooks/{chapter}.ipynb").write_text('{"cells": []}')
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "helpers.execute", *arguments(house, "--collect")]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, cwd=ROOT, env=environment, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")
    assert (house / "out/scoreboard.csv").is_file()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_such_a_one(name):
    assert hasattr(COMMANDS[name], "__wrapped__")


def test_a_notebook_that_is_not_whole_is_one_line_for_the_scoreboard_and_the_pages(house, tmp_path, capsys):
    (house / "out/notebooks").mkdir(parents=True)
    for chapter in ("01_trial", "02_slow"):
        (house / f"out/notebooks/{chapter}.ipynb").write_text('{"cells": [')
    assert main(arguments(house, "--collect")) == 2
    assert "a notebook is not whole; run `make book` again" in capsys.readouterr().err
    (tmp_path / "run").mkdir()
    notebooks, _ = write_run(tmp_path / "run/tiny")
    notebooks[0].write_text('{"cells": [')
    (tmp_path / "alpha").mkdir()
    (tmp_path / "alpha/01_alpha.py").write_text("# %%\n")
    assert render.main(["tiny", "--out", str(tmp_path / "run/tiny"), "--book", str(tmp_path / "alpha")]) == 2
    assert "01_alpha.ipynb is not whole; remove it and run `make book` again" in capsys.readouterr().err


@pytest.mark.parametrize("given", [{}, {"END": "2025-01-01"}, {"TOP_N": "3", "DATA": "x"}])
def test_a_parameter_in_the_environment_is_told_to_be_none(house, capsys, monkeypatch, given):
    monkeypatch.setattr(execute, "prepare", lambda run: None)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert main([*arguments(house, "--plan"), "--set", "SIZE_LAMBDA=3"]) == 0
    told = capsys.readouterr().err
    assert told.count("is no parameter; give it as `make book") == len(given)
    assert all(f"note: {name} in the environment" in told for name in given)


def test_what_a_chapter_read_is_noted_in_its_own_process_only(house, monkeypatch):
    monkeypatch.delenv(READS, raising=False)
    seen = {}
    monkeypatch.setattr(execute, "run_chapter", lambda *_: seen.update(asked=os.environ.get(READS)))
    (house / "out/notebooks").mkdir(parents=True)
    (house / "out/notebooks/01_trial.ipynb").write_text("{}")
    assert main(arguments(house, "01")) == 0
    assert seen["asked"] and READS not in os.environ
    assert json.loads((house / "out/keys/01_trial.done").read_text())["files"] == {}
