"""What tests of stores look at."""


def content(root, *folders):
    """Every file of a store under some folders, with its bytes."""
    found = (path for folder in folders for path in sorted((root / folder).rglob("*")) if path.is_file())
    return {str(path.relative_to(root)): path.read_bytes() for path in found}
