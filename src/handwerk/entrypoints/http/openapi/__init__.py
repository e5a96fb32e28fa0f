"""The OpenAPI document, read from the routes: what they take, what they answer, what they refuse.

Nearly everything is derived: from a handler's signature, its permission and its docstring, from
the structs that are decoded and encoded, and from the kinds of error. By hand there is only what
no code says: examples (`examples`), bounds that the domain checks (`facts`), and the route's
`answers` option where a status can't be guessed.
"""

from handwerk.entrypoints.http.openapi.document import document

__all__ = ["document"]
