"""Cushions. The golden numbers were worked out by hand from the trade's rules."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handwerk.domain.kernel.errors import InvalidInput
from handwerk.domain.kernel.money import CENT
from handwerk.domain.pricing.upholstery import CushionInput, CushionPrice, checked, price_of
from handwerk.domain.settings.model import (
    FOAM_TYPES,
    SEAM_EXTRAS,
    AntirutschRule,
    FabricRule,
    FirmSettings,
    ZipperRule,
    first_settings,
)

FIRM = first_settings(datetime(2026, 1, 1, tzinfo=UTC))
SEAT = CushionInput(width=Decimal(50), depth=Decimal(50), thickness=Decimal(5))


def priced(firm: FirmSettings = FIRM, **given: Any) -> CushionPrice:
    return price_of(checked(msgspec.structs.replace(SEAT, **given), firm), firm)


def amounts(price: CushionPrice) -> dict[str, Decimal]:
    return {line.name: line.amount for line in price.lines}


def ruled(**settings: Any) -> FirmSettings:
    return msgspec.structs.replace(FIRM, **settings)


def test_a_plain_seat_by_hand() -> None:
    """50 by 50 by 5 cm, standard foam, plain seam, nothing else."""
    price = priced()
    assert amounts(price) == {
        "foam": Decimal("6.69"),  # 0.25 m² by 5 cm at 5.35 = 6.6875
        "fabric": Decimal("6.25"),  # 0.25 m² at 25
        "seam": Decimal("0.00"),
        "antirutsch": Decimal("0.00"),
        "zipper": Decimal("0.00"),
        "labor": Decimal("141.22"),  # 1.4286 + 0.00029762 * 2500 = 2.17265 h at 65 = 141.22225
        "tax": Decimal("29.29"),  # 19 % of 154.16 = 29.2904
    }
    assert price.hours == Decimal("2.17265")
    assert price.net_price == Decimal("154.16")
    assert price.gross_price == Decimal("183.45")


def test_a_bench_with_everything_by_hand() -> None:
    """120 by 40 by 8 cm, RG 4050, piping, fabric at 48 €, underlay and zip."""
    price = priced(
        width=Decimal(120),
        depth=Decimal(40),
        thickness=Decimal(8),
        foam_type="RG 4050",
        seam="Keder",
        fabric_price=Decimal(48),
        antirutsch=True,
        zipper=True,
    )
    assert amounts(price) == {
        "foam": Decimal("15.74"),  # 0.48 m² by 8 cm at 4.10 = 15.744
        "fabric": Decimal("23.04"),  # 0.48 m² at 48
        "seam": Decimal("192.00"),  # 3.20 m at 60
        "antirutsch": Decimal("48.00"),  # 3.20 m at 15
        "zipper": Decimal("0.60"),
        "labor": Decimal("185.72"),  # 1.4286 + 0.00029762 * 4800 = 2.857176 h = 185.71644
        "tax": Decimal("88.37"),  # 19 % of 465.10 = 88.369
    }
    assert price.net_price == Decimal("465.10")


@pytest.mark.parametrize(
    ("seam", "extra", "hours"),
    [
        ("Normal", "0.00", "2.17265"),
        ("Keder", "120.00", "2.17265"),
        ("Biese", "60.00", "1.97265"),
        ("Kappnaht", "20.00", "1.67265"),
        ("Doppelnaht", "80.00", "2.27265"),
        ("Nur Schaum", "0.00", "2.17265"),
    ],
)
def test_every_seam_has_its_extra_and_its_hours(seam: str, extra: str, hours: str) -> None:
    """Two metres of perimeter; some seams are quicker, one takes longer."""
    price = priced(seam=seam)
    assert amounts(price)["seam"] == Decimal(extra)
    assert price.hours == Decimal(hours)


@pytest.mark.parametrize("foam", FOAM_TYPES)
def test_every_foam_has_its_price(foam: str) -> None:
    """One m² by 10 cm costs ten times the list's price."""
    price = priced(width=Decimal(100), depth=Decimal(100), thickness=Decimal(10), foam_type=foam)
    assert amounts(price)["foam"] == 10 * FOAM_TYPES[foam]


@pytest.mark.parametrize(
    ("rule", "fabric"),
    [
        (FabricRule.ONE_SIDE, "6.25"),  # 0.25 m²
        (FabricRule.BOTH_SIDES, "14.05"),  # 2 * 53 * 53 = 5618 cm²
        (FabricRule.WHOLE_COVER, "18.11"),  # and (200 + 3) * (5 + 3) = 1624 cm²
    ],
)
def test_the_fabric_follows_the_rule(rule: FabricRule, fabric: str) -> None:
    """Seam allowance 1.5 cm at every edge, where there is more than one side."""
    assert amounts(priced(ruled(polster_fabric_rule=rule)))["fabric"] == Decimal(fabric)


def test_the_other_better_rules() -> None:
    """Underlay by m², zip by metre, hours by thickness, no cover round bare foam."""
    by_area = ruled(
        polster_antirutsch_rule=AntirutschRule.PER_SQM, polster_zipper_rule=ZipperRule.PER_METRE
    )
    told = amounts(priced(by_area, antirutsch=True, zipper=True))
    assert told["antirutsch"] == Decimal("3.75")
    assert told["zipper"] == Decimal("0.30")
    thick = ruled(polster_hours_per_cm=Decimal("0.1"))
    assert priced(thick).hours == Decimal("2.67265")
    bare = ruled(polster_foam_only_has_cover=False)
    told = amounts(priced(bare, seam="Nur Schaum", zipper=True))
    assert told["fabric"] == told["zipper"] == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("width", Decimal(0)),
        ("depth", Decimal(-1)),
        ("thickness", Decimal(101)),
        ("width", Decimal("NaN")),
        ("depth", Decimal("1e12")),
        ("foam_type", "RG 1"),
        ("seam", "Naht"),
        ("fabric_price", Decimal("1e12")),
        ("labor_rate", Decimal(-1)),
        ("tax_rate", Decimal(19)),
        ("quantity", 0),
        ("quantity", 10_001),
    ],
)
def test_what_is_wrong_is_named(field: str, value: Any) -> None:
    """An unknown foam or seam tells the known ones."""
    with pytest.raises(InvalidInput) as refusal:
        priced(**{field: value})
    assert [error.field for error in refusal.value.errors] == [field]
    if field == "foam_type":
        assert "GR 5560" in refusal.value.detail


sizes = st.decimals("0.001", 1000, places=3)


@given(
    sizes,
    sizes,
    st.decimals("0.001", 100, places=3),
    st.sampled_from(sorted(FOAM_TYPES)),
    st.sampled_from(sorted(SEAM_EXTRAS)),
    st.integers(1, 10_000),
    st.sampled_from(FabricRule),
)
def test_the_lines_add_up_and_pieces_cost_pieces(
    width: Decimal,
    depth: Decimal,
    thickness: Decimal,
    foam: str,
    seam: str,
    quantity: int,
    rule: FabricRule,
) -> None:
    """To the cent, all of it Decimal; so many pieces cost so many times one."""
    firm = ruled(polster_fabric_rule=rule)
    sizes = {"width": width, "depth": depth, "thickness": thickness}
    one = priced(firm, **sizes, foam_type=foam, seam=seam, zipper=True)
    many = priced(firm, **sizes, foam_type=foam, seam=seam, zipper=True, quantity=quantity)
    assert sum(line.amount for line in many.lines) == many.gross_price
    assert many.net_price == quantity * one.net_price
    assert many.piece_price == one.net_price
    for line in many.lines:
        assert isinstance(line.amount, Decimal)
        assert line.amount == line.amount.quantize(CENT)
        assert isinstance(line.base * line.rate if line.rate else line.base, Decimal)
