"""Backups: one consistent point of database and files, encrypted, proved by a trial restore."""
