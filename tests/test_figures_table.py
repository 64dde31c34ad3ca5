"""Tables on a page: whatever a frame holds is text, numbers read well, and equal frames give equal bytes."""

import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from IPython.core.interactiveshell import InteractiveShell

from helpers.figures import as_table, show_table

HOSTILE = [
    "<script>alert(1)</script>",
    "<!-- ",
    "<style>body{display:none}</style>",
    "</table></div>",
    '"><img src=x onerror=alert(1)>',
    "a & b &lt;",
    "$x^2$ *ST `甲` [a](b)",
]


def cells(table, tag="td"):
    return [[c.text for c in row.select(tag)] for row in BeautifulSoup(table.html, "html.parser").select("tbody tr")]


def tags(table):
    return {element.name for element in BeautifulSoup(table.html, "html.parser").find_all()}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_every_label_and_value_is_text(hostile):
    index = pd.MultiIndex.from_tuples([(hostile, hostile), (hostile, "b")], names=[hostile, "inner"])
    columns = pd.MultiIndex.from_tuples([(hostile, "x"), (hostile, hostile)], names=[hostile, None])
    frame = pd.DataFrame([[hostile, [hostile]], [1.5, None]], index=index, columns=columns)
    table = as_table(frame, caption=hostile, gap=hostile)
    assert tags(table) == {"table", "caption", "thead", "tbody", "tr", "th", "td"}
    page = BeautifulSoup(table.html, "html.parser")
    assert page.caption.text == hostile
    assert cells(table) == [[hostile, hostile], ["1.50", hostile]]
    heads = [[th.text for th in row.select("th")] for row in page.select("thead tr")]
    assert heads == [["", hostile, hostile], [hostile, "inner", "x", hostile]]
    assert cells(table, "th") == [[hostile, hostile], ["", "b"]]


def test_a_callable_format_cannot_smuggle_markup_in():
    assert "<b>" not in as_table(pd.DataFrame({"a": [1]}), {"a": lambda v: f"<b>{v}</b>"}).html


def test_values_without_a_format_read_plainly():
    frame = pd.DataFrame(
        {
            "year": [2024, 2025],
            "count": [3.0, np.nan],
            "ratio": [1.234, -0.001],
            "day": pd.to_datetime(["2025-09-30", None]),
            "ahead": [True, False],
            "name": ["沪深300", None],
        }
    )
    table = as_table(frame, gap="none")
    assert cells(table) == [
        ["2024", "3", "1.23", "2025-09-30", "yes", "沪深300"],
        ["2025", "none", "0.00", "none", "no", "none"],
    ]
    assert not BeautifulSoup(table.html, "html.parser").select("tbody th"), "labels that only count are not shown"


def test_formats_go_by_column_by_last_level_and_by_index_level():
    frame = pd.DataFrame(
        {("a", "share"): [0.5], ("b", "share"): [0.25], ("b", "n"): [1200]}, index=pd.Index([0.1], name="p")
    )
    table = as_table(frame, {"share": "{:.0%}", ("b", "n"): "{:,}", "p": "{:.1%}"})
    assert cells(table) == [["50%", "25%", "1,200"]]
    assert cells(table, "th") == [["10.0%"]]
    head = BeautifulSoup(table.html, "html.parser").select("thead tr")
    assert [(th.text, th.get("colspan")) for th in head[0].select("th")] == [("", None), ("a", None), ("b", "2")]
    assert [th.text for th in head[1].select("th")] == ["p", "share", "share", "n"]


def test_one_format_serves_all_numbers_and_leaves_words_alone():
    frame = pd.DataFrame({"a": [0.5, np.inf], "b": ["x", 0.25], "n": [1, 2]}, index=["one", "two"])
    assert cells(as_table(frame, "{:.1%}")) == [["50.0%", "x", "100.0%"], ["", "25.0%", "200.0%"]]


def test_an_outer_label_stands_once_per_group():
    index = pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 2), ("a", 2)])
    assert cells(as_table(pd.DataFrame({"x": range(4)}, index=index)), "th") == [
        ["a", "1"],
        ["", "2"],
        ["b", "2"],
        ["a", "2"],
    ]


def test_words_stand_left_and_numbers_right():
    page = BeautifulSoup(as_table(pd.DataFrame({"name": ["甲"], "n": [1]})).html, "html.parser")
    assert [cell.get("class") for cell in page.select("td")] == [["text"], None]
    assert [cell.get("class") for cell in page.select("thead th")] == [["text"], None]


def test_a_format_of_no_column_is_refused():
    with pytest.raises(ValueError, match="no column 'shares'; the columns are share"):
        as_table(pd.DataFrame({"share": [1]}), {"shares": "{:.0%}"})


@pytest.mark.parametrize("rows", [0, 1])
def test_a_series_and_an_empty_frame_are_tables_too(rows):
    table = as_table(pd.Series([0.5] * rows, index=["a"] * rows, name="value", dtype=float))
    assert cells(table) == [["0.50"]] * rows
    assert "value" in table.html


def test_equal_frames_give_equal_bytes():
    frame = pd.DataFrame({"a": [1.0, 2.5]}, index=pd.to_datetime(["2025-01-02", "2025-01-03"]))
    assert as_table(frame).html == as_table(frame.copy()).html


def test_show_table_displays_html_at_once(capsys):
    assert show_table(pd.DataFrame({"a": ["甲"]})) is None
    assert "甲" in capsys.readouterr().out
    shown, _ = InteractiveShell.instance().display_formatter.format(as_table(pd.DataFrame({"a": ["甲"]})))
    assert shown["text/html"].startswith('<table class="atlas-table">')
