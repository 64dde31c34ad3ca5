"""The house keeps its order: data flows down, nothing private or foreign stands in a tracked file."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src/helpers"


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("helpers"):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("helpers"))


def tracked():
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


# Each room may import the rooms above it. A room is a module or a package of src/helpers.
ROOMS = [
    "files",
    "tables",
    "prose",
    "sessions",
    "panels",
    "inference",
    "params",
    "published",
    "scoreboard",
    "providers",
    "sources",
    "taxonomy",
    "industry_years",
    "correlation",
    "dedup",
    "clustering",
    "hp_filter",
    "regimes",
    "performance",
    "backtest",
    "lookthrough",
    "flows",
    "active_funds",
    "factors",
    "rotation",
    "index_research",
    "screening",
    "evidence",
    "planted",
    "figures",
    "press",
    "execute",
]


def room(module):
    return module.split(".")[1]


def test_nothing_imports_upward():
    upward = []
    for path in PACKAGE.rglob("*.py"):
        own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if own == "__init__":
            continue
        for module in imports(path):
            if room(module) != own and ROOMS.index(room(module)) > ROOMS.index(own):
                upward.append(f"{path.relative_to(ROOT)} imports {module}")
    assert upward == []


def test_every_room_has_its_place():
    there = {p.stem for p in PACKAGE.iterdir() if (p.suffix == ".py" or (p / "__init__.py").is_file())} - {"__init__"}
    assert there <= set(ROOMS)


def test_figures_draw_frames_and_know_no_method():
    known = {room(m) for path in (PACKAGE / "figures").rglob("*.py") for m in imports(path)}
    assert known <= {"figures"}


def test_modules_stay_small():
    lengths = {str(p.relative_to(ROOT)): len(p.read_text(encoding="utf-8").splitlines()) for p in PACKAGE.rglob("*.py")}
    assert {name: n for name, n in lengths.items() if n > 360} == {}


def test_no_tracked_file_names_a_registry_or_a_machine_path():
    hosts = "|".join(["py" + "pi\\.org", "python" + "hosted", "registry\\.n" + "pmjs", "/wo" + "rk/", "/ro" + "ot/"])
    text = {p: p.read_bytes() for p in tracked() if p.suffix not in (".otf", ".png")}
    assert [str(p) for p, data in text.items() if re.search(hosts.encode(), data)] == []


def test_no_data_of_the_market_is_tracked():
    assert [str(p) for p in tracked() if p.suffix in (".parquet", ".feather", ".pkl")] == []


def test_the_planted_truth_is_read_by_the_boxes_and_by_nothing_else():
    reads = {path.relative_to(PACKAGE).parts[0] for path in PACKAGE.rglob("*.py") if "load_truth" in path.read_text()}
    assert reads - {"sources", "planted"} == set()
    inside = {p.parent.name for p in (PACKAGE / "sources").rglob("*.py") if "load_truth" in p.read_text()}
    assert inside == {"demo"}
    assert [str(p) for p in (ROOT / "book").glob("*.py") if re.search("load_truth|read_truth", p.read_text())] == []
    importers = {p.name for p in PACKAGE.rglob("*.py") for m in imports(p) if m.startswith("helpers.planted")}
    assert importers <= {"__init__.py"}
