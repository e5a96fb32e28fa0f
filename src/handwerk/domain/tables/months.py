"""The months by the first letters of their names, in German and in English."""

_GERMAN = ("jan", "feb", "mär", "apr", "mai", "jun", "jul", "aug", "sep", "okt", "nov", "dez")
_ENGLISH = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

MONTHS = {
    name: number
    for names in (_GERMAN, _ENGLISH, ("jän", "feb", "mae"))
    for number, name in enumerate(names, 1)
}
