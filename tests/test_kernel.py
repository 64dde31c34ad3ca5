"""A chapter runs in a process that a user's own settings do not reach."""

import os
import socket
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import nbformat
import pytest

from helpers.execute import main
from helpers.press.kernel import LONGEST_SOCKET, kernel_room, load_ipython_extension

ROOT = Path(__file__).resolve().parents[1]
CHAPTER = """\
# %% tags=["parameters"]
size_lambda = 100.0

# %%
import sys
import helpers, matplotlib

print(size_lambda, matplotlib.rcParams["lines.linewidth"], "left_by_startup" in globals())
print([p for p in sys.path if "elsewhere" in p])

# %%
import warnings
warnings.warn("odd")
"""


@pytest.fixture
def untidy_home(tmp_path, monkeypatch):
    """A user with a matplotlibrc, IPython start-up files and another package called helpers."""
    for name, text in {
        "home/.config/matplotlib/matplotlibrc": "lines.linewidth: 9",
        "home/.ipython/profile_default/startup/00.py": "left_by_startup = True",
        "home/.ipython/profile_default/ipython_kernel_config.py": "c.IPKernelApp.exec_lines = ['left_by_startup = 1']",
        "elsewhere/helpers/__init__.py": "raise ImportError('another helpers')",
        "startup.py": "left_by_startup = True",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home/.config"))
    monkeypatch.setenv("MATPLOTLIBRC", str(tmp_path / "home/.config/matplotlib"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "home/.ipython"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "elsewhere"))
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "startup.py"))
    return tmp_path


def run(folder):
    (folder / "book").mkdir()
    (folder / "book/01_trial.py").write_text(CHAPTER, encoding="utf-8")
    (folder / "trial.yaml").write_text("source: demo\n", encoding="utf-8")
    assert main(["01", str(folder / "trial.yaml"), "--book", str(folder / "book"), "--out", str(folder / "out")]) == 0
    book = nbformat.read(folder / "out/notebooks/01_trial.ipynb", as_version=4)
    return [line for cell in book.cells[-2:] for output in cell.outputs for line in output.text.splitlines()]


@pytest.mark.book
def test_no_setting_of_the_user_reaches_a_chapter(untidy_home, capfd):
    assert run(untidy_home) == ["100.0 1.5 False", "[]", "UserWarning: odd"]
    assert capfd.readouterr().err == "", "a good run says nothing on the console"


@pytest.mark.book
def test_a_long_name_of_the_scratch_folder_does_not_stop_a_chapter(tmp_path, monkeypatch):
    deep = tmp_path / ("d" * 120)
    deep.mkdir()
    monkeypatch.setenv("TMPDIR", str(deep))
    monkeypatch.setattr(tempfile, "tempdir", None)
    assert run(tmp_path)[0].startswith("100.0")


@pytest.mark.book
@pytest.mark.parametrize("locale", ["zh_CN.UTF-8", "C"])
def test_a_chapter_runs_under_any_locale_and_in_any_folder(tmp_path, locale):
    folder = tmp_path / "书 稿"
    (folder / "book").mkdir(parents=True)
    (folder / "book/01_trial.py").write_text(CHAPTER + 'print("行业轮动")\n', encoding="utf-8")
    (folder / "trial.yaml").write_text("source: demo  # 参数\n", encoding="utf-8")
    places = [str(folder / "trial.yaml"), "--book", str(folder / "book"), "--out", str(folder / "out")]
    environment = {**os.environ, "LC_ALL": locale, "PYTHONPATH": str(ROOT / "src")}
    command = [sys.executable, "-m", "helpers.execute", "01", *places]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, env=environment, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "行业轮动" in (folder / "out/notebooks/01_trial.ipynb").read_text("utf-8")


@pytest.mark.parametrize("length", [1, 60, 200])
def test_a_socket_fits_into_the_folder_or_none_is_asked_for(tmp_path, monkeypatch, length):
    usual = tmp_path / ("d" * length)
    usual.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(usual))
    with kernel_room() as config:
        assert config.KernelManager.transport == "ipc"
        with socket.socket(socket.AF_UNIX) as one:
            one.bind(f"{config.KernelManager.ip}-5")
    monkeypatch.setattr(os, "access", lambda *_: False)
    with kernel_room() as config:
        folder = Path(os.environ["IPYTHONDIR"]).parent
        assert folder.parent == usual
        assert ("KernelManager" in config) == (len(os.fsencode(folder)) <= LONGEST_SOCKET)


def test_a_warning_tells_no_place(monkeypatch):
    monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)
    load_ipython_extension(None)
    assert warnings.formatwarning("odd", UserWarning, "/home/me/a.py", 3, "line") == "UserWarning: odd\n"


def test_the_environment_is_put_back(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    before = dict(os.environ)
    with kernel_room():
        assert "PYTHONPATH" not in os.environ
        assert os.environ["MATPLOTLIBRC"] == os.devnull
        folder = Path(os.environ["IPYTHONDIR"]).parent
    assert dict(os.environ) == before
    assert not folder.exists()
