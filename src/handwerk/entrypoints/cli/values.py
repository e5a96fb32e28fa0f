"""Numbers and days as people type them, in German or English form; doubt is refused."""

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import click

from handwerk.domain.tables.readings import (
    day_first,
    english_number,
    german_number,
    month_first,
)
from handwerk.entrypoints.cli.text import day, german


class Amount(NamedTuple):
    """A thing by its name, and how much of it."""

    named: str
    quantity: Decimal


class Number(click.ParamType[Decimal]):
    """`12.5`, `12,5` or `1.234,56`; `1.234` is refused, since it can be read in two ways."""

    name = "number"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Decimal:
        """The number that `value` spells."""
        if isinstance(value, Decimal):
            return value
        readings = {german_number(value), english_number(value)} - {None}
        if not readings:
            self.fail(f"{value!r} is not a number such as 12,5 or 1234.56.", param, ctx)
        if len(readings) > 1:
            part, whole = (german(f"{each:f}") for each in sorted(filter(None, readings), key=abs))
            told = f"{value!r} can mean {whole} or {part}; write {whole}, or {part}0."
            self.fail(told, param, ctx)
        [number] = readings
        assert number is not None
        return number


class Day(click.ParamType[date]):
    """`2026-12-31` or `31.12.2026`."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day that `value` spells."""
        if isinstance(value, date):
            return value
        readings = {day_first(value), month_first(value)} - {None}
        if not readings:
            self.fail(f"{value!r} is not a day such as 2026-12-31 or 31.12.2026.", param, ctx)
        if len(readings) > 1:
            told = " or ".join(day(reading) for reading in sorted(filter(None, readings)))
            self.fail(f"{value!r} can mean {told}; write 2026-12-31 or 31.12.2026.", param, ctx)
        [found] = readings
        assert found is not None
        return found


class Named(click.ParamType[Amount]):
    """`Eiche 27 mm=4,5`: what is named, and how much of it."""

    name = "material"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Amount:
        """What `value` names, and the number behind its last equals sign."""
        if isinstance(value, tuple):
            return Amount(*value)
        named, equals, number = (part.strip() for part in value.rpartition("="))
        if not (named and equals and number):
            self.fail(
                f'{value!r} is not a material with a quantity: "Eiche 27 mm=4,5".', param, ctx
            )
        return Amount(named, NUMBER.convert(number, param, ctx))


NUMBER = Number()
AMOUNT = Named()
DAY = Day()
