"""Money as people write it. Exact: whole numbers all the way, never floating point."""

import re

from perennial.errors import ParseError
from perennial.v1.common_pb2 import Money

_MICROS = 1_000_000
_MAX_DECIMALS = 6
_LEAST, _GREATEST = -(1 << 63), (1 << 63) - 1

# ISO 4217, list one: those that have not two decimals. As the server has them.
_DECIMALS = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX",
                     "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}

# Units with or without groups of three, and decimals. "1,25" and "0,125" are neither: who writes
# them may mean a decimal comma.
_AMOUNT = re.compile(r"(-?)(\d+|[1-9]\d{0,2}(?:,\d{3})+)(?:\.(\d+))?", re.ASCII)
_WORDS = re.compile(r"(-?)([A-Za-z]{3}) *(\S+)|(\S+?) *([A-Za-z]{3})", re.ASCII)


def format_money(money: Money | None) -> str:
    """A Money as text, such as "USD 50,000.00": the currency, groups of three, and as many decimals
    as the currency has, more where they are not zero. Nothing is rounded, and parse_money gives the
    same Money again. Without a currency (which only zero may lack) the number alone; "" for None."""
    if money is None:
        return ""
    units, micros = divmod(abs(money.micros), _MICROS)
    least = _DECIMALS.get(money.currency_code, 2)
    decimals = f"{micros:06}"
    decimals = decimals[:least] + decimals[least:].rstrip("0")
    sign = "-" if money.micros < 0 else ""
    number = f"{sign}{units:,}{'.' if decimals else ''}{decimals}"
    return f"{money.currency_code} {number}".lstrip()


def parse_money(text: str) -> Money:
    """The Money that a text says: "EUR 1,250.50", "1250.5 EUR", "-USD 3" or "USD -3".

    The currency is three letters, whatever their case. Commas part groups of three, the point the
    decimals, of which there are six at most. ParseError, which says what would be right, for
    anything else, such as "EUR 1,25" (1.25, or a comma too many?), "12.50" (of what?), and amounts
    that 64 bits of millionths cannot hold. The server takes 10^12 units, and no more decimals than
    the currency has.
    """
    sign, currency, number = _words(text)
    amount = _AMOUNT.fullmatch(number)
    if amount is None or (sign and amount[1]):
        raise ParseError(text, f"{text!r} is no amount of money: write it as \"EUR 1,250.50\", commas only "
                         "between groups of three digits and a point before the decimals")
    decimals = amount[3] or ""
    if len(decimals) > _MAX_DECIMALS:
        raise ParseError(text, f"{text!r} has {len(decimals)} decimals: at most {_MAX_DECIMALS} are kept")
    micros = int(amount[2].replace(",", "") + decimals.ljust(_MAX_DECIMALS, "0"))
    if sign or amount[1]:
        micros = -micros
    if not _LEAST <= micros <= _GREATEST:
        raise ParseError(text, f"{text!r} is too much: at most 9,223,372,036,854.775807 can be held")
    return Money(currency_code=currency.upper(), micros=micros)


# The sign before the currency, the currency, and what is to be the number.
def _words(text: str) -> tuple[str, str, str]:
    words = _WORDS.fullmatch(text.strip())
    if words is None:
        raise ParseError(text, f"{text!r} is no amount of money: it needs a currency of three letters, as "
                         "in \"EUR 1,250.50\"")
    return (words[1], words[2], words[3]) if words[2] else ("", words[5], words[4])
