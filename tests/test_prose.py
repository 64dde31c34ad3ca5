"""Sentences say facts or stay away; nothing from data can act as markup."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.prose import Each, When, say, text

UNKNOWN = [None, float("nan"), np.nan, pd.NaT, pd.NA, float("inf"), []]


def said(*sentences, **facts):
    return str(say(*sentences, **facts))


def test_sentences_join_in_order_and_facts_are_formatted():
    day = pd.Timestamp("2026-02-13")
    assert said("To {day:%Y-%m-%d}.", "It rose {rate:.1%}.", day=day, rate=0.123) == "To 2026-02-13. It rose 12.3%."
    row = pd.Series({"mean": 1.25})
    assert said("{row[mean]:.1f} and {n:,}", row=row, n=1234) == "1.2 and 1,234"


@pytest.mark.parametrize("value", UNKNOWN, ids=str)
def test_a_sentence_without_its_fact_is_left_out_and_the_others_stay(value):
    assert said("A {x}.", "B {y}.", "C.", x=value, y=2) == "B 2. C."
    assert said("A {x}.", otherwise="Nothing.", x=value) == "Nothing."
    assert said("A {x}.", x=value) == ""


def test_a_fact_that_no_one_gave_is_left_out_and_reported():
    prose = say("A {typo}.", When("other", "B."), "C {row[lost]}.", "D.", row={"found": 1})
    assert str(prose) == "D."
    assert prose.unnamed == ["other", "row[lost]", "typo"]
    _, metadata = prose._repr_mimebundle_()
    assert metadata == {"sentences": ["D."], "unnamed_facts": ["other", "row[lost]", "typo"]}
    assert say("A {x}.", x=None)._repr_mimebundle_()[1] == {}


@pytest.mark.parametrize(
    ("fact", "expected"), [(True, "yes"), (0, "no"), (np.bool_(False), "no"), ("", "no"), ([], "no"), (["a"], "yes")]
)
def test_when_says_one_of_two(fact, expected):
    assert said(When("fact", "yes", "no"), fact=fact) == expected


@pytest.mark.parametrize("value", [None, float("nan"), pd.NA])
def test_when_does_not_know_it_says_nothing(value):
    assert said(When("fact", "yes", "no"), fact=value) == ""


def test_when_holds_another_when_and_its_own_facts():
    both = When("a", When("b", "{x} both", "only a"), "not a")
    assert [said(both, a=a, b=b, x=1) for a, b in ((1, 1), (1, 0), (0, 1))] == ["1 both", "only a", "not a"]


def test_each_makes_one_item_a_record_with_the_record_s_own_facts_first():
    records = [{"name": "A", "x": 1.0}, {"name": "B", "x": float("nan")}, {"name": "C", "x": 3.0}]
    assert said("List:", Each(records, "**{name}** {x:.0f} of {n}."), n=9) == (
        "List:\n\n- **A** 1 of 9.\n- **C** 3 of 9."
    )
    assert said(Each(pd.DataFrame(records), "{name}"), "After.") == "- A\n- B\n- C\n\nAfter."
    assert said(Each([], "{name}"), otherwise="None.") == "None."


def test_lists_and_counts_read_as_english():
    assert said("{names}", names=["a"]) == "a"
    assert said("{names}", names=["a", "b", "c"]) == "a, b and c"
    assert said("{n:|month|months}", n=1) == "1 month"
    assert said("{n:|index|indices}", n=1200) == "1,200 indices"


HOSTILE = [
    "<script>alert(1)</script>",
    "<!--",
    "<style>*{}",
    "a|b",
    "*ST 甲",
    "[x](javascript:1)",
    "`x`",
    "$a$",
    "a\nb",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_from_data_is_only_text(name):
    from markdown_it import MarkdownIt

    for shown in (said("{name}", name=name), said("{names}", names=[name, "b"])):
        page = MarkdownIt("commonmark").enable("table").render(shown)
        assert "<script" not in page and "<!--" not in page and "<style" not in page and "<a " not in page
        assert page.count("<p>") == 1 and "<em>" not in page and "<code>" not in page
    assert "\n" not in text(name)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zl", "Zp", "Cs"]), min_size=1))
def test_escaped_text_reads_as_it_was_written(name):
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").parse("x" + text(name) + "x")
    shown = "".join(child.content for token in tokens for child in token.children or [])
    assert shown == "x" + " ".join(name.split()) + "x" or name != name.strip()


def test_a_list_shorter_than_its_template_leaves_the_sentence_out_and_is_no_typo():
    prose = say("First {rows[0][n]}.", "Second {rows[1][n]}.", rows=[{"n": 1}])
    assert (str(prose), prose.unnamed) == ("First 1.", [])
    assert say("Of {0}.").unnamed == ["0"]


def test_sentences_are_kept_apart_for_whoever_quotes_the_first():
    prose = say("One {n}.", "Lost {m}.", "Two.", n=1, m=None)
    assert prose.sentences == ["One 1.", "Two."]
    assert say("Lost {m}.", otherwise="Nothing.", m=None).sentences == ["Nothing."]
