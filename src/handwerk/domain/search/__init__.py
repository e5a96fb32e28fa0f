"""What can be found, how alike two jobs are, and why."""
