"""Moving a firm: all that it owns out of one handwerk into another, and over from the original."""
