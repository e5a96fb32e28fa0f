"""What the firm owes the people whose data it keeps (DSGVO)."""
