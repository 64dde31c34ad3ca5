"""What the press refuses to do, in one line."""

__all__ = ["RenderError"]


class RenderError(ValueError):
    """Pages that cannot be made; one line that says why and what to do."""
