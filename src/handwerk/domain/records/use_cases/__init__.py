"""What is done with the history and the security log: sealing, proving, reading."""
