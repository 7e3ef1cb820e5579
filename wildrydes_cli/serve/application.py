"""The application behind the page. It is a WSGI application (PEP 3333), and is called from one thread only."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, NamedTuple
from urllib.parse import parse_qs
from uuid import uuid4

from wildrydes_cli import page
from wildrydes_cli.errors import InvalidError, WildrydesError
from wildrydes_cli.function.event import BODY_BYTES, proxy_event
from wildrydes_cli.function.handler import respond
from wildrydes_cli.output.formats import ride_json
from wildrydes_cli.output.messages import error as explain
from wildrydes_cli.output.messages import note
from wildrydes_cli.rides.listing import Listing
from wildrydes_cli.rides.model import parse_whole_number
from wildrydes_cli.rides.times import bound
from wildrydes_cli.serve.checks import Address, HTTPError, check_body, check_sender
from wildrydes_cli.stores.base import RideStore

MOST_RIDES = 500
"""How many rides one answer has at most. The page shows no more."""

_JSON = page.TYPES[".json"]


class Answer(NamedTuple):
    """What a request is answered with."""

    status: int
    body: bytes
    content_type: str = _JSON


class Application:
    """Answers requests with the rides of `store`.

    Args:
        store: Where rides are recorded and read.
        rider: Who rides, whatever a request says. It takes the place of the authorizer's user name.
        address: Where the server is reached.
        hint: Returns how to fix an error.
        log_all: Write a line about every request, not only about those that are refused.
        api: The settings of a page whose riders sign in, and ride through the deployed API. Then this server answers no
            request for a ride, and `rider` does not matter.
    """

    def __init__(
        self,
        store: RideStore,
        rider: str,
        address: Address,
        hint: Callable[[WildrydesError], str],
        *,
        log_all: bool,
        api: Mapping[str, str] | None = None,
    ) -> None:
        self._store = store
        self._rider = rider
        self._address = address
        self._hint = hint
        self._failure = ""
        self._log_all = log_all
        self._who = api or {"Rider": rider}
        urls = [api[name] for name in ("InvokeUrl", "SignInUrl")] if api else []
        self._headers = {**page.headers(*urls), "Cache-Control": "no-store"}
        self._files = {f"/{name}": name for name in page.names()} | {"/": "index.html"}
        self._routes: dict[str, tuple[str, Callable[..., Answer]]] = {
            **dict.fromkeys(self._files, ("GET", self._file)),
            f"/{page.SETTINGS}": ("GET", self._settings),
            "/rides": ("GET", self._rides),
            **({} if api else {"/ride": ("POST", self._ride)}),
        }

    def __call__(self, environ: Mapping[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request."""
        method, path = str(environ["REQUEST_METHOD"]), str(environ["PATH_INFO"])
        try:
            answer = self._answer(method, path, environ)
        except HTTPError as refusal:
            note(f"refused {method} {path[:100]}: {refusal}")
            answer = _error(refusal.status, str(refusal))
        except InvalidError as error:
            note(f"refused {method} {path[:100]}: {error.message}")
            answer = _error(400, error.message)
        except WildrydesError as error:
            self._tell(f"{method} {path[:100]}: {error.message}", self._hint(error))
            answer = _error(503, error.message)
        if self._log_all:
            note(f"{datetime.now(UTC):%H:%M:%S} {method} {path[:100]} {answer.status}")
        status = f"{answer.status} {HTTPStatus(answer.status).phrase}"
        length = {"Content-Type": answer.content_type, "Content-Length": str(len(answer.body))}
        start_response(status, list({**self._headers, **length}.items()))
        return [b"" if method == "HEAD" else answer.body]

    def _tell(self, message: str, hint: str) -> None:
        """Tell the user about a failure. The same one is not told again: the page asks every second or two."""
        if message != self._failure:
            explain(message, hint)
        self._failure = message

    def _answer(self, method: str, path: str, environ: Mapping[str, Any]) -> Answer:
        headers = _headers(environ)
        check_sender(method, path, headers, self._address)
        if path not in self._routes:
            raise HTTPError(404, f"there is nothing at {path[:100]}")
        wanted, reply = self._routes[path]
        if method != wanted and (method, wanted) != ("HEAD", "GET"):
            raise HTTPError(405, f"{path} takes {wanted} only")
        return reply(environ, headers)

    def _file(self, environ: Mapping[str, Any], _: object) -> Answer:
        """Answer with a file of the page."""
        name = self._files[environ["PATH_INFO"]]
        return Answer(200, page.read(name), page.type_of(name))

    def _settings(self, *_: object) -> Answer:
        """Answer who rides, or where riders sign in; where rides are kept; and how many are shown."""
        return _json(200, {"Store": self._store.label, "Limit": MOST_RIDES, **self._who})

    def _rides(self, environ: Mapping[str, Any], _: object) -> Answer:
        """Answer with the newest rides, or with those since a request time, as `wildrydes rides list -o json`."""
        query = parse_qs(str(environ.get("QUERY_STRING") or ""))
        since = query.get("since", [None])[-1]
        limit = parse_whole_number("limit", query.get("limit", [str(MOST_RIDES)])[-1], 1, MOST_RIDES)
        start = since and bound(since, datetime.now(UTC))
        # Like rides watch: the page asks often, and each time a scan would read the whole table.
        found = self._store.rides(Listing(limit=limit, since=start), "index" if start is not None else "any")
        rides = ",\n".join(map(ride_json, found))
        self._failure = ""
        return Answer(200, f"[{rides}]".encode())

    def _ride(self, environ: Mapping[str, Any], headers: Mapping[str, str]) -> Answer:
        """Have the function's handler answer, as API Gateway would."""
        check_body(headers)
        event = proxy_event(self._rider, environ["wsgi.input"].read(BODY_BYTES), headers)
        response = respond(event, str(uuid4()), self._store, note)
        # The handler's Access-Control-Allow-Origin is left out: here, only our own page may read the answer.
        return Answer(response["statusCode"], response["body"].encode())


def _headers(environ: Mapping[str, Any]) -> dict[str, str]:
    """Return the request's headers, by their names in lower case."""
    named = {name.removeprefix("HTTP_"): value for name, value in environ.items() if name.startswith("HTTP_")}
    named |= {name: environ[name] for name in ("CONTENT_TYPE", "CONTENT_LENGTH") if name in environ}
    return {name.lower().replace("_", "-"): str(value) for name, value in named.items()}


def _json(status: int, value: object) -> Answer:
    return Answer(status, json.dumps(value).encode())


def _error(status: int, message: str) -> Answer:
    return _json(status, {"Error": message})
