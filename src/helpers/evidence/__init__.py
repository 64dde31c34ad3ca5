"""How much of each finding is real: the search counted, luck, costs, what it leans on, and looking ahead."""

from helpers.evidence.findings import Finding, find, opening_table
from helpers.evidence.grid import Grid, rotation_grid, weekly
from helpers.evidence.styles import style_grid

__all__ = ["Finding", "Grid", "find", "opening_table", "rotation_grid", "style_grid", "weekly"]
