"""Invented replies in each provider's own format; not one number of them is real."""

import io
import json
import zipfile
import zlib

import xlwt

_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def xlsx(rows, sheet="Sheet1", dimension="A1", first=()):
    """A workbook whose every cell is an inline string, as Shenzhen's are, under a dimension that is wrong."""

    def cells(row, number):
        texts = (str(v).replace("&", "&amp;").replace("<", "&lt;") for v in row)
        return "".join(
            f'<c r="{chr(65 + i)}{number}" t="inlineStr"><is><t>{t}</t></is></c>' for i, t in enumerate(texts)
        )

    def body(rows):
        lines = "".join(f'<row r="{i}">{cells(row, i)}</row>' for i, row in enumerate(rows, 1))
        return f'<worksheet xmlns="{_SHEET}"><dimension ref="{dimension}"/><sheetData>{lines}</sheetData></worksheet>'

    sheets = [*first, (sheet, rows)]
    names = "".join(f'<sheet name="{n}" sheetId="{i}" r:id="rId{i}"/>' for i, (n, _) in enumerate(sheets, 1))
    links = "".join(
        f'<Relationship Id="rId{i}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{i}.xml"/>'
        for i in range(1, len(sheets) + 1)
    )
    kinds = (
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
    )
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">{kinds}</Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_SHEET}" xmlns:r="{_OFFICE}"><sheets>{names}</sheets></workbook>',
    }
    parts |= {f"xl/worksheets/sheet{i}.xml": body(r) for i, (_, r) in enumerate(sheets, 1)}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in parts.items():
            member = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
            file.writestr(member, '<?xml version="1.0" encoding="UTF-8"?>' + text, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def xls(rows, sheet="Sheet1", first=()):
    """A workbook of the old kind; dates are dates, numbers numbers."""
    book = xlwt.Workbook()
    style = xlwt.easyxf(num_format_str="YYYY-MM-DD")
    for name, lines in [*first, (sheet, rows)]:
        page = book.add_sheet(name)
        for r, row in enumerate(lines):
            for c, value in enumerate(row):
                if hasattr(value, "year"):
                    page.write(r, c, value, style)
                elif value is not None:
                    page.write(r, c, value)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_json(value):
    return json.dumps(value, ensure_ascii=False).encode()


def jsonp(value, callback="jsonpCallback12345"):
    return f"{callback}({json.dumps(value, ensure_ascii=False)})".encode()


# -- exchanges -------------------------------------------------------------------------------------------------------


def sse_scale(date="2025-01-15", units=(("510300", "沪深甲", "9000000.12"), ("588000", "科创乙", "3,210.5")), **page):
    rows = [
        {"NUM": str(i), "SEC_CODE": c, "SEC_NAME": n, "ETF_TYPE": "跨市", "STAT_DATE": date, "TOT_VOL": v}
        for i, (c, n, v) in enumerate(units, 1)
    ]
    help_ = {"pageNo": 1, "pageSize": 10000, "pageCount": 1, "total": len(rows), "data": rows, **page}
    return {"actionErrors": [], "isPagination": "true", "pageHelp": help_, "queryDate": ""}


def sse_list(
    funds=(("510300", "华甲沪深ETF", "20120528", "000300", "沪深甲"), ("513100", "纳乙ETF", "20130515", "", "")),
):
    keys = ("fundCode", "secNameFull", "listingDate", "INDEX_CODE", "INDEX_NAME")
    rows = [{**dict(zip(keys, f, strict=True)), "companyName": "甲基金管理有限公司"} for f in funds]
    return {"pageHelp": {"data": rows, "total": len(rows)}, "result": rows}


SZSE_SCALE_HEAD = ("日期", "基金代码", "基金简称", "基金规模(份)")


def szse_scale(
    rows=(("2025-01-15", "159001", "甲ETF", "42568454936.00"), ("2025-01-15", "159915", "乙ETF", "1234567.00")),
):
    return xlsx([SZSE_SCALE_HEAD, *rows], "基金规模")


def szse_list_json(rows=(("159915", "乙ETF", "399006 创甲指 ", "1,234,567.89"), ("159001", "货甲ETF", "", "42.00"))):
    cols = {
        "sys_key": "证券代码",
        "kzjcurl": "证券简称",
        "nhzs": "拟合指数",
        "dqgm": "当前规模<br>(万份)",
        "glrmc": "基金管理人",
    }
    data = [
        {
            "sys_key": f"<a href='/x/{c}'><u>{c}</u></a>", "kzjcurl": f"<a href='#'>{n}</a>", "nhzs": i, "dqgm": s,
            "glrmc": "乙基金",
        }
        for c, n, i, s in rows
    ]  # fmt: skip
    about = {"tabkey": "tab1", "recordcount": len(data), "pagecount": 1, "pageno": 1, "cols": cols}
    return [{"metadata": about, "data": data, "error": None}]


def szse_month(month="2025-01", closed=("2025-01-01", "2025-01-28", "2025-01-29", "2025-01-30", "2025-01-31")):
    import pandas as pd

    first = pd.Timestamp(f"{month}-01")
    rows = []
    for day in pd.date_range(first, first + pd.offsets.MonthEnd(0)):
        shut = day.day_of_week > 4 or f"{day:%Y-%m-%d}" in closed
        rows.append({"zrxh": (day.day_of_week + 1) % 7 + 1, "jybz": "0" if shut else "1", "jyrq": f"{day:%Y-%m-%d}"})
    return {"data": rows, "nowdate": "2025-01-15"}


# -- frames over a socket --------------------------------------------------------------------------------------------


def baostock(kind, *parts, packed=None):
    text = "\x01".join(parts)
    body = zlib.compress(text.encode()) if (kind in ("96", "99") if packed is None else packed) else text.encode()
    length = len(body) if body[:1] == b"\x78" else len(text)
    return f"00.9.00\x01{kind}\x01{length:010d}".encode() + body + b"\x011234567890<![CDATA[]]>\n"


def baostock_table(kind, fields, rows, method="query"):
    """Records with the names of their fields, as the server lays them out."""
    record = json.dumps({"record": [[str(v) for v in row] for row in rows]}, ensure_ascii=False)
    head = ("0", "success", method, "anonymous")
    return baostock(kind, *head, *(("1", "10000") if kind != "99" else ()), record, fields)


BAOSTOCK_DAY = (
    "date,code,open,high,low,close,preclose,volume,amount,adjustflag,turn,tradestatus,pctChg,peTTM,pbMRQ,psTTM,"
    "pcfNcfTTM,isST"
)
BAOSTOCK_PROFIT = "code,pubDate,statDate,roeAvg,npMargin,gpMargin,netProfit,epsTTM,MBRevenue,totalShare,liqaShare"


# -- index publishers ------------------------------------------------------------------------------------------------

WEIGHT_HEADS = {
    "2025": (
        "日期Date", "指数代码 Index Code", "指数名称 Index Name", "指数英文名称Index Name(Eng)",
        "成份券代码Constituent Code",
        "成份券名称Constituent Name", "成份券英文名称Constituent Name(Eng)", "交易所Exchange",
        "交易所英文名称Exchange(Eng)",
        "权重(%)weight",
    ),
    "2021": (
        "日期\nDate", "指数代码\nIndex Code", "指数名称\nIndex Name", "指数英文名称\nIndex Name(Eng)",
        "成分券代码\nConstituent Code",
        "成分券名称\nConstituent Name", "成分券英文名称\nConstituent Name(Eng)", "交易所\nExchange",
        "权重(%)\nWeight(%)",
    ),
    "2014": ("Date", "Index Code", "Index Name", "Constituent Code", "Constituent Name", "Exchange", "Close",
    "Weight(%)"),
}  # fmt: skip
_MARKET_WORDS = {
    "2025": {"SH": ("上海证券交易所", "Shanghai Stock Exchange"), "SZ": ("深圳证券交易所", "Shenzhen Stock Exchange"),
             "BJ": ("北京证券交易所", "Beijing Stock Exchange"),
             "HK": ("香港联合交易所", "Hong Kong Stock Exchange")},
    "2021": {"SH": ("SHH", ""), "SZ": ("SHZ", ""), "HK": ("HKG", "")},
    "2014": {"SH": ("Shanghai", ""), "SZ": ("Shenzhen", ""), "HK": ("HongKong", "")},
}  # fmt: skip
MEMBERS = (("600001", "SH", 41.5), ("000002", "SZ", 33.25), ("300003", "SZ", 15.2), ("700", "HK", 10.05))


def closeweight(layout="2025", members=MEMBERS, index="000300", date=20250930):
    """A workbook of weights in one of the layouts that the publisher has used."""
    import datetime

    rows = []
    for code, market, weight in members:
        local, english = _MARKET_WORDS[layout][market]
        if layout == "2025":
            rows.append((str(date), index, "沪深甲", "CSI A", code, "甲股", "A Co", local, english, weight))
        elif layout == "2021":
            day = datetime.datetime.strptime(str(date), "%Y%m%d")
            rows.append((day, index, "沪深甲", "CSI A", code, "甲股", "A Co", local, weight))
        else:
            rows.append((str(date), index, "CSI A", code, "A Co", local, "12.5", str(weight)))
    return xls([WEIGHT_HEADS[layout], *rows])


def csindex_perf(days=("20250929", "20250930"), index="000300", **change):
    rows = [
        {
            "tradeDate": d, "indexCode": index, "indexNameCnAll": "沪深甲指数", "indexNameCn": "沪深甲",
            "indexNameEnAll": "A",
            "indexNameEn": "A", "open": 4600.0 + i, "high": 4650.5, "low": 4590.25, "close": 4640.69 + i,
            "change": 20.1,
            "changePct": 0.45, "tradingVol": 2.5e10, "tradingValue": 6600.5, "consNumber": 300, "peg": 14.2, **change,
        }
        for i, d in enumerate(days)
    ]  # fmt: skip
    return {"code": "200", "msg": "Success", "data": rows, "success": True}


def csindex_indicator(index="000300", days=(20250929, 20250930)):
    head = ("日期Date", "指数代码Index Code", "指数中文全称", "指数中文简称", "指数英文全称", "指数英文简称",
            "市盈率1（总股本）P/E1", "市盈率2（计算用股本）P/E2", "股息率1（总股本）D/P1",
            "股息率2（计算用股本）D/P2")  # fmt: skip
    return xls([head, *[(str(d), index, "甲", "甲", "A", "A", 14.1, 15.2, 2.5, 2.75) for d in days]])


CNI_ITEMS = ["timestamp", "current", "high", "open", "low", "close", "chg", "percent", "amount", "volume", "avg"]


def cni_history(days=("2025-09-30", "2025-09-29"), items=CNI_ITEMS, published=True, index="399370"):
    def row(i, day):
        full = {
            "timestamp": day, "current": 5100.5 - i, "high": 5150.0, "open": 5080.0, "low": 5050.0, "close": 5100.5 - i,
            "chg": 12.3, "percent": "1.23%", "amount": 2500.25, "volume": 9000.5, "avg": None,
        }  # fmt: skip
        if not published:
            full |= dict.fromkeys(("high", "open", "low", "close", "amount", "volume"))
        return [full[name] for name in items]

    rows = [row(i, day) for i, day in enumerate(days)]
    return {"code": 200, "data": {"indexCode": index, "item": list(items), "data": rows}}


def cni_weights(months=("2025-08-29", "2025-09-30"), members=(("000001", 60.0), ("600002", 39.95)), **kw):
    head = ("日期", "样本代码", "样本简称", "所属行业", "总市值（亿元）", "权重（%）")
    rows = [(m, code, "甲股", "银行", "1,234.5", str(w)) for m in months for code, w in members]
    return xlsx([head, *rows], "样本", **kw)


# -- Shenwan ---------------------------------------------------------------------------------------------------------


def sw_labels(rows=None):
    rows = rows or [
        ("000001", "1991-04-03", "440101", "2014-01-01 00:00:00"),
        ("000001", "2014-02-21 00:00:00", "480101", "2014-02-21"),
        ("000001", "2021-07-30 00:00:00", "480301", "2021-07-30"),
        ("600519", "2014-02-21", "340301", "2014-02-21"),
        ("600519", "2021-07-30", "340501", "2021-07-30"),
        ("688001", "2022-03-01", "640701", "2022-03-01"),
        ("688001", "2023-07-04", "270501", "2023-07-04"),
    ]
    return xls([("股票代码", "计入日期", "行业代码", "更新日期"), *rows])


def sw_history(code="801780", days=("2026-02-12", "2026-02-13")):
    rows = ",".join(
        f'{{"swindexcode":"{code}","bargaindate":"{d}","openindex":4000.0,"maxindex":4100.0,"minindex":3990.0,'
        f'"closeindex":{4050.5 + i},"hike":1.0,"markup":NaN,"bargainamount":25.5,"bargainsum":180.25}}'
        for i, d in enumerate(days)
    )
    return f'{{"code":"200","message":"ok","data":[{rows}]}}'.encode()


# -- fund sites ------------------------------------------------------------------------------------------------------


def fund_codes():
    rows = [
        ["000001", "JJA", "甲成长混合", "混合型-灵活", "JIA"], ["000002", "JJB", "乙精选股票", "股票型", "YI"],
        ["510300", "HSJ", "沪深甲ETF", "指数型-股票", "HU"], ["511990", "HB", "货甲ETF", "货币型-普通货币", "HUO"],
        ["513100", "NZ", "纳乙ETF", "指数型-海外股票", "NA"], ["110020", "LJ", "沪深甲ETF联接A", "指数型-股票", "LIAN"],
        ["159915", "CY", "创甲ETF", "ETF-场内", "CY"], ["000003", "PG", "丙优势混合", "混合型-偏股", "BING"],
        ["518880", "HJ", "黄甲ETF", "商品（不含QDII）", "HJ"], ["000004", "KX", "丁旧混合", "混合型", "DING"],
    ]  # fmt: skip
    return b"\xef\xbb\xbfvar r = " + json.dumps(rows, ensure_ascii=False).encode() + b";"


DAY = 86400000
_FIRST = 1735920000000  # 2025-01-03 at midnight in Beijing is 16:00 the day before in UTC


def pingzhong(navs=((1.0, 0.0, ""), (1.1, 10.0, ""), (0.9, 0.0, "分红：每份派现金0.2元"), (0.45, 0.0,
"拆分：每份基金份额折算2.0份")),
              code="000001", first=_FIRST):  # fmt: skip
    trend = [{"x": first + i * DAY, "y": nav, "equityReturn": r, "unitMoney": e} for i, (nav, r, e) in enumerate(navs)]
    total = [[first + i * DAY, nav + 1] for i, (nav, _, _) in enumerate(navs)]
    return (
        f'\ufeff/*2025-01-20*/var ishb=false;/*基金名称*/var fS_name = "甲成长混合";var fS_code = "{code}";'
        f"/*单位净值走势*/var Data_netWorthTrend = {json.dumps(trend, ensure_ascii=False)};"
        f"/*累计净值走势*/var Data_ACWorthTrend = {json.dumps(total)};var swithSameType = [['000002_乙_1.2']];"
    ).encode()


LSJZ = (("2025-01-06", "1.2000", "2.2", "1.00", ""), ("2025-01-03", "1.1881", "2.18", "", ""))


def lsjz(rows=LSJZ, page=1, total=None, size=20):
    keys = ("FSRQ", "DWJZ", "LJJZ", "JZZZL", "FHSP")
    items = [{**dict(zip(keys, row, strict=True)), "SGZT": "开放申购", "SHZT": "开放赎回"} for row in rows]
    data = {"LSJZList": items, "FundType": "002", "SYType": None, "isNewType": False}
    count = len(rows) if total is None else total
    return {"Data": data, "ErrCode": 0, "ErrMsg": None, "TotalCount": count, "PageSize": size, "PageIndex": page}


def jjcc(
    quarters=(("2024年2季度", "2024-06-30", 12, True), ("2024年1季度", "2024-03-31", 3, False)),
    code="000001",
    year=2024,
):
    """Holdings of some quarters; the newest has two more columns, and the older the longer name of its unit."""
    boxes = ""
    for title, day, n, newest in quarters:
        extra = "<th>最新价</th><th>涨跌幅</th>" if newest else ""
        money = "（万元）" if newest else "（万元人民币）"
        head = (
            f"<tr><th class='first'>序号</th><th>股票代码</th><th>股票名称</th>{extra}<th class='xglj'>相关资讯</th>"
            f"<th>占净值<br />比例</th><th class='cgs'>持股数<br />（万股）</th>"
            f"<th class='last ccs'>持仓市值<br />{money}</th></tr>"
        )
        lines = ""
        for i in range(n):
            stock, market = ("00700", 116) if i == 1 else (f"6005{i:02d}", 1) if i % 2 else (f"0005{i:02d}", 0)
            price = "<td class='tor'><span></span></td>" * 2 if newest else ""
            lines += (
                f"<tr><td>{i + 1}</td><td><a href='//quote.eastmoney.com/unify/r/{market}.{stock}'>{stock}</a></td>"
                f"<td class='tol'><a href='#'>甲&amp;股{i}</a></td>{price}<td class='xglj'><a href='#'>股吧</a></td>"
                f"<td class='{'tor' if newest else 'toc'}'>{9 - i * 0.5:.2f}%</td><td class='tor'>1,{i:03d}.50</td>"
                f"<td class='tor'>{20_000 - i:,}.25</td></tr>"
            )
        boxes += (
            f"<div class='box'><div class='boxitem w790'><h4 class='t'><label class='left'><a title='甲成长混合' "
            f"href='http://fund.eastmoney.com/{code}.html'>甲成长混合</a>&nbsp;&nbsp;{title}股票投资明细</label>"
            f"<label class='right lab2 xq505'>&nbsp;&nbsp;来源：天天基金"
            f"&nbsp;&nbsp;截止至：<font class='px12'>{day}</font></label>"
            f"</h4><table class='w782 comm tzxq'><thead>{head}</thead><tbody>{lines}</tbody></table></div></div>"
        )
    content = boxes.replace('"', '\\"')
    return f'var apidata={{ content:"{content}",arryear:[{year},{year - 1}],curyear:{year}}};'.encode()


def jjfh(rows=(("510300", "沪深甲ETF", "2024-01-15", "2024-01-16", "0.0690", "2024-01-19", ""),), pages=1, page=1):
    text = json.dumps([list(row) for row in rows], ensure_ascii=False)
    return f"var pageinfo =[{pages},{len(rows)},{page}];var jjfh_data={text};var jjfh_jjgs=['甲基金'];".encode()


def jjcf(rows=(("510310", "沪深丙ETF", "2024-09-20", "份额折算", "0.512", ""),), pages=1, page=1):
    text = json.dumps([list(row) for row in rows], ensure_ascii=False)
    return f"var pageinfo = [{pages},{len(rows)},{page}];var jjcf_data={text};var jjcf_jjgs=[];".encode()


NEW_FUNDS = (
    ("159999", "创丁ETF", "指数型-股票", "12.5", "2024-05-20"),
    ("000009", "戊优选混合A", "混合型-偏股", "1,3.2", "2024-05-06"),
)


def new_funds(rows=NEW_FUNDS):
    lines = []
    for code, name, kind, shares, day in rows:
        line = [code, name, "甲基金", "80000001", kind, shares, day, "1.2", "张三", "开放申购", "24/05/01 ～ 24/05/17"]
        lines.append([*line, *[""] * 7, "0.10%"])
    text = json.dumps(lines, ensure_ascii=False)
    return f"var newfunddata={{datas:{text},record:{len(lines)},pages:1,curpage:1}};".encode()


# -- quotes ----------------------------------------------------------------------------------------------------------


def tencent(symbol="sh510300", series="day", wide=True, rows=(("2025-01-02", 4.0, 4.1, 4.15, 3.95, 1000000),)):
    lines = []
    for date, o, c, h, low, hands in rows:
        line = [date, f"{o:.3f}", f"{c:.3f}", f"{h:.3f}", f"{low:.3f}", f"{hands}.00"]
        if wide:
            amount = hands * (1 if symbol.startswith("sh688") else 100) * (o + c) / 2 / 1e4
            line += [{}, "1.25", f"{amount:.2f}", ""]
        lines.append(line)
    data = {symbol: {series: lines, "qt": {}, "prec": "4.0", "version": "16"}}
    return f"kline_day2025={json.dumps({'code': 0, 'msg': '', 'data': data})}".encode()


def tushare(fields, *items, code=0, msg=""):
    data = (
        {"fields": list(fields), "items": [list(i) for i in items], "has_more": False, "count": -1}
        if code == 0
        else None
    )
    return {"request_id": "f0", "code": code, "msg": msg, "data": data, "detail": None}
