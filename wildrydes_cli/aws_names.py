"""The names of AWS's regions and of the user's profiles, without botocore: importing it takes a tenth of a second."""

import json
import os
import re
import shlex
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path


def regions() -> dict[str, str]:
    """Return every region that botocore knows, and where it is: `us-east-1`, US East (N. Virginia)."""
    spec = find_spec("botocore")
    file = Path(spec.origin if spec and spec.origin else "").with_name("data") / "partitions.json"
    return {
        name: region.get("description", "")
        for partition in json.loads(file.read_text(encoding="utf-8"))["partitions"]
        for name, region in partition["regions"].items()
        if not name.endswith("-global")  # what has no region, such as IAM
    }


def profiles(files: Mapping[str, str]) -> list[str]:
    """Return the profiles in AWS's shared files: the variable that names each file, and where it is otherwise."""
    return sorted({name for variable, default in files.items() for name in _sections(variable, default)})


def _sections(variable: str, default: str) -> Iterator[str]:
    """Yield the profiles of one of the files. In the config file, they are called `profile NAME`, except `default`."""
    path = Path(os.environ.get(variable) or default).expanduser()
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return
    for section in re.findall(r"^\[([^\]\n]+)\]", text, re.MULTILINE):
        try:
            words = shlex.split(section)
        except ValueError:  # a quote that has no end
            continue
        if variable == "AWS_SHARED_CREDENTIALS_FILE":
            yield section
        elif words == ["default"] or (len(words) == 2 and words[0] == "profile"):
            yield words[-1]
