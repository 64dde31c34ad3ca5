"""The typed parameters of a run.

One flat YAML file per run (``params/<run>.yaml``) and optional ``key=value`` overrides become one :class:`RunParams`.
Everything that could make a run silently wrong is refused here with one line that names the file, the key and the way
out: an unknown key, a key given twice, a wrong type, an index code that YAML turned into a number.
"""

from __future__ import annotations

import datetime as dt
import difflib
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator


class ParamError(ValueError):
    """A parameter that a run cannot use: one line that names file, key and the way out."""


def _iso(value: str) -> str:
    try:
        return dt.date.fromisoformat(value).isoformat()
    except ValueError:
        raise ValueError(f"{value!r} is no date; write it as YYYY-MM-DD") from None


def _past(value: str) -> str:
    if value > dt.date.today().isoformat():
        raise ValueError(f"{value} has not come yet; leave it out to take all the data")
    return value


def _two(pair: list[str]) -> list[str]:
    if pair[0] == pair[1]:
        raise ValueError(f"{pair[0]} stands twice; name two different indices")
    return pair


_NUMBER = re.compile(r"[-+]?(0|[1-9]\d*)?(\.\d*)?([eE][-+]?\d+)?|[-+]?\.(inf|nan)", re.IGNORECASE | re.ASCII)

Day = Annotated[str, AfterValidator(_iso)]
PastDay = Annotated[Day, AfterValidator(_past)]
Folder = Annotated[str, AfterValidator(os.path.expanduser)]
IndexCode = Annotated[str, Field(pattern=r"^[0-9A-Za-z]{5,8}$")]
IndexPair = Annotated[list[IndexCode], Field(min_length=2, max_length=2), AfterValidator(_two)]
Lambda = Annotated[float, Field(ge=1e-3, le=1e9)]


class RunParams(BaseModel):
    """Every parameter of the book, with its type, its default and what it means.

    A chapter's ``parameters`` cell names the ones it reads, with these same defaults.
    """

    model_config = ConfigDict(extra="forbid", strict=True, validate_default=True, allow_inf_nan=False)

    # every chapter
    source: Literal["demo", "folder", "free", "tushare", "joinquant"] = Field(
        "demo",
        description="where the tables come from: demo, folder, or what `make data` fetched from one of the others",
    )
    data: Folder | None = Field(None, description="the folder of tables; data/<source> where they were fetched")
    start: PastDay | None = Field(None, description="first day shown; null = as far back as the data go")
    end: PastDay | None = Field(None, description="last day known to the run; null = the last day of the data")

    # 01 taxonomy
    industry_scheme: str = Field("SW2021_L1", description="classification whose industries are ranked by year")
    leader_count: int = Field(5, ge=1, description="best industries of a year that count as its leaders")
    supply_span: int = Field(3, ge=1, description="years in each window when supply of funds is compared")

    # 02 index_dedup and 03 clusters
    min_amount: float = Field(10_000_000.0, ge=0, description="least daily turnover of a fund, CNY; 0 keeps all")
    amount_window: int = Field(60, ge=1, description="sessions over which that turnover is taken")
    amount_measure: Literal["median", "mean"] = Field("median", description="how a fund's turnover is summarised")
    survivor: Literal["earliest", "largest", "most_traded", "cheapest"] = Field(
        "earliest", description="which fund stands for an index"
    )

    # 03 clusters
    cluster_months: int = Field(12, ge=2, le=240, description="month ends clustered, ending at the last complete month")
    cluster_lookback: int = Field(120, ge=20, le=1000, description="sessions of daily returns behind each month end")
    cluster_method: Literal["linkage", "affinity"] = Field("affinity", description="affinity propagation, or linkage")
    cluster_linkage: Literal["average", "complete", "single", "ward"] = Field("ward", description="distance of groups")
    cluster_count: int | None = Field(30, ge=2, description="clusters of a linkage; null cuts at cluster_threshold")
    cluster_threshold: float = Field(1.0, gt=0, description="distance at which the tree is cut when no count is given")
    cluster_damping: float = Field(0.8, ge=0.5, le=0.98, description="how much affinity propagation keeps of a message")
    cluster_clip: float | None = Field(4.0, gt=0, description="pull extreme days in to this many robust deviations")
    cluster_shrinkage: float = Field(0.0, ge=0, lt=1, description="how far correlations are pulled to their average")

    # 04 style_regimes
    size_pair: IndexPair = Field(["000300", "000852"], description="large caps over small caps")
    growth_pair: IndexPair = Field(["399370", "399371"], description="growth over value")
    size_lambda: Lambda = Field(100.0, description="HP smoothing of the weekly size ratio")
    growth_lambda: Lambda = Field(1000.0, description="HP smoothing of the weekly growth ratio")
    style_start: Day = Field("2015-01-05", description="first day the style filters see")

    # 05 etf_flows
    lookthrough_index: IndexCode = Field("000300", description="index whose true weights judge those from returns")
    lookthrough_window: int = Field(250, ge=60, le=2000, description="sessions of returns behind estimated weights")
    control_pair: IndexPair = Field(["000905", "000852"], description="mid over small caps, a tilt to control for")
    case_week: Day | None = Field(None, description="week to look at closely; null = the last one with two weeks after")
    monthly_units: Folder | None = Field(
        None, description="parquet file of monthly averages of ETF units (month_end, code, shares), beside the tables"
    )
    report_scheme: Literal["SW2021_L1", "CITIC_L1"] = Field(
        "CITIC_L1", description="industries of what stands beside the rotation report's cells; CITIC's are its own"
    )

    # 06 active_divergence
    report_months: int = Field(2, ge=1, le=6, description="months in which a new report of active funds is used as is")
    active_shrink: float = Field(1.0, ge=0, description="pull of simulated active weights to the last report")
    turning_date: Day = Field("2021-07-01", description="when, by the report, pricing power passed to ETFs")

    # 07 rotation
    rotation_scheme: Literal["SW2021_L1", "CITIC_L1"] = Field("SW2021_L1", description="industries rotated among")
    rotation_start: Day = Field("2019-10-08", description="first day of the four-factor rotation")
    style_timed_start: Day = Field("2017-01-09", description="first day of the style-timed rotation")
    top_n: int = Field(6, ge=1, description="industries held")
    holding_weeks: int = Field(2, ge=1, le=26, description="trading weeks between changes")
    trade_lag: int = Field(1, ge=0, le=20, description="sessions from a decision's close to its fill")
    cost_bps: float = Field(10.0, ge=0, lt=1000, description="fee on money traded, basis points each way")
    backcast_labels: bool = Field(False, description="give stocks their first industry label also before it began")

    # 08 index_research
    research_benchmark: IndexCode = Field("000300", description="index that others are measured against")
    research_indices: list[IndexCode] = Field(
        ["000015", "000922", "399006", "399370"],
        min_length=1,
        description="indices looked at in rising and falling months",
    )
    research_pair: IndexPair = Field(
        ["000905", "000300"], description="index whose excess is attributed, over the other"
    )
    state_market: IndexCode = Field("000985", description="broad index whose state is told")
    bond_yield: float = Field(0.018, ge=-0.05, le=0.5, description="ten-year yield behind the equity risk premium")

    # 09 five_step_screen
    stance: Literal["attack", "defence", "theme", "core"] | None = Field(
        None, description="what the screen looks for; null = what the state of the market asks for"
    )
    held_funds: list[str] = Field([], description="funds already held, such as 510300.SH")
    limit_size: float = Field(2e8, ge=0, description="least size of a fund, CNY")
    limit_amount: float = Field(1e7, ge=0, description="least median turnover of a fund a session, CNY")
    limit_tracking_error: float = Field(0.02, ge=0, le=1, description="most tracking error a year")
    limit_fee: float = Field(0.0065, ge=0, le=1, description="most management and custody fee a year")
    limit_premium: float = Field(0.01, ge=0, le=1, description="most distance of price and net asset value")
    positions: int = Field(6, ge=1, description="most funds held")
    max_weight: float = Field(0.25, gt=0, le=1, description="most wealth in one fund")
    max_cluster: float = Field(0.4, gt=0, le=1, description="most wealth in funds that move together")
    satellite_share: float = Field(0.3, ge=0, le=1, description="wealth in satellites; the rest is the broad core")
    fall_limit: float = Field(0.15, gt=0, lt=1, description="fall from the peak at which satellites are halved")

    @model_validator(mode="after")
    def _dates_in_order(self) -> RunParams:
        if self.start and self.end and self.start > self.end:
            raise ValueError(f"start: {self.start} is after end {self.end}; choose an earlier start")
        return self


def load_params(path: str | Path, overrides: Iterable[str] = ()) -> RunParams:
    """Read a run's YAML file, apply ``key=value`` overrides and check the whole.

    Parameters
    ----------
    path : path
        The run's file, one flat mapping of parameters.
    overrides : iterable of str
        ``key=value`` texts; they win over the file. Keys may be upper case, as on a ``make`` command line.

    Returns
    -------
    RunParams
        Checked.

    Raises
    ------
    ParamError
        One line naming the file (or the command line), the key and the way out.
    """
    path = Path(path)
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in path.parent.glob("[!.]*.yaml"))) or "none"
        raise ParamError(f"{path}: no such run; the runs here are: {known}")
    values, written = _read_yaml(path)
    origin = dict.fromkeys(values, str(path))
    for item in overrides:
        key, value = _override(item)
        values[key], origin[key] = value, "command line"
        written |= {(key, *at): text for at, text in _scalars(_composed(item.partition("=")[2]))}
    values = {key: _meant(key, value, written.get((key,), ""), origin[key]) for key, value in values.items()}
    return check_params(values, origin=origin, written=written, default_origin=str(path))


def check_params(
    values: Mapping[str, Any],
    *,
    origin: Mapping[str, str] | None = None,
    written: Mapping[tuple, str] | None = None,
    default_origin: str = "parameters",
) -> RunParams:
    """Validate a mapping of parameters; see :func:`load_params` for the errors.

    Parameters
    ----------
    values : mapping of str to Any
        By parameter.
    origin : mapping of str to str, optional
        Where each value was given, for the error: a file's name or the command line.
    written : mapping, optional
        How each value was written there, by its place: what YAML made of it may be something else.
    default_origin : str
        Where the others were given.

    Returns
    -------
    RunParams
        Checked.

    Raises
    ------
    ParamError
        One line naming the origin, the key and the way out.
    """
    try:
        return RunParams(**values)
    except ValidationError as error:
        first = error.errors()[0]
        where = first["loc"]
        keys = [str(where[0])] if where else ["end", "start"]  # what concerns no single key concerns the dates
        file = next((origin[key] for key in keys if key in (origin or {})), default_origin)
        raise ParamError(f"{file}: {_explain(first, written or {})}") from None


def _explain(error: Mapping[str, Any], written: Mapping[tuple, str]) -> str:
    """One pydantic error in the words of this book."""
    loc, value = tuple(error["loc"]), error["input"]
    key = ".".join(map(str, loc))
    if error["type"] == "extra_forbidden":
        near = difflib.get_close_matches(key, RunParams.model_fields, n=1)
        hint = f"did you mean {near[0]}?" if near else "`make help` says where the parameters are described"
        return f"{key}: unknown parameter; {hint}"
    if error["type"] == "string_type" and isinstance(value, int | float):
        text = written.get(loc, str(value))
        return f'{key}: {text} was read as the number {value}; put it in quotes: "{text}"'
    if error["type"] == "literal_error":
        return f"{key}: unknown {key} {value!r}; use one of {error['ctx']['expected']}"
    if error["type"] == "value_error":
        reason = str(error["ctx"]["error"])
        return f"{key}: {reason}" if key else reason
    shown = repr(value) if isinstance(value, str) else written.get(loc) or repr(value)
    return f"{key}: {shown} cannot be used: {error['msg'][0].lower()}{error['msg'][1:]}"


def _override(item: str) -> tuple[str, Any]:
    """Split ``KEY=value``; text parameters stay text, everything else is read as YAML."""
    key, equals, text = str(item).partition("=")
    key = key.strip().lower()
    if not equals:
        raise ParamError(f"command line: {item!r} is no KEY=value pair")
    field = RunParams.model_fields.get(key)
    if text in ("", "null"):
        return key, None
    if field is not None and _is_text(field.annotation):
        return key, text
    try:
        return key, yaml.load(text, _StrictLoader)
    except yaml.YAMLError:
        raise ParamError(f'command line: {key}: cannot read {text!r}; quote lists as \'["a", "b"]\'') from None


def _composed(text: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, yaml.SafeLoader)
    except yaml.YAMLError:
        return None  # a text parameter may hold anything


def _meant(key: str, value: Any, text: str, origin: str) -> Any:
    """Read a number as a reader means it: ``1e7`` is one, and ``010`` is refused, not 8."""
    field = RunParams.model_fields.get(key)
    if field is None or _is_text(field.annotation) or isinstance(value, bool | list):
        return value
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value)
    if isinstance(value, int | float) and text and not _NUMBER.fullmatch(text):
        raise ParamError(f"{origin}: {key}: {text} would be read as {value}; write a plain number")
    return float(value) if type(value) is int and field.annotation is float else value


def _is_text(annotation: Any) -> bool:
    """Whether a parameter takes text (possibly optional, possibly one of a few words)."""
    shown = str(annotation)
    return annotation is str or ("str" in shown and "list" not in shown) or shown.startswith("typing.Literal")


class _StrictLoader(yaml.SafeLoader):
    """YAML without its silent last-one-wins on repeated keys, and with dates left as the text they are."""


_StrictLoader.yaml_implicit_resolvers = {
    first: [(tag, rule) for tag, rule in rules if tag != "tag:yaml.org,2002:timestamp"]
    for first, rules in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _unique_mapping(loader: _StrictLoader, node: yaml.MappingNode, deep: bool = False) -> dict:
    seen = set()
    for key_node, _ in node.value:
        key = loader.construct_object(key_node, deep=deep)
        if key in seen:
            raise ParamError(f"{node.start_mark.name}: {key}: given twice; keep one")
        seen.add(key)
    return yaml.SafeLoader.construct_mapping(loader, node, deep)


_StrictLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _unique_mapping)


def _read_yaml(path: Path) -> tuple[dict[str, Any], dict[tuple, str]]:
    """The values of a YAML file, and each scalar as it was written (``000300``, not 192)."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ParamError(f"{path}: is not in UTF-8; save it as UTF-8") from None
    except OSError as error:
        raise ParamError(f"{path}: cannot be read ({error.strerror})") from None
    try:
        loader = _StrictLoader(text)
        loader.name = str(path)
        values = loader.get_single_data() or {}
        node = yaml.compose(text, yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f" line {mark.line + 1}" if mark else ""
        raise ParamError(f"{path}:{line} is no valid YAML; check the indentation and the quotes") from None
    if not isinstance(values, dict):
        raise ParamError(f"{path}: must be a mapping of `key: value` lines")
    return {str(k): v for k, v in values.items()}, dict(_scalars(node))


def _scalars(node: yaml.Node | None, at: tuple = ()) -> Iterable[tuple[tuple, str]]:
    if isinstance(node, yaml.ScalarNode):
        yield at, node.value
    elif isinstance(node, yaml.SequenceNode):
        for i, item in enumerate(node.value):
            yield from _scalars(item, (*at, i))
    elif isinstance(node, yaml.MappingNode):
        for key, item in node.value:
            yield from _scalars(item, (*at, key.value))
