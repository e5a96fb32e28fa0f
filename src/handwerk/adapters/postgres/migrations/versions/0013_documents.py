"""Documents, their pages and features.

Revision ID: 0013
"""

from alembic import context, op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE document (
    id uuid PRIMARY KEY,
    filename text NOT NULL CHECK (length(filename) BETWEEN 1 AND 255),
    file_type text NOT NULL,
    size_bytes bigint NOT NULL CHECK (size_bytes > 0),
    sha256 text NOT NULL,
    file text NOT NULL,
    status text NOT NULL CHECK (status IN ('pending', 'processing', 'completed', 'failed')),
    error text,
    page_count integer,
    language text,
    project_id uuid,
    preview text,
    extracted_features jsonb NOT NULL,
    notes jsonb NOT NULL,
    near_duplicate jsonb,
    signature integer[],
    bands integer[],
    task_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    version integer NOT NULL,
    deleted_at timestamptz,
    deleted_by uuid,
    retry_at timestamptz,
    CONSTRAINT document_content UNIQUE (sha256)
);
CREATE INDEX document_newest ON document (created_at DESC, id) WHERE deleted_at IS NULL;
CREATE INDEX document_of_project ON document (project_id) WHERE project_id IS NOT NULL;
CREATE INDEX document_unfinished ON document (status) WHERE status <> 'completed';
CREATE INDEX document_binned ON document (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX document_bands ON document USING gin (bands);
CREATE INDEX document_file ON document (file);

CREATE TABLE document_page (
    document_id uuid NOT NULL REFERENCES document ON DELETE CASCADE,
    number integer NOT NULL CHECK (number > 0),
    text text NOT NULL,
    source text NOT NULL CHECK (source IN ('text', 'ocr', 'e-invoice')),
    PRIMARY KEY (document_id, number)
);

-- What the search index finds: the text stays here, the index knows it by its id.
CREATE TABLE document_passage (
    id uuid PRIMARY KEY,
    document_id uuid NOT NULL REFERENCES document ON DELETE CASCADE,
    page integer NOT NULL CHECK (page > 0),
    text text NOT NULL
);
CREATE INDEX document_passage_of ON document_passage (document_id);
"""


def upgrade() -> None:
    op.execute(TABLES)
    role = context.config.attributes["application_role"]
    tables = "document, document_page, document_passage"
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO {role}")


def downgrade() -> None:
    op.execute("DROP TABLE document_passage, document_page, document")
