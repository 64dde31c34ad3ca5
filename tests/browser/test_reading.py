"""What a reader does on a page: unfold code, filter the scoreboard, follow links, take numbers along."""

import csv
import io

import pytest

from browser.test_pages import PAGES

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.filterwarnings("ignore::sphinx.deprecation.RemovedInSphinx11Warning"),
]

# What is wider or higher than the box that hides the rest of it. Boxes that scroll are no loss; pieces of 3 px are.
CLIPPED = """
() => [...document.querySelectorAll("article *")].filter((e) => {
  const style = getComputedStyle(e);
  const hides = (o) => o === "hidden" || o === "clip";
  const wide = hides(style.overflowX) && e.scrollWidth > e.clientWidth + 3;
  const high = hides(style.overflowY) && e.scrollHeight > e.clientHeight + 3;
  return e.clientWidth > 1 && (wide || high) && !e.closest("svg, .math, .visually-hidden");
}).map((e) => e.outerHTML.slice(0, 120))
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 820, 390])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_clipped_and_the_page_never_scrolls_sideways(open_page, name, width, scheme):
    page = open_page(name, width=width, scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
    page.wait_for_timeout(100)
    assert page.evaluate(CLIPPED) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    wide = "all => all.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent.slice(0, 80))"
    assert page.eval_on_selector_all("article div.cell_input pre", wide) == [], "code is wrapped, never cut"


def test_one_switch_unfolds_all_code_and_the_next_page_remembers(open_page):
    page = open_page("01_alpha.html")
    folded = "document.querySelectorAll('article details.above-input:not([open])').length"
    total = page.evaluate(folded)
    assert total > 3
    page.get_by_role("button", name="Show all code").click()
    assert page.evaluate(folded) == 0
    page.reload()
    assert page.evaluate(folded) == 0
    page.get_by_role("button", name="Hide all code").click()
    assert page.evaluate(folded) == total


def test_a_cell_unfolds_by_key_and_its_code_can_be_copied(open_page):
    page = open_page("01_alpha.html")
    summary = page.locator("article details.above-input summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("article details.above-input").first.evaluate("e => e.open")
    assert page.locator("article details[open] button.copybtn").count() >= 1


def shown_rows(page):
    return page.locator("#board tbody tr:visible").count()


def test_the_scoreboard_is_filtered_by_words_kind_and_verdict(open_page):
    page = open_page("scoreboard.html")
    everything = shown_rows(page)
    assert everything == 9
    page.locator("#board-filter select[name=verdict]").select_option("not computable")
    assert shown_rows(page) == 1
    assert page.locator("#board-filter output").text_content() == "1 of 9 rows"
    assert page.url.endswith("?verdict=not+computable")
    page.locator("#board-filter select[name=verdict]").select_option("")
    page.locator("#board-filter input").fill("s001 covers")
    assert shown_rows(page) == 1
    page.locator("#board-filter input").fill("no such row")
    assert shown_rows(page) == 0


def test_a_link_to_the_scoreboard_carries_its_filter(open_page):
    page = open_page("scoreboard.html?chapter=02_beta")
    assert shown_rows(page) == 1
    page = open_page("index.html")
    bar = page.locator(".atlas-bar > a").first
    told = bar.get_attribute("aria-label")
    bar.click()
    page.wait_for_selector("#board")
    assert str(shown_rows(page)) == told.split(": ")[1].split(" ")[0]


def test_a_row_leads_to_its_exhibit_and_back(open_page):
    page = open_page("scoreboard.html")
    page.get_by_role("link", name="S001 Table 1").first.click()
    page.wait_for_url("**/01_alpha.html#s001-table-1")
    assert page.locator(":target").is_visible()
    page.locator(":target a").click()
    page.wait_for_url("**/scoreboard.html#*")
    assert page.locator("tr:target").is_visible()


def test_the_numbers_of_a_figure_and_the_script_of_a_chapter_can_be_taken_along(open_page):
    page = open_page("01_alpha.html")
    with page.expect_download() as taken:
        page.locator("figure .atlas-links a[download]").first.click()
    assert taken.value.suggested_filename == "01_alpha-figure-1-1.csv"
    rows = list(csv.DictReader(io.StringIO(taken.value.path().read_text("utf-8"))))
    assert len(rows) == 40 and {row["series"] for row in rows} == {"沪深300", "中证1000"}
    for name in ("01_alpha.ipynb", "01_alpha.py"):
        with page.expect_download() as taken:
            page.locator(f".atlas-top a[href$='{name}']").click()
        assert taken.value.suggested_filename == name


def test_the_bundled_font_is_there_for_a_machine_without_a_chinese_one(open_page):
    page = open_page("01_alpha.html")
    page.add_style_tag(content="h1 { font-family: 'Atlas CJK' !important; }")
    loaded = page.evaluate("document.fonts.load('20px \"Atlas CJK\"', '行业轮动').then(faces => faces.length)")
    assert loaded == 1


def test_what_stands_at_a_link_is_in_view_under_the_header(open_page):
    page = open_page("01_alpha.html#figure-1-1")
    page.wait_for_timeout(300)
    top = page.locator("#figure-1-1").evaluate("e => e.getBoundingClientRect().top")
    assert 0 <= top < 900
