"""The bench of the book names the chapter's dearest cells and functions, in processor seconds."""

import importlib.util
from pathlib import Path

import pytest

from helpers.press.chapters import Chapter

FILE = Path(__file__).resolve().parents[1] / "bench" / "bench_book.py"
TEXT = """
# %% [markdown]
# # A chapter

# %% tags=["parameters"]
source = "folder"

# %%
from helpers.sessions import sessions

assert source == "demo"

# %% [markdown]
# ## What takes long

# %%
import time

begun = time.process_time()
days = 0
while time.process_time() < begun + 1.5:
    days += len(sessions("2020-01-02", "2020-03-31"))
print(days)
"""


@pytest.fixture
def bench():
    spec = importlib.util.spec_from_file_location("bench_book", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("functions", [False, True])
def test_a_chapter_is_measured_in_a_process_of_its_own(bench, tmp_path, functions):
    path = tmp_path / "01_slow.py"
    path.write_text(TEXT)
    found = bench.measure(Chapter(path), "demo", functions)
    assert found["chapter"] == "01_slow" and found["seconds"] >= 1.5
    parts = dict(found["parts"])
    wanted = "sessions.sessions" if functions else "What takes long"
    dearest = next(name for name in parts if wanted in name)
    assert parts[dearest] > (0.1 if functions else 1.4)
    if not functions:
        assert list(parts)[0] == dearest
        assert sum(parts.values()) <= found["seconds"]


def test_an_error_in_a_chapter_is_an_error_of_the_bench(bench, tmp_path):
    path = tmp_path / "01_broken.py"
    path.write_text(TEXT.replace('source == "demo"', "source == 1"))
    with pytest.raises(bench.subprocess.CalledProcessError):
        bench.measure(Chapter(path), "demo", False)
