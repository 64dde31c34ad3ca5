"""The workflows run fixed code and hold no more rights than a job needs."""

import re
from pathlib import Path

import pytest
import yaml

FILES = sorted(Path(__file__).resolve().parents[1].glob(".github/workflows/*.yml"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_every_action_is_pinned_by_its_hash_with_its_version_beside(path):
    used = re.findall(r"uses: *(.+)", path.read_text())
    assert used
    assert [line for line in used if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+", line)] == []


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_only_the_job_that_publishes_may_write(path):
    workflow = yaml.safe_load(path.read_text())
    assert workflow["permissions"] == {"contents": "read"}
    writing = {name for name, job in workflow["jobs"].items() if "write" in job.get("permissions", {}).values()}
    assert writing <= {"deploy"}
    assert all(not any("run" in step for step in workflow["jobs"][name]["steps"]) for name in writing)
