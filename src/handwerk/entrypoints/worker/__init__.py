"""Working jobs: what each kind does, and the process that does it."""
