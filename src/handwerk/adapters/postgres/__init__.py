"""PostgreSQL: SQL is built by SQLAlchemy Core, compiled once, and run on psycopg's pool.

`tables/` holds the shape, `migrations/` how it came to be, `database.py` the pool and the
translation of errors, `unit.py` and `transaction.py` the unit of work, `keyset.py` the lists;
one file per domain module fills its ports. Hot statements are module constants; a store inside a
transaction notes its writes with `Unit.write`, reads with `Unit.read`.
"""
