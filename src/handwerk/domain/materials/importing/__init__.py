"""Import of materials and their prices from tables."""
