"""An invented market behind every free endpoint, on a loopback server that can also misbehave."""

import contextlib
import gzip
import http.server
import json
import re
import threading
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd

import provider_replies as made
import sina_packing
from helpers.providers.shenwan import SW2021

TODAY = "2026-02-16"


def respelled(code):
    """Codes of the demo market as the exchanges would number them, so that the digits tell the exchange."""
    number, _, market = code.partition(".")
    if number.startswith(("578", "579")):
        return f"{'588' if market == 'SH' else '159'}{number[3:]}.{market}"
    return f"3{number[1:]}.SZ" if market == "SZ" and number[0] in "56" else code


def tiny(n_etfs=4, start="2025-11-03", end="2026-02-13", seed=0):
    """Canonical frames of a very small market."""
    from helpers.sessions import sessions

    rng, days = np.random.default_rng(seed), sessions(start, end)
    etfs = [f"58800{i}.SH" if i % 2 else f"15900{i}.SZ" for i in range(1, n_etfs + 1)]
    indices = ["000300", "931001", "399370", "399371"]
    industries = [code for code, _ in SW2021.values()]
    names = dict(SW2021.values())
    grid = pd.MultiIndex.from_product([days, etfs], names=["date", "code"]).to_frame(index=False)
    close = 1 + rng.normal(0, 0.01, (len(days), n_etfs)).cumsum(axis=0)
    grid["close"] = grid["adj_close"] = np.round(np.abs(close).ravel() + 0.5, 3)
    grid["amount"] = np.round(rng.uniform(5e7, 5e8, len(grid)))
    shares = grid[["date", "code"]].assign(shares=np.round(rng.uniform(1e9, 2e9, len(grid))), split_ratio=1.0)
    levels = [
        pd.DataFrame(
            {"date": days, "index_code": c, "close": np.round(4000 + rng.normal(0, 30, len(days)).cumsum(), 2)}
        )
        for c in ["000016", "000905", "000852", "000985", *indices]
    ]
    prices = [
        pd.DataFrame({"date": days, "scheme": "SW2021_L1", "industry_code": c, "industry_name": names[c],
                      "close": np.round(3000 + rng.normal(0, 30, len(days)).cumsum(), 2)})
        for c in industries
    ]  # fmt: skip
    stocks = [f"60000{i}.SH" if i % 2 else f"30000{i}.SZ" for i in range(1, 6)]
    months = [d for d in days if (d + pd.Timedelta(days=4)).month != d.month]
    weights = pd.MultiIndex.from_product([months, indices, stocks], names=["date", "index_code", "code"]).to_frame(
        index=False
    )
    listed = [
        {"code": c, "name": f"甲{i}ETF", "list_date": days[0], "index_code": indices[i % 4], "index_name": f"指{i % 4}",
         "fund_type": "stock", "manager": "甲基金"}
        for i, c in enumerate(etfs)
    ]  # fmt: skip
    funds = ["000001.OF", "000003.OF"]
    navs = pd.MultiIndex.from_product([funds, days], names=["fund_code", "date"]).to_frame(index=False)
    held = pd.MultiIndex.from_product(
        [[pd.Timestamp("2025-09-30")], funds, stocks[:3]], names=["report_date", "fund_code", "code"]
    )
    return {
        "calendar": pd.DataFrame({"date": days}),
        "etf_list": pd.DataFrame(listed),
        "etf_daily": grid,
        "etf_shares": shares,
        "index_daily": pd.concat(levels, ignore_index=True),
        "index_weights": weights.assign(weight=0.2),
        "stock_industry": pd.DataFrame({"code": stocks, "scheme": "SW2021_L1", "start": pd.Timestamp("2021-07-30"),
                                        "industry_code": industries[:5]}),
        "industry_daily": pd.concat(prices, ignore_index=True),
        "fund_nav": navs.assign(nav_adj=np.round(1 + np.abs(rng.normal(0, 0.1, len(navs))), 4)),
        "fund_holdings": held.to_frame(index=False).assign(
            weight_nav=0.05, rank=list(range(1, 4)) * 2, value=1e7, fund_name="甲混合"
        ),
        "fund_issuance": pd.DataFrame(
            {"month": pd.to_datetime(["2025-11-01", "2025-12-01"]), "category": "stock_etf", "shares": 2e9}
        ),
    }  # fmt: skip


class World:
    """Answers the questions of the free source from canonical frames."""

    def __init__(self, frames, today=TODAY):
        self.t = {name: frame.copy() for name, frame in frames.items()}
        self.today = pd.Timestamp(today)
        members = self.t["index_weights"].query("index_code == '000300'")["code"]
        stocks = sorted(members.unique())[:5]
        daily, reports = stock_tables(pd.DatetimeIndex(self.t["calendar"]["date"]), stocks)
        self.t.setdefault("quotes", daily)
        self.t.setdefault("reports", reports)
        for frame in self.t.values():
            if "code" in frame:
                frame["code"] = frame["code"].map(respelled)
        self.by = {}

    def part(self, table, column, value):
        """The rows of a table with one value in a column, in order of time."""
        if (table, column) not in self.by:
            self.by[table, column] = dict(tuple(self.t[table].groupby(column)))
        return self.by[table, column].get(value, self.t[table].iloc[:0])

    def reply(self, host, path, query):
        """The body of an answer; None for 404."""
        name = next((name for pattern, name in ROUTES if re.search(pattern, f"{host}{path}")), None)
        return getattr(self, name)(path, query) if name else None

    # -- exchanges -----------------------------------------------------------------------------------------------

    def sse_units(self, path, query):
        day = query["STAT_DATE"]
        rows = self.part("etf_shares", "date", pd.Timestamp(day))
        rows = rows[rows["code"].str.endswith(".SH")]
        units = [(c[:6], f"甲{c[:6]}", f"{s / 1e4:.4f}") for c, s in zip(rows["code"], rows["shares"], strict=True)]
        return made.as_json(made.sse_scale(day, units))

    def sse_funds(self, path, query):
        rows = self.t["etf_list"]
        rows = rows[rows["code"].str.endswith(".SH") & ~rows.get("delist_date", pd.Series(pd.NaT, rows.index)).notna()]
        columns = zip(
            rows["code"], rows["name"], rows["list_date"], rows["index_code"], rows["index_name"], strict=True
        )
        funds = [
            (c[:6], n, f"{d:%Y%m%d}" if pd.notna(d) else "", i if pd.notna(i) else "", x if pd.notna(x) else "")
            for c, n, d, i, x in columns
        ]
        return made.jsonp(made.sse_list(funds))

    def szse_report(self, path, query):
        if query["CATALOGID"] == "1945":
            rows = self.t["etf_list"]
            rows = rows[
                rows["code"].str.endswith(".SZ") & ~rows.get("delist_date", pd.Series(pd.NaT, rows.index)).notna()
            ]
            lines = [
                (c[:6], n, f"{i} {x}" if pd.notna(i) else "", "1,000,000,000.00", "甲基金")
                for c, n, i, x in zip(rows["code"], rows["name"], rows["index_code"], rows["index_name"], strict=True)
            ]
            return made.xlsx([("证券代码", "证券简称", "拟合指数", "当前规模(份)", "基金管理人"), *lines])
        start, end = pd.Timestamp(query["txtStart"]), pd.Timestamp(query["txtEnd"])
        rows = self.t["etf_shares"]
        rows = rows[rows["code"].str.endswith(".SZ") & rows["date"].between(start, end)]
        if rows.empty or (end - start).days > 183:
            return made.xlsx([made.SZSE_SCALE_HEAD, ("没有找到符合条件的数据！",)])
        lines = [
            (f"{d:%Y-%m-%d}", c[:6], f"甲{c[:6]}", f"{s:.2f}")
            for d, c, s in zip(rows["date"], rows["code"], rows["shares"], strict=True)
        ]
        return made.szse_scale(lines)

    def szse_calendar(self, path, query):
        month = pd.Period(query["month"])
        first, open_ = month.start_time, set(self.t["calendar"]["date"])
        closed = [f"{d:%Y-%m-%d}" for d in pd.date_range(first, month.end_time) if d not in open_]
        return made.as_json(made.szse_month(str(month), closed))

    # -- index publishers and Shenwan --------------------------------------------------------------------------------

    def _levels(self, code, start, end):
        rows = self.part("index_daily", "index_code", code)
        return rows[rows["date"].between(pd.Timestamp(start), pd.Timestamp(end))]

    def csi_perf(self, path, query):
        code = query["indexCode"]
        rows = self._levels(code, query["startDate"], query["endDate"])
        reply = made.csindex_perf([f"{d:%Y%m%d}" for d in rows["date"]], code)
        for row, close in zip(reply["data"], rows["close"], strict=True):
            row["close"] = float(close)
        return made.as_json(reply)

    def csi_weights(self, path, query):
        code = re.search(r"/(\w+)closeweight", path)[1]
        rows = self.part("index_weights", "index_code", code)
        rows = rows[rows["date"] == rows["date"].max()]
        if rows.empty:
            return None
        members = [(c[:-3], c[-2:], w * 100) for c, w in zip(rows["code"], rows["weight"], strict=True)]
        return made.closeweight("2025", members, code, f"{rows['date'].iloc[0]:%Y%m%d}")

    def cni_history(self, path, query):
        rows = self._levels(query["indexCode"], query["startDate"], query["endDate"]).iloc[::-1]
        reply = made.cni_history([f"{d:%Y-%m-%d}" for d in rows["date"]], index=query["indexCode"])
        for row, close in zip(reply["data"]["data"], rows["close"], strict=True):
            row[1] = row[5] = float(close)
        return made.as_json(reply)

    def cni_weights(self, path, query):
        rows = self.part("index_weights", "index_code", query["indexcode"])
        if rows.empty:
            return None
        head = ("日期", "样本代码", "样本简称", "所属行业", "总市值（亿元）", "权重（%）")
        lines = [
            (f"{d:%Y-%m-%d}", c[:6], "甲股", "银行", "1,234.5", f"{w * 100:.6f}")
            for d, c, w in zip(rows["date"], rows["code"], rows["weight"], strict=True)
        ]
        return made.xlsx([head, *lines])

    def cni_list(self, path, query):
        rows = [
            {"indexcode": "399370", "indexname": "成甲", "closeingPoint": "5000.1", "peDynamic": "30.5", "pb": "3.1"}
        ]
        return made.as_json({"code": 0, "data": {"rows": rows}})

    def sw_labels(self, path, query):
        digits = {code: key for key, (code, _) in SW2021.items()}
        rows = self.t["stock_industry"]
        rows = rows[rows["scheme"] == "SW2021_L1"]
        start = rows["start"].clip(lower=pd.Timestamp("2021-07-30"))
        lines = {
            (c[:6], f"{s:%Y-%m-%d} 00:00:00"): (c[:6], f"{s:%Y-%m-%d} 00:00:00", f"{digits[i]}0101", f"{s:%Y-%m-%d}")
            for c, s, i in zip(rows["code"], start, rows["industry_code"], strict=True)
        }
        return made.sw_labels(list(lines.values()))

    def sw_history(self, path, query):
        rows = self.part("industry_daily", "industry_code", query["swindexcode"])
        body = made.sw_history(query["swindexcode"], [f"{d:%Y-%m-%d}" for d in rows["date"]])
        closes = iter(rows["close"])
        return re.sub(rb'"closeindex":[\d.]+', lambda _: f'"closeindex":{next(closes)}'.encode(), body)

    # -- fund sites and quotes -----------------------------------------------------------------------------------------

    def fund_codes(self, path, query):
        kinds = {
            "stock": "指数型-股票",
            "bond": "指数型-固收",
            "money": "货币型-普通货币",
            "qdii": "QDII-指数",
            "commodity": "商品（不含QDII）",
        }
        etfs = self.t["etf_list"]
        rows = [
            [c[:6], "X", n, kinds.get(k, "指数型-其他"), "X"]
            for c, n, k in zip(etfs["code"], etfs["name"], etfs["fund_type"], strict=True)
        ]
        rows += [
            [c[:6], "Y", f"乙{c[:6]}混合", "混合型-偏股", "Y"] for c in sorted(set(self.t["fund_nav"]["fund_code"]))
        ]
        return b"\xef\xbb\xbfvar r = " + json.dumps(rows, ensure_ascii=False).encode() + b";"

    def fund_nav(self, path, query):
        code = re.search(r"/(\d{6})\.js", path)[1]
        rows = self.part("fund_nav", "fund_code", f"{code}.OF")
        values = growth = rows["nav_adj"].to_numpy()
        if rows.empty:  # an ETF: its units are worth a thousandth more than they trade at
            rows = self.part("etf_daily", "code", f"{code}.{'SH' if code[0] == '5' else 'SZ'}").dropna(subset="close")
            values, growth = np.round(rows["close"] * 1.001, 4).to_numpy(), rows["adj_close"].to_numpy()
        if rows.empty:
            return None
        returns = np.append(0, np.round((growth[1:] / growth[:-1] - 1) * 100, 2))
        trend = [
            {
                "x": int((d - pd.Timedelta(hours=8)).timestamp() * 1000),
                "y": float(v),
                "equityReturn": float(r),
                "unitMoney": "",
            }
            for d, v, r in zip(rows["date"], values, returns, strict=True)
        ]
        total = [[point["x"], point["y"]] for point in trend]
        script = (
            f'/*x*/var fS_name = "乙{code}混合";var fS_code = "{code}";var Data_netWorthTrend = {json.dumps(trend)};'
        )
        return (script + f"var Data_ACWorthTrend = {json.dumps(total)};").encode()

    def holdings(self, path, query):
        rows = self.part("fund_holdings", "fund_code", f"{query['code']}.OF")
        rows = rows[rows["report_date"].dt.year == int(query["year"])]
        boxes = ""
        for day, part in rows.groupby("report_date"):
            lines = "".join(
                f"<tr><td>{int(r)}</td><td><a href='//q/r/{1 if c.endswith('SH') else 0}.{c[:6]}'>{c[:6]}</a></td>"
                f"<td>甲</td>"
                f"<td>股吧</td><td>{w * 100:.2f}%</td><td>1.00</td><td>{v / 1e4:,.2f}</td></tr>"
                for r, c, w, v in zip(part["rank"], part["code"], part["weight_nav"], part["value"], strict=True)
            )
            heads = (
                "序号",
                "股票代码",
                "股票名称",
                "相关资讯",
                "占净值<br/>比例",
                "持股数<br/>（万股）",
                "持仓市值<br/>（万元）",
            )
            head = "".join(f"<th>{text}</th>" for text in heads)
            boxes += f"<h4 class='t'>x截止至：<font>{day:%Y-%m-%d}</font></h4><table><tr>{head}</tr>{lines}</table>"
        return f'var apidata={{ content:"{boxes}",arryear:[2025],curyear:2025}};'.encode()

    def events(self, path, query):
        split, year = query["dt"] == "9", int(query["year"])
        rows = self.splits() if split else self.dividends()
        rows = rows[rows["date"].dt.year == year]
        if split:
            return made.jjcf(
                [(c[:6], "甲ETF", f"{d:%Y-%m-%d}", "份额折算", f"{v}", "") for d, c, v in rows.itertuples(index=False)]
            )
        days = [
            (c[:6], "甲ETF", f"{d:%Y-%m-%d}", f"{d:%Y-%m-%d}", f"{v:.4f}", "", "")
            for d, c, v in rows.itertuples(index=False)
        ]
        return made.jjfh(days)

    def splits(self):
        rows = self.t["etf_shares"]
        return rows.loc[rows["split_ratio"] != 1, ["date", "code", "split_ratio"]]

    def dividends(self):
        rows = self.t["etf_daily"].merge(
            self.t["etf_shares"][["date", "code", "split_ratio"]], on=["date", "code"], how="left"
        )
        rows = rows.sort_values(["code", "date"])
        before = rows.groupby("code")[["close", "adj_close"]].shift()
        cash = rows["adj_close"] / before["adj_close"] * before["close"] - rows["close"] * rows["split_ratio"].fillna(1)
        paid = rows[["date", "code"]].assign(dividend=cash.round(4))
        return paid[paid["dividend"] > 0.005]

    def new_funds(self, path, query):
        kinds = {"stock_etf": ("159", "甲{}ETF", "指数型-股票"), "active_equity": ("010", "乙{}混合", "混合型-偏股")}
        rows = []
        for i, (month, category, shares) in enumerate(
            self.t["fund_issuance"][["month", "category", "shares"]].itertuples(index=False)
        ):
            prefix, name, kind = kinds[category]
            rows.append(
                (
                    f"{prefix}{i:03d}",
                    name.format(i),
                    kind,
                    f"{shares / 1e8:.4f}",
                    f"{month + pd.Timedelta(days=9):%Y-%m-%d}",
                )
            )
        return made.new_funds(rows)

    def sina(self, path, query):
        market, code = re.search(r"company/(sh|sz)(\d{6})/", path).groups()
        rows = self.part("etf_daily", "code", f"{code}.{market.upper()}")
        if rows.empty:
            return f'var KLC_K2_{market}{code}="";'.encode()
        packed = []
        for day, close, amount in zip(rows["date"], rows["close"], rows["amount"], strict=True):
            price = round(close * 1000)
            volume = max(1, round((0 if pd.isna(amount) else amount) / close))
            packed.append(
                (int(day.timestamp() // 86400), price, price, price, price, volume, round(price * volume / 1000), None)
            )
        return f'var KLC_K2_{market}{code}="{sina_packing.newer(packed)}";'.encode()

    def baostock(self, path, query):
        """The same frames that the socket would carry."""
        if query["method"] == "query_profit_data":
            return self.reports(query)
        rows = self.part("quotes", "date", pd.Timestamp(query["date"]))
        lines = [
            (query["date"], f"{c[-2:].lower()}.{c[:6]}", p, p, p, p, b, round(v), round(v * p), "3", "0.5", "1", "0.1",
             "10.5", "1.2", "2.1", "3.3", "0")
            for c, p, b, v in zip(rows["code"], rows["close"], rows["before"], rows["volume"], strict=True)
        ]  # fmt: skip
        return made.baostock_table("99", made.BAOSTOCK_DAY, lines)

    def reports(self, query):
        code = query["code"][3:] + "." + query["code"][:2].upper()
        end = pd.Period(f"{query['year']}Q{query['quarter']}").end_time.normalize()
        rows = self.part("reports", "code", code)
        rows = rows[(rows["report_date"] == end) & (rows["announce_date"] < self.today)]
        lines = [
            (
                query["code"],
                f"{a:%Y-%m-%d}",
                f"{end:%Y-%m-%d}",
                f"{r:.6f}",
                "0.2",
                "",
                f"{n:.2f}",
                "1.1",
                "",
                "1e9",
                "1e9",
            )
            for a, r, n in zip(rows["announce_date"], rows["roe_to_date"], rows["net_profit_to_date"], strict=True)
        ]
        return made.baostock_table("18", made.BAOSTOCK_PROFIT, lines)


def stock_tables(days, stocks, seed=0):
    """Raw quotes with the exchange's reference price, one dividend; reports that count from the year's first day."""
    rng = np.random.default_rng(seed)
    grid = pd.MultiIndex.from_product([days, stocks], names=["date", "code"]).to_frame(index=False)
    grid["close"] = np.round(10 + rng.normal(0, 0.2, (len(days), len(stocks))).cumsum(axis=0), 2).ravel()
    grid["volume"] = np.round(rng.uniform(1e6, 2e6, len(grid)))
    grid["before"] = grid.groupby("code")["close"].shift().fillna(grid["close"])
    paid = (grid["date"] == days[len(days) // 2]) & (grid["code"] == stocks[0])
    grid.loc[paid, "before"] -= 0.5
    quarters = pd.period_range("2023Q4", "2025Q4", freq="Q")
    reports = pd.MultiIndex.from_product([quarters, stocks], names=["quarter", "code"]).to_frame(index=False)
    end = reports["quarter"].dt.end_time.dt.normalize()
    reports["report_date"], reports["announce_date"] = end, end + pd.Timedelta(days=25)
    reports["net_profit_to_date"] = 1e8 * reports["quarter"].dt.quarter
    reports["roe_to_date"] = 0.03 * reports["quarter"].dt.quarter
    return grid, reports.drop(columns="quarter")


ROUTES = [
    (r"query\.sse\.com\.cn/commonQuery", "sse_units"), (r"query\.sse\.com\.cn/commonSoaQuery", "sse_funds"),
    (r"szse\.cn/api/report/ShowReport", "szse_report"), (r"szse\.cn/api/report/exchange", "szse_calendar"),
    (r"csindex-home/perf", "csi_perf"), (r"closeweight\.xls", "csi_weights"), (r"getIndexDailyData", "cni_history"),
    (r"download-history", "cni_weights"), (r"indexList", "cni_list"), (r"StockClassifyUse", "sw_labels"),
    (r"index_publish/trend", "sw_history"), (r"fundcode_search", "fund_codes"), (r"pingzhongdata", "fund_nav"),
    (r"FundArchivesDatas", "holdings"), (r"funddataIndex", "events"), (r"FundNewIssue", "new_funds"),
    (r"hisdata_klc2", "sina"), (r"baostock", "baostock"),
]  # fmt: skip


class Loopback:
    """Serves a world on 127.0.0.1 and remembers what was asked; ``faults`` may take a request over.

    A fault is ``fault(number, host, path, query) -> bytes | (status, headers, body) | callable(handler) | None``.
    """

    def __init__(self, world):
        self.world, self.asked, self.faults = world, [], []

    def __enter__(self):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.answer(self)

            do_POST = do_GET

            def log_message(self, *args):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, request, client_address):
                pass  # a killed client is no news

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *exc):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, handler):
        length = int(handler.headers.get("Content-Length") or 0)
        handler.posted = handler.rfile.read(length) if length else b""
        parts = urlsplit(handler.path)
        host, _, path = parts.path.lstrip("/").partition("/")
        query = {key: values[0] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
        self.asked.append((host, f"/{path}", query))
        for fault in self.faults:
            reply = fault(len(self.asked), host, f"/{path}", query)
            if callable(reply):
                return reply(handler)
            if reply is not None:
                status, headers, body = reply if isinstance(reply, tuple) else (200, {}, reply)
                return self.send(handler, status, headers, body)
        body = self.world.reply(host, f"/{path}", query)
        return self.send(handler, *((404, {}, b"<html>404</html>") if body is None else (200, {}, body)))

    @staticmethod
    def send(handler, status, headers, body):
        with contextlib.suppress(OSError):
            handler.send_response(status)
            if len(body) > 10_000:
                body, headers = gzip.compress(body, 1), {**headers, "Content-Encoding": "gzip"}
            for key, value in {**headers, "Content-Length": str(len(body))}.items():
                handler.send_header(key, value)
            handler.end_headers()
            handler.wfile.write(body)

    def questions(self, part):
        """What was asked of a host or path that holds ``part``."""
        return [(path, query) for host, path, query in self.asked if part in host + path]
