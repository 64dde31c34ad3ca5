"""The rendered book: complete, readable without the network, and never replaced by a broken one."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup

from helpers.press.errors import RenderError
from helpers.press.page import as_page
from helpers.press.render import main, render
from tiny_book import write_run

ROOT = Path(__file__).resolve().parents[1]
pytestmark = [
    pytest.mark.book,
    pytest.mark.filterwarnings("ignore::sphinx.deprecation.RemovedInSphinx11Warning"),  # the theme's own
]


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    """A run's folder with the pages of a real market."""
    out = tmp_path_factory.mktemp("real")
    render("tiny", *write_run(out), out)
    return out


@pytest.fixture(scope="module")
def pages(run) -> dict[str, BeautifulSoup]:
    return {path.stem: BeautifulSoup(path.read_text("utf-8"), "html.parser") for path in (run / "html").glob("*.html")}


@pytest.fixture(scope="module")
def simulated(tmp_path_factory) -> Path:
    """The pages of a simulated market."""
    out = tmp_path_factory.mktemp("simulated")
    render("tiny", *write_run(out, simulated=True), out)
    return out / "html"


def test_every_chapter_has_a_page_in_reading_order(pages):
    assert {"index", "01_alpha", "02_beta", "search"} <= set(pages)
    sidebar = [a.text.strip() for a in pages["index"].select(".bd-links a")]
    chapters = ["01 · Alpha 行业轮动", "02 · Beta 国家队"]
    back = ["Scoreboard", "Cards", "Data and coverage", "Notation", "Recipes", "Getting data"]
    assert sidebar == ["China ETF Atlas", *chapters, *back]
    assert pages["01_alpha"].title.text.startswith("01 · Alpha")


def test_every_picture_is_described_and_every_figure_has_a_caption(run, pages):
    pages = {name: page for name, page in pages.items() if name != "cards"}  # it shows figures again
    figures = [figure for page in pages.values() for figure in page.select("figure")]
    assert len(figures) == 2
    assert all(figure.figcaption.text.strip() for figure in figures)
    pictures = [img for page in pages.values() for img in page.select("img")]
    assert len(pictures) == 2
    assert all(img["alt"].strip() for img in pictures)
    assert all((run / "html" / img["src"]).is_file() for img in pictures), "pictures are files of the site"
    assert pages["02_beta"].select_one(".atlas-plot")["aria-label"] == "Sankey of two clusters."


def test_no_page_asks_another_host_for_anything(run, pages):
    asked = [
        element.get("src") or element.get("href")
        for page in pages.values()
        for element in page.select("script[src], link[href], img[src], iframe[src], source[src], object[data]")
        if not (element.name == "link" and element.get("rel") in (["next"], ["prev"], ["canonical"]))
    ]
    assert len(asked) > 20
    assert [url for url in asked if re.match(r"(https?:)?//", url)] == []
    styles = [path.read_text("utf-8") for path in (run / "html").rglob("*.css")]
    inside = [url for css in styles for url in re.findall(r"(?:url\(|@import)\s*[\"']?([^\"')]+)", css)]
    assert [url for url in inside if re.match(r"(https?:)?//", url)] == []


def test_the_sankey_is_alive_and_its_script_is_loaded_where_needed(run, pages):
    scripts = {name: [s["src"] for s in page.select("script[src]")] for name, page in pages.items()}
    with_plotly = {name for name, urls in scripts.items() if any("plotly.min.js" in url for url in urls)}
    assert with_plotly == {"02_beta"}
    assert (run / "html/_static/plotly.min.js").stat().st_size > 1e6
    data, *_ = json.loads(pages["02_beta"].select_one(".atlas-plot")["data-plot"])
    assert "510300.SH" in json.dumps(data)
    assert all(any("atlas.js" in url for url in urls) for urls in scripts.values())


def test_mathematics_is_set_by_the_local_script_alone(run, pages):
    scripts = [s["src"] for s in pages["01_alpha"].select("script[src]") if "mathjax" in s["src"]]
    assert [re.sub(r"\?.*", "", url) for url in scripts] == ["_static/mathjax/tex-svg.js"]
    assert [p.name for p in (run / "html/_static/mathjax").iterdir()] == ["tex-svg.js"]
    assert pages["01_alpha"].select_one("div.math")


def test_the_search_index_knows_english_chinese_and_codes(run):
    index = (run / "html/searchindex.js").read_text("utf-8")
    terms = json.loads(index[index.index("{") : index.rindex("}") + 1])
    terms = {**terms["terms"], **terms["titleterms"]}
    assert {"行业", "业轮", "轮动", "n510300", "rebuild"} <= set(terms)
    assert "轮" in terms, "a single character can be searched too"
    assert 'return ["n" + run]' in (run / "html/_static/language_data.js").read_text("utf-8")


def test_parameters_are_shown_as_what_they_are(pages):
    page = pages["01_alpha"]
    own = page.select_one(".tag_injected-parameters")
    assert own.select_one("pre").text.strip().startswith("# Parameters of this run")
    assert own.summary.text.strip().startswith("Parameters of this run")
    assert page.select_one(".tag_parameters details summary").text.strip().startswith("Defaults of the parameters")


def test_a_removed_input_leaves_only_its_sentence(pages):
    assert "41.5 %" in pages["01_alpha"].text
    assert "secret" not in pages["01_alpha"].select_one("article").text


def test_the_front_page_counts_what_the_scoreboard_holds(pages):
    page = pages["index"]
    rows = [[cell.text for cell in row.select("th, td")] for row in page.select("table.atlas-tally tr")]
    assert rows == [
        ["Chapter", "match", "differs", "not computable", "All"],
        ["01 · Alpha 行业轮动", "7", "1", "0", "8"],
        ["02 · Beta 国家队", "0", "0", "1", "1"],
        ["All", "7", "1", "1", "9"],
    ]
    assert not page.select("table.scoreboard"), "rows stand on one page only"
    assert all(table.find_parent(class_="table-scroll") for table in page.select("table"))


def test_the_front_page_says_what_the_chapters_found(pages):
    found = [item.text for item in pages["index"].select("#what-the-book-found li")]
    assert found == ["Alpha rose in two of three years. 01"]
    listed = [item.text for item in pages["index"].select("#chapters li")]
    assert listed[0].endswith("Alpha rose in two of three years.")
    assert listed[1].endswith("Follows clusters through time."), "a chapter without an answer says what it is about"


def test_the_answer_stands_at_the_top_and_nowhere_else(pages):
    article = pages["01_alpha"].select_one("article")
    box = article.select_one(".atlas-answer")
    assert "It fell in one." in box.text
    assert article.text.count("It fell in one.") == 1
    first = article.find(string=re.compile("Rebuilds a picture"))
    assert box in first.find_all_previous("div")
    assert not pages["02_beta"].select(".atlas-answer")


def test_a_card_holds_findings_a_picture_numbers_and_a_warning(pages, simulated):
    page = pages["cards"]
    assert [h.text.rstrip("#") for h in page.select("article h2")] == ["01 · Alpha 行业轮动"]
    card = page.select_one("article")
    assert [li.text for li in card.select("section section li")] == [
        "Alpha rose in two of three years.",
        "It fell in one.",
    ]
    assert card.select_one(".atlas-card-picture a")["href"] == "01_alpha.html#figure-1-1"
    assert card.select_one("a[download]")["download"] == "01_alpha-figure-1-1.csv"
    assert "非投资建议" in card.select_one(".atlas-source").text and "Simulated" not in card.text
    made_up = BeautifulSoup((simulated / "cards.html").read_text("utf-8"), "html.parser")
    assert "Simulated market, not a replication" in made_up.select_one("article .atlas-source").text


def test_a_shared_link_shows_the_title_and_what_was_found(pages):
    told = {
        meta.get("property") or meta.get("name"): meta["content"] for meta in pages["01_alpha"].select("meta[content]")
    }
    assert told["og:title"] == "01 · Alpha 行业轮动 · China ETF Atlas"
    assert told["description"] == told["og:description"] == "Alpha rose in two of three years."


def test_every_row_leads_to_its_exhibit_and_back(pages):
    rows = pages["scoreboard"].select("table.scoreboard tbody tr")
    assert len(rows) == 9
    for row in rows:
        name, _, anchor = row.select_one("td.exhibit a")["href"].partition("#")
        page = pages[name.removesuffix(".html")]
        if name == "02_beta.html":
            continue  # its board was filled by hand
        place = page.select_one(f"#{anchor}")
        assert place and row.select_one("td.exhibit").text in place.text
        back = place.select_one("a[href^='scoreboard.html#']")["href"].partition("#")[2]
        target = pages["scoreboard"].select_one(f"#{back}")
        assert target.select_one("td.exhibit").text == row.select_one("td.exhibit").text


def test_the_picture_of_the_scoreboard_counts_every_row(pages):
    for name in ("index", "scoreboard"):
        pieces = pages[name].select(".atlas-bar > a")
        grown = [float(re.search(r"flex-grow: (\d+)", piece["style"])[1]) for piece in pieces]
        assert sum(grown) == 9
        assert all(piece["aria-label"] and piece["href"].startswith("scoreboard.html?kind=") for piece in pieces)


def test_code_is_folded_behind_its_length_and_sentences_have_none(pages):
    cells = pages["01_alpha"].select("div.cell div.cell_input, div.cell details.hide.above-input")
    assert cells
    for code in pages["01_alpha"].select("div.cell_input"):
        fold = code.find_parent("details")
        assert fold is not None and not fold.has_attr("open")
        lines = len(code.select_one("pre").text.strip().splitlines())
        assert (
            fold.summary.text.strip().startswith(("Code", "Parameters", "Defaults")) and str(lines) in fold.summary.text
        )


def test_figures_and_tables_have_numbers_links_and_their_data(run, pages):
    figure = pages["01_alpha"].select_one("figure.atlas-figure")
    assert figure["id"] == "figure-1-1"
    assert figure.figcaption.text.startswith("Figure 1.1.")
    assert pages["02_beta"].select_one("figure")["id"] == "figure-2-1"
    for page in ("01_alpha", "02_beta"):
        for place in pages[page].select("figure.atlas-figure, .atlas-table-block"):
            links = {a.text: a["href"] for a in place.select(".atlas-links a")}
            assert links["link"] == f"#{place['id']}"
            numbers = pd.read_csv(run / "html" / links["CSV"])
            assert len(numbers) and len(numbers.columns)
    drawn = pd.read_csv(run / "html" / figure.select_one("a[download]")["href"])
    assert drawn[drawn["series"] == "沪深300"]["y"].tolist() == list(range(1, 21))


def test_recipes_and_coverage_are_pages(pages):
    assert "print(math.pi)" in pages["recipes"].text
    tables = [row.td.text for row in pages["coverage"].select("table tbody tr")]
    assert {"etf_list", "etf_daily", "calendar"} <= set(tables)
    assert pages["notation"].select_one("td", string="行业轮动") or "行业轮动" in pages["notation"].text


def test_a_chapter_says_where_its_numbers_come_from(pages):
    line = pages["01_alpha"].select_one(".atlas-source").text
    assert "run tiny" in line and re.search(r"code \d+\.\d+\.\d+\+[0-9a-f]{8}", line)
    assert "/" not in line.replace("·", "")


def test_the_front_page_lists_chapters_and_the_parameters_of_the_run(pages):
    page = pages["index"]
    assert page.select_one("#chapters a[href='01_alpha.html']")
    cells = [td.text for td in page.select("table.atlas-parameters td")]
    assert cells[:2] == ["source", "folder"] and "2026-02-13" in cells


def test_the_download_is_the_chapter_as_executed(run, pages):
    hrefs = [a["href"] for a in pages["01_alpha"].select(".dropdown-download-buttons a[href]")]
    assert hrefs == ["_sources/01_alpha.ipynb"]
    taken = {a.text: a["href"] for a in pages["01_alpha"].select(".atlas-top a[download]")}
    assert taken == {".ipynb": "_sources/01_alpha.ipynb", ".py": "_sources/01_alpha.py"}
    script = (run / "html" / taken[".py"]).read_text("utf-8")
    ast.parse(script)
    assert "# %% [markdown]" in script and "print(math.pi)" in script
    assert (run / "html" / hrefs[0]).read_bytes() == (run / "notebooks/01_alpha.ipynb").read_bytes()


def test_a_simulated_market_is_called_one_on_every_page_and_a_real_one_on_none(simulated, pages):
    for path in simulated.glob("*.html"):
        page = BeautifulSoup(path.read_text("utf-8"), "html.parser")
        banner = [aside.text.strip() for aside in page.select(".bd-header-announcement")]
        assert banner == ["Simulated market, not a replication"]
    assert not any(page.select(".bd-header-announcement") for page in pages.values())


def test_rendering_again_gives_the_same_pages(run):
    before = {p.name: p.read_bytes() for p in (run / "html").rglob("*") if p.suffix in (".html", ".png", ".ipynb")}
    notebooks = sorted((run / "notebooks").glob("*.ipynb"))
    render("tiny", notebooks, run / "scoreboard.csv", run)
    after = {p.name: p.read_bytes() for p in (run / "html").rglob("*") if p.suffix in (".html", ".png", ".ipynb")}
    assert after == before


@pytest.mark.parametrize("locale", ["zh_CN.UTF-8", "C"])
def test_no_locale_of_the_machine_stops_the_pages(tmp_path, locale):
    folder = tmp_path / "书 稿"
    (folder / "book").mkdir(parents=True)
    for path in write_run(folder / "run")[0]:
        (folder / f"book/{path.stem}.py").write_text("# %%\n")
    command = [sys.executable, "-m", "helpers.press.render", "tiny", "--out", str(folder / "run"), "--book"]
    environment = {**os.environ, "LC_ALL": locale, "LANG": locale, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run([*command, str(folder / "book")], capture_output=True, env=environment, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "行业轮动" in (folder / "run/html/01_alpha.html").read_text("utf-8")


# -- what it refuses -------------------------------------------------------------------------------------------------


def refused(tmp_path, change) -> str:
    """The message with which ``render`` refuses a run after ``change(notebooks, scoreboard)``."""
    notebooks, scoreboard = write_run(tmp_path)
    (tmp_path / "html").mkdir()
    (tmp_path / "html/index.html").write_text("the previous pages")
    change(notebooks, scoreboard)
    with pytest.raises(RenderError) as refusal:
        render("tiny", notebooks, scoreboard, tmp_path)
    assert (tmp_path / "html/index.html").read_text() == "the previous pages"
    assert not list(tmp_path.glob(".pages-*"))
    return str(refusal.value)


def edit(path, change):
    book = json.loads(path.read_text("utf-8"))
    change(book)
    path.write_text(json.dumps(book), "utf-8")


def test_a_warning_is_an_error_and_the_previous_pages_stay(tmp_path, capfd):
    def break_link(book):
        book["cells"][0]["source"] = "# 01 · Alpha\n\nSee [nothing](99_nothing.ipynb)."

    message = refused(tmp_path, lambda notebooks, _: edit(notebooks[0], break_link))
    assert "every warning is an error" in message
    assert "99_nothing" in capfd.readouterr().err


def test_a_failed_chapter_is_not_rendered(tmp_path):
    def fail(notebooks, _):
        shutil.copy(notebooks[1], notebooks[1].with_suffix(".failed.ipynb"))

    assert refused(tmp_path, fail).startswith("02_beta: failed in this run")


def test_a_chapter_that_never_ran_is_missed(tmp_path):
    message = refused(tmp_path, lambda notebooks, _: notebooks[1].unlink())
    assert message == "02_beta: not executed in this run; `make book` runs it"


def test_an_error_inside_a_notebook_is_found(tmp_path):
    def add_error(book):
        book["cells"][4]["outputs"] = [{"output_type": "error", "ename": "E", "evalue": "", "traceback": []}]

    assert "stopped at an error in cell 4" in refused(tmp_path, lambda notebooks, _: edit(notebooks[0], add_error))


def test_an_invented_verdict_is_refused(tmp_path):
    def praise(_, scoreboard):
        scoreboard.write_text(scoreboard.read_text("utf-8").replace("differs", "splendid"), "utf-8")

    assert "'splendid' is no verdict" in refused(tmp_path, praise)


def test_the_command_line_says_in_one_line_what_is_wrong(tmp_path, capsys):
    book = tmp_path / "book"
    book.mkdir()
    (book / "01_alpha.py").write_text("# %%\n")
    assert main(["tiny", "--out", str(tmp_path / "run"), "--book", str(book)]) == 2
    assert capsys.readouterr().err == "error: 01_alpha: not executed in this run; `make book` runs it\n"


def test_the_command_line_remembers_what_the_pages_were_made_from(tmp_path):
    book, out = tmp_path / "book", tmp_path / "run"
    book.mkdir()
    for path in write_run(out)[0]:
        (book / f"{path.stem}.py").write_text("# %%\n")
    (out / "keys").mkdir()
    (out / "keys/site.want").write_text("a key")
    assert main(["tiny", "--out", str(out), "--book", str(book)]) == 0
    assert json.loads((out / "keys/site.done").read_text())["key"] == "a key"
    assert (out / "html/index.html").is_file()


def test_preparing_a_page_leaves_the_notebook_as_it_was(tmp_path):
    notebooks, _ = write_run(tmp_path)
    book = json.loads(notebooks[0].read_text("utf-8"))
    before = json.dumps(book)
    page = as_page(book, tmp_path, "01_alpha")
    assert json.dumps(book) == before
    assert "base64" not in json.dumps(page)
    assert len(list((tmp_path / "figures").glob("*.png"))) == 2


def test_what_the_runner_says_of_fetched_data_is_html_and_nothing_else_is(tmp_path):
    block = "<details><summary>Data fetched from free.</summary></details>"
    cells = [
        {"cell_type": "markdown", "id": name, "metadata": {}, "source": source}
        for name, source in (("a", "# T\n\nText."), ("provenance", block), ("b", block))
    ]
    shown = {cell["id"]: cell["source"] for cell in as_page({"cells": cells, "metadata": {}}, tmp_path)["cells"]}
    assert shown["provenance"].startswith("``````{raw} html\n<details>") and shown["b"] == block


def test_a_cell_that_a_run_left_out_is_folded_and_a_sentence_without_facts_stays_away(tmp_path):
    def cell(source, *tags):
        return {"cell_type": "code", "source": source, "metadata": {"tags": list(tags)}, "outputs": []}

    cells = [cell("a = 1"), cell("b = a", "left-out"), cell("say(b)", "remove-input", "left-out")]
    page = as_page({"cells": cells, "metadata": {}}, tmp_path)
    shown, left_out, sentence = (c["metadata"] for c in page["cells"])
    assert "Left out" not in shown["mystnb"]["code_prompt_show"] and "hide-input" not in sentence["tags"]
    assert "hide-input" in left_out["tags"] and "Left out" in left_out["mystnb"]["code_prompt_show"]
    assert cells[1]["metadata"]["tags"] == ["left-out"]  # the notebook itself stays as it was
