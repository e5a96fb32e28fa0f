"""What the firm's projects come to in sum, and which words it uses for them."""
