"""The pages as a reader's browser shows them."""

import pytest

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.filterwarnings("ignore::sphinx.deprecation.RemovedInSphinx11Warning"),
]

PAGES = ["index", "01_alpha", "02_beta", "scoreboard", "coverage", "notation", "recipes", "getting_data", "search"]
PAGES = [f"{name}.html" for name in PAGES]
BACKGROUND = "getComputedStyle(document.body).backgroundColor"


def shown(page, css):
    """The classes of the pictures that are really painted."""
    return page.eval_on_selector_all(css, "all => all.filter(e => e.getClientRects().length).map(e => e.className)")


def test_hovering_over_a_flow_names_its_members(open_page):
    page = open_page("02_beta.html")
    page.wait_for_selector(".atlas-plot .sankey-node")
    box = page.locator(".sankey-node rect").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 3, y)
    page.mouse.move(x, y, steps=4)
    page.wait_for_selector(".hoverlayer .hovertext")
    assert "510300.SH" in page.locator(".hoverlayer").text_content()


def test_no_figure_offers_to_send_itself_away(open_page):
    page = open_page("02_beta.html")
    page.wait_for_selector(".atlas-plot .sankey-node")
    titles = page.eval_on_selector_all("[data-title]", "all => all.map(e => e.dataset.title)")
    assert not any(word in title.lower() for title in titles for word in ("share", "cloud"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_and_its_figures_follow_the_reader_s_colours(open_page, scheme):
    page = open_page("01_alpha.html", scheme=scheme)
    assert shown(page, "figure.atlas-figure img") == [f"only-{scheme}"]
    brightness = page.evaluate(BACKGROUND)
    assert brightness == ("rgb(255, 255, 255)" if scheme == "light" else "rgb(18, 18, 18)")
    assert page.eval_on_selector("figure.atlas-figure figcaption", "e => e.getClientRects().length") == 1


def test_the_theme_switch_swaps_figures_and_the_words_of_plots(open_page):
    page = open_page("02_beta.html")
    page.wait_for_selector(".atlas-plot .node-label")
    colour = "getComputedStyle(document.querySelector('.atlas-plot .node-label')).fill"
    light = page.evaluate(colour)
    page.locator(".theme-switch-container button:visible, button.theme-switch-button:visible").first.click()
    choice = page.locator("[data-mode=dark]:visible, [data-bs-theme-value=dark]:visible")
    if choice.count():
        choice.first.click()
    page.wait_for_function("document.documentElement.dataset.theme === 'dark'")
    assert page.evaluate(colour) != light


SEARCHES = {"行业轮动": "01_alpha", "国家队": "02_beta", "cluster": "02_beta", "510300": "01_alpha"}


@pytest.mark.parametrize("query", SEARCHES)
def test_searching_in_chinese_english_and_by_code_finds_the_chapter(open_page, query):
    page = open_page(f"search.html?q={query}")
    page.wait_for_selector("#search-results li a")
    found = page.eval_on_selector_all("#search-results li a", "all => all.map(a => a.getAttribute('href'))")
    assert any(SEARCHES[query] in href for href in found), found


def test_a_word_that_is_nowhere_is_not_found(open_page):
    page = open_page("search.html?q=轮业动行")
    page.wait_for_function(
        "document.querySelector('#search-results .search-summary')?.textContent.includes('not match')"
    )
    assert page.locator("#search-results li").count() == 0


@pytest.mark.parametrize("name", PAGES)
def test_on_a_phone_only_boxes_scroll_sideways_never_the_page(open_page, name):
    page = open_page(name, width=390)
    page.evaluate("document.querySelectorAll('details').forEach(e => e.open = true)")
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.body.scrollWidth") <= 390


def test_on_a_phone_a_row_of_the_scoreboard_fits_the_screen(open_page):
    page = open_page("scoreboard.html", width=390)
    right = page.eval_on_selector_all(
        "table.scoreboard td", "all => Math.max(...all.map(e => e.getBoundingClientRect().right))"
    )
    assert 100 < right <= 390


def test_mathematics_is_drawn(open_page):
    page = open_page("01_alpha.html")
    page.wait_for_selector("mjx-container svg")
    assert page.locator("mjx-container").count() == 4, "in prose, and in a sentence made by code"


def test_the_line_about_the_simulated_market_is_visible(open_page):
    assert open_page("01_alpha.html").locator(".bd-header-announcement").is_visible()
