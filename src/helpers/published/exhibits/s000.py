"""Exhibits of S000, the community article on clustering ETFs."""

from helpers.published.exhibits.exhibit import Exhibit

EXHIBITS: list[Exhibit] = []
