"""Six sectors for both industry schemes, to see what a rotation leans on.

The report speaks of six sectors (板块) and does not list their members; this is our own grouping.
"""

from __future__ import annotations

import pandas as pd

SECTORS = {
    "technology 科技": "电子 计算机 通信 传媒",
    "health 医药": "医药 医药生物",
    "consumer 消费": (
        "食品饮料 家电 家用电器 消费者服务 社会服务 商贸零售 纺织服装 纺织服饰 农林牧渔 美容护理 轻工制造"
    ),
    "manufacturing 制造": "电力设备及新能源 电力设备 机械 机械设备 国防军工 汽车 环保",
    "cyclical 周期": (
        "石油石化 煤炭 有色金属 钢铁 基础化工 建材 建筑材料 建筑 建筑装饰 电力及公用事业 公用事业 交通运输"
    ),
    "financial 金融": "银行 非银行金融 非银金融 综合金融 房地产 综合",
}


def sector_of() -> pd.Series:
    """Return the sector of each industry name of CITIC and Shenwan level 1."""
    return pd.Series({name: sector for sector, names in SECTORS.items() for name in names.split()}, name="sector")


def sector_mix(weights: pd.DataFrame) -> pd.DataFrame:
    """Return the weight of each sector on each date.

    Parameters
    ----------
    weights : DataFrame
        Dates x industry names.

    Returns
    -------
    DataFrame
        Dates x sectors, and ``other`` when an industry of another scheme is held.
    """
    sector = sector_of().reindex(weights.columns).fillna("other")
    mix = weights.T.groupby(sector.to_numpy()).sum().T
    order = [name for name in (*SECTORS, "other") if name in mix]
    return mix[order]
