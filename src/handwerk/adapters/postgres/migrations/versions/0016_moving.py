"""A whole firm moves in: where nobody has worked yet, and as it was.

Revision ID: 0016
"""

from alembic import context, op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# They run with the owner's rights, since the application can neither take a history away nor set
# a sequence. What they do is all that can be done with them: an installation on which nobody has
# worked loses what its first start made, and numbers go forward.
FUNCTIONS = """
CREATE FUNCTION nobody_has_worked_here() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
SELECT NOT EXISTS (SELECT FROM project)
    AND NOT EXISTS (SELECT FROM project_bin)
    AND NOT EXISTS (SELECT FROM material)
    AND NOT EXISTS (SELECT FROM document)
    AND NOT EXISTS (SELECT FROM prediction)
    AND NOT EXISTS (SELECT FROM price_model)
    AND (SELECT count(*) FROM user_account) <= 1
    AND NOT EXISTS (
        SELECT FROM record_history
        WHERE actor_id IS NOT NULL OR action <> 'create'
            OR table_name NOT IN ('firm_settings', 'user_account')
    )
$$;

CREATE FUNCTION make_room_for_a_firm() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    LOCK TABLE project, material, document, prediction, user_account, firm_settings,
        record_history IN SHARE ROW EXCLUSIVE MODE;
    IF NOT nobody_has_worked_here() THEN
        RAISE EXCEPTION 'Somebody has worked here.' USING ERRCODE = 'HW001';
    END IF;
    ALTER TABLE record_history DISABLE TRIGGER history_is_append_only;
    DELETE FROM record_history;
    ALTER TABLE record_history ENABLE TRIGGER history_is_append_only;
    ALTER TABLE history_seal DISABLE TRIGGER history_seal_is_append_only;
    DELETE FROM history_seal;
    ALTER TABLE history_seal ENABLE TRIGGER history_seal_is_append_only;
    -- Another table, for its number names the chain: what was noted outside about the ends of the
    -- first one must not be held against the second.
    CREATE TABLE public.sealed_anew (LIKE sealed_history INCLUDING ALL);
    DROP TABLE public.sealed_history;
    ALTER TABLE public.sealed_anew RENAME TO sealed_history;
    ALTER INDEX public.sealed_anew_pkey RENAME TO sealed_history_pkey;
    ALTER INDEX public.sealed_anew_entry_id_key RENAME TO sealed_history_once;
    CREATE TRIGGER sealed_history_is_append_only BEFORE UPDATE OR DELETE ON sealed_history
        FOR EACH ROW EXECUTE FUNCTION refuse_change_of_history();
    CREATE TRIGGER sealed_history_is_kept BEFORE TRUNCATE ON sealed_history
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_truncate();
    EXECUTE format('GRANT SELECT, INSERT ON sealed_history TO %I', session_user);
    DELETE FROM user_account;
    DELETE FROM firm_settings;
END $$;

CREATE FUNCTION number_behind_what_is_there() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    numbered record;
    newest bigint;
BEGIN
    FOR numbered IN
        SELECT c.relname AS name, a.attname AS number,
            pg_get_serial_sequence(format('public.%I', c.relname), a.attname) AS sequence
        FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
        WHERE a.attidentity <> '' AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
    LOOP
        EXECUTE format('SELECT max(%I) FROM public.%I', numbered.number, numbered.name)
            INTO newest;
        PERFORM setval(numbered.sequence, newest) WHERE newest > coalesce(
            (SELECT last_value FROM pg_sequences
                WHERE format('%I.%I', schemaname, sequencename) = numbered.sequence), 0);
    END LOOP;
END $$;
"""

# A closed list comes with its project, and stays as it is: lines go in by the very transaction
# that brings the project, and by no later one.
GUARD = """
CREATE OR REPLACE FUNCTION refuse_change_of_finalized_list() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    closed boolean;
BEGIN
    -- Held, so that nobody closes the project before this is committed.
    FOR closed IN
        SELECT (is_finalized OR EXISTS (SELECT FROM project AS r WHERE r.cancels = project.id))
            AND (TG_OP <> 'INSERT' OR project.xmin <> pg_current_xact_id()::xid)
        FROM project WHERE id IN (OLD.project_id, NEW.project_id) FOR SHARE OF project
    LOOP
        IF closed THEN
            RAISE EXCEPTION 'The project is closed; its materials can''t be changed.'
                USING ERRCODE = 'HW001';
        END IF;
    END LOOP;
    RETURN coalesce(NEW, OLD);
END $$;
"""
BACK = GUARD.replace(
    "\n            AND (TG_OP <> 'INSERT' OR project.xmin <> pg_current_xact_id()::xid)", ""
)
_NAMES = "nobody_has_worked_here(), make_room_for_a_firm(), number_behind_what_is_there()"


def upgrade() -> None:
    op.execute(FUNCTIONS)
    op.execute(GUARD)
    role = context.config.attributes["application_role"]
    op.execute(f"REVOKE ALL ON FUNCTION {_NAMES} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {_NAMES} TO {role}")
    op.execute(f"GRANT SELECT ON schema_version TO {role}")


def downgrade() -> None:
    op.execute(BACK)
    op.execute(f"DROP FUNCTION {_NAMES}")
