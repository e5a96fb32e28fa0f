"""What is done with users: signing in and out, and managing them."""
