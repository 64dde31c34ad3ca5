"""The folder source: whatever a vendor exports, read right or refused by name."""

from pathlib import Path

import numpy as np
import pandas as pd
import pandas.testing as pdt
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from helpers.sources.columns import read_mappings
from helpers.sources.folder import Folder, unread
from helpers.sources.units import UNIT_SCALES, respell, units_of
from helpers.tables import SCHEMAS, DataError, validate
from small_tables import NAMES, small


def write(folder: Path, name: str, frame: pd.DataFrame, suffix: str = ".csv", encoding: str = "utf-8") -> Path:
    file = folder / f"{name}{suffix}"
    frame.to_parquet(file) if suffix == ".parquet" else frame.to_csv(file, index=False, encoding=encoding)
    return file


def mapped(folder: Path, text: str) -> Path:
    file = folder / "columns.yaml"
    file.write_text(text, "utf-8")
    return file


def refused(folder: Path, name: str | None = None) -> DataError:
    with pytest.raises(DataError) as caught:
        opened = Folder(folder)
        if name:
            opened.read(name)
    return caught.value


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_csv_in_every_usual_encoding_equals_parquet(tmp_path, name, encoding):
    (tmp_path / "csv").mkdir()
    (tmp_path / "parquet").mkdir()
    write(tmp_path / "csv", name, small(name), encoding=encoding)
    write(tmp_path / "parquet", name, small(name), ".parquet")
    table = Folder(tmp_path / "csv").read(name)
    pdt.assert_frame_equal(table, Folder(tmp_path / "parquet").read(name))
    pdt.assert_frame_equal(table, validate(name, small(name), "memory"))


def test_codes_keep_their_zeros_in_declared_and_other_columns(tmp_path):
    frame = small("index_daily").assign(parent="000001", size="12", comment=["甲"] + ["NA"] * 5)
    write(tmp_path, "index_daily", frame)
    table = Folder(tmp_path).read("index_daily")
    assert set(table["index_code"]) == {"000300", "H30374"}
    assert set(table["parent"]) == {"000001"}
    assert table["size"].tolist() == [12] * 6
    assert table["comment"].tolist() == ["甲"] + ["NA"] * 5


def test_vendors_marks_for_a_gap_are_gaps(tmp_path):
    frame = small("etf_list").astype({"size": object, "delist_date": object})
    frame["size"] = ["--", 9e8, ""]
    frame["delist_date"] = ["NaT", "2024-02-05", "null"]
    write(tmp_path, "etf_list", frame)
    table = Folder(tmp_path).read("etf_list")
    assert table["size"].isna().tolist() == [True, False, True]
    assert table["delist_date"].isna().tolist() == [True, False, True]


def test_an_index_stored_in_parquet_is_read_as_columns(tmp_path):
    write(tmp_path, "etf_daily", small("etf_daily").set_index(["date", "code"]), ".parquet")
    pdt.assert_frame_equal(Folder(tmp_path).read("etf_daily"), validate("etf_daily", small("etf_daily"), "memory"))


def test_a_bad_cell_of_a_csv_is_named_by_path_column_and_line(tmp_path):
    frame = small("etf_daily").astype({"adj_close": object})
    frame.loc[4, "adj_close"] = "n.a. (halt)"
    file = write(tmp_path, "etf_daily", frame)
    error = refused(tmp_path, "etf_daily")
    assert str(error).startswith(f"{file}, column 'adj_close', row 5 (line 6): found 'n.a. (halt)'")
    assert file.read_text("utf-8").splitlines()[5].count("n.a. (halt)") == 1


def test_codes_stored_as_numbers_in_parquet_are_refused(tmp_path):
    write(tmp_path, "index_daily", small("index_daily").assign(index_code=300), ".parquet")
    error = refused(tmp_path, "index_daily")
    assert (error.column, error.row, error.value) == ("index_code", 1, 300)


def test_a_folder_that_is_not_there_says_so(tmp_path):
    error = refused(tmp_path / "nowhere")
    assert str(error).startswith(f"{tmp_path / 'nowhere'}: no such directory")
    assert "DATA=" in str(error)


def test_a_file_instead_of_a_folder_is_refused(tmp_path):
    file = write(tmp_path, "calendar", small("calendar"))
    assert "no such directory" in str(refused(file))


def test_a_folder_without_tables_names_the_canonical_ones(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    error = refused(tmp_path)
    assert "it holds no table" in str(error)
    assert "etf_daily" in str(error)


def test_a_folder_of_misspelt_tables_names_the_near_misses(tmp_path):
    write(tmp_path, "etf_dialy", small("etf_daily"), ".parquet")
    assert "etf_dialy.parquet looks like etf_daily: rename it" in str(refused(tmp_path))


def test_a_missing_table_has_a_reason_and_strays_are_ignored(tmp_path):
    write(tmp_path, "calendar", small("calendar"))
    write(tmp_path, "ETF_Shares", small("etf_shares"))
    write(tmp_path, "my_notes", small("etf_shares"))
    (tmp_path / "etf_daily.xlsx").write_bytes(b"")
    folder = Folder(tmp_path)
    assert set(folder.files) == {"calendar"}
    assert set(folder.missing) == set(SCHEMAS) - {"calendar"}
    assert folder.missing["etf_shares"] == "ETF_Shares.csv looks like etf_shares: rename it"
    assert folder.missing["etf_daily"].startswith("no etf_daily.parquet")
    assert folder.missing["fund_nav"].startswith("no fund_nav.parquet or fund_nav.csv in ")


def test_one_table_in_two_files_is_refused(tmp_path):
    write(tmp_path, "calendar", small("calendar"))
    write(tmp_path, "calendar", small("calendar"), ".parquet")
    error = refused(tmp_path)
    assert "calendar.parquet" in str(error)
    assert "calendar.csv is there too" in str(error)


@pytest.mark.parametrize("content", [b"", b"date\n", b"\xef\xbb\xbfdate\n"])
def test_an_empty_csv_is_refused(tmp_path, content):
    (tmp_path / "calendar.csv").write_bytes(content)
    error = refused(tmp_path, "calendar")
    assert "calendar.csv: it holds no rows" in str(error)


def test_an_empty_file_is_told_as_empty_though_its_columns_are_mapped(tmp_path):
    (tmp_path / "etf_daily.csv").write_bytes(b"")
    mapped(tmp_path, VENDOR)
    assert "it holds no rows" in str(refused(tmp_path, "etf_daily"))


def test_an_empty_parquet_is_refused(tmp_path):
    write(tmp_path, "calendar", small("calendar").iloc[:0], ".parquet")
    assert "it holds no rows" in str(refused(tmp_path, "calendar"))


@pytest.mark.parametrize(
    ("suffix", "content", "expected"),
    [
        (".parquet", b"not parquet", "expected a parquet file"),
        (".csv", b"date\n2024-01-02\n2024-01-03,1,2\n", "expected comma-separated rows"),
        (".csv", b"date\n2024-01-02,5\n2024-01-03,6\n", "expected 1 fields per row"),
        (".csv", b"date\n\xff\xff\xff\n", "expected text in UTF-8 or GB18030"),
    ],
)
def test_a_broken_file_is_refused(tmp_path, suffix, content, expected):
    (tmp_path / f"calendar{suffix}").write_bytes(content)
    error = refused(tmp_path, "calendar")
    assert f"calendar{suffix}" in str(error)
    assert expected in str(error)


VENDOR = """
etf_daily:
  columns: {交易日期: date, 证券代码: code, 复权收盘: adj_close, 成交额: amount, 成交量: volume}
  units: {amount: 千元, volume: 手}
  codes: {code: joinquant}
"""


def vendor_daily() -> pd.DataFrame:
    frame = small("etf_daily").assign(
        date=lambda x: x["date"].dt.strftime("%Y%m%d"),
        code=lambda x: x["code"].str.replace(".SH", ".XSHG").str.replace(".SZ", ".XSHE"),
        amount=lambda x: x["amount"] / 1e3,
        volume=lambda x: x["volume"] / 100,
    )
    names = {"date": "交易日期", "code": "证券代码", "adj_close": "复权收盘", "amount": "成交额", "volume": "成交量"}
    return frame.rename(columns=names)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_vendors_headers_units_and_codes_are_mapped(tmp_path, suffix):
    write(tmp_path, "etf_daily", vendor_daily(), suffix, encoding="gb18030")
    mapped(tmp_path, VENDOR)
    expected = validate("etf_daily", small("etf_daily"), "memory")
    pdt.assert_frame_equal(Folder(tmp_path).read("etf_daily"), expected)


def test_nothing_is_converted_without_being_told(tmp_path):
    write(tmp_path, "etf_daily", vendor_daily())
    mapped(tmp_path, VENDOR.replace("amount: 千元, ", ""))
    assert refused(tmp_path, "etf_daily").column == "amount"
    mapped(tmp_path, VENDOR.replace("codes: {code: joinquant}", ""))
    assert refused(tmp_path, "etf_daily").value == "159915.XSHE"


def test_a_vendors_words_are_mapped_and_a_missing_word_is_fixed(tmp_path):
    write(tmp_path, "stock_industry", small("stock_industry").drop(columns="scheme"))
    issued = small("fund_issuance").assign(category=["偏股", "股票ETF", "股票ETF"])
    write(tmp_path, "fund_issuance", issued)
    words = "fund_issuance: {values: {category: {偏股: active_equity, 股票ETF: stock_etf}}}"
    mapped(tmp_path, f"stock_industry: {{fixed: {{scheme: SW2021_L1}}}}\n{words}")
    folder = Folder(tmp_path)
    for name in ("stock_industry", "fund_issuance"):
        pdt.assert_frame_equal(folder.read(name), validate(name, small(name), "memory"))
    mapped(tmp_path, words.replace(", 股票ETF: stock_etf", ""))
    assert refused(tmp_path, "fund_issuance").value == "股票ETF"


def test_a_fixed_word_does_not_overwrite_a_column(tmp_path):
    write(tmp_path, "stock_industry", small("stock_industry"))
    mapped(tmp_path, "stock_industry: {fixed: {scheme: SW2021_L1}}")
    assert "key stock_industry.fixed.scheme makes a second column" in str(refused(tmp_path, "stock_industry"))


def test_an_error_in_a_mapped_column_names_the_vendors_header_too(tmp_path):
    frame = vendor_daily()
    frame.loc[2, "复权收盘"] = -1.0
    write(tmp_path, "etf_daily", frame)
    mapped(tmp_path, VENDOR)
    assert "column 'adj_close' ('复权收盘' in the file), row 3" in str(refused(tmp_path, "etf_daily"))


def test_a_bad_number_under_a_unit_is_refused_at_its_row(tmp_path):
    frame = vendor_daily().astype({"成交额": object})
    frame.loc[1, "成交额"] = "1,200"
    write(tmp_path, "etf_daily", frame)
    mapped(tmp_path, VENDOR)
    error = refused(tmp_path, "etf_daily")
    assert (error.column, error.row, error.value) == ("amount", 2, "1,200")


@pytest.mark.parametrize(("kind", "unit"), [(kind, unit) for kind, units in UNIT_SCALES.items() for unit in units])
def test_every_unit_converts_by_its_factor(tmp_path, kind, unit):
    name, column = {
        "CNY": ("etf_daily", "amount"),
        "units": ("etf_shares", "shares"),
        "fraction": ("index_weights", "weight"),
    }[kind]
    factor = {
        "元": 1, "千元": 1e3, "万元": 1e4, "百万元": 1e6, "亿元": 1e8,
        "份": 1, "股": 1, "手": 100, "万份": 1e4, "万股": 1e4, "万手": 1e6, "亿份": 1e8, "亿股": 1e8,
        "fraction": 1, "%": 1e-2, "‰": 1e-3, "bp": 1e-4,
    }[unit]  # fmt: skip
    frame = small(name)
    write(tmp_path, name, frame.assign(**{column: frame[column] / factor}))
    mapped(tmp_path, f'{name}: {{units: {{{column}: "{unit}"}}}}')
    np.testing.assert_allclose(Folder(tmp_path).read(name)[column], frame[column], rtol=1e-12)
    assert unit in units_of(kind)


@pytest.mark.parametrize(
    ("spelling", "given", "expected"),
    [
        ("joinquant", ["510300.XSHG", "159915.XSHE", "510300.SH"], ["510300.SH", "159915.SZ", "510300.SH"]),
        ("prefixed", ["sh510300", "SZ159915", "bj.920992"], ["510300.SH", "159915.SZ", "920992.BJ"]),
        ("listed", ["510300", "159915", "600519", "000001", "300750"],
         ["510300.SH", "159915.SZ", "600519.SH", "000001.SZ", "300750.SZ"]),
        ("listed", ["830799", "430047", "920992", "900901", "200002"],
         ["830799.BJ", "430047.BJ", "920992.BJ", "900901.SH", "200002.SZ"]),
        ("open_fund", ["000001", "1"], ["000001.OF", "1"]),
        ("bare", ["000300.SH", "CI005001.WI", "H30374.CSI", "000852"], ["000300", "CI005001", "H30374", "000852"]),
    ],
)  # fmt: skip
def test_each_spelling_of_codes_is_rewritten(spelling, given, expected):
    assert respell(pd.Series(given, dtype=str), spelling).tolist() == expected


def test_a_gap_among_codes_stays_a_gap():
    assert respell(pd.Series(["000300.SH", None], dtype=str), "bare").isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("text", "key", "hint"),
    [
        ("etf_dialy: {}", "key etf_dialy: unknown table", "did you mean etf_daily?"),
        ("etf_daily: {column: {}}", "key etf_daily.column: unknown section", "columns"),
        ("etf_daily: {columns: {日期: dat}}", "key etf_daily.columns.日期: unknown column 'dat'", "date"),
        ("etf_daily: {units: {amuont: 元}}", "key etf_daily.units.amuont: unknown column", "did you mean amount?"),
        ("etf_daily: {units: {amount: 千万元}}", "key etf_daily.units.amount: unknown value '千万元'", "亿元"),
        ("etf_daily: {units: {amount: 万份}}", "key etf_daily.units.amount: unknown value '万份'", "万元"),
        ("etf_daily: {units: {date: 元}}", "key etf_daily.units.date", "(nothing)"),
        ("etf_daily: {codes: {code: wind}}", "key etf_daily.codes.code: unknown value 'wind'", "joinquant"),
        ("index_daily: {codes: {index_code: listed}}", "key index_daily.codes.index_code", "bare"),
        ("etf_daily: {columns: {1: date}}", "key etf_daily.columns.1 is not text", "quoted"),
        ("etf_daily: {columns: {日期: [date]}}", "key etf_daily.columns.日期 holds ['date']", "text"),
        ("etf_daily: {units: {amount: 1000}}", "key etf_daily.units.amount holds 1000", "quote"),
        ("etf_list: {values: {fund_type: 股票}}", "key etf_list.values.fund_type holds '股票'", "mapping"),
        ("etf_list: {values: {fund_type: {股票: 1}}}", "key etf_list.values.fund_type holds 1", "text"),
        ("etf_list: {fixed: {size: '1'}}", "key etf_list.fixed.size: not a column of words", "one of name, exchange,"),
        ("etf_daily: {fixed: {schema: SW}}", "key etf_daily.fixed.schema: unknown column", "date"),
        ("etf_daily: [date]", "key etf_daily holds ['date']", "mapping"),
        ("etf_daily: {columns: {a: date}}\netf_daily: {columns: {b: date}}", "key etf_daily stands twice", ""),
        ("etf_daily: {columns: {a: date, a: code}}", "key a stands twice", ""),
        ("etf_daily: {", "columns.yaml", "YAML"),
        ("etf_daily: {columns: {日子: date}}", "key etf_daily.columns.日子 names a column", "etf_daily.csv lacks"),
        ("etf_daily: {units: {open: 元}}", "key etf_daily.units.open names a column", "amount"),
        ("etf_daily: {columns: {close: adj_close}}", "key etf_daily.columns.close makes a second column adj_close", ""),
    ],
)  # fmt: skip
def test_a_wrong_mapping_is_refused_by_its_key(tmp_path, text, key, hint):
    write(tmp_path, "etf_daily", small("etf_daily"))
    file = mapped(tmp_path, text)
    error = refused(tmp_path, "etf_daily")
    assert error.origin == str(file)
    assert key in str(error)
    assert hint in str(error)


def test_a_mapping_under_another_name_is_not_silently_ignored(tmp_path):
    write(tmp_path, "calendar", small("calendar"))
    mapped(tmp_path, VENDOR).rename(tmp_path / "columns.yml")
    assert "columns.yml: it would not be read; expected the name columns.yaml" in str(refused(tmp_path))


def test_a_mapping_may_speak_of_tables_the_folder_lacks(tmp_path):
    write(tmp_path, "calendar", small("calendar"))
    mapped(tmp_path, VENDOR)
    assert len(Folder(tmp_path).read("calendar")) == 3


def test_the_example_mapping_of_the_project_is_valid():
    example = Path(__file__).parents[1] / "params" / "examples" / "columns.yaml"
    assert {"etf_daily", "etf_shares", "index_weights"} <= set(read_mappings(example))


@pytest.mark.snapshot
@pytest.mark.parametrize("name", NAMES)
def test_every_table_of_the_snapshot_is_valid(snapshot_dir, name):
    folder = Folder(snapshot_dir)
    if name not in folder.files:
        assert name in folder.missing
        return
    table = folder.read(name)
    raw = pd.read_parquet(folder.files[name])
    assert (len(table), set(table)) == (len(raw), set(raw))
    assert table.set_index(SCHEMAS[name].metadata["key"]).index.is_unique


def test_a_mark_for_a_gap_where_a_value_must_be_is_called_nothing(tmp_path):
    frame = small("etf_daily").astype({"adj_close": object})
    frame.loc[2, "adj_close"] = "--"
    write(tmp_path, "etf_daily", frame)
    assert "column 'adj_close', row 3 (line 4): found nothing (an empty cell, or a mark such as --)" in str(
        refused(tmp_path, "etf_daily")
    )


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "etf_daily_2025.csv",
            "etf_daily_2025.csv is not read: one file holds a whole table, etf_daily.csv or etf_daily.par",
        ),
        ("etf_daily2.parquet", "etf_daily2.parquet is not read: one file holds a whole table"),
        ("etf_shares.xlsx", "etf_shares.xlsx is not read: save it as etf_shares.csv or etf_shares.parquet"),
        ("etf_daily.tsv", "etf_daily.tsv is not read: save it as etf_daily.csv"),
        ("etf_daily.csv.gz", "etf_daily.csv.gz is not read: save it as etf_daily.csv"),
    ],
)
def test_a_file_that_looks_like_a_table_and_is_not_read_is_named(tmp_path, name, says):
    write(tmp_path, "etf_daily", small("etf_daily"))
    assert unread(tmp_path) == []
    (tmp_path / name).write_bytes(b"x")
    (tmp_path / "notes.txt").write_bytes(b"x")
    (line,) = unread(tmp_path)
    assert line.startswith(says)


@pytest.mark.parametrize(("mark", "named"), [("\t", "tabs"), (";", "semicolons"), ("|", "bars")])
def test_rows_separated_by_something_else_are_refused_by_name(tmp_path, mark, named):
    small("etf_daily").to_csv(tmp_path / "etf_daily.csv", index=False, sep=mark)
    assert f"they are separated by {named}; expected fields separated by commas" in str(refused(tmp_path, "etf_daily"))


@pytest.mark.parametrize(
    ("suffix", "damage"),
    [(s, d) for s in (".parquet", ".csv") for d in ("text", "folder", "unreadable")]
    + [(".parquet", "cut"), (".parquet", "metadata")],
)
def test_a_table_that_cannot_be_read_is_one_error(tmp_path, monkeypatch, damage, suffix):
    file = write(tmp_path, "etf_daily", small("etf_daily"), suffix)
    write(tmp_path, "calendar", small("calendar"))
    content = file.read_bytes()
    if damage == "text":
        file.write_bytes(b"\x00\xff\xfe nothing \x00")
    elif damage == "cut":
        file.write_bytes(content[: len(content) // 2 - 3])
    elif damage == "metadata":
        pq.write_table(pa.Table.from_pandas(small("etf_daily")).replace_schema_metadata({"pandas": "{broken"}), file)
    elif damage == "unreadable":
        reader = "read_parquet" if suffix == ".parquet" else "read_csv"
        monkeypatch.setattr(
            pd, reader, lambda *_, **__: (_ for _ in ()).throw(PermissionError(13, "Permission denied"))
        )
    else:
        file.unlink()
        file.mkdir()
        assert Folder(tmp_path).missing["etf_daily"].startswith(f"{file.name} is a folder")
        return
    error = refused(tmp_path, "etf_daily")
    assert file.name in str(error) and "\n" not in str(error)


@pytest.mark.parametrize("target", ["etf_daily.csv", "nowhere.csv"])
def test_a_link_that_leads_to_no_file_is_called_one(tmp_path, target):
    write(tmp_path, "calendar", small("calendar"))
    (tmp_path / "etf_daily.csv").symlink_to(tmp_path / target)
    assert Folder(tmp_path).missing["etf_daily"] == "etf_daily.csv is a link that leads to no file"


def test_a_folder_that_leads_back_to_itself_is_no_folder(tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert "no such directory" in str(refused(tmp_path / "loop"))


@pytest.mark.parametrize("column", ["end"])
@pytest.mark.parametrize("written", ["99991231", "9999-12-31", 99991231])
def test_an_end_in_the_year_9999_is_open(tmp_path, column, written):
    frame = small("stock_industry").astype({column: object})
    frame.loc[1, column] = written
    write(tmp_path, "stock_industry", frame)
    pdt.assert_frame_equal(
        Folder(tmp_path).read("stock_industry"), validate("stock_industry", small("stock_industry"), "m")
    )
