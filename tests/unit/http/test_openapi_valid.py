"""The document by the rules of OpenAPI 3.1, as a validator that others keep reads them."""

from typing import Any

import openapi_schema_validator
import openapi_spec_validator
from tests.unit.http.reading import contents, every_operation


def test_the_document_is_valid(document: Any) -> None:
    """It is an OpenAPI 3.1 document without an error."""
    assert document["openapi"] == "3.1.0"
    openapi_spec_validator.validate(document)


def test_every_example_fits_its_schema(document: Any) -> None:
    """Each example, of what is sent and answered, has the types and bounds that are told."""
    for told in every_operation(document):
        for place, content in contents(told, document):
            validator = openapi_schema_validator.OAS31Validator(
                content["schema"] | {"components": document["components"]},
                format_checker=openapi_schema_validator.oas31_format_checker,
            )
            errors = [error.message for error in validator.iter_errors(content["example"])]
            assert errors == [], place
