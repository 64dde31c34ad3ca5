"""The parameters of a run: what is refused, and in which words."""

import textwrap

import pytest

from helpers.params import ParamError, RunParams, load_params


@pytest.fixture
def run_file(tmp_path):
    def write(text):
        path = tmp_path / "mine.yaml"
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("sorce: folder", r"sorce: unknown parameter; did you mean source\?"),
        (
            "size_pair: [000300, '000852']",
            r'size_pair\.0: 000300 was read as the number 192; put it in quotes: "000300"',
        ),
        ("size_pair: ['000300']", r"size_pair: .*at least 2 items"),
        ("source: wind", r"source: unknown source 'wind'; use one of 'demo' or 'folder'"),
        ("start: 2026-01-02\nend: 2026-01-01", r"start: 2026-01-02 is after end 2026-01-01"),
        ("size_lambda: 0", r"size_lambda: 0 cannot be used: input should be greater than 0"),
        ("size_lambda: -5.0", r"size_lambda: -5.0 cannot be used"),
        ("size_lambda: .nan", r"size_lambda: nan cannot be used"),
        ("size_lambda: many", r"size_lambda: 'many' cannot be used: input should be a valid number"),
        ("end: 2026-02-30", r"end: '2026-02-30' is no date; write it as YYYY-MM-DD"),
        ("end: 2026-02-13\nend: 2026-02-12", r"end: given twice"),
        ("- source", r"must be a mapping"),
        ("source: [", r"line 1 is no valid YAML"),
    ],
)
def test_refuses_with_one_line_that_names_file_and_key(run_file, text, says):
    path = run_file(text)
    with pytest.raises(ParamError, match=says) as refused:
        load_params(path)
    assert str(path) in str(refused.value)
    assert "\n" not in str(refused.value)


def test_dates_may_stand_unquoted(run_file):
    assert load_params(run_file("end: 2026-02-13")).end == "2026-02-13"


def test_an_override_wins_and_is_blamed_by_name(run_file):
    path = run_file("end: 2026-02-13")
    assert load_params(path, ["END=2025-12-31"]).end == "2025-12-31"
    assert load_params(path, ["SIZE_LAMBDA=5"]).size_lambda == 5.0
    assert load_params(path, ['SIZE_PAIR=["000016", "000905"]']).size_pair == ["000016", "000905"]
    assert load_params(path, ["END="]).end is None
    with pytest.raises(ParamError, match="command line: endd: unknown parameter"):
        load_params(path, ["ENDD=2025-12-31"])
    with pytest.raises(ParamError, match='size_pair.0: 000016 was read as the number 14; put it in quotes: "000016"'):
        load_params(path, ["SIZE_PAIR=[000016, '000905']"])


def test_an_override_without_a_value_is_refused(run_file):
    with pytest.raises(ParamError, match="no KEY=value pair"):
        load_params(run_file("source: demo"), ["END"])


def test_an_unknown_run_lists_the_known_ones(run_file):
    path = run_file("source: demo")
    with pytest.raises(ParamError, match="no such run; the runs here are: mine"):
        load_params(path.with_name("theirs.yaml"))


def test_every_parameter_has_a_description():
    assert [name for name, field in RunParams.model_fields.items() if not field.description] == []
