"""Jobs give the same bits wherever they run, survive a killed worker, and go on where they stopped."""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from helpers.jobs import JobFailed, run_jobs, stored
from job_functions import count, draw, draw_or_die

TASKS = {f"seed-{k}": {"seed": k} for k in range(6)}


@pytest.fixture(scope="module")
def alone():
    return run_jobs(draw, TASKS)


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    """Let processes that are started import the jobs."""
    here = str(Path(__file__).parent)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([here, os.environ.get("PYTHONPATH", "")]))


def same(a, b):
    assert list(a) == list(b)
    for name, frame in a.items():
        pd.testing.assert_frame_equal(frame, b[name], check_exact=True)


def test_two_processes_give_the_bits_of_one(alone, tmp_path):
    same(alone, run_jobs(draw, TASKS, workers=2, store=tmp_path))
    same(alone, stored(tmp_path, TASKS))


def test_a_killed_process_is_replaced_and_nothing_is_lost(alone, tmp_path):
    tasks = {name: {**given, "flag": str(tmp_path / "killed")} for name, given in TASKS.items()}
    same(alone, run_jobs(draw_or_die, tasks, workers=2, store=tmp_path / "store"))
    assert (tmp_path / "killed").exists()


def test_an_interrupted_sweep_goes_on_where_it_stopped(tmp_path):
    marks, store = tmp_path / "marks", tmp_path / "store"
    marks.mkdir()
    tasks = {f"seed-{k}": {"seed": k, "folder": str(marks)} for k in range(4)}
    with pytest.raises(JobFailed, match="seed-2: ValueError: the disk is full"):
        run_jobs(count, tasks, store=store)
    assert sorted(p.stem for p in store.glob("*.parquet")) == ["seed-0", "seed-1"]
    (marks / "pass").touch()
    before = {p.name for p in marks.iterdir()}
    done = run_jobs(count, tasks, store=store)
    ran = [p.name.split("-")[0] for p in marks.iterdir() if p.name not in before]
    assert sorted(ran) == ["2", "3"] and list(done) == list(tasks)
    assert not list(store.glob("*.part"))


def test_nothing_is_run_when_all_is_stored(tmp_path):
    first = run_jobs(draw, TASKS, store=tmp_path)
    same(first, run_jobs(None, TASKS, store=tmp_path))


def test_a_wrong_number_of_workers_and_no_scheduler_are_said():
    with pytest.raises(ValueError, match="workers=0"):
        run_jobs(draw, TASKS, workers=0)
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    with pytest.raises(JobFailed, match="no Dask scheduler answers"):
        run_jobs(draw, TASKS, scheduler="tcp://127.0.0.1:1")


@pytest.fixture
def cluster():
    """A scheduler and two workers in processes of their own; gives its address."""
    pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
    code = (
        "import sys; from distributed import LocalCluster\n"
        "if __name__ == '__main__':\n"
        "    with LocalCluster(2, threads_per_worker=1, processes=True, dashboard_address=None) as c:\n"
        "        print(c.scheduler_address, flush=True); sys.stdin.read()\n"
    )
    here = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    path = Path(os.environ["CLUSTER_SCRIPT"])
    path.write_text(code)
    process = subprocess.Popen([sys.executable, str(path)], **here)
    yield process.stdout.readline().strip()
    process.stdin.close()
    process.wait(30)


@pytest.fixture(autouse=True)
def script(tmp_path, monkeypatch):
    monkeypatch.setenv("CLUSTER_SCRIPT", str(tmp_path / "cluster.py"))


def test_a_cluster_of_two_gives_the_bits_of_one_even_when_a_worker_is_killed(alone, cluster, tmp_path):
    assert cluster.startswith("tcp://127.0.0.1:")
    same(alone, run_jobs(draw, TASKS, scheduler=cluster))
    tasks = {name: {**given, "flag": str(tmp_path / "killed")} for name, given in TASKS.items()}
    same(alone, run_jobs(draw_or_die, tasks, scheduler=cluster, store=tmp_path / "store"))
    assert (tmp_path / "killed").exists()
