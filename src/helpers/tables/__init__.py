"""Validated tables: what a chapter may rely on, whatever source the data came from."""

from helpers.tables.errors import DataError, DataWarning, MissingTable
from helpers.tables.needed import needed
from helpers.tables.schemas import SCHEMAS
from helpers.tables.validation import validate

__all__ = ["SCHEMAS", "DataError", "DataWarning", "MissingTable", "needed", "validate"]
