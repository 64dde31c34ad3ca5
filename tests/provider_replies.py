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
    body = zlib.compress(text.encode()) if (kind == "96" if packed is None else packed) else text.encode()
    length = len(body) if body[:1] == b"\x78" else len(text)
    return f"00.9.00\x01{kind}\x01{length:010d}".encode() + body + b"\x011234567890<![CDATA[]]>\n"
