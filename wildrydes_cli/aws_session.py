"""The session that all clients of a command share: it starts fast, and no error message shows its credentials."""

from __future__ import annotations

import json
import os
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wildrydes_cli import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SETTINGS = {
    "connect_timeout": 5,
    "read_timeout": 15,
    "parameter_validation": False,  # validation takes a tenth of a request's time, and we build the parameters
    # botocore builds its own user agent again for every request, which takes a fifth of the request's time.
    "user_agent": f"wildrydes/{__version__}",
}
"""The settings of every client, also of those that botocore makes to get credentials."""


def make_session(profile: str | None, region: str | None, count: Callable[..., None]) -> Any:
    """Return a session of boto3. What is None comes from AWS's own chain: environment, profile, config files.

    `count` is called for each request that is sent, also for those that get credentials.
    """
    import boto3
    from botocore.config import Config
    from botocore.session import Session

    core = Session(profile=profile)
    core.set_default_client_config(Config(**_SETTINGS))
    core.register("before-parse.dynamodb", _parse)
    core.register("after-call", _redact)
    core.register("before-send", count)
    loader = core.get_component("data_loader")
    # botocore would look into the folder of each of its 400 services, twice, only to learn their names.
    services = [each.name for path in loader.search_paths if Path(path).is_dir() for each in os.scandir(path)]
    loader.list_available_services = lambda _: services
    return boto3.Session(region_name=region, botocore_session=core)


@contextmanager
def gc_paused() -> Iterator[None]:
    """Pause garbage collection while a client loads: it takes a sixteenth of a cold start."""
    import gc

    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.unfreeze()  # moves everything to the oldest generation
        if collecting:
            gc.enable()


def _parse(response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object) -> None:
    """Parse DynamoDB's response in place of botocore: its JSON already has the form that we read.

    botocore spends four fifths of the time for a large page on walking through it again. It also takes a truncated
    response for an empty one. This relies on botocore's "before-parse" event (`botocore.endpoint`): what a handler
    puts into `customized_response_dict` is merged into the parsed response.
    """
    from botocore.parsers import ResponseParserError

    if response_dict["status_code"] >= 300:
        return
    try:
        answer = json.loads(response_dict["body"])
    except ValueError as error:
        raise ResponseParserError(f"the response is damaged: {error}") from error
    if not isinstance(answer, dict):
        raise ResponseParserError("the response is not from DynamoDB")
    customized_response_dict.update(answer)
    response_dict["body"] = b"{}"


def _redact(parsed: dict[str, Any], **_: object) -> None:
    """Remove credentials from AWS's error message, before it gets into any message or traceback.

    AWS answers a wrong signature with the request that should have been signed, including the session token.
    """
    error = parsed.get("Error")
    if isinstance(error, dict) and "Message" in error:
        error["Message"] = re.sub(_SIGNED, r"\1…", str(error["Message"]))


_SIGNED = r"""(?i)(Credential=|Signature=|X-Amz-Security-Token\\?["']?\s*[:=]\s*\\?["']?)[^\s"'\\,&]+"""
