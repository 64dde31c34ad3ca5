"""A figure is drawn with the bundled font, whatever fonts and settings the machine has."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import pytest
from fontTools.ttLib import TTFont
from matplotlib import font_manager

DRAW = """
import hashlib, sys
from matplotlib import font_manager
if len(sys.argv) > 1:
    font_manager.fontManager.ttflist.insert(0, font_manager.ttfFontProperty(font_manager.get_font(sys.argv[1])))
from helpers.figures import exhibit, new_axes
ax = new_axes(width=3, height=1)
ax.set_title("ETF flows 资金流向 $\\\\lambda^2$")
ax.plot([1, 3, 2], label="收益")
ax.legend()
print(hashlib.sha256(exhibit(ax, "a", "b").html.encode()).hexdigest())
"""


@pytest.fixture(scope="module")
def impostor(tmp_path_factory):
    """Another font under the bundled one's family name, as a Chinese desktop has it."""
    font = TTFont(Path(mpl.get_data_path(), "fonts/ttf/DejaVuSerif.ttf"))
    for record in font["name"].names:
        if record.nameID in (1, 4, 16):
            record.string = "Noto Sans CJK SC"
    path = tmp_path_factory.mktemp("fonts") / "NotoSansCJK-Regular.ttf"
    font.save(path)
    assert font_manager.ttfFontProperty(font_manager.get_font(path)).name == "Noto Sans CJK SC"
    return path


def drawn(*arguments, **environment):
    """The hash of a figure drawn by a process of its own."""
    command = [sys.executable, "-c", DRAW, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment}, check=True)
    assert len(done.stdout.strip()) == len(hashlib.sha256().hexdigest())
    return done.stdout.strip()


def test_a_system_font_of_the_same_name_changes_no_pixel(impostor):
    assert drawn() == drawn(impostor)
