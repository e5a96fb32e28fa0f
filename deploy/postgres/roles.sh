#!/usr/bin/env bash
# Run once by the postgres image, in an empty data folder: the database and its two roles. The owner
# migrates, the application only reads and writes; neither is a superuser.
set -euo pipefail
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
  --set owner_password="$(cat /run/secrets/database_owner_password)" \
  --set app_password="$(cat /run/secrets/database_password)" <<'SQL'
SET log_statement = 'none';
CREATE ROLE handwerk_owner WITH LOGIN NOSUPERUSER NOCREATEROLE CREATEDB PASSWORD :'owner_password';
CREATE ROLE handwerk_app WITH LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB PASSWORD :'app_password';
CREATE DATABASE handwerk OWNER handwerk_owner;
SQL
