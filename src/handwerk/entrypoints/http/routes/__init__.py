"""One file per group of the contract's operations."""
