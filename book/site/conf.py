"""Sphinx settings of the pages; ``helpers.press.render`` copies this folder beside the chapters and builds there."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = "China ETF Atlas"
language = "en"
smartquotes = False  # a curly apostrophe would be drawn from a Chinese font where only that one is there
extensions = ["myst_nb", "sphinx_copybutton", "sphinx.ext.githubpages", "chinese_search"]
exclude_patterns = ["_static"]

nb_execution_mode = "off"
nb_merge_streams = True
nb_render_markdown_format = "myst"  # sentences made by code may hold mathematics and links
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence", "deflist"]
myst_disable_syntax = ["html_block", "html_inline"]  # HTML in a sentence is text
myst_heading_anchors = 3
mathjax_path = "mathjax/tex-svg.js"
mathjax3_config = {"svg": {"displayAlign": "left"}}

html_theme = "sphinx_book_theme"
html_title = project
html_favicon = "_static/favicon.svg"
html_static_path = ["_static"]
html_css_files = ["atlas.css"]
html_js_files = ["atlas.js"]
html_search_language = "en-zh"
html_sourcelink_suffix = ""
html_use_index = False
html_show_copyright = False
html_context = {"default_mode": "auto"}
html_theme_options = {
    "home_page_in_toc": True,
    "show_navbar_depth": 1,
    "navbar_persistent": [],  # the search button is in the side bar already
    "use_download_button": True,
    "use_fullscreen_button": True,
    "footer_content_items": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}


def _plotly_where_needed(app, pagename, templatename, context, doctree) -> None:
    if "atlas-plot" in context.get("body", ""):
        app.add_js_file("plotly.min.js", priority=100)


def setup(app) -> None:
    """Load plotly.js, which is large, only on pages that hold an interactive figure."""
    app.connect("html-page-context", _plotly_where_needed)
