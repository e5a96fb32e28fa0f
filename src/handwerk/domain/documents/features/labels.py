"""What the words before an amount say of it: before tax, the tax, or with it."""

import re

import msgspec

_TAX = r"(?:mwst|m\.w\.st|ust|umsatzst|mehrwertst|steuer|vat\b|tax\b|iva\b|tva\b)"
_WITH_TAX = re.compile(rf"\b(?:inkl|incl|einschl|mit\b)[^,;]*{_TAX}", re.IGNORECASE)
_WITHOUT_TAX = re.compile(rf"\b(?:ohne|exkl|excl|vor\b|without|before)[^,;]*{_TAX}", re.IGNORECASE)
_TAX_WITHIN = re.compile(rf"\b(?:darin|davon|enthält|enthalten\w*)\b.*{_TAX}", re.IGNORECASE)
_TAX_WORD = re.compile(rf"(?<![a-z]){_TAX}|steuerbetrag|umsatzsteuer", re.IGNORECASE)
_GROSS_WORD = re.compile(r"brutto(?!preis|gewicht|einzel)|\bgross\b", re.IGNORECASE)
_NET_WORD = re.compile(
    r"(?<!in )netto(?!preis|gewicht|einzel)|\bnet\b|zwischensumme|warenwert|subtotal|taxable"
    r"|bemessungsgrundlage|basisbetrag|steuerbasis|positionssumme|summe\s+(?:der\s+)?position",
    re.IGNORECASE,
)
_TOTAL_WORD = re.compile(
    r"(?:rechnungs|angebots|auftrags|gesamt|end|kosten|gutschrift)-?\w*(?:betrag|summe|preis)"
    r"|grand total|invoice total|total amount|rechnung über",
    re.IGNORECASE,
)
_SUM_WORD = re.compile(r"\b(?:summe|gesamt|total|betrag|amount)\b|insgesamt", re.IGNORECASE)
_PAYABLE_WORD = re.compile(
    r"zahlbetrag|zu zahlen|zahlungsbetrag|offen|restbetrag|fällig|due|payable|überweis|to pay",
    re.IGNORECASE,
)
_PAID_WORD = re.compile(
    r"anzahlung|bereits|abschlag|bezahlt|prepaid|paid\b|skonto|rabatt|nachlass|übertrag|lohnanteil",
    re.IGNORECASE,
)

STRONG, PLAIN, WEAK = 3.0, 2.0, 1.0


class Kinds(msgspec.Struct, frozen=True):
    """How strongly an amount is labelled as each kind; 0 where it is not."""

    net: float = 0.0
    tax: float = 0.0
    gross: float = 0.0

    @property
    def strongest(self) -> float:
        """The strength of the strongest."""
        return max(self.net, self.tax, self.gross)

    def __or__(self, other: "Kinds") -> "Kinds":
        """The stronger of two labels, kind by kind."""
        return Kinds(
            max(self.net, other.net), max(self.tax, other.tax), max(self.gross, other.gross)
        )


# The first that fits decides: "Summe ohne USt" is net although tax is named in it.
_RULES = (
    (_PAID_WORD, Kinds()),
    (_TAX_WITHIN, Kinds(tax=STRONG)),
    (_WITHOUT_TAX, Kinds(net=STRONG)),
    (_WITH_TAX, Kinds(gross=STRONG)),
    (_GROSS_WORD, Kinds(gross=STRONG)),
    (_NET_WORD, Kinds(net=STRONG)),
    (_TAX_WORD, Kinds(tax=STRONG)),
    (_PAYABLE_WORD, Kinds(gross=WEAK)),
    (_TOTAL_WORD, Kinds(gross=PLAIN)),
    (_SUM_WORD, Kinds(gross=WEAK)),
)


def kinds_of(label: str) -> Kinds:
    """What the words `label` say of the amount behind them."""
    return next((kinds for rule, kinds in _RULES if rule.search(label)), Kinds())
