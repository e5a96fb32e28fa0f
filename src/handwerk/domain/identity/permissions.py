"""What can be allowed, and which role is allowed what. Everything else is refused."""

from enum import StrEnum


class Permission(StrEnum):
    """One kind of deed on one kind of record."""

    PROJECT_CREATE = "project:create"
    PROJECT_READ = "project:read"
    PROJECT_UPDATE = "project:update"
    PROJECT_DELETE = "project:delete"
    PROJECT_CANCEL = "project:cancel"
    PROJECT_FINALIZE = "project:finalize"
    MATERIAL_CREATE = "material:create"
    MATERIAL_READ = "material:read"
    MATERIAL_UPDATE = "material:update"
    MATERIAL_DELETE = "material:delete"
    DOCUMENT_CREATE = "document:create"
    DOCUMENT_READ = "document:read"
    DOCUMENT_DELETE = "document:delete"
    PREDICTION_CREATE = "prediction:create"
    PREDICTION_FEEDBACK = "prediction:feedback"
    PREDICTION_READ = "prediction:read"
    MODEL_TRAIN = "model:train"
    MODEL_ACTIVATE = "model:activate"
    TASK_READ = "task:read"
    TASK_REVOKE = "task:revoke"
    SETTINGS_READ = "settings:read"
    SETTINGS_CHANGE = "settings:change"
    USER_MANAGE = "user:manage"
    AUDIT_READ = "audit:read"
    ANALYTICS_VIEW = "analytics:view"
    OWN_DATA = "own_data:manage"


class Role(StrEnum):
    """What a person is in the firm."""

    ADMIN = "admin"
    MANAGER = "manager"
    TECHNICIAN = "technician"
    VIEWER = "viewer"
    ANONYMOUS = "anonymous"


_VIEWER = frozenset(
    {
        Permission.PROJECT_READ,
        Permission.MATERIAL_READ,
        Permission.DOCUMENT_READ,
        Permission.PREDICTION_READ,
        Permission.SETTINGS_READ,
        Permission.OWN_DATA,
    }
)
_TECHNICIAN = _VIEWER | {
    Permission.DOCUMENT_CREATE,
    Permission.PREDICTION_CREATE,
    Permission.PREDICTION_FEEDBACK,
    Permission.TASK_READ,
}
_MANAGER = _TECHNICIAN | {
    Permission.PROJECT_CREATE,
    Permission.PROJECT_UPDATE,
    Permission.PROJECT_FINALIZE,
    Permission.MATERIAL_CREATE,
    Permission.MATERIAL_UPDATE,
    Permission.MATERIAL_DELETE,
    Permission.MODEL_TRAIN,
    Permission.MODEL_ACTIVATE,
    Permission.TASK_REVOKE,
    Permission.ANALYTICS_VIEW,
}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.MANAGER: _MANAGER,
    Role.TECHNICIAN: _TECHNICIAN,
    Role.VIEWER: _VIEWER,
    Role.ANONYMOUS: frozenset(),
}
