"""What an index is worth: its rule, its history, its structure, what it costs, and the products that follow it."""
