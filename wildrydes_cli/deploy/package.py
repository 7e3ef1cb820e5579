"""The function's package: a zip with the modules that the handler needs. It is the same bytes every time."""

from importlib import resources

from wildrydes_cli.deploy.archive import archive

HANDLER = "wildrydes_cli.function.handler.handler"

FILES = (
    "__init__.py",
    "aws.py",
    "aws_errors.py",
    "aws_session.py",
    "errors.py",
    "function/__init__.py",
    "function/event.py",
    "function/handler.py",
    "rides/__init__.py",
    "rides/dispatch.py",
    "rides/fleet.py",
    "rides/listing.py",
    "rides/model.py",
    "shapes.py",
    "stores/__init__.py",
    "stores/base.py",
    "stores/dynamodb/__init__.py",
    "stores/dynamodb/items.py",
    "stores/dynamodb/rides.py",
    "stores/dynamodb/table.py",
)
"""The modules that the handler loads, and no others: a test compares them. Lambda's runtime has boto3."""


def package() -> bytes:
    """Return the zip. Its SHA-256 tells whether the deployed code differs."""
    source = resources.files("wildrydes_cli")
    return archive((f"wildrydes_cli/{name}", source.joinpath(name).read_bytes()) for name in FILES)
