"""Every parameter of every chapter with odd values: refused in one line that names it, or the chapter copes."""

import pytest

from chapter_runner import BOOK
from helpers.params import ParamError, RunParams, load_params
from helpers.press.chapters import find_chapters

CHAPTERS = [chapter for chapter in find_chapters(BOOK)]
DECLARED = sorted({name for chapter in CHAPTERS for name in chapter.declared})

# Refused before any chapter runs.
REFUSED = {
    "source": ["wind", ""],
    "start": ["2026-02-30", "soon", "2099-01-01"],
    "end": ["2099-01-01", "99991231", "0000-00-00"],
    "leader_count": ["0", "2.5", "many", ".inf"],
    "supply_span": ["0", "-1"],
    "min_amount": [".inf", "-1", ".nan", "plenty"],
    "amount_window": ["0", "1e400", "010"],
    "amount_measure": ["mode"],
    "survivor": ["newest"],
    "cluster_months": ["1", "241", "012"],
    "cluster_lookback": ["5", "1001", "120.5"],
    "cluster_method": ["kmeans"],
    "cluster_linkage": ["median"],
    "cluster_count": ["1", "some"],
    "cluster_threshold": ["0", "-1", ".inf"],
    "cluster_damping": ["0.4", "1.0"],
    "cluster_clip": ["0", ".nan"],
    "cluster_shrinkage": ["1.0", "-0.1"],
    "size_pair": ["[000300, '000852']", '["000300", "000300"]', '["000300"]', "000300"],
    "growth_pair": ['["399370", "399370"]', "[]"],
    "size_lambda": ["1.0e+300", "0", ".inf"],
    "growth_lambda": ["-5", "1e300"],
    "style_start": ["2015-13-01", "then"],
    "lookthrough_index": ["沪深300", "30", "000300.SH"],
    "lookthrough_window": ["10", "2001"],
    "control_pair": ['["000905", "000905"]'],
    "case_week": ["week 3", "2025-02-29"],
    "report_months": ["0", "7"],
    "active_shrink": ["-1", ".inf"],
    "turning_date": ["2021"],
    "rotation_scheme": ["SW2021_L2"],
    "report_scheme": ["CITIC"],
    "rotation_start": ["20191032"],
    "style_timed_start": ["never"],
    "top_n": ["010", "0", "0x10", "1.5"],
    "holding_weeks": ["0", "27"],
    "trade_lag": ["-1", "21"],
    "cost_bps": ["-1", "1000", "1:30"],
    "backcast_labels": ["maybe", "2"],
    "research_benchmark": ["CSI"],
    "research_indices": ["[]", "000300", "[000300]"],
    "research_pair": ['["000905"]'],
    "state_market": [""],
    "bond_yield": ["1.8", ".nan"],
    "stance": ["hope"],
    "held_funds": ["510300.SH", "[510300]"],
    "limit_size": ["-1", ".inf"],
    "limit_amount": ["-1"],
    "limit_tracking_error": ["2", "-0.1"],
    "limit_fee": ["65"],
    "limit_premium": ["-0.01"],
    "positions": ["0", "06"],
    "max_weight": ["0", "1.1"],
    "max_cluster": ["0", "40"],
    "satellite_share": ["-0.1", "30"],
    "fall_limit": ["0", "1"],
}
# Only the data can tell; the line on the page names the parameter.
TOLD = {
    "01_taxonomy": {"industry_scheme": "SW1990"},
    "04_style_regimes": {"size_pair": ["999998", "999999"], "growth_pair": ["999997", "999996"]},
    "05_etf_flows": {"lookthrough_index": "999999", "case_week": "1999-01-08"},
    "07_rotation": {"rotation_start": "2090-01-01", "style_timed_start": "2090-01-01"},
    "08_index_research": {"research_pair": ["999998", "999999"], "industry_scheme": "SW1990"},
    "09_five_step_screen": {"rotation_start": "2090-01-01", "held_funds": ["999999.SH"]},
}
ALONE = [
    ("01_taxonomy", "start", "2026-02-10"),
    ("08_index_research", "state_market", "999999"),
    ("08_index_research", "research_benchmark", "999999"),
    ("08_index_research", "research_indices", ["999999"]),
    ("09_five_step_screen", "research_benchmark", "999999"),
    ("09_five_step_screen", "state_market", "999999"),
]
FOLDERS = {"data", "monthly_units"}  # a folder is looked for when it is read: see test_folder


def test_every_declared_parameter_has_an_odd_value_here():
    told = {name for values in TOLD.values() for name in values} | {name for _, name, _ in ALONE}
    assert set(DECLARED) <= set(REFUSED) | told | FOLDERS
    assert set(REFUSED) | told <= set(RunParams.model_fields)


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in REFUSED.items() for text in texts])
def test_an_odd_value_is_refused_in_one_line_that_names_the_parameter(tmp_path, name, text):
    run = tmp_path / "mine.yaml"
    run.write_text("source: demo\n" if name != "source" else "", encoding="utf-8")
    with pytest.raises(ParamError) as refused:
        load_params(run, [f"{name.upper()}={text}"])
    line = str(refused.value)
    assert "\n" not in line and line.startswith("command line: ") and name in line


def test_days_are_compared_however_they_are_written(tmp_path):
    run = tmp_path / "mine.yaml"
    run.write_text("source: demo\n", encoding="utf-8")
    assert load_params(run, ["START=20250601"]).start == "2025-06-01"
    with pytest.raises(ParamError, match="start: 2025-06-01 is after end 2025-01-01"):
        load_params(run, ["START=20250601", "END=20250101"])


@pytest.mark.book
@pytest.mark.parametrize("chapter", TOLD)
def test_what_only_the_data_can_tell_is_told_on_the_page_with_the_parameter_s_name(run_chapter, chapter):
    page = run_chapter(chapter, data="small", **TOLD[chapter])
    assert {name for name in TOLD[chapter] if not any(name in reason.lower() for reason in page.reasons)} == set()
    assert all("\n" not in reason for reason in page.reasons)


@pytest.mark.book
@pytest.mark.parametrize(("chapter", "name", "value"), ALONE)
def test_what_stops_a_page_early_names_the_parameter_too(run_chapter, chapter, name, value):
    page = run_chapter(chapter, data="small", **{name: value})
    assert any(name in reason.lower() for reason in page.reasons)
