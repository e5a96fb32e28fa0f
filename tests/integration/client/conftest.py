"""The firm that the HTTP tests share."""

from tests.integration.http.conftest import firm

__all__ = ["firm"]
