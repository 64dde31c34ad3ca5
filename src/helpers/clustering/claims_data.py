"""The 20 claims of S000 as data: which indices a name means, and what would make each claim true in a month."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Asset:
    """An asset the article names, and the indices that can stand for it.

    Attributes
    ----------
    name : str
        As printed.
    codes : tuple of str
        Index codes in order of preference; the first that is in the universe of a month stands for the asset.
    names : tuple of str
        Index names, for data that carry no codes; compared in normal form.
    note : str
        What had to be decided.
    """

    name: str
    codes: tuple[str, ...]
    names: tuple[str, ...] = ()
    note: str = ""


ASSETS = {
    asset.name: asset
    for asset in (
        Asset("沪深300", ("000300",), ("沪深300",)),
        Asset("中证A50", ("930050",), ("中证A50",)),
        Asset("A500", ("000510",), ("中证A500",)),
        Asset("上证50", ("000016",), ("上证50",)),
        Asset("上证180", ("000010",), ("上证180",)),
        Asset("深证100", ("399330",), ("深证100",)),
        Asset("中证500", ("000905",), ("中证500",)),
        Asset("中证1000", ("000852",), ("中证1000",)),
        Asset("国证2000", ("399303",), ("国证2000",)),
        Asset("转债ETF", ("931078", "950041"), ("中证转债及可交换债", "上证投资级转债及可交换债")),
        Asset("光伏ETF", ("931151",), ("光伏产业",)),
        Asset("创业板", ("399006",), ("创业板指", "创业板")),
        Asset("化工", ("000813",), ("细分化工",)),
        Asset("电池", ("980032", "931719"), ("新能电池", "中证电池主题")),
        Asset("电网设备", ("931994", "HSCAUPG"), ("电网设备主题", "恒生A股电网设备")),
        Asset("新能源", ("399808", "000941"), ("中证新能", "新能源"), "the broad theme; 光伏 is one part of it"),
        Asset("芯片", ("990001", "980017", "H30007"), ("中华半导体芯片", "国证芯片", "芯片产业")),
        Asset("科创50", ("000688",), ("科创50",)),
        Asset("科创100", ("000698",), ("科创100",)),
        Asset("半导体设备", ("931743",), ("半导体材料设备",)),
        Asset("5GETF", ("931406", "931079"), ("5G50", "5G通信"), "931079 (5G通信) where 931406 is too thin"),
        Asset("计算机", ("930651", "H30182"), ("中证计算机", "计算机")),
        Asset("人工智能", ("930713", "931071"), ("中证人工智", "人工智能")),
        Asset("消费电子", ("980030", "931494"), ("消费电子",)),
        Asset("云计算", ("930851",), ("云计算",)),
        Asset("红利", ("000922", "000015"), ("中证红利", "红利指数")),
        Asset("红利低波", ("H30269",), ("红利低波",)),
        Asset("银行ETF", ("399986", "H30022"), ("中证银行", "800银行"), "bank ETFs in general: two indices can stand"),
        Asset("红利50", ("000015",), ("红利指数",), "上证红利 holds 50 stocks"),
        Asset("红利100", ("CSPSADRP",), ("标普A股红利",), "100 stocks; 中证红利, also 100, is the anchor"),
        Asset("电力ETF", ("H30199",), ("中证全指电力",)),
        Asset("香港红利", ("930914", "HSSCHKY", "HSHYLV"), ("港股通高股息", "恒生港股通高股息率")),
        Asset("H股金融", ("H30106", "H11146"), ("H300金融服务港币", "港股通内地金融")),
        Asset(
            "央企",
            ("HSSCSOY", "931233"),
            ("恒生港股通中国央企红利", "港股通央企红利"),
            "those listed in Hong Kong",
        ),
        Asset("恒生", ("HSI",), ("恒生",)),
        Asset("恒生科技", ("HSTECH",), ("恒生科技",)),
        Asset("日经225", ("N225",), ("日经225",)),
        Asset("德国", ("GDAXI",), ("德国DAX",)),
        Asset("标普500", ("SPX",), ("标普500",)),
        Asset("沙特", ("WISAUNT",), ("富时沙特阿拉伯",)),
        Asset("标普生物", ("SPSIBI",), ("标普生物技术精选行业",)),
        Asset("纳指生物", ("NBI",), ("纳斯达克生物技术",), "the same industry in the same market"),
        Asset("黄金股ETF", ("931238",), ("SSH黄金股票",)),
        Asset("黄金", ("AU9999", "gold"), ("SGE黄金9999", "上海金")),
        Asset("有色ETF", ("000819", "H11059"), ("有色金属", "工业有色"), "stocks, not the futures fund"),
        Asset("豆粕", ("DCESMFI",), ("大商所豆粕期货价格",)),
        Asset("油气", ("SPSIOP",), ("标普石油天然气上游股票",), "shares of US producers: no ETF holds the commodity"),
    )
}


@dataclass(frozen=True)
class Claim:
    """One claim as a test of membership.

    Attributes
    ----------
    claim_id : str
        As in the published table ``claims``.
    test : str
        Name of the test in :mod:`helpers.clustering.claim_tests`.
    assets, others : tuple of str
        Names in :data:`ASSETS`: what is claimed about, and the anchors it is held against.
    needed : float
        Share of the tested months in which it must be true, read from the wording.
    quorum : float
        Share of the assets that makes a month true; as many must be in the universe for a month to be tested.
    threshold : float
        Of tests that compare a number.
    since : str, optional
        ISO date after which the claim speaks.
    says : str
        The test in words; ``{quorum}``, ``{threshold}`` and ``{since}`` are filled in from the fields.
    note : str
        What a reader must know to weigh the verdict.
    """

    claim_id: str
    test: str
    assets: tuple[str, ...]
    others: tuple[str, ...] = ()
    needed: float = 0.75
    quorum: float = 1.0
    threshold: float = 0.0
    since: str | None = None
    says: str = ""
    note: str = ""

    def statement(self) -> str:
        """Return the test in words with its thresholds filled in."""
        since = f"{self.since:.7}" if self.since else ""
        return self.says.format(quorum=f"{self.quorum:.0%}", threshold=self.threshold, since=since)


MID_2025 = "2025-06-30"

CLAIMS = (
    Claim(
        "c01",
        "together",
        ("沪深300", "中证A50", "A500", "上证50", "上证180", "深证100"),
        quorum=0.8,
        says="{quorum} of the large-cap indices share one cluster",
    ),
    Claim("c02", "together", ("A500",), ("沪深300",), needed=1.0, says="A500 is in the cluster of 沪深300"),
    Claim(
        "c03",
        "together",
        ("中证500", "国证2000", "转债ETF"),
        ("中证1000",),
        says="all of them are in the cluster of 中证1000",
    ),
    Claim(
        "c04",
        "churn",
        ("中证1000",),
        threshold=0.2,
        says="of the members of the 中证1000 cluster before and after, at least {threshold:.0%} came or went",
    ),
    Claim(
        "c05",
        "stations",
        ("光伏ETF",),
        ("创业板", "中证1000", "化工", "电池", "电网设备"),
        needed=1.0,
        says="it moved; over the window it is in five different clusters, each with one of the named stations in it",
    ),
    Claim("c06", "together", ("新能源",), ("创业板",), needed=1.0, says="新能源 is in the cluster of 创业板"),
    Claim(
        "c07",
        "apart",
        ("芯片",),
        ("计算机", "5GETF"),
        says="the cluster of 芯片 holds neither 计算机 nor 5G",
        note="that the two are stable is a separate matter: see the tension with c10",
    ),
    Claim(
        "c08",
        "together",
        ("科创50", "科创100", "半导体设备"),
        ("芯片",),
        quorum=0.66,
        says="two of the three are in the cluster of 芯片",
    ),
    Claim(
        "c09",
        "together",
        ("人工智能", "消费电子", "云计算"),
        ("5GETF", "计算机"),
        quorum=0.66,
        says="two of the three are in the cluster of 5G or of 计算机",
    ),
    Claim(
        "c10",
        "exchange",
        ("5GETF", "计算机"),
        ("创业板",),
        needed=0.5,
        says="a member crossed between a soft-tech cluster and that of 创业板, or the two are one cluster",
    ),
    Claim(
        "c11",
        "separates",
        ("红利",),
        ("红利低波",),
        since=MID_2025,
        says="one cluster up to {since}, two afterwards",
        note="that they were together before is implied, not printed",
    ),
    Claim(
        "c12",
        "together",
        ("银行ETF",),
        ("红利低波",),
        since=MID_2025,
        says="after {since} the bank index is in the cluster of 红利低波",
    ),
    Claim(
        "c13",
        "together",
        ("红利50", "红利100", "电力ETF"),
        ("红利",),
        quorum=0.66,
        since=MID_2025,
        says="after {since} two of the three are in the cluster of 红利",
    ),
    Claim(
        "c14",
        "apart",
        ("香港红利",),
        ("红利", "红利低波", "恒生", "恒生科技", "沪深300"),
        needed=0.9,
        says="its cluster holds no mainland dividend index, no broad Hong Kong index and not 沪深300",
    ),
    Claim("c15", "together", ("H股金融", "央企"), ("香港红利",), says="both are in the cluster of 香港红利"),
    Claim(
        "c16",
        "together",
        ("日经225", "德国"),
        ("标普500",),
        needed=0.5,
        says="both are in the cluster of 标普500",
        note="when a country lacks its own macro story cannot be dated: the test is unconditional",
    ),
    Claim(
        "c17",
        "rarely apart",
        ("日经225", "德国"),
        ("标普500",),
        threshold=1 / 3,
        says="at least one is outside the cluster of 标普500, in some months but at most {threshold:.0%} of them",
        note="the policy windows are not dated in the text",
    ),
    Claim(
        "c18",
        "alone",
        ("沙特", "标普生物"),
        ("纳指生物",),
        needed=0.9,
        says="each is alone in its cluster, or 标普生物 with its Nasdaq twin only",
    ),
    Claim(
        "c19",
        "between",
        ("黄金股ETF",),
        ("黄金", "有色ETF"),
        says="in the cluster of 黄金 or of 有色; over the window in each at least once while the two are apart",
    ),
    Claim(
        "c20",
        "uncorrelated",
        ("黄金", "豆粕", "油气"),
        needed=1.0,
        threshold=0.2,
        says="each correlates below {threshold} on average with all other indices",
    ),
)
