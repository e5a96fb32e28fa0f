"""Request bodies: the domain's inputs, and beside them the fields that only handwerk sets.

A client may get a record, edit it and put it back whole: what is read-only is ignored.
"""

from typing import Annotated, Any

from msgspec import UNSET, Meta

from handwerk.domain.identity.model import UserInput
from handwerk.domain.materials.model import MaterialInput
from handwerk.domain.materials.prices import PriceInput
from handwerk.domain.projects.materials.model import ProjectMaterialInput
from handwerk.domain.projects.model import ProjectInput
from handwerk.domain.settings.model import SettingsInput

ReadOnly = Annotated[Any, Meta(extra_json_schema={"readOnly": True})]


class ProjectBody(ProjectInput, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A project as a client sends it."""

    id: ReadOnly = UNSET
    version: ReadOnly = UNSET
    created_at: ReadOnly = UNSET
    updated_at: ReadOnly = UNSET
    is_finalized: ReadOnly = UNSET
    finalized_at: ReadOnly = UNSET
    cancels: ReadOnly = UNSET
    cancel_reason: ReadOnly = UNSET
    cancelled_by: ReadOnly = UNSET


class MaterialBody(MaterialInput, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A material as a client sends it."""

    id: ReadOnly = UNSET
    version: ReadOnly = UNSET
    created_at: ReadOnly = UNSET
    updated_at: ReadOnly = UNSET


class PriceBody(PriceInput, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A price as a client sends it."""

    id: ReadOnly = UNSET
    material_id: ReadOnly = UNSET
    created_at: ReadOnly = UNSET


class ProjectMaterialBody(
    ProjectMaterialInput, frozen=True, kw_only=True, forbid_unknown_fields=True
):
    """A line of a project's material list as a client sends it."""

    id: ReadOnly = UNSET
    project_id: ReadOnly = UNSET
    name: ReadOnly = UNSET
    unit: ReadOnly = UNSET
    total: ReadOnly = UNSET
    created_at: ReadOnly = UNSET
    priced_at: ReadOnly = UNSET


class SettingsBody(SettingsInput, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings as a client sends them."""

    id: ReadOnly = UNSET
    version: ReadOnly = UNSET
    updated_at: ReadOnly = UNSET


class UserBody(UserInput, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A user as an admin sends it."""

    id: ReadOnly = UNSET
    version: ReadOnly = UNSET
    created_at: ReadOnly = UNSET
    updated_at: ReadOnly = UNSET
