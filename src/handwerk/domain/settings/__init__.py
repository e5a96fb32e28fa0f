"""What the firm has set once for all its jobs: rates, surcharges, prices of foam and seams."""
