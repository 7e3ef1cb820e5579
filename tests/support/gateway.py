"""Stands in for the deployed API, to which unit tests send nothing. Fixture `gateway`."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from wildrydes_cli.aws_http import Response

SEND = "wildrydes_cli.deploy.requests.send"
"""What `Gateway.send` replaces."""

UNAUTHORIZED = Response(401, {}, '{"message":"Unauthorized"}')


@dataclass
class Gateway:
    """What answers at the invoke URL. The last answer to a method is given again and again."""

    requests: list[tuple[str, Mapping[str, str], str | None]] = field(default_factory=list)
    options: list[Response | BaseException] = field(default_factory=lambda: [Response(200, {}, "")])
    post: list[Response | BaseException] = field(default_factory=lambda: [UNAUTHORIZED])

    def send(
        self, method: str, api: object, headers: Mapping[str, str] | None = None, body: str | None = None
    ) -> Response:
        """Answer the next request."""
        self.requests.append((method, headers or {}, body))
        answers = {"OPTIONS": self.options, "POST": self.post}[method]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer
