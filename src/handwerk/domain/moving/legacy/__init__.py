"""Moving over from the original: what its database says, as far as it is sound."""
