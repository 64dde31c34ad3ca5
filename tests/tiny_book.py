"""A book of two chapters with every kind of output a page must carry, made without running a kernel."""

import json
from functools import cache
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from helpers.figures import exhibit, new_axes, plotly_exhibit
from helpers.figures.sankey import sankey
from helpers.scoreboard import Scoreboard


def shown(value):
    """The output a notebook stores for a displayed object."""
    bundle = value._repr_mimebundle_()
    data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
    return new_output("display_data", data=data, metadata=metadata)


@cache
def line_figure():
    ax = new_axes(height=3)
    ax.plot(np.cumsum(np.ones(20)), label="沪深300")
    ax.plot(np.arange(20) ** 0.5, label="中证1000")
    ax.legend()
    ax.set(title="Cumulative return of 行业轮动", xlabel="Week", ylabel="%")
    return exhibit(ax, "Figure 1. Two indices since 2015.", "Line chart: 沪深300 rises faster than 中证1000.")


def flows():
    nodes = pd.DataFrame(
        [
            (f"{month}{name}", month, name, f"{name}\n510300.SH")
            for month in ("2025-12", "2026-01")
            for name in ("红利", "芯片")
        ],
        columns=["node", "stage", "label", "hover"],
    )
    links = pd.DataFrame(
        [("2025-12红利", "2026-01红利", 8), ("2025-12芯片", "2026-01芯片", 5), ("2025-12芯片", "2026-01红利", 2)],
        columns=["source", "target", "value"],
    )
    return nodes, links


@cache
def flow_figure():
    figure = sankey(*flows(), unit="ETFs")
    return plotly_exhibit(figure, "Figure 2. Clusters from month to month.", "Sankey of two clusters.")


def wide_table():
    frame = pd.DataFrame(np.arange(48.0).reshape(3, 16), columns=[f"indicator {i:02d}" for i in range(16)])
    return new_output(
        "execute_result", data={"text/html": frame.to_html(), "text/plain": str(frame)}, execution_count=1
    )


def boards(simulated=False):
    first, second = Scoreboard("01_alpha", simulated), Scoreboard("02_beta", simulated)
    for year in range(2018, 2025):
        first.add("S001 Table 1", f"801010 农林牧渔 in {year}", year / 100, year / 100 + 0.001, "%", 0.005)
    first.add("S001 Fig 1", "share of industries ahead", 41.5, 48.0, "%", 0.05)
    second.not_computable("S001 Table 9: stocks it covers", "needs fund_issuance")
    return first, second


def chapters(simulated=False):
    first, second = boards(simulated)
    about = {"run": "tiny", "simulated": simulated, "parameters": {"source": "folder", "end": "2026-02-13"}}
    alpha = [
        new_markdown_cell(
            "# 01 · Alpha 行业轮动\n\nRebuilds a picture of 行业轮动. The code 510300 is an ETF.\n\n$$f_t = g_t^2$$"
        ),
        new_code_cell("source = 'demo'\nend = None", metadata={"tags": ["parameters"]}),
        new_code_cell(
            "# Parameters\nsource = 'folder'\nend = '2026-02-13'\n", metadata={"tags": ["injected-parameters"]}
        ),
        new_markdown_cell(
            "## A figure\n\nInline $x_t$ too; see [the flows](02_beta.ipynb).\n\n"
            "Long code `helpers.a_long_module_name.a_quite_long_function_name` and long mathematics "
            "$a_1 + a_2 + a_3 + a_4 + a_5 + a_6 + a_7 + a_8 + a_9 + b_1 + b_2 + b_3 + b_4 = c_1 + c_2 + c_3$ too."
        ),
        new_code_cell("show(plot_x(data), caption='c', alt='a')", outputs=[shown(line_figure())]),
        new_code_cell("wide", outputs=[wide_table()]),
        new_code_cell(
            "secret = 'Markdown(computed)'",
            metadata={"tags": ["remove-input"]},
            outputs=[
                new_output(
                    "execute_result",
                    data={"text/markdown": "It rose in **41.5 %** ($p < 1$)."},
                    execution_count=1,
                )
            ],
        ),
        new_code_cell(
            "say()",
            metadata={"tags": ["remove-input", "answer", "headline"]},
            outputs=[
                new_output(
                    "execute_result",
                    data={"text/markdown": "Alpha rose in **two** of three years. It fell in one."},
                    metadata={"sentences": ["Alpha rose in **two** of three years.", "It fell in one."]},
                    execution_count=1,
                )
            ],
        ),
        new_code_cell("import math\n\nprint(math.pi)", metadata={"tags": ["recipe"]}),
        new_markdown_cell("## Published and computed"),
        new_code_cell('board.compare("S001 Table 1", cells)\nboard.compare("S001 Fig 1", cells)'),
        new_code_cell("board", outputs=[shown(first)]),
    ]
    beta = [
        new_markdown_cell("# 02 · Beta 国家队\n\nFollows clusters through time. More words."),
        new_code_cell("show_plotly(fig, caption='c', alt='a')", outputs=[shown(flow_figure())]),
        new_code_cell("board", outputs=[shown(second)]),
    ]
    metadata = {"etf_atlas": about, "language_info": {"name": "python", "pygments_lexer": "ipython3"}}
    return {name: new_notebook(cells=c, metadata=metadata) for name, c in (("01_alpha", alpha), ("02_beta", beta))}


def write_run(out: Path, simulated=False):
    """Lay out a run's folder as the runner leaves it; return its notebooks and its scoreboard."""
    (out / "notebooks").mkdir(parents=True)
    paths = []
    for name, book in chapters(simulated).items():
        for number, cell in enumerate(book.cells):
            cell["id"] = f"c{number:03d}"
        paths.append(out / "notebooks" / f"{name}.ipynb")
        paths[-1].write_text(json.dumps(nbformat.from_dict(book)), "utf-8")
    rows = pd.concat([board.frame() for board in boards(simulated)])
    rows.to_csv(out / "scoreboard.csv", index=False)
    return paths, out / "scoreboard.csv"
