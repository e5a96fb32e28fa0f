"""What several examples speak of."""

from datetime import UTC, datetime
from uuid import UUID

PROJECT_ID = UUID("01989b7e-6a4c-7d31-9d0e-3f6f0c2b7a55")
USER_ID = UUID("01989b70-11aa-7c02-8f43-5d2c9a7be010")
TASK_ID = UUID("01989b90-4f7e-7a88-b1c6-2e9d70f3c4aa")
MORNING = datetime(2026, 3, 9, 8, 15, 30, tzinfo=UTC)
EVENING = datetime(2026, 4, 2, 16, 40, tzinfo=UTC)
