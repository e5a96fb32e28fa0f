"""Cron lines, read by the library cronsim as Debian's cron reads them."""
