"""The role table of the contract, cell by cell."""

import pytest

from handwerk.domain.identity.model import Actor
from handwerk.domain.identity.permissions import GRANTS, Permission, Role
from handwerk.domain.kernel.errors import Forbidden

P = Permission
TABLE = """
    project:create        yes yes no  no  no
    project:update        yes yes no  no  no
    project:read          yes yes yes yes no
    project:delete        yes no  no  no  no
    project:cancel        yes no  no  no  no
    project:finalize      yes yes no  no  no
    material:create       yes yes no  no  no
    material:update       yes yes no  no  no
    material:delete       yes yes no  no  no
    material:read         yes yes yes yes no
    document:create       yes yes yes no  no
    document:read         yes yes yes yes no
    document:delete       yes no  no  no  no
    prediction:create     yes yes yes no  no
    prediction:feedback   yes yes yes no  no
    prediction:read       yes yes yes yes no
    model:train           yes yes no  no  no
    model:activate        yes yes no  no  no
    task:read             yes yes yes no  no
    task:revoke           yes yes no  no  no
    settings:read         yes yes yes yes no
    settings:change       yes no  no  no  no
    user:manage           yes no  no  no  no
    audit:read            yes no  no  no  no
    analytics:view        yes yes no  no  no
    own_data:manage       yes yes yes yes no
"""
ROLES = [Role.ADMIN, Role.MANAGER, Role.TECHNICIAN, Role.VIEWER, Role.ANONYMOUS]
ROWS = {name: cells for name, *cells in (line.split() for line in TABLE.strip().splitlines())}


@pytest.mark.parametrize("permission", list(Permission))
@pytest.mark.parametrize("role", list(Role))
def test_each_cell_of_the_table(permission: Permission, role: Role) -> None:
    """A role holds a permission exactly where the contract's table says yes."""
    allowed = ROWS[permission.value][ROLES.index(role)] == "yes"
    assert (permission in GRANTS[role]) is allowed
    actor = Actor(None, role)
    assert actor.may(permission) is allowed
    if allowed:
        actor.require(permission)
    else:
        with pytest.raises(Forbidden, match=f"'{role}'.*'{permission}'"):
            actor.require(permission)


def test_the_table_is_complete() -> None:
    """Every permission stands in the table, and every row of it is a permission."""
    assert set(ROWS) == {permission.value for permission in Permission}
    assert all(len(cells) == len(ROLES) for cells in ROWS.values())
