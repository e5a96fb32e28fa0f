"""A cushion: foam, fabric, seam, anti-slip underlay, zip and the upholsterer's hours.

By default as the trade's rule of thumb has it: foam by area and thickness, fabric for the area of
one side, seam and underlay by the perimeter, the zip by the piece, hours by the area and the seam.
Where a tradesman reckons otherwise, the settings say so: fabric for both sides or the whole cover
with a seam allowance, the underlay by the m², the zip by the metre, hours by the thickness, no
cover round bare foam. The prices are what the customer pays: no surcharge comes on top but tax.
"""

from decimal import Decimal

import msgspec

from handwerk.domain.kernel.checks import Checks
from handwerk.domain.kernel.money import ZERO, cents
from handwerk.domain.pricing.calculation import CalculationLine
from handwerk.domain.settings.model import (
    AntirutschRule,
    FabricRule,
    FirmSettings,
    ZipperRule,
)

CM_PER_M = Decimal(100)
SQCM_PER_SQM = Decimal(10_000)
MAX_WIDTH = Decimal(1000)
MAX_THICKNESS = Decimal(100)
MAX_PIECES = 10_000
MAX_NAME = 50
STANDARD_FOAM = "GR 5560"
STANDARD_SEAM = "Normal"
FOAM_ONLY = "Nur Schaum"


class CushionInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A cushion, or several that are alike. Sizes in cm; prices that are not said are the firm's.

    `fabric_price` is in € per m².
    """

    width: Decimal
    depth: Decimal
    thickness: Decimal
    foam_type: str = STANDARD_FOAM
    seam: str = STANDARD_SEAM
    fabric_price: Decimal | None = None
    antirutsch: bool = False
    zipper: bool = False
    quantity: int = 1
    labor_rate: Decimal | None = None
    tax_rate: Decimal | None = None


class Cushion(msgspec.Struct, frozen=True, kw_only=True):
    """A cushion that can be made, with the settings of the firm in it."""

    width: Decimal
    depth: Decimal
    thickness: Decimal
    foam_type: str
    seam: str
    fabric_price: Decimal
    antirutsch: bool
    zipper: bool
    quantity: int
    labor_rate: Decimal
    tax_rate: Decimal

    @property
    def area(self) -> Decimal:
        """In cm²."""
        return self.width * self.depth

    @property
    def perimeter(self) -> Decimal:
        """In m."""
        return 2 * (self.width + self.depth) / CM_PER_M

    def has_cover(self, firm: FirmSettings) -> bool:
        """Whether it takes fabric and a zip."""
        return self.seam != FOAM_ONLY or firm.polster_foam_only_has_cover

    def fabric_area(self, firm: FirmSettings) -> Decimal:
        """The fabric in m², by the firm's rule."""
        if not self.has_cover(firm):
            return ZERO
        if firm.polster_fabric_rule is FabricRule.ONE_SIDE:
            return self.area / SQCM_PER_SQM
        edges = 2 * firm.polster_seam_allowance_cm
        both = 2 * (self.width + edges) * (self.depth + edges)
        if firm.polster_fabric_rule is FabricRule.BOTH_SIDES:
            return both / SQCM_PER_SQM
        boxing = (self.perimeter * CM_PER_M + edges) * (self.thickness + edges)
        return (both + boxing) / SQCM_PER_SQM

    def hours(self, firm: FirmSettings) -> Decimal:
        """The upholsterer's hours for one; never below none."""
        hours = (
            firm.polster_base_hours
            + firm.polster_hours_per_sqcm * self.area
            + firm.polster_hours_per_cm * self.thickness
            + firm.seam_hours.get(self.seam, ZERO)
        )
        return max(hours, ZERO)


class CushionPrice(msgspec.Struct, frozen=True, kw_only=True):
    """The price of all pieces; the lines with the tax add up to `gross_price`, to the cent.

    An amount is base times rate, rounded for one piece, times the pieces: so ten cost ten times
    what one costs. `piece_price` is the net price of one, `hours` those of all.
    """

    lines: tuple[CalculationLine, ...]
    quantity: int
    hours: Decimal
    piece_price: Decimal
    net_price: Decimal
    tax_amount: Decimal
    gross_price: Decimal


def checked(given: CushionInput, firm: FirmSettings) -> Cushion:
    """The cushion; `InvalidInput` names every field that is wrong."""
    checks = Checks()
    sizes = {
        "width": _size(checks, "width", given.width, MAX_WIDTH),
        "depth": _size(checks, "depth", given.depth, MAX_WIDTH),
        "thickness": _size(checks, "thickness", given.thickness, MAX_THICKNESS),
    }
    _known(checks, "foam_type", given.foam_type, list(firm.foam_types))
    _known(checks, "seam", given.seam, list(firm.seam_extras))
    checks.whole("quantity", given.quantity, 1, MAX_PIECES)
    fabric = checks.euros("fabric_price", given.fabric_price)
    rate = checks.euros("labor_rate", given.labor_rate)
    tax = firm.tax_rate if given.tax_rate is None else given.tax_rate
    sound = tax.is_finite() and ZERO <= tax <= 1
    checks.that(sound, "tax_rate", "must be a number from 0 to 1")
    checks.refuse_if_any()
    return Cushion(
        **sizes,
        foam_type=given.foam_type,
        seam=given.seam,
        fabric_price=firm.polster_fabric_base_price if fabric is None else fabric,
        antirutsch=given.antirutsch,
        zipper=given.zipper,
        quantity=given.quantity,
        labor_rate=firm.polster_labor_rate if rate is None else rate,
        tax_rate=tax,
    )


def price_of(cushion: Cushion, firm: FirmSettings) -> CushionPrice:
    """What so many such cushions cost, line by line."""
    lines = (
        _line(
            cushion, "foam", f"Schaumstoff {cushion.foam_type}",
            cushion.area / SQCM_PER_SQM * cushion.thickness, "m²·cm",
            firm.foam_types[cushion.foam_type],
        ),
        _line(
            cushion, "fabric", "Bezugsstoff",
            cushion.fabric_area(firm), "m²", cushion.fabric_price,
        ),
        _line(
            cushion, "seam", f"Naht: {cushion.seam}",
            cushion.perimeter, "m", firm.seam_extras[cushion.seam],
        ),
        _antirutsch(cushion, firm),
        _zipper(cushion, firm),
        _line(cushion, "labor", "Polsterarbeit", cushion.hours(firm), "h", cushion.labor_rate),
    )  # fmt: skip
    net = sum((line.amount for line in lines), ZERO)
    percent = cushion.tax_rate * CM_PER_M
    tax = CalculationLine(
        name="tax",
        label="Mehrwertsteuer",
        base=net,
        base_unit="€",
        rate=percent,
        rate_unit="%",
        amount=cents(net * cushion.tax_rate),
    )
    return CushionPrice(
        lines=(*lines, tax),
        quantity=cushion.quantity,
        hours=cushion.hours(firm) * cushion.quantity,
        piece_price=net / cushion.quantity,
        net_price=net,
        tax_amount=tax.amount,
        gross_price=net + tax.amount,
    )


def _antirutsch(cushion: Cushion, firm: FirmSettings) -> CalculationLine:
    by_area = firm.polster_antirutsch_rule is AntirutschRule.PER_SQM
    size = cushion.area / SQCM_PER_SQM if by_area else cushion.perimeter
    base = size if cushion.antirutsch else ZERO
    unit = "m²" if by_area else "m"
    return _line(cushion, "antirutsch", "Antirutsch", base, unit, firm.antirutsch_price)


def _zipper(cushion: Cushion, firm: FirmSettings) -> CalculationLine:
    by_metre = firm.polster_zipper_rule is ZipperRule.PER_METRE
    size = max(cushion.width, cushion.depth) / CM_PER_M if by_metre else Decimal(1)
    base = size if cushion.zipper and cushion.has_cover(firm) else ZERO
    unit = "m" if by_metre else "Stk"
    return _line(cushion, "zipper", "Reißverschluss", base, unit, firm.zipper_price)


def _line(
    cushion: Cushion, name: str, label: str, base: Decimal, unit: str, rate: Decimal
) -> CalculationLine:
    return CalculationLine(
        name=name,
        label=label,
        base=base * cushion.quantity,
        base_unit=unit,
        rate=rate,
        rate_unit=f"€/{unit}",
        amount=cents(base * rate) * cushion.quantity,
    )


def _size(checks: Checks, field: str, value: Decimal, high: Decimal) -> Decimal:
    """A size in cm, to a thousandth."""
    size = checks.quantity(field, value)
    within = size is not None and ZERO < size <= high
    if size is not None:
        checks.that(within, field, f"must be above 0 and at most {high} cm")
    return size if size is not None else ZERO


def _known(checks: Checks, field: str, value: str, known: list[str]) -> None:
    told = ", ".join(known)
    checks.that(value in known, field, f"is not among the firm's: {told}")
