#!/usr/bin/env bash
# Run once by the postgres image, in an empty data folder: the database and its roles. The owner
# migrates, the application only reads and writes, the backup copies and writes nothing; none is a
# superuser.
set -euo pipefail
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set owner_password="$(cat /run/secrets/database_owner_password)" \
  --set app_password="$(cat /run/secrets/database_password)" \
  --set backup_password="$(cat /run/secrets/database_backup_password)" <<'SQL'
SET log_statement = 'none';
CREATE ROLE handwerk_owner WITH LOGIN NOSUPERUSER NOCREATEROLE CREATEDB PASSWORD :'owner_password';
CREATE ROLE handwerk_app WITH LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB PASSWORD :'app_password';
CREATE ROLE handwerk_backup WITH LOGIN REPLICATION PASSWORD :'backup_password';
-- To see how far the copy of the write-ahead log has come.
GRANT pg_read_all_stats TO handwerk_backup;
CREATE DATABASE handwerk OWNER handwerk_owner;
SQL
# "all" databases are not those of replication: they want a line of their own.
echo 'host replication handwerk_backup all scram-sha-256' >> "$PGDATA/pg_hba.conf"
