"""The total of an offer or an invoice, before tax and with it.

Words alone mislead (a "Summe" stands on every page), so arithmetic decides: net + tax = gross, and
the tax is a share of the net that is printed, or usual. Where nothing adds up, the labels must do.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import combinations

import msgspec

from handwerk.domain.documents.features.labels import PLAIN, Kinds, kinds_of
from handwerk.domain.documents.features.model import Feature, FeatureName, Line
from handwerk.domain.documents.features.numbers import Amount, amounts_in

MAX_AMOUNTS = 250
HIGHEST_RATE = Decimal("0.27")
# Germany's, Austria's and Switzerland's rates, those of 2020 too.
USUAL_RATES = tuple(map(Decimal, ("0.19", "0.07", "0.16", "0.05", "0.20", "0.10", "0.13", "0.081")))
REDUCED_RATE, FULL_RATE = Decimal("0.07"), Decimal("0.19")
_CENT = Decimal("0.01")
_LONGEST_AMOUNT = 24
_ENOUGH = 3.0
_ROW = 1.5
# What a tax is worth that nothing calls so, and a share of the net that is printed in percent.
_UNLABELLED = 1.0
_AS_PRINTED = 2.0

_PERCENT = re.compile(r"(?<![\d.,])(\d{1,2}(?:[.,]\d{1,4})?)\s*%")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_CURRENCY_WORD = re.compile(r"EUR(?:O)?\b|€", re.IGNORECASE)
_OTHER_CURRENCY = re.compile(r"\b(CHF|USD|GBP)\b")
_UNTAXED = re.compile(
    r"steuerfrei|steuerbefreit|reverse.charge|steuerschuldnerschaft|§\s?13\s?b|§\s?19\b"
    r"|kleinunternehmer|innergemeinschaftlich|\bexempt|keine (?:umsatz|mehrwert)steuer",
    re.IGNORECASE,
)
_PRICES_ARE_NET = re.compile(
    r"(?:zzgl|zuzügl|exkl|plus)\w*\.?[^.\n]{0,30}(?:mwst|ust|umsatzst|mehrwertst)|preise[^.\n]*netto",
    re.IGNORECASE,
)


class _Printed(msgspec.Struct, frozen=True):
    """An amount, what its labels say, and the line where it stands last under the best of them."""

    value: Decimal
    kinds: Kinds
    line: Line
    lines: frozenset[int]


class _Sum(msgspec.Struct, frozen=True):
    net: _Printed
    gross: _Printed
    score: float


def read_totals(lines: Sequence[Line]) -> Iterator[Feature]:
    """The totals of the document: net, gross, or both."""
    printed = _printed(lines)
    if not printed:
        return
    unit = _currency(lines)
    text = "\n".join(line.text for line in lines)
    best = _best_sum(printed, _rates(text))
    if best is not None:
        sure = min(0.98, 0.7 + 0.04 * best.score)
        yield _total(FeatureName.PRICE_NET, best.net, sure, unit)
        yield _total(FeatureName.PRICE_GROSS, best.gross, sure, unit)
    else:
        yield from _labelled(list(printed.values()), text, unit)


def _printed(lines: Sequence[Line]) -> Mapping[Decimal, _Printed]:
    found: dict[Decimal, _Printed] = {}
    for line, label, amount in _labelled_amounts(lines):
        again = _Printed(amount.value, kinds_of(label), line, frozenset({line.number}))
        known = found.pop(amount.value, None)
        found[amount.value] = again if known is None else _merged(known, again)
    # Totals stand towards the end.
    return dict(list(found.items())[-MAX_AMOUNTS:])


def _merged(known: _Printed, again: _Printed) -> _Printed:
    better = again.kinds.strongest >= known.kinds.strongest
    return _Printed(
        known.value,
        known.kinds | again.kinds,
        again.line if better else known.line,
        known.lines | again.lines,
    )


def _labelled_amounts(lines: Sequence[Line]) -> Iterator[tuple[Line, str, Amount]]:
    above = ""
    beside = _beside(lines)
    for line in lines:
        amounts = list(amounts_in(line.text))
        start = 0
        for amount in amounts:
            heading = beside.get(line.number, above)
            yield line, _label(line.text, start, amount, heading), amount
            start = amount.end
        above = "" if amounts else line.text


def _beside(lines: Sequence[Line]) -> dict[int, str]:
    """The labels of amounts, by line, where a column of amounts follows a column of labels."""
    found: dict[int, str] = {}
    labels: list[str] = []
    bare: list[Line] = []
    for line in (*lines, None):
        if line is not None and _is_bare(line):
            bare.append(line)
            continue
        if len(bare) > 1 and len(labels) >= len(bare):
            fitting = labels[-len(bare) :]
            if all(kinds_of(label).strongest for label in fitting):
                found |= {each.number: label for each, label in zip(bare, fitting, strict=True)}
        if bare:
            labels, bare = [], []
        if line is not None:
            labels.append(line.text)
    return found


def _is_bare(line: Line) -> bool:
    """Whether a line is one amount and nothing else."""
    is_short = len(line.text) <= _LONGEST_AMOUNT
    words = _LETTERS.search(_CURRENCY_WORD.sub("", line.text)) if is_short else True
    return not words and len(list(amounts_in(line.text))) == 1


def _label(text: str, start: int, amount: Amount, above: str) -> str:
    """The words before the amount; else those of its line, else the line above."""
    for words in (text[start : amount.start], text, above):
        bare = _CURRENCY_WORD.sub("", words)
        if _LETTERS.search(bare):
            return bare
    return ""


def _rates(text: str) -> set[Decimal]:
    """The percentages that the document prints, as shares."""
    printed = {Decimal(rate.replace(",", ".")) / 100 for rate in _PERCENT.findall(text)}
    return {rate for rate in printed if 0 < rate <= HIGHEST_RATE}


def _best_sum(printed: Mapping[Decimal, _Printed], rates: set[Decimal]) -> _Sum | None:
    sums = list(_sums(printed, rates))
    best = max(sums, key=lambda found: found.score, default=None)
    return best if best is not None and best.score >= _ENOUGH else None


def _sums(printed: Mapping[Decimal, _Printed], rates: set[Decimal]) -> Iterator[_Sum]:
    taxes = _taxes(printed.values())
    largest = max(map(abs, printed)) or Decimal(1)
    for net, gross in combinations(sorted(printed.values(), key=lambda one: abs(one.value)), 2):
        tax = gross.value - net.value
        if not net.value or not 0 < tax / net.value <= HIGHEST_RATE:
            continue
        labels = _agreement(gross.kinds.gross, gross.kinds) + _agreement(net.kinds.net, net.kinds)
        stated = _stated_tax(tax, printed, taxes)
        rate = _rate_score(net.value, tax, rates)
        if stated is None and (labels < 2 * PLAIN or rate < 1):
            continue
        if not net.kinds.net and rate < _AS_PRINTED and (stated or 0.0) <= _UNLABELLED:
            continue  # Two positions and their sum look like that, too.
        size = float(abs(gross.value) / largest)
        row = _ROW if _in_one_row(net, gross, printed.get(tax)) else 0.0
        yield _Sum(net, gross, labels + (stated or 0.0) + rate + size + row)


def _in_one_row(net: _Printed, gross: _Printed, tax: _Printed | None) -> bool:
    """Whether all three stand in one line, as in a table of sums."""
    return tax is not None and bool(net.lines & gross.lines & tax.lines)


def _agreement(wanted: float, kinds: Kinds) -> float:
    """How well the labels fit; an amount that is labelled as something else only fits badly."""
    return wanted or -max(kinds.net, kinds.tax, kinds.gross)


def _taxes(printed: Iterable[_Printed]) -> set[Decimal]:
    """The sums of the taxes that are printed rate by rate."""
    single = [one.value for one in printed if one.kinds.tax][:12]
    return {sum(some, Decimal(0)) for size in (2, 3) for some in combinations(single, size)}


def _stated_tax(
    tax: Decimal, printed: Mapping[Decimal, _Printed], sums: set[Decimal]
) -> float | None:
    """How surely `tax` is printed as such, to a cent; `None` where it is not."""
    near = (tax, tax - _CENT, tax + _CENT)
    found = [printed[value].kinds.tax for value in near if value in printed]
    if found:
        return _UNLABELLED + max(found) / 2
    return 2.0 if any(value in sums for value in near) else None


def _rate_score(net: Decimal, tax: Decimal, rates: set[Decimal]) -> float:
    """Whether the tax is a printed or usual share of the net, or between two printed ones."""
    leeway = Decimal("0.02")
    if any(abs(net * rate - tax) <= leeway for rate in rates):
        return _AS_PRINTED
    if rates and min(rates) <= tax / net <= max(rates):
        return 1.0
    usual = any(abs(net * rate - tax) <= leeway for rate in USUAL_RATES)
    return 0.5 if usual or REDUCED_RATE <= tax / net <= FULL_RATE else 0.0


def _labelled(printed: Sequence[_Printed], text: str, unit: str) -> Iterator[Feature]:
    net = _strongest(printed, "net")
    gross = _strongest(printed, "gross")
    if _UNTAXED.search(text) and (gross or net):
        total = gross or net
        assert total is not None
        yield _total(FeatureName.PRICE_NET, total, 0.8, unit)
        yield _total(FeatureName.PRICE_GROSS, total, 0.8, unit)
        return
    if gross and gross.kinds.gross < PLAIN + 1 and _PRICES_ARE_NET.search(text):
        net, gross = net or gross, None
    if net:
        yield _total(FeatureName.PRICE_NET, net, 0.5 + 0.1 * net.kinds.net, unit)
    if gross:
        yield _total(FeatureName.PRICE_GROSS, gross, 0.4 + 0.15 * gross.kinds.gross, unit)


def _strongest(printed: Sequence[_Printed], kind: str) -> _Printed | None:
    """The amount that is labelled so most strongly; of equals the largest."""
    labelled = [one for one in printed if getattr(one.kinds, kind)]
    return max(labelled, key=lambda one: (getattr(one.kinds, kind), abs(one.value)), default=None)


def _total(name: FeatureName, printed: _Printed, confidence: float, unit: str) -> Feature:
    return printed.line.feature(name, printed.value, confidence, unit=unit)


def _currency(lines: Sequence[Line]) -> str:
    others = [match for line in lines for match in _OTHER_CURRENCY.findall(line.text)]
    euros = sum(len(_CURRENCY_WORD.findall(line.text)) for line in lines)
    return max(set(others), key=others.count) if len(others) > euros else "EUR"
