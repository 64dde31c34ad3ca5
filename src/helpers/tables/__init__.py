"""Validated tables: what a chapter may rely on, whatever source the data came from."""

from helpers.tables.validation import SCHEMAS, DataError, MissingTable, validate

__all__ = ["DataError", "MissingTable", "SCHEMAS", "validate"]
