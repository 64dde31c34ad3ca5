"""The other half of Sina's packings, so that invented quotes can be packed as the site packs its own."""

from helpers.providers.sina_codec import _ALPHABET, _FIRST_DAY


class Bits:
    """Bits to be written, the lowest of each number first."""

    def __init__(self):
        self.bits = []

    def number(self, value, width):
        self.bits += [value >> i & 1 for i in range(width)]
        return self

    def flags(self, *values):
        self.bits += [int(value) for value in values]
        return self

    def step(self, size):
        if size:
            self.flags(size > 0, *[1] * (abs(size) - 1), 0)
        return self

    def packed(self):
        bits = self.bits + [0] * (-len(self.bits) % 6)
        return "".join(
            _ALPHABET[sum(bit << i for i, bit in enumerate(bits[at : at + 6]))] for at in range(0, len(bits), 6)
        )


def threes(value, signed):
    """How many groups of three bits hold a value."""
    width = 0
    low, high = 0, 1
    while not low <= value < high:
        width += 1
        low, high = (-(1 << 3 * width - 1), 1 << 3 * width - 1) if signed else (0, 1 << 3 * width)
    return width


def newer(rows, average=True, separate=False):
    """Pack rows (days since 1970, open, high, low, close in thousandths, volume, amount, reference) as KLC_K2 does."""
    bits, width, names = (
        Bits().number(3466, 12).number(63, 6),
        dict(zip("ohlcva", (3, 3, 3, 3, 5, 5), strict=True)),
        "ohlcva",
    )
    levels, volume_before, amount_before = dict.fromkeys("ohlcp", 0), 0, 0
    for place, (date, o, h, low, c, volume, amount, reference) in enumerate(rows):
        if separate:
            values = [o - levels["o"], h - levels["h"], low - levels["l"], c - levels["c"]]
            middle4 = o + h + low + c
        else:
            base = levels["p"] if reference is None else reference
            values = [o - base, h - o, o - low, c - o]
            middle4 = 4 * o + (h - o) - (o - low) + (c - o)
        guess = (middle4 * volume + 2) // 4
        extra = amount - round_half_even(guess, 1000) if average else amount - amount_before
        values += [volume - volume_before, extra]
        signs = (True, separate, separate, True, True, True)
        need = {n: max(width[n], threes(v, s)) for n, v, s in zip(names, values, signs, strict=True)}
        jump = date - _FIRST_DAY
        bits.flags(1, 1, place == 0)
        if place == 0:
            bits.flags(1, not average, 0, 0, separate, 0)  # layout: average, after, after_extra, separate, workdays
            bits.flags(1).step(3).flags(0, 0)  # decimals of the price: 9, thousandths
        bits.flags(1)
        for name in names:
            change = need[name] - width[name]
            bits.flags(change != 0).step(change)
            width[name] = need[name]
        bits.flags(1).number(1, 3).number(jump & (1 << 18) - 1, 18)  # the day itself
        bits.flags(reference is not None)
        if reference is not None:
            before = levels["c"] if separate else levels["p"]
            wide = max(width["o"], threes(reference - before, True))
            bits.flags(wide != width["o"]).step(wide - width["o"]).number(reference - before, 3 * wide)
        for name, value in zip(names, values, strict=True):
            bits.number(value, 3 * width[name])
        levels = {"o": o, "h": h, "l": low, "c": c, "p": c}
        volume_before, amount_before = volume, amount
    return bits.flags(1, 1, 0, 0, 0).packed()


def round_half_even(value, by):
    whole, rest = divmod(value, by)
    return whole + (2 * rest > by or (2 * rest == by and whole % 2))


def older(rows):
    """Pack rows (days since 1970, open, high, low, close in thousandths, volume) as KLC_KL does."""
    bits = Bits().number(1479, 12).number(63, 6).number(3, 6).number(1, 18).number(0, 3).number(6, 3)
    close_before = volume_before = 0
    for date, o, h, low, c, volume in rows:
        values = [o - close_before, h - o, o - low, c - o, volume - volume_before]
        price = max(threes(v, s) for v, s in zip(values[:4], (1, 0, 0, 1), strict=True))
        traded = threes(values[4], True)
        traded = max(traded, 6) + max(traded, 6) % 2  # an even width leaves the shape alone
        bits.number(32, 6)  # shape 0, with a control to follow
        bits.number(16 | 1, 6).number(date - _FIRST_DAY, 18)  # the day itself, and another control
        bits.number(63, 6).number(price, 3).number(traded - 6, 3)
        for value, width in zip(values, [price] * 4 + [traded], strict=True):
            bits.number(value, 3 * width)
        close_before, volume_before = c, volume
    return bits.packed()
