"""What a project is built with: quantities, and the prices that they had."""
