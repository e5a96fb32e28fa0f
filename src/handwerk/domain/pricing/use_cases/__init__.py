"""What can be done with prices: estimate one, learn from finished jobs, see what was learned."""
