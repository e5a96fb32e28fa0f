"""The firm's jobs: what was built, what it took, what it cost."""
