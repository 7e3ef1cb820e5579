"""Fills the account of a unit test once. Later tests of the same process get a copy of what the first one made."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any, NamedTuple
from weakref import WeakValueDictionary

import pytest
from moto.core.base_backend import BackendDict

from tests.support.fake_aws import AWS

Prepared = Callable[[Callable[[], object]], None]
"""What the fixture `prepared` is."""


class _Account(NamedTuple):
    backends: list[tuple[Any, str, str, Any]]
    """moto's: of each service, account and region."""
    state: list[dict[str, Any]]
    """What each backend has, in the same order."""
    ours: Any
    """The stand-in for Amplify, and the calls."""


_known: dict[tuple[str, ...], _Account] = {}


def prepare(aws: AWS, make: Callable[[], object]) -> None:
    """Have `make` fill an account, or copy what it left there in another test. It may build on what was prepared.

    `make` is known by its name, so what it does must not depend on the test.
    """
    assert not aws.asked, "somebody else has used the account: what is there is not known"
    name = (*aws.prepared, f"{make.__module__}.{make.__qualname__}")
    if name not in _known:
        make()
        instances: list[Any] = BackendDict._instances  # type: ignore[misc]
        backends = [(each, *row) for each in instances for row in each.iter_backends()]
        themselves = {id(backend): backend for *_, backend in backends}
        state = _copy([vars(backend) for *_, backend in backends], themselves)
        _known[name] = _Account(backends, state, deepcopy((aws.amplify, aws.calls, aws.tries)))
    prepared = _known[name]
    mine = [each[account][region] for each, account, region, _ in prepared.backends]
    instead = {id(backend): new for (*_, backend), new in zip(prepared.backends, mine, strict=True)}
    for backend, copied in zip(mine, _copy(prepared.state, instead), strict=True):
        vars(backend).update(copied)
    aws.amplify, aws.calls, aws.tries = deepcopy(prepared.ours)
    aws.prepared, aws.asked = name, 0


def _copy(state: list[dict[str, Any]], instead: dict[int, Any]) -> list[dict[str, Any]]:
    """Copy what backends have. `instead` has what replaces an object, by its id."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WeakValueDictionary, "__deepcopy__", _copy_values)
        return deepcopy(state, instead)


def _copy_values(these: WeakValueDictionary[Any, Any], memo: dict[int, Any]) -> WeakValueDictionary[Any, Any]:
    """Copy the values too. Python's own copy of such a dictionary, which moto's Lambda has, keeps the originals."""
    return WeakValueDictionary({key: deepcopy(value, memo) for key, value in these.items()})
