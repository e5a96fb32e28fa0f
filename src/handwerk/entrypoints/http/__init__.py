"""HTTP, with Litestar: decode, ask a use case, encode."""
