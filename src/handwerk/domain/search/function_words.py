"""Words that say little: those of grammar, and those that stand in every second offer."""

FUNCTION_WORDS = frozenset(
    """
    aber als am an auch auf aus bei beim bis da das dem den der des die doch durch ein eine einem
    einen einer eines er es etwas fuer fuers gegen hat haben ich ihr im in ins ist je kann man mein
    meine mir mit nach nicht noch oder ohne sich sie sind so soll sowie ueber um und unser unsere
    unter vom von vor was wie wieder wir wird zu zum zur zwischen
    a and for from in of on or the to with
    """.split()  # noqa: SIM905  # a list of words reads better than a list of strings
)
# They are looked for, but what they are found in is hardly meant.
WEAK_WORDS = frozenset(
    """
    neu neue neuen neuer neues alt alte alten alter altes liefern lieferung montieren montage
    einbauen einbau setzen herstellen machen bauen gebaut erneuern inkl inklusive einschliesslich
    ca circa bestehend bestehende vorhanden vorhandene stueck stk kunde kunden familie fam herr frau
    angebot auftrag anfrage bitte brauche suche brauchen suchen gesucht moechte moechten haus
    wohnung gross grosse grosser klein kleine kleiner schoen viele viel verlegen aufstellen
    """.split()  # noqa: SIM905  # likewise
)
