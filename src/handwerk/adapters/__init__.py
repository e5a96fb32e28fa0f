"""Each folder knows one technology and fills ports of the domain with it."""
