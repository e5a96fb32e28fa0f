"""handwerk: what a craft job should cost, how sure that is, and which past jobs say so."""
