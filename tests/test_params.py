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
        (
            "source: wind",
            r"source: unknown source 'wind'; use one of 'demo', 'folder', 'free', 'tushare' or 'joinquant'",
        ),
        ("start: 2026-01-02\nend: 2026-01-01", r"start: 2026-01-02 is after end 2026-01-01"),
        ("size_lambda: 0", r"size_lambda: 0 cannot be used: input should be greater than or equal to 0.001"),
        ("size_lambda: -5.0", r"size_lambda: -5.0 cannot be used"),
        ("size_lambda: .nan", r"size_lambda: .nan cannot be used"),
        ("size_lambda: many", r"size_lambda: 'many' cannot be used: input should be a valid number"),
        ("size_lambda: 1.0e+300", r"size_lambda: 1.0e\+300 cannot be used: input should be less than or equal to"),
        ("min_amount: .inf", r"min_amount: .inf cannot be used: input should be a finite number"),
        ("cluster_threshold: .nan", r"cluster_threshold: .nan cannot be used"),
        ("cluster_shrinkage: 1.0", r"cluster_shrinkage: 1.0 cannot be used: input should be less than 1"),
        ("top_n: 010", r"top_n: 010 would be read as 8; write a plain number"),
        ("top_n: 0x10", r"top_n: 0x10 would be read as 16; write a plain number"),
        ("cost_bps: 1:30", r"cost_bps: 1:30 would be read as 90; write a plain number"),
        ("min_amount: 10_000_000", r"min_amount: 10_000_000 would be read as 10000000"),
        ("start: '20260102'\nend: '20260101'", r"start: 2026-01-02 is after end 2026-01-01"),
        ("end: 2999-01-01", r"end: 2999-01-01 has not come yet; leave it out"),
        ("start: 2999-01-01", r"start: 2999-01-01 has not come yet"),
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


@pytest.mark.parametrize("text", ["1e7", "1.0e7", "1E+7", "10000000", "+1e7", "10000000."])
def test_a_number_may_be_written_as_people_write_it(run_file, text):
    assert load_params(run_file(f"min_amount: {text}")).min_amount == 1e7
    params = load_params(run_file("source: demo"), [f"MIN_AMOUNT={text}"])
    assert params.min_amount == 1e7 and type(params.min_amount) is float


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("TOP_N=010", "command line: top_n: 010 would be read as 8; write a plain number"),
        ("MIN_AMOUNT=.inf", "command line: min_amount: .inf cannot be used: input should be a finite number"),
        ("MIN_AMOUNT=nan", "command line: min_amount: 'nan' cannot be used"),
        ("SIZE_LAMBDA=1.0e+300", "command line: size_lambda: 1.0e+300 cannot be used"),
        ("END=20250101", "start: 2025-06-01 is after end 2025-01-01; choose an earlier start"),
        ("TOP_N=６", "command line: top_n: '６' cannot be used"),
        ("TOP_N=", "command line: top_n: None cannot be used"),
    ],
)
def test_an_override_is_refused_for_the_right_reason(run_file, override, says):
    path = run_file("start: 2025-06-01")
    with pytest.raises(ParamError) as refused:
        load_params(path, [override])
    assert says in str(refused.value)


@pytest.mark.parametrize("written", ["20250601", "2025-06-01", "2025-W22-7"])
def test_a_day_is_the_same_day_however_it_is_written(run_file, written):
    assert load_params(run_file("source: demo"), [f"START={written}"]).start == "2025-06-01"


def test_a_folder_in_the_home_is_found(run_file, monkeypatch):
    monkeypatch.setenv("HOME", "/somewhere")
    assert load_params(run_file("source: folder"), ["DATA=~/tables"]).data == "/somewhere/tables"


def test_a_parameter_file_in_another_encoding_is_refused_in_one_line(run_file):
    path = run_file("source: demo")
    path.write_bytes("# 参数\nsource: demo\n".encode("gb18030"))
    with pytest.raises(ParamError, match="is not in UTF-8; save it as UTF-8"):
        load_params(path)
    path.write_bytes("source: demo\n".encode("utf-8-sig"))
    assert load_params(path).source == "demo"


def test_a_folder_may_have_any_name(run_file):
    assert load_params(run_file("source: folder"), ["DATA=[1: a"]).data == "[1: a"


def test_hidden_files_are_no_runs(run_file):
    path = run_file("source: demo")
    path.with_name(".hidden.yaml").write_text("")
    with pytest.raises(ParamError, match="the runs here are: mine$"):
        load_params(path.with_name("theirs.yaml"))


def test_an_override_without_a_value_is_refused(run_file):
    with pytest.raises(ParamError, match="no KEY=value pair"):
        load_params(run_file("source: demo"), ["END"])


def test_an_unknown_run_lists_the_known_ones(run_file):
    path = run_file("source: demo")
    with pytest.raises(ParamError, match="no such run; the runs here are: mine"):
        load_params(path.with_name("theirs.yaml"))


def test_every_parameter_has_a_description():
    assert [name for name, field in RunParams.model_fields.items() if not field.description] == []
