"""Who acts."""

from uuid import UUID

import msgspec

from handwerk.domain.identity.permissions import GRANTS, Permission, Role
from handwerk.domain.kernel.errors import Forbidden


class Actor(msgspec.Struct, frozen=True):
    """The person (or script) on whose behalf a use case runs."""

    user_id: UUID | None
    role: Role
    session_id: UUID | None = None

    def may(self, permission: Permission) -> bool:
        """Whether the actor's role holds `permission`."""
        return permission in GRANTS[self.role]

    def require(self, permission: Permission) -> None:
        """Raise `Forbidden` unless the actor holds `permission`."""
        if not self.may(permission):
            raise Forbidden(f"Your role '{self.role}' does not hold the permission '{permission}'.")


# The program itself: the worker's handlers and the first start.
SYSTEM = Actor(user_id=None, role=Role.ADMIN)
