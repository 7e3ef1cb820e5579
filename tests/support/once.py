"""Make botocore, moto and Typer do only once what they would do again for each client, request or command."""

import json
from collections.abc import Callable
from typing import Any

import moto.core.models
import pytest
import typer.testing
from botocore import hooks, httpsession, regions
from botocore.client import ClientCreator
from botocore.hooks import EventAliaser
from botocore.loaders import JSONFileLoader, Loader
from joserfc.jwk import RSAKey
from moto.core import responses
from moto.core.base_backend import BaseBackend
from moto.core.serialize import XFormedAttributePicker
from moto.iam.aws_managed_policies import aws_managed_policies_data

from wildrydes_cli.deploy.policies import MANAGED_POLICY


def once(function: Callable[..., Any], key: Callable[..., object]) -> Callable[..., Any]:
    """Return a function that calls `function` only once for all arguments that have the same `key`."""
    results: dict[object, Any] = {}

    def first(*args: Any, **kwargs: Any) -> Any:
        mine = key(*args, **kwargs)
        if mine not in results:
            results[mine] = function(*args, **kwargs)
        return results[mine]

    return first


def do_once(patch: pytest.MonkeyPatch) -> None:
    """Patch botocore, moto and Typer until `patch` is undone."""
    for owner, name, key in (
        (ClientCreator, "_create_client_class", lambda _, service, *_rest: service),
        (ClientCreator, "_load_service_model", lambda _, service, *_rest: service),
        (EventAliaser, "_alias_event_name", lambda _, event_name: event_name),
        (JSONFileLoader, "load_file", lambda _, path: path),
        (Loader, "list_available_services", lambda _, type_name: type_name),
        (hooks, "accepts_kwargs", lambda handler: getattr(handler, "__func__", handler)),
        (httpsession, "create_urllib3_context", lambda *settings: settings),  # no test in this process uses TLS
        (regions, "EndpointProvider", lambda ruleset_data, **_: id(ruleset_data)),  # `load_file` never lets go of it
        (responses, "method_names_from_class", lambda owner: owner),
        (typer.testing, "_get_command", lambda app: app),
    ):
        patch.setattr(owner, name, once(getattr(owner, name), key))
    patch.setattr(BaseBackend, "urls", property(once(vars(BaseBackend)["urls"].fget, type)))
    find_keys = XFormedAttributePicker.get_possible_keys
    find_keys_once = once(lambda *of: list(find_keys(*of)), lambda _, of: (type(of.obj), of.key, of.shape))
    patch.setattr(XFormedAttributePicker, "get_possible_keys", find_keys_once)
    patch.setattr(RSAKey, "import_key", once(RSAKey.import_key, json.dumps))
    managed = {MANAGED_POLICY: json.loads(aws_managed_policies_data)[MANAGED_POLICY]}  # all 1,400 take half a second
    patch.setattr("moto.iam.models.aws_managed_policies_data", json.dumps(managed))
    # moto starts by preparing answers for programs that use `requests`.
    patch.setattr(moto.core.models, "RESPONSES_METHODS", [])
