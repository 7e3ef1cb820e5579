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
    "function/table.py",
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


def package(table: str) -> bytes:
    """Return the zip for `table`. Its SHA-256 tells whether the deployed code differs.

    The table's name is in the zip and not in a variable of the function: Lambda encrypts variables for the role that
    the function had at that time, and can't decrypt them for a role that was deleted and created again.
    """
    source = resources.files("wildrydes_cli")
    files = {name: source.joinpath(name).read_bytes() for name in FILES}
    files["function/table.py"] = f'"""The table that the function records rides in."""\n\nTABLE = {table!r}\n'.encode()
    return archive((f"wildrydes_cli/{name}", content) for name, content in files.items())
