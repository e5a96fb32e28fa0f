"""In-memory adapters that pass the same contract tests as the real ones.

For tests, and for trying the domain without a database. Nothing outlives the process.
"""
