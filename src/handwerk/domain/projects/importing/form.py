"""The columns of a table of projects, as offices and their programs head them."""

from handwerk.domain.tables.fields import Field, Form
from handwerk.domain.tables.readings import DAY, EUROS, HOURS, QUANTITY, TEXT, TRUTH, WHOLE

# Streit, Moser, Winworker, TopKontor and office tables head their columns so. What says gross
# (brutto, inkl. MwSt.) is missing on purpose.
PROJECTS = Form(
    "projects",
    (
        Field(
            "name",
            "Bezeichnung",
            TEXT,
            (
                ("Projektbezeichnung", "Projektname", "project name", "Projekttitel"),
                ("Auftragsbezeichnung", "Auftragsname", "Objektbezeichnung", "Bauvorhaben", "BV"),
                ("Projekt", "project", "job", "job name"),
                ("Auftrag", "order", "Vorhaben", "Objekt", "BVH", "Kommission"),
                ("Titel", "title", "Betreff", "Kurztext", "Position"),
                ("Kunde", "Kundenname", "Auftraggeber", "customer", "client"),
                ("Projektnummer", "Projekt-Nr.", "Auftragsnummer", "Auftrags-Nr.", "Auftrag-Nr."),
            ),
        ),
        Field(
            "description",
            "Beschreibung",
            TEXT,
            (
                ("Leistungsbeschreibung", "Projektbeschreibung", "Auftragsbeschreibung"),
                ("Langtext", "Leistung", "Leistungstext", "Details", "details", "work"),
                ("Bemerkung", "Bemerkungen", "Notiz", "Notizen", "notes", "Text"),
            ),
        ),
        Field(
            "project_type",
            "Projektart",
            TEXT,
            (
                ("Projekttyp", "type", "project kind", "Auftragsart", "Auftragstyp"),
                ("Art", "Gewerk", "Typ", "trade", "kind", "Art der Arbeit", "Leistungsart"),
                ("Sparte", "Leistungsbereich", "Leistungsgruppe", "Bereich", "category"),
                ("Kategorie", "Produktgruppe"),
            ),
        ),
        Field(
            "region",
            "Region",
            TEXT,
            (
                ("Gebiet", "location", "Bundesland", "state"),
                ("Ort", "Bauort", "Einsatzort", "city", "Stadt", "Ort/Region", "Standort"),
                ("PLZ Ort", "Landkreis", "Kreis"),
            ),
        ),
        Field(
            "wood_type",
            "Holzart",
            TEXT,
            (
                ("Holz", "wood", "Holzsorte", "wood species", "Holz/Material"),
                ("Material", "Werkstoff", "Hauptmaterial"),
            ),
        ),
        Field(
            "total_area_sqm",
            "Fläche",
            QUANTITY,
            (
                ("area sqm", "area", "total area", "Gesamtfläche", "Flaeche qm", "m²", "qm", "sqm"),
                ("Quadratmeter", "Fläche gesamt", "Aufmaß", "square metres", "square meters"),
            ),
        ),
        Field(
            "complexity",
            "Komplexität",
            WHOLE,
            (
                ("Schwierigkeit", "Schwierigkeitsgrad", "difficulty", "Schwierigkeitsstufe"),
                ("Komplexitätsgrad", "Aufwandsstufe"),
            ),
        ),
        Field(
            "labor_hours",
            "Stunden",
            HOURS,
            (
                ("Arbeitsstunden", "Arbeitszeit", "hours", "labour hours", "Std.", "Std"),
                ("Lohnstunden", "Montagestunden", "Zeitaufwand", "Arbeitsstd.", "Stundenaufwand"),
                ("Sollstunden", "Gesamtstunden", "working hours"),
            ),
        ),
        Field(
            "material_cost",
            "Materialkosten",
            EUROS,
            (
                ("Materialkosten netto", "material costs", "Materialeinsatz", "Materialpreis"),
                ("Materialaufwand", "Wareneinsatz", "Material netto"),
            ),
        ),
        Field(
            "calculated_price",
            "Kalkulation",
            EUROS,
            (
                ("Kalkulierter Preis", "Kalkulationspreis", "calculated", "estimate", "quote"),
                ("Angebotspreis", "Angebotssumme", "Angebotsbetrag", "quoted price", "offer"),
                ("Kalkulationssumme", "Sollpreis", "Angebot"),
            ),
        ),
        Field(
            "final_price",
            "Endpreis",
            EUROS,
            (
                ("Endpreis netto", "Netto-Endpreis", "Endbetrag", "Endsumme", "final", "net price"),
                ("Rechnungsbetrag", "Rechnungssumme", "Schlussrechnung", "Abrechnungssumme"),
                (
                    "Gesamtpreis",
                    "Gesamtsumme",
                    "Gesamtbetrag",
                    "Nettosumme",
                    "Nettobetrag",
                    "Gesamt",
                ),
                (
                    "Auftragssumme",
                    "Auftragswert",
                    "Auftragsvolumen",
                    "total price",
                    "invoice total",
                ),
                ("Preis", "price", "Betrag", "Summe", "amount", "total", "Netto", "Umsatz"),
            ),
        ),
        Field(
            "project_date",
            "Datum",
            DAY,
            (
                ("Projektdatum", "Auftragsdatum", "date", "order date", "project date"),
                ("Abschlussdatum", "Fertigstellung", "Fertigstellungsdatum", "completed on"),
                ("Rechnungsdatum", "Leistungsdatum", "invoice date", "Erstellt am", "Beginn"),
                ("Jahr/Datum", "Tag", "angelegt am", "start", "start date"),
            ),
        ),
        Field(
            "is_finalized",
            "Abgeschlossen",
            TRUTH,
            (
                ("fertig", "erledigt", "finalized", "finished", "done", "completed", "closed"),
                ("fertig/erledigt", "abgerechnet", "fertiggestellt", "beendet"),
                ("Status", "state of work", "Auftragsstatus", "Projektstatus"),
            ),
        ),
    ),
    (("name",), ("project_type",)),
)
