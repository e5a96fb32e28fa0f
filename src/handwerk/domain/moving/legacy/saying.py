"""What is told of rows of the original, in both languages."""

from handwerk.domain.tables.language import Said

NAMELESS = Said(
    "has no name: left out, with what belongs to it",
    "hat keinen Namen: mit allem, was dazugehört, weggelassen",
)
TWICE = Said(
    "stands in the file twice: only the first one", "steht zweimal in der Datei: nur der erste"
)
UNKNOWN_CATEGORY = Said("is missing: 'unbekannt' instead", "fehlt: stattdessen „unbekannt“")
UNKNOWN_UNIT = UNKNOWN_CATEGORY
UNKNOWN_TYPE = UNKNOWN_CATEGORY
NO_PRICE = Said("no price from 0 on: left out", "kein Preis ab 0: weggelassen")
UNKNOWN_DAY = Said(
    "is missing: the day on which it was written down instead",
    "fehlt: stattdessen der Tag der Aufzeichnung",
)
OVERLAP = Said(
    "holds on days for which another price of this material and region holds: left out",
    "gilt an Tagen, für die schon ein anderer Preis dieses Materials und Gebiets gilt: weggelassen",
)
PRICE_ENDED = Said(
    "the price before had no last day: it ends the day before this one",
    "der Preis davor hatte kein Ende: er endet am Tag vor diesem",
)
TURNED = Said(
    "lies before valid_from, or before 1900: left out",
    "liegt vor dem ersten Tag (valid_from) oder vor 1900: weggelassen",
)
COMPLEXITY = Said("is none of 1, 2, 3: left empty", "ist nicht 1, 2 oder 3: leer gelassen")
NO_PROJECT_DAY = Said(
    "is missing: the day on which the project was written down instead",
    "fehlt: stattdessen der Tag, an dem das Projekt angelegt wurde",
)
NO_FINAL_DAY = Said(
    "is finalised without a date: taken as finalised when it was written down",
    "ist ohne Datum abgeschlossen: gilt als abgeschlossen, als es angelegt wurde",
)
FUTURE = Said("lies too far ahead: left out", "liegt zu weit in der Zukunft: weggelassen")
NO_MATERIAL = Said(
    "names no material that came along: left out",
    "nennt kein Material, das mitgekommen ist: weggelassen",
)
NO_QUANTITY = Said("no quantity above 0: left out", "keine Menge über 0: weggelassen")
NO_UNIT_PRICE = Said("no price: left out", "kein Preis: weggelassen")
ANOTHER_TOTAL = Said(
    "is not quantity times price: the product instead",
    "ist nicht Menge mal Preis: stattdessen das Produkt",
)
TOO_MUCH = Said(
    "comes to more than can be kept: left out", "ergibt mehr, als möglich ist: weggelassen"
)
CLOSED = Said(
    "its project is closed here and can't be changed: left out",
    "das Projekt ist hier abgeschlossen und nicht mehr änderbar: weggelassen",
)
NO_PREDICTED = Said("no price above 0: left out", "kein Preis über 0: weggelassen")
NOT_A_SHARE = Said("is not from 0 to 1: taken as 0", "liegt nicht zwischen 0 und 1: als 0 genommen")
KEPT_HERE = Said(
    "was changed here and stays (--settings takes the original's)",
    "wurde hier geändert und bleibt (--settings nimmt die Werte des Originals)",
)
NOT_ALLOWED = Said(
    "is not allowed here: left as it is", "ist hier nicht erlaubt: bleibt, wie es ist"
)
SECOND_SETTINGS = Said(
    "there are newer settings: left out", "es gibt neuere Einstellungen: weggelassen"
)
NO_TABLE = Said("names no table: left out", "nennt keine Tabelle: weggelassen")
NO_RECORD = Said("names no record: left out", "nennt keinen Datensatz: weggelassen")
NO_ACTION = Said(
    "is none of INSERT, UPDATE, DELETE: left out",
    "ist nicht INSERT, UPDATE oder DELETE: weggelassen",
)
