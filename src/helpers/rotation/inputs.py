"""What a market can feed a rotation with: every input and factor on its own, and a table of what each came to.

Nothing is replaced by a guess: asked for an input that the market cannot give, it raises
:class:`helpers.tables.MissingTable`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from helpers import active_funds
from helpers.factors import Composite, composite, factor_change, factor_divergence, factor_flow, factor_level
from helpers.flows.etf_money import EtfMoney, etf_money
from helpers.panels import industry_closes
from helpers.regimes import style_ratio, style_signal, unusable_pair, weekly_closes
from helpers.sessions import month_ends, sessions
from helpers.tables import MissingTable, needed

FLOW, LEVEL = "short_term_flow", "style_adj_holding_level"
CHANGE, DIVERGENCE = "style_adj_marginal_change", "divergence_vs_active"
FACTORS = {
    FLOW: "短期资金流入流出",
    LEVEL: "风格调整后持仓程度",
    CHANGE: "风格调整后持仓边际变化",
    DIVERGENCE: "与权益基金的持仓分歧度",
}
SHORT = {FLOW: "1 flow", LEVEL: "2 level", CHANGE: "3 change", DIVERGENCE: "4 divergence"}
MOST_MONTHS = 0.5


@dataclass(frozen=True)
class RotationInputs:
    """Frames for the factors, each computed when first asked for.

    Every attribute below raises :class:`helpers.tables.MissingTable`, with the tables, the reason and the way out,
    where the market cannot give it. :attr:`factors` and :attr:`table` never do.

    Parameters
    ----------
    market : mapping of table name to DataFrame
        As from :func:`helpers.sources.load_market`.
    scheme, size_pair, growth_pair, size_lambda, growth_lambda, style_start, backcast, start
        As for :func:`gather`.
    """

    market: Mapping[str, pd.DataFrame]
    scheme: str
    size_pair: Sequence[str]
    growth_pair: Sequence[str]
    size_lambda: float
    growth_lambda: float
    style_start: str
    backcast: bool = False
    start: str | None = None

    @cached_property
    def prices(self) -> pd.DataFrame:
        """Sessions × industries of the scheme."""
        return industry_closes(*needed(self.market, "industry_daily"), self.scheme)

    @cached_property
    def money(self) -> EtfMoney:
        """ETF money by week."""
        return etf_money(self.market, self.scheme, backcast=self.backcast, start=self.start)

    @property
    def holdings(self) -> pd.DataFrame:
        """Week ends × industries, CNY held by ETFs; NaN before any label of the industry had begun."""
        return self.money.holdings.where(self.money.named)

    @cached_property
    def size_state(self) -> pd.Series:
        """1 large caps in favour, 0 small caps, by week."""
        return self._style(self.size_pair, self.size_lambda)

    @cached_property
    def growth_state(self) -> pd.Series:
        """1 growth in favour, 0 value, by week."""
        return self._style(self.growth_pair, self.growth_lambda)

    @cached_property
    def active(self) -> pd.DataFrame:
        """Month ends × industries: weights of active equity funds as known; the report compares month ends."""
        weeks = self.holdings.index
        days = sessions(weeks[0] - pd.Timedelta(days=40), weeks[-1])
        months = month_ends(days, complete=True)
        return active_funds.active_weights(self.market, months, self.scheme, backcast=self.backcast).weights

    @cached_property
    def heat(self) -> pd.Series:
        """Issuance heat by the date it is known."""
        return active_funds.issuance_heat(*needed(self.market, "fund_issuance"))

    @cached_property
    def flow(self) -> pd.DataFrame:
        """Factor 1, the weekly change of an industry's share of ETF money."""
        return _some(factor_flow(self.holdings), FLOW, "etf_shares", "index_weights")

    @cached_property
    def level(self) -> pd.DataFrame:
        """Factor 2, the share itself, turned by the size style."""
        return _some(factor_level(self.holdings, self.size_state), LEVEL, "index_daily")

    @cached_property
    def change(self) -> pd.DataFrame:
        """Factor 3, the change of the share over a month, turned by the growth style."""
        return _some(factor_change(self.holdings, self.growth_state), CHANGE, "index_daily")

    @cached_property
    def divergence(self) -> pd.DataFrame:
        """Factor 4, the share less that in active funds, turned by issuance heat."""
        found = factor_divergence(self.holdings, self.active, self.heat)
        return _some(found, DIVERGENCE, "fund_holdings", "fund_issuance")

    def factor(self, name: str) -> pd.DataFrame:
        """Return one factor by its name, weeks × industries.

        Parameters
        ----------
        name : str
            One of :data:`FACTORS`.

        Returns
        -------
        DataFrame
            Known after the close of each week's last session; a higher value is preferred.

        Raises
        ------
        MissingTable
            Naming what the factor lacks.
        ValueError
            For an unknown name.
        """
        if name not in FACTORS:
            raise ValueError(f"unknown factor {name!r}: the four are {', '.join(FACTORS)}")
        return getattr(self, {FLOW: "flow", LEVEL: "level", CHANGE: "change", DIVERGENCE: "divergence"}[name])

    @cached_property
    def factors(self) -> dict[str, pd.DataFrame]:
        """The factors that can be formed, by name, in the report's order."""
        found = {name: _attempt(lambda name=name: self.factor(name)) for name in FACTORS}
        return {name: frame for name, frame in found.items() if not isinstance(frame, MissingTable)}

    @cached_property
    def composite(self) -> Composite:
        """Mean of the factors each week has, and which those are."""
        if not self.factors:
            _ = self.flow  # says what is missing
        return composite(self.factors)

    @cached_property
    def in_force(self) -> RotationInputs:
        """The same inputs with labels only from the day they began."""
        return replace(self, backcast=False) if self.backcast else self

    @cached_property
    def looked_ahead(self) -> RotationInputs:
        """The same inputs with each stock's first label also before it began: not known then, for comparison only."""
        return self if self.backcast else replace(self, backcast=True)

    @property
    def labels(self) -> str:
        """What a caption says of the labels."""
        return "labels looked ahead: not known then" if self.backcast else "labels in force on the day"

    @cached_property
    def table(self) -> pd.DataFrame:
        """What each factor could be built from, for the page.

        Returns
        -------
        DataFrame
            One row an input: ``input``, ``serves`` (factors), ``state`` (what there is, or what is missing), ``lacks``
            (list of tables).
        """
        return pd.DataFrame([self._row(*line) for line in _LINES], columns=["input", "serves", "state", "lacks"])

    def lacking(self, *factors: str) -> list[str]:
        """Return the tables without which the named factors (default all four) are not the report's, each once."""
        return list(dict.fromkeys(name for row in self._thin(factors) for name in row.lacks))

    def comparable(self, *factors: str) -> RotationInputs:
        """Return these inputs if the named factors (default all four) stand on most of the ETF market, as in print.

        Raises
        ------
        MissingTable
            Naming all that is missing or too thin, in the words of :attr:`table`.
        """
        if tables := self.lacking(*factors):
            raise MissingTable(tuple(tables), "; ".join(f"{row.input}: {row.state}" for row in self._thin(factors)))
        return self

    def _thin(self, factors: Sequence[str]) -> list:
        """Rows of the table that some of the factors need and that lack something."""
        numbers = {k for k, name in enumerate(FACTORS, 1) if name in (factors or FACTORS)}
        rows = zip(self.table.itertuples(index=False), _LINES, strict=True)
        return [row for row, (_, serves, _) in rows if row.lacks and numbers & serves]

    def _style(self, pair: Sequence[str], lamb: float) -> pd.Series:
        (index_daily,) = needed(self.market, "index_daily")
        if reason := unusable_pair(index_daily, pair, self.style_start):
            raise MissingTable("index_daily", reason, "Choose another pair of indices.")
        return style_signal(style_ratio(weekly_closes(index_daily, pair, self.style_start)), lamb)["state"]

    def _row(self, label: str, serves: set[int], read: Callable) -> tuple[str, str, str, list[str]]:
        """Read one input and say what came of it."""
        found = _attempt(lambda: read(self))
        numbers = "factors 1 to 4" if len(serves) == 4 else f"factor {', '.join(map(str, serves))}"
        if isinstance(found, MissingTable):
            return label, numbers, found.reason, list(found.tables)
        return label, numbers, found, []


def gather(
    market: Mapping[str, pd.DataFrame],
    *,
    scheme: str,
    size_pair: Sequence[str],
    growth_pair: Sequence[str],
    size_lambda: float,
    growth_lambda: float,
    style_start: str,
    backcast: bool = False,
    start: str | None = None,
) -> RotationInputs:
    """Return the inputs of the rotation on a market; each is built when first asked for.

    Parameters
    ----------
    market : mapping of table name to DataFrame
        As from `helpers.sources.load_market`.
    scheme : str
        Industry scheme traded and looked through to, e.g. "SW2021_L1".
    size_pair, growth_pair, size_lambda, growth_lambda, style_start
        The style signals; see `helpers.regimes`.
    backcast : bool
        Give a stock its first label also before that label began. It knows labels before their time.
    start : date, optional
        First week of holdings.

    Returns
    -------
    RotationInputs
    """
    given = (size_pair, growth_pair, size_lambda, growth_lambda, style_start, backcast, start)
    return RotationInputs(market, scheme, *given)


def _attempt(read: Callable[[], pd.DataFrame]) -> pd.DataFrame | MissingTable:
    """Return what was read, or what is missing."""
    try:
        return read()
    except MissingTable as missing:
        return missing


def _some(factor: pd.DataFrame, name: str, *tables: str) -> pd.DataFrame:
    """Return a factor that has a value somewhere."""
    if not factor.notna().any(axis=None):
        raise MissingTable(tables, f"their dates and those of ETF holdings leave {FACTORS[name]} no value")
    return factor


def _span(frame: pd.DataFrame | pd.Series) -> str:
    """Say from when to when a frame has anything."""
    there = frame.notna().any(axis=1) if frame.ndim == 2 else frame.notna()
    dates = frame.index[there]
    return f"{dates[0]:%Y-%m-%d} to {dates[-1]:%Y-%m-%d}" if len(dates) else "no value"


def _breadth(inputs: RotationInputs) -> str:
    """Say how much of the ETF market is known."""
    weighed, asked = inputs.money.whole().weighed
    known = inputs.money.universe.mean()
    return f"units of {known:.0%} of the listed stock ETFs on average, weights of {weighed} of {asked} tracked indices"


def _active_span(inputs: RotationInputs) -> str:
    """Say when active weights are known; fewer than half of the months are not enough for the report's factor."""
    there = inputs.active.notna().any(axis=1)
    if there.mean() < MOST_MONTHS:
        raise MissingTable("fund_holdings", f"known in {there.sum()} of {len(there)} months")
    return _span(inputs.active)


ALL = {1, 2, 3, 4}
_LINES: list[tuple[str, set[int], Callable[[RotationInputs], str]]] = [
    ("industry prices", ALL, lambda inputs: _span(inputs.prices)),
    ("ETF holdings by industry", ALL, lambda inputs: _span(inputs.holdings)),
    ("most of the ETF market", ALL, _breadth),
    ("size style", {2}, lambda inputs: _span(inputs.size_state)),
    ("growth style", {3}, lambda inputs: _span(inputs.growth_state)),
    ("active funds' weights", {4}, _active_span),
    ("issuance heat", {4}, lambda inputs: _span(inputs.heat)),
]
