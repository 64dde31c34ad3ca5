"""Nothing that stands in data or in a notebook's HTML acts on a page."""

import re
import runpy
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from docutils.core import publish_doctree
from myst_parser.parsers.docutils_ import Parser

from helpers.figures import as_table, exhibit, new_axes, plotly_exhibit
from helpers.press.render import as_page
from helpers.press.safety import sanitized, with_policy
from helpers.prose import say
from helpers.scoreboard import to_html
from tiny_book import boards, flow_figure, line_figure

ROOT = Path(__file__).resolve().parents[1]
ACTS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//x></SCRIPT>",
    "<script>",
    "<img src=x onerror=alert(1)>",
    "<img src='https://elsewhere/x.png'>",
    "<img src=javascript:alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<iframe src='https://elsewhere'></iframe>",
    "<object data=x></object>",
    "<embed src=x>",
    "<link rel=stylesheet href='https://elsewhere/x.css'>",
    "<meta http-equiv=refresh content='0;url=https://elsewhere'>",
    "<base href='https://elsewhere/'>",
    "<form action='https://elsewhere'><input></form>",
    "<a href='javascript:alert(1)'>a</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>a</a>",
    "<div style='background:url(https://elsewhere/x)'>a</div>",
    "<div style='position:fixed;inset:0'>a</div>",
    "<div id=clobber onclick=alert(1)>a</div>",
    "<style>body{display:none}</style>",
    "<style>",
    "<!-- ",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[ <script> ]]>",
    "<plaintext>",
    "<textarea>",
    "<title>",
    "<template><script>alert(1)</script></template>",
]
ALIVE = "script style link meta base iframe object embed svg math form input textarea plaintext title template noscript"


@pytest.mark.parametrize("act", ACTS)
def test_what_acts_is_text_and_what_follows_it_stays(act):
    html = sanitized(f"<table><tbody><tr><td>{act}</td></tr></tbody></table>\n<p>after</p>")
    page = BeautifulSoup(html, "html.parser")
    assert page.find_all(ALIVE.split()) == []
    attributes = {(name, str(value)) for tag in page.find_all(True) for name, value in tag.attrs.items()}
    assert not any(name.startswith("on") or name == "id" for name, _ in attributes)
    assert not any(re.search("elsewhere|javascript:|data:|url|position", value) for _, value in attributes)


@pytest.mark.parametrize("act", ACTS)
def test_an_act_in_one_output_never_reaches_the_next(act):
    page = BeautifulSoup(f"<body>{sanitized(act)}<p id='next'>next</p></body>", "html.parser")
    assert page.select_one("body > p#next").text == "next"


def plotted():
    return plotly_exhibit(
        {"data": [{"type": "bar", "x": ["<b>", "a & b"], "y": [1, 2]}]}, caption="c < d", alt='an "alt"'
    )


@pytest.mark.parametrize(
    "html",
    [
        as_table(pd.DataFrame({"a": [1.5, None], "<b>": ["x & y", "<i>"]}, index=["一", "二"]), caption="<c>").html,
        to_html(boards()[0].frame()),
        line_figure().html,
        flow_figure().html,
        plotted().html,
    ],
    ids=["table", "scoreboard", "figure", "flows", "plot"],
)
def test_what_the_book_itself_shows_passes_unchanged(html):
    def tree(text):
        found = BeautifulSoup(text, "html.parser").find_all(True)
        return [
            (tag.name, {k: re.sub(r"[\s;]", "", str(v)) for k, v in tag.attrs.items()}, tag.get_text()) for tag in found
        ]

    assert tree(sanitized(html)) == tree(html)


def test_a_frame_of_pandas_keeps_its_cells_and_loses_its_style_sheet():
    frame = pd.DataFrame({"name": ["<b>甲</b>"], "x": [1.5]})
    page = BeautifulSoup(sanitized(frame._repr_html_()), "html.parser")
    assert [td.text for td in page.select("table.dataframe td")] == ["<b>甲</b>", "1.5"]
    assert "vertical-align" not in page.text


def test_outputs_of_other_kinds_have_no_place_on_a_page(tmp_path):
    kinds = ["application/javascript", "image/svg+xml", "application/vnd.jupyter.widget-view+json", "text/latex"]
    output = {"output_type": "display_data", "metadata": {}, "data": {**dict.fromkeys(kinds, "x"), "text/plain": "x"}}
    book = {"cells": [{"cell_type": "code", "metadata": {}, "source": "", "outputs": [output]}]}
    shown = as_page(book, tmp_path)["cells"][0]["outputs"][0]
    assert set(shown["data"]) == {"text/plain"}
    assert set(output["data"]) == {*kinds, "text/plain"}, "the notebook itself stays as it was"


PAGE = """<!DOCTYPE html>
<html><head data-x="1"><script>theme()</script></head>
<body><button onclick="go()">x</button><article class="bd-article">
<script>data()</script><b onclick="data()">a</b></article>
<article><script>data()</script></article><script>more()</script></body></html>"""


def policy(page):
    (content,) = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">', page)
    return {name: rest.split() for name, _, rest in (part.strip().partition(" ") for part in content.split(";"))}


def test_the_policy_stands_before_any_script_and_knows_the_theme_s_alone():
    page = with_policy(PAGE)
    assert page.index("Content-Security-Policy") < page.index("<script>")
    rules = policy(page)
    assert rules["default-src"] == ["'none'"]
    assert "'unsafe-inline'" not in rules["script-src"] and "'unsafe-eval'" not in rules["script-src"]
    assert sum(source.startswith("'sha256-") for source in rules["script-src"]) == 3
    assert policy(with_policy(PAGE.replace("data()", "other()"))) == rules
    assert policy(with_policy(PAGE.replace("theme()", "other()"))) != rules
    assert all(not re.search(r"https?:|\*", source) for sources in rules.values() for source in sources)


SENTENCES = ["{name}", "- {name}", "In {name} it rose.", "**{name}** fell.", "{name} and {name}", "- **x**: {name}"]
MARKS = [*ACTS, "*ST 甲*", "_a_", "`a`", "``````", "[a](b)", "![a](b)", "$x^2$", "$$x$$", "{math}`x`", "{{sub}}", "# x"]
MARKS += [
    "1. x",
    "12) x",
    "- x",
    "+ x",
    "+++",
    "% x",
    ":::x",
    "(target)=",
    "> q",
    "| a | b |",
    "---",
    "***",
    "===",
    "\\",
]
MARKS += [
    "a\\",
    "~~~",
    "~~a~~",
    "&lt;",
    "&#60;",
    "<http://a.b>",
    "a\n\n# b",
    "a\n```{raw} html\n<b>\n```",
    "  a",
    "[^1]: x",
]
MARKS += [
    r"\(x\)",
    r"\begin{equation}x\end{equation}",
    "a  \nb",
    "甲\n: b",
    "510300.SH",
    "a - b (c) 1. d",
    "1.5 %",
    "-",
]


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("name", MARKS)
def test_a_name_in_a_sentence_is_read_as_it_is_written(sentence, name):
    settings = runpy.run_path(ROOT / "book/site/conf.py")
    told = {key: settings[key] for key in ("myst_enable_extensions", "myst_disable_syntax")}
    page = publish_doctree(
        str(say(sentence, name=name)), parser=Parser(), settings_overrides={**told, "report_level": 2, "halt_level": 2}
    )
    flat = " ".join(name.split())
    assert page.astext().strip() == sentence.replace("**", "").removeprefix("- ").replace("{name}", flat)
    kinds = {node.tagname for node in page.findall() if hasattr(node, "tagname")}
    assert kinds <= {"document", "paragraph", "strong", "#text", "bullet_list", "list_item"}


def test_a_figure_whose_words_are_hostile_stays_one_figure():
    ax = new_axes(width=2, height=1)
    ax.set_title("Title")
    html = sanitized(exhibit(ax, caption="</figcaption><script>", alt='"><script>').html)
    page = BeautifulSoup(html, "html.parser")
    assert page.select("script") == [] and page.select_one("figcaption").text == "</figcaption><script>"
