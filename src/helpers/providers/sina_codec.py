"""The packing of Sina's daily quotes: numbers of varying width in a stream of bits, six to a character.

Two packings are in use. Both hold, day after day, the difference to the day before; control bits between the days
change the width of a field, its decimals or the day itself. Prices are whole numbers at ``exponent`` decimals, where
every third of a decimal is a factor of two or of five: exponent 6 means hundredths.
"""

from __future__ import annotations

from fractions import Fraction

__all__ = ["CodecError", "unpack"]

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_SIX = {letter: format(value, "06b") for value, letter in enumerate(_ALPHABET)}
_FIRST_DAY = 7657  # days from 1970-01-01 to 1990-12-19
_WORKDAYS = 0b0111110  # Monday to Friday, as the newer packing counts them


class CodecError(ValueError):
    """A packed value that ends early or is of another kind."""


class _Bits:
    """A stream of bits, the lowest of each number first."""

    def __init__(self, packed: str):
        try:
            self._bits = "".join(_SIX[letter] for letter in reversed(packed.rstrip("=")))
        except KeyError as error:
            raise CodecError(f"{error.args[0]!r} is no letter of the packing") from None
        self._left = len(self._bits)

    def __len__(self) -> int:
        return self._left

    def number(self, width: int, signed: bool = False) -> int:
        """Read a number of ``width`` bits."""
        if width <= 0:
            return 0
        if width > self._left:
            raise CodecError("it ends in the middle of a day")
        value = int(self._bits[self._left - width : self._left], 2)
        self._left -= width
        return value - (1 << width) if signed and value >> (width - 1) else value

    def flag(self) -> bool:
        """Read one bit."""
        return bool(self.number(1))

    def step(self) -> int:
        """Read a change of width: a sign, then a one for each unit beyond the first, then a nought."""
        sign = 1 if self.flag() else -1
        size = 1
        while self.flag():
            size += 1
        return sign * size


def unpack(packed: str) -> list[dict[str, float]]:
    """Unpack a value into one record a day.

    Parameters
    ----------
    packed : str
        The text between the script's quotation marks.

    Returns
    -------
    list of dict
        ``date`` (days since 1970), open, high, low, close, volume; the newer packing adds amount and, on some days,
        prevclose.

    Raises
    ------
    CodecError
        When it ends early or is of another kind.
    """
    bits = _Bits(packed)
    kind, version = bits.number(12), bits.number(6) ^ 63
    readers = {1479: _Older, 3466: _Newer}
    if kind not in readers or version:
        raise CodecError(f"packing {kind}, version {version}, is not known")
    return readers[kind](bits).days()


class _Older:
    """The packing of ``KLC_KL``: prices and volume, a control number before each day."""

    _SHAPES = (0, 3, 5, 6, 9, 10, 12, 15, 17, 18, 20, 23, 24, 27, 29, 30)  # which of five fields are wider

    def __init__(self, bits: _Bits):
        self.bits = bits
        self.scale = 10 ** bits.number(6)
        self.day = bits.number(18, signed=True) - 1
        self.least = {"d": bits.number(3), "v": bits.number(3)}
        self.width = {"d": 0, "v": 0}

    def days(self) -> list[dict[str, float]]:
        rows, close, volume = [], 0, 0
        while len(self.bits) >= 6:
            control = self.bits.number(6)
            once, ahead = self._control() if control & 32 else ({}, 1)
            self._advance(ahead)
            price, traded = (once.get(field, self.width[field]) for field in "dv")
            shape = self._SHAPES[control & 15] ^ (31 if traded & 1 else 0)
            traded += 2 if control & 16 else 0
            widths = [3 * (width + (shape >> 4 - i & 1)) for i, width in enumerate([price] * 4 + [traded])]
            signed = (True, False, False, True, True)
            gap, up, down, move, change = map(self.bits.number, widths, signed)
            start, volume = close + gap, volume + change
            close = start + move
            shown = {"open": start, "high": start + up, "low": start - down, "close": close}
            rows.append(
                {"date": _FIRST_DAY + self.day, **{k: v / self.scale for k, v in shown.items()}, "volume": volume}
            )
        return rows

    def _control(self) -> tuple[dict[str, int], int]:
        """Read widths for this day (once) or from now on, and how far ahead the day lies."""
        once, ahead = {}, 1
        while True:
            code = self.bits.number(6)
            target = self.width if code & 16 else once
            if code | 16 == 63:
                for field in "dv":
                    target[field] = self.bits.number(3) + self.least[field]
                return once, ahead
            if code & 32:
                field = "d" if code & 8 else "v"
                target[field] = (code & 7) + self.least[field]
                return once, ahead
            ahead = code & 15
            if ahead == 0:
                ahead = self.bits.number(6)
            elif ahead == 1:
                self.day, ahead = self.bits.number(18), 0
            if not code & 16:
                return once, ahead

    def _advance(self, ahead: int) -> None:
        for _ in range(ahead):
            self.day += 1
            if self.day % 7 in (3, 4):  # a Saturday or Sunday, since 1990-12-19 was a Wednesday
                self.day += 5 - self.day % 7


class _Newer:
    """The packing of ``KLC_K2``: turnover, reference prices, and decimals that may change."""

    def __init__(self, bits: _Bits):
        self.bits = bits
        self.average = True  # turnover is packed as the difference to volume at an average price
        self.after, self.after_extra, self.separate = False, False, False
        self.decimals = {"p": 6, "v": 0, "a": 0, "e": 0, "t": 0}
        self.width = {"o": 3, "h": 3, "l": 3, "c": 3, "v": 5, "a": 5, "e": 3, "t": 0}
        self.level = dict.fromkeys("pvaohlc", 0)
        self.workdays, self.day = _WORKDAYS, 0

    def days(self) -> list[dict[str, float]]:
        rows: list[dict[str, float]] = []
        while True:
            ahead, reference, more = self._control(rows)
            if not more:
                return rows
            rows.append(self._quote(ahead, reference))

    def _control(self, rows: list[dict]) -> tuple[int, int | None, bool]:
        """Read what precedes a day: how far ahead it lies, its reference price, and whether there is one at all."""
        flag, step, ahead = self.bits.flag, self.bits.step, 1
        if not flag():
            return ahead, None, True
        if flag():
            layout, widths, gap = flag(), False, False
            if layout:
                self._layout(rows)
            if widths := flag():
                for place in range(7 + self.after + self.after_extra):
                    if flag():
                        if place == 6:
                            ahead = self._ahead()
                        else:
                            self.width["ohlcva*et"[place]] += step()
            if gap := flag():
                width = self.width["o"] + (step() if flag() else 0)
                change = self.bits.number(3 * width, signed=True)
                if self.separate:
                    return ahead, self.level["c"] + change, True
                self.level["p"] += change
                return ahead, self.level["p"], True
            return ahead, None, layout or widths or gap
        if not flag():
            self.width["ohlc"[self.bits.number(2)]] += step()
        elif not flag():
            if self.after and flag():
                self.width["et"[self.after_extra and flag()]] += step()
            else:
                self.width["a"] += step()
        elif flag():
            ahead = self._ahead()
        else:
            self.width["v"] += step()
        return ahead, None, True

    def _layout(self, rows: list[dict]) -> None:
        flag, was = self.bits.flag, self.average
        if flag():
            self.average ^= flag()
            self.after ^= flag()
            self.after_extra ^= flag()
            before = self.separate
            self.separate ^= flag()
            if flag():
                self.workdays = self.bits.number(7)
            if before and not self.separate:
                self.level["p"] = self.level["c"]
            elif self.separate and not before:
                self.level.update(dict.fromkeys("ohlc", self.level["p"]))
        for field in "pvaet"[: 3 + 2 * self.after]:
            if flag():
                before = self.decimals[field]
                self.decimals[field] += self.bits.step()
                for level in [field, *("ohlc" if self.separate and field == "p" else "")]:
                    self.level[level] = _rescaled(self.level.get(level, 0), before, self.decimals[field])
        if was and not self.average:
            amount = rows[-1]["amount"] if rows else 0
            self.level["a"] = _rescaled(Fraction(amount).limit_denominator(10**6), 0, self.decimals["a"])

    def _ahead(self) -> int:
        ahead = self.bits.number(3)
        if ahead == 1:
            self.day = self.bits.number(18, signed=True)
            return 0
        return ahead or self.bits.number(6)

    def _advance(self, ahead: int) -> None:
        for _ in range(ahead):
            self.day += 1
            while not self.workdays >> (self.day % 7 + 10) % 7 & 1:
                self.day += 1

    def _quote(self, ahead: int, reference: int | None) -> dict[str, float]:
        fields = "ohlcvaet"[: 6 + self.after + self.after_extra]
        signs = 0b10111111 if self.separate else 0b10111001
        read = {f: self.bits.number(3 * self.width[f], bool(signs >> i & 1)) for i, f in enumerate(fields)}
        self._advance(ahead)
        decimals, level = self.decimals, self.level
        row: dict[str, float] = {"date": _FIRST_DAY + self.day}
        if reference:
            row["prevclose"] = _shown(reference, decimals["p"])
        if self.separate:
            for field in "ohlc":
                level[field] += read[field]
            prices = [level[field] for field in "ohlc"]
            middle = Fraction(sum(prices), 4)
        else:
            start = level["p"] + read["o"]
            prices = [start, start + read["h"], start - read["l"], start + read["c"]]
            level["p"] = prices[3]
            middle = start + Fraction(read["h"] - read["l"] + read["c"], 4)
        row |= {
            name: _shown(p, decimals["p"]) for name, p in zip(("open", "high", "low", "close"), prices, strict=True)
        }
        level["v"] += read["v"]
        row["volume"] = _shown(level["v"], decimals["v"])
        if self.average:
            guess = (middle * level["v"] * 2 + 1) // 2
            finer = [x + y for x, y in zip(_factors(decimals["p"]), _factors(decimals["v"]), strict=True)]
            row["amount"] = _shown(_rescaled(guess, finer, decimals["a"]) + read["a"], decimals["a"])
        else:
            level["a"] += read["a"]
            row["amount"] = _shown(level["a"], decimals["a"])
        return row


def _factors(exponent: int | list[int]) -> list[int]:
    """Return the powers of two and of five in an exponent of thirds of a decimal."""
    if isinstance(exponent, list):
        return exponent
    if exponent < 0:
        return [-power for power in _factors(-exponent)]
    whole, rest = divmod(exponent, 3)
    return [whole + (rest == 1), whole + (rest == 2)]


def _rescaled(value: int | Fraction, before: int | list[int], after: int | list[int]) -> int:
    """Bring a whole number from one exponent to another, half to even."""
    twos, fives = (new - old for old, new in zip(_factors(before), _factors(after), strict=True))
    return round(value * Fraction(2) ** twos * Fraction(5) ** fives)


def _shown(value: int, exponent: int) -> float:
    if exponent == 0:
        return float(value)
    twos, fives = _factors(exponent)
    return float(Fraction(value) / (Fraction(2) ** twos * Fraction(5) ** fives))
