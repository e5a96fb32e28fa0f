"""Who changed what: the record history, sealed into a chain, and the security log."""
