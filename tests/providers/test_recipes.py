"""The column maps for terminals and accounts, on invented exports laid out as each of them saves its tables."""

import shutil
from pathlib import Path

import pytest

from helpers.sources.columns import read_mappings
from helpers.sources.folder import Folder

EXAMPLES = Path(__file__).parents[2] / "params/examples"
TUSHARE, JOINQUANT, WIND, CHOICE = (
    {
        "etf_list": (
            "ts_code,name,management,custodian,fund_type,found_date,list_date,m_fee,c_fee,status\n"
            "510300.SH,沪深甲ETF,甲基金,甲银行,股票型,20120504,20120528,0.5,0.1,L\n",
            {"code": "510300.SH", "mgmt_fee": 0.005, "fund_type": "stock"},
        ),
        "etf_daily": (
            "ts_code,trade_date,pre_close,open,high,low,close,change,pct_chg,vol,amount\n"
            "510300.SH,20250930,4.0,4.0,4.2,3.9,4.1,0.1,2.5,1000000.0,410000.0\n",
            {"code": "510300.SH", "adj_close": 4.1, "volume": 1e8, "amount": 4.1e8},
        ),
        "etf_shares": ("ts_code,trade_date,fd_share\n510300.SH,20250930,900000.5\n", {"shares": 9000005000.0}),
        "index_daily": (
            "ts_code,trade_date,close,open,vol,amount\n000300.SH,20250930,4640.69,4600.1,1.0,2.0\n",
            {"index_code": "000300", "close": 4640.69},
        ),
        "index_weights": (
            "index_code,con_code,trade_date,weight\n399300.SZ,600519.SH,20250930,60.0\n399300.SZ,000001.SZ,20250930,40.0\n",
            {"index_code": "399300", "code": "000001.SZ", "weight": 0.4},
        ),
        "stock_industry": (
            "l1_code,l1_name,ts_code,name,in_date,out_date,is_new\n801780.SI,银行,000001.SZ,甲银行,20210730,,Y\n",
            {"scheme": "SW2021_L1", "industry_code": "801780", "industry_name": "银行"},
        ),
        "industry_daily": (
            "ts_code,trade_date,name,open,close,vol,amount,pe,pb\n801780.SI,20250930,银行,1,3900.5,1,1,6.1,0.6\n",
            {"industry_code": "801780", "close": 3900.5},
        ),
        "fund_nav": (
            "ts_code,ann_date,nav_date,unit_nav,adj_nav\n000001.OF,20251001,20250930,1.2,3.4\n",
            {"nav_adj": 3.4},
        ),
        "index_valuation": (
            "ts_code,trade_date,pe,pe_ttm,pb\n000300.SH,20250930,13,14.2,1.4\n",
            {"pe_ttm": 14.2, "pb": 1.4},
        ),
        "calendar": ("exchange,cal_date,is_open,pretrade_date\nSSE,20250930,1,20250929\n", {}),
    },
    {
        "etf_list": (
            "code,display_name,start_date,end_date,type,traced_index_name,traced_index_code\n"
            "510300.XSHG,沪深甲ETF,2012-05-28,,etf,沪深甲(000300),000300.XSHG\n",
            {"code": "510300.SH", "index_code": "000300"},
        ),
        "etf_daily": (
            "time,code,close,volume,money\n2025-09-30 00:00:00,510300.XSHG,4.1,100000000.0,410000000.0\n",
            {"code": "510300.SH", "adj_close": 4.1, "amount": 4.1e8},
        ),
        "etf_shares": (
            "id,code,name,exchange_code,date,shares\n1,159915.XSHE,创甲ETF,XSHE,2025-09-30,9000005000.0\n",
            {"code": "159915.SZ", "shares": 9000005000.0},
        ),
        "index_daily": ("time,code,close\n2025-09-30,000300.XSHG,4640.69\n", {"index_code": "000300"}),
        "index_weights": (
            "index,display_name,date,weight,index_code\n600519.XSHG,甲,2025-09-30,60.0,000300.XSHG\n"
            "000001.XSHE,乙,2025-09-30,40.0,000300.XSHG\n",
            {"code": "000001.SZ", "weight": 0.4},
        ),
        "industry_daily": (
            "id,date,code,name,open,high,low,close,volume,money\n1,2025-09-30,801780,银行I,1,1,1,3900.5,1,1\n",
            {"industry_code": "801780", "scheme": "SW2021_L1"},
        ),
        "fund_holdings": (
            "id,code,period_start,period_end,pub_date,report_type,rank,symbol,name,shares,market_cap,proportion\n"
            "1,000001,2025-04-01,2025-06-30,2025-07-20,第二季度,1,600519,甲,1000,1600000.0,9.5\n",
            {"fund_code": "000001.OF", "code": "600519.SH", "weight_nav": 0.095},
        ),
        "fund_nav": (
            "id,code,day,net_value,refactor_net_value\n1,000001,2025-09-30,1.2,3.4\n",
            {"fund_code": "000001.OF"},
        ),
    },
    {
        "etf_list": (
            "证券代码,证券简称,基金上市日期,摘牌日期,跟踪指数代码,跟踪指数名称,基金管理人,管理费率[单位]%,托管费率[单位]%,基金规模[单位]亿元\n"
            "510300.SH,沪深甲ETF,2012-05-28,,000300.SH,沪深甲,甲基金,0.5,0.1,4000.5\n",
            {"index_code": "000300", "mgmt_fee": 0.005, "size": 400050000000.0},
        ),
        "etf_daily": (
            "代码,简称,日期,开盘价(元),最高价(元),最低价(元),收盘价(元),成交量(股),成交金额(元)\n"
            "510300.SH,沪深甲ETF,2025-09-30,4.0,4.2,3.9,4.1,100000000,410000000\n",
            {"adj_close": 4.1, "volume": 1e8, "amount": 4.1e8},
        ),
        "etf_shares": (
            "代码,简称,日期,基金份额合计(份)\n510300.SH,沪深甲ETF,2025-09-30,9000005000\n",
            {"shares": 9000005000.0},
        ),
        "index_daily": ("代码,简称,日期,收盘价(元)\n000300.SH,沪深甲,2025-09-30,4640.69\n", {"index_code": "000300"}),
        "index_weights": (
            "日期,指数代码,成份代码,成份名称,权重(%)\n2025-09-30,000300.SH,600519.SH,甲,60\n2025-09-30,000300.SH,000001.SZ,乙,40\n",
            {"index_code": "000300", "weight": 0.4},
        ),
        "industry_daily": (
            "代码,简称,日期,收盘价(元)\nCI005021.WI,银行(中信),2025-09-30,3900.5\n",
            {"industry_code": "CI005021", "scheme": "CITIC_L1"},
        ),
        "fund_nav": ("代码,简称,日期,复权单位净值(元)\n000001.OF,甲混合,2025-09-30,3.4\n", {"nav_adj": 3.4}),
    },
    {
        "etf_list": (
            "证券代码,证券名称,上市日期,跟踪指数代码,跟踪标的,基金管理人,管理费率(%),托管费率(%),基金规模(亿元)\n"
            "510300.SH,沪深甲ETF,2012/5/28,000300.SH,沪深甲,甲基金,0.5,0.1,4000.5\n",
            {"index_code": "000300", "custody_fee": 0.001},
        ),
        "etf_daily": (
            "证券代码,证券名称,交易时间,开盘价,最高价,最低价,收盘价,成交量,成交额\n"
            "510300.SH,沪深甲ETF,2025/9/30,4.0,4.2,3.9,4.1,100000000,410000000\n",
            {"adj_close": 4.1, "amount": 4.1e8},
        ),
        "etf_shares": (
            "证券代码,证券名称,截止日期,基金份额(亿份)\n510300.SH,沪深甲ETF,2025/9/30,90.00005\n",
            {"shares": 9000005000.0},
        ),
        "index_daily": (
            "证券代码,证券名称,交易时间,收盘价\n000300.SH,沪深甲,2025/9/30,4640.69\n",
            {"index_code": "000300"},
        ),
        "index_weights": (
            "截止日期,指数代码,成份证券代码,成份证券名称,权重(%)\n2025/9/30,000300.SH,600519.SH,甲,60\n2025/9/30,000300.SH,000001.SZ,乙,40\n",
            {"weight": 0.4},
        ),
        "fund_nav": ("证券代码,证券名称,净值日期,复权单位净值\n000001.OF,甲混合,2025/9/30,3.4\n", {"nav_adj": 3.4}),
    },
)
CASES = [
    (vendor, table, encoding)
    for vendor, exports in (("tushare", TUSHARE), ("joinquant", JOINQUANT), ("wind", WIND), ("choice", CHOICE))
    for table in exports
    for encoding in (["gb18030", "utf-8-sig"] if vendor in ("wind", "choice") else ["utf-8"])
]
EXPORTS = {"tushare": TUSHARE, "joinquant": JOINQUANT, "wind": WIND, "choice": CHOICE}


@pytest.mark.parametrize(("vendor", "table", "encoding"), CASES)
def test_an_export_reads_as_the_canonical_table(tmp_path, vendor, table, encoding):
    text, expected = EXPORTS[vendor][table]
    shutil.copy(EXAMPLES / f"{vendor}.yaml", tmp_path / "columns.yaml")
    (tmp_path / f"{table}.csv").write_text(text, encoding)
    row = Folder(tmp_path).read(table).iloc[0]
    for column, value in expected.items():
        assert row[column] == (pytest.approx(value) if isinstance(value, float) else value), column


@pytest.mark.parametrize("vendor", EXPORTS)
def test_every_table_of_a_recipe_has_an_export_here(vendor):
    assert set(read_mappings(EXAMPLES / f"{vendor}.yaml")) == set(EXPORTS[vendor])
