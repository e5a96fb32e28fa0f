"""What several examples speak of."""

from datetime import UTC, datetime
from uuid import UUID

PROJECT_ID = UUID("01989b7e-6a4c-7d31-9d0e-3f6f0c2b7a55")
REVERSAL_ID = UUID("01989b81-0d35-7f42-8a6b-5e9c27d1f043")
MATERIAL_ID = UUID("01989b7c-2f10-7b6d-8a35-90c4e1d27f18")
PRICE_ID = UUID("01989b7d-41b3-7c9e-b0d2-6f58a3e94c07")
LINE_ID = UUID("01989b7f-5c62-7e04-9b71-d3a80f1e6c29")
USER_ID = UUID("01989b70-11aa-7c02-8f43-5d2c9a7be010")
MIGRATION_ID = UUID("01989b93-7c10-7d4e-a2f5-81b6e0c95d37")
TASK_ID = UUID("01989b90-4f7e-7a88-b1c6-2e9d70f3c4aa")
DOCUMENT_ID = UUID("01989b95-2a0f-7c33-9e41-6d0a7b85c2f1")
MORNING = datetime(2026, 3, 9, 8, 15, 30, tzinfo=UTC)
EVENING = datetime(2026, 4, 2, 16, 40, tzinfo=UTC)
