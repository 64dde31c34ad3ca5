"""What every reply goes through first: is it an answer at all, in which encoding, and where do its data begin.

Replies are data. Nothing here evaluates, unpickles or resolves what a reply contains: JavaScript is read as literals,
XML by a reader that knows no entities, and a reply larger than ``LARGEST`` is refused before it is unpacked.
"""

from __future__ import annotations

import io
import json
import re
import zipfile

from helpers.tables import DataError

__all__ = ["LARGEST", "Incomplete", "Refused", "literal", "text_of", "variable", "workbook"]

LARGEST = 256 * 2**20  # bytes, packed or unpacked

_BOM = "\ufeff"
_COMMENT = re.compile(r"\s*(?:/\*.*?\*/|//[^\n]*(?:\n|$)|<!--.*?-->)", re.S)
_WRAPPER = re.compile(r"\s*(?:(?:var|let|const)\s+)?[\w$.]*\s*(?:=|\()\s*")
_WORD = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[A-Za-z_$][\w$]*(?=\s*:)|undefined|,(?=\s*[\]}])", re.S)
_HTML = re.compile(r"\s*<(?:!doctype|html|head|body|script|meta|title|div|center|h\d)\b", re.I)


class Refused(DataError):
    """The provider did not answer the question: a login page, a captcha, a limit, an error in a polite wrapping."""


class Incomplete(DataError):
    """The answer stops short of what it says it holds: a truncated file, a page with too few rows."""


def text_of(body: bytes, endpoint: str) -> str:
    """Decode a reply: UTF-8 (with or without a mark) or GB18030.

    Parameters
    ----------
    body : bytes
    endpoint : str
        Named in errors.

    Returns
    -------
    str

    Raises
    ------
    Incomplete
        The reply is empty.
    Refused
        The reply is a web page where data were asked for.
    DataError
        The reply is larger than ``LARGEST`` or in neither encoding.
    """
    text = _decoded(body, endpoint)
    if _HTML.match(text):
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.S | re.I)
        page = f"a web page ({' '.join(title[1].split())[:60]})" if title else "a web page"
        way_out = "The site asks for a login or a captcha, or turns this address away: wait an hour, then ask slower."
        raise Refused(endpoint, "data", found=page, way_out=way_out)
    return text


def _decoded(body: bytes, endpoint: str) -> str:
    if not isinstance(body, bytes | bytearray):
        raise TypeError(f"{endpoint}: body must be bytes, not {type(body).__name__}")
    if len(body) > LARGEST:
        raise DataError(endpoint, f"a reply of at most {LARGEST:,} bytes", found=f"{len(body):,} bytes")
    if not body.strip():
        raise Incomplete(endpoint, "a reply", found="an empty body", way_out="Ask again.")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return bytes(body).decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DataError(endpoint, "text in UTF-8 or GB18030", found="other bytes", way_out="Is the file cut off?")


def literal(text: str, endpoint: str) -> object:
    """Read the JSON, JSONP or JavaScript literal that a reply consists of.

    Leading comments, a byte-order mark, ``callback(`` or ``var name =`` in front and ``);`` behind are passed over;
    bare keys, single quotes, ``undefined``, ``NaN`` (read as None) and trailing commas are accepted.

    Parameters
    ----------
    text : str
        The whole reply; what follows the literal is not read.
    endpoint : str
        Named in errors.

    Returns
    -------
    dict or list

    Raises
    ------
    Incomplete
        The literal does not end.
    DataError
        There is none.
    """
    at = _start(text)
    if at is None:
        raise DataError(endpoint, "a JSON or JavaScript value", found=repr(text[:60]))
    return _read(text, at, endpoint)


def variable(text: str, name: str, endpoint: str) -> object | None:
    """Read the literal assigned to a variable of a script.

    Parameters
    ----------
    text : str
        The script.
    name : str
        The variable.
    endpoint : str
        Named in errors.

    Returns
    -------
    object or None
        None where the script has no such variable.

    Raises
    ------
    Incomplete
        The literal does not end.
    DataError
        It is none.
    """
    found = re.search(rf"(?<![\w$.]){re.escape(name)}\s*=\s*", text)
    return None if found is None else _read(text, found.end(), endpoint)


def _start(text: str) -> int | None:
    at = 1 if text.startswith(_BOM) else 0
    while True:
        while comment := _COMMENT.match(text, at):
            at = comment.end()
        at += len(text[at:]) - len(text[at:].lstrip()) if text[at : at + 1].isspace() else 0
        if text[at : at + 1] in ("{", "["):
            return at
        wrapper = _WRAPPER.match(text, at)
        if wrapper is None or wrapper.end() == at:
            return None
        at = wrapper.end()


def _read(text: str, at: int, endpoint: str) -> object:
    decoder = json.JSONDecoder(parse_constant=lambda _: None, strict=False)
    try:
        return decoder.raw_decode(text, at)[0]
    except (json.JSONDecodeError, RecursionError):
        pass
    try:
        return decoder.raw_decode(_WORD.sub(_as_json, text[at:]))[0]
    except RecursionError:
        raise DataError(endpoint, "data of sensible depth", found="thousands of nested brackets") from None
    except json.JSONDecodeError as error:
        if error.pos >= len(text) - at - 1 or not re.search(r"[\]}\"]\)?;?\s*$", text):
            raise Incomplete(endpoint, "a whole value", found="the reply is cut off", way_out="Ask again.") from None
        found = f"{error.msg} near {text[at + error.pos : at + error.pos + 30]!r}"
        raise DataError(endpoint, "a JSON or JavaScript value", found=found) from None


def _as_json(word: re.Match) -> str:
    token = word[0]
    if token[0] == '"':
        return token.replace("\\'", "'")
    if token[0] == "'":
        return '"' + token[1:-1].replace("\\'", "'").replace('"', '\\"') + '"'
    if token == ",":
        return ""
    return "null" if token == "undefined" else f'"{token}"'


def workbook(body: bytes, endpoint: str) -> dict[str, list[list[object]]]:
    """Read an xls or xlsx reply as rows of text, numbers and dates, sheet by sheet.

    The dimension that a sheet states is not believed, and strings may stand in the cells themselves.

    Parameters
    ----------
    body : bytes
    endpoint : str
        Named in errors.

    Returns
    -------
    dict of str to list of list
        Rows of each sheet, in order; an empty cell is an empty text.

    Raises
    ------
    Refused
        The reply is a web page.
    Incomplete
        The reply is empty or cut off.
    DataError
        It is no workbook, or unpacks to more than ``LARGEST`` bytes.
    """
    from python_calamine import CalamineError, CalamineWorkbook

    if body[:2] != b"PK" and body[:4] != b"\xd0\xcf\x11\xe0":
        text = text_of(body, endpoint)
        raise DataError(endpoint, "an Excel workbook", found=repr(text[:60]))
    _check_size(body, endpoint)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(body))
        return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    except (CalamineError, ValueError, OSError) as error:
        found = f"it cannot be read ({' '.join(str(error).split())[:80]})"
        raise Incomplete(endpoint, "an Excel workbook", found=found, way_out="Is it cut off? Ask again.") from None


def _check_size(body: bytes, endpoint: str) -> None:
    size = len(body)
    if body[:2] == b"PK":
        try:
            size = sum(member.file_size for member in zipfile.ZipFile(io.BytesIO(body)).infolist())
        except zipfile.BadZipFile:
            raise Incomplete(
                endpoint, "an Excel workbook", found="the reply is cut off", way_out="Ask again."
            ) from None
    if size > LARGEST:
        raise DataError(endpoint, f"a workbook of at most {LARGEST:,} bytes", found=f"{size:,} bytes once unpacked")
