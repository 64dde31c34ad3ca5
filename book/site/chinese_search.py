"""Full-text search in English and Chinese, and for six-digit codes.

Chinese text has no spaces, so both the index and the query are cut into pairs of neighbouring characters: a query
finds the pages that hold all its pairs. Sphinx drops words made of digits only; codes go through with a letter before
them on both sides.
"""

import re

from sphinx.search.en import SearchEnglish

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUN = re.compile(rf"[{_HAN}]+|[A-Za-z0-9_\u00c0-\u024f\u0370-\u03ff]+")
_CODE = re.compile(r"\d{6}")


class SearchEnglishChinese(SearchEnglish):
    """English words by stem, Chinese by character pairs."""

    lang = "en-zh"
    js_splitter_code = r"""
var splitQuery = (query) => (query.match(/[HAN]+|[A-Za-z0-9_\u00c0-\u024f\u0370-\u03ff]+/g) || []).flatMap((run) => {
  if (/^\d{6}$/.test(run)) return ["n" + run];
  if (!/^[HAN]{2,}$/.test(run)) return [run];
  return Array.from({ length: run.length - 1 }, (_, i) => run.slice(i, i + 2));
});
""".replace("HAN", _HAN)

    def split(self, input: str) -> list[str]:
        """Cut a text into the words of the index: a run of Chinese gives its characters and its pairs."""
        words = []
        for run in _RUN.findall(input):
            if _CODE.fullmatch(run):
                words.append("n" + run)
            elif re.match(rf"[{_HAN}]", run):
                words += [*run, *(run[i : i + 2] for i in range(len(run) - 1))]
            else:
                words.append(run)
        return words


def setup(app) -> dict:
    """Register the language ``en-zh``."""
    app.add_search_language(SearchEnglishChinese)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
