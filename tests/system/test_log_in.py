"""Credentials that a profile gets from a role, from IAM Identity Center (SSO) or from `aws login`."""

import hashlib
import json
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.planted import CANONICAL, reveals
from tests.support.running import PROGRAM, Cli, Ended, Terminal
from tests.support.stub import Answer, Stub, described, stub

DEVICE = "arn:aws:iam::123456789012:mfa/ada"
CODE = "654321"
PROMPT = f"Enter MFA code for {DEVICE}: "
WITH_MFA = f"""\
[profile class]
region = us-east-1
role_arn = arn:aws:iam::123456789012:role/class
source_profile = ada
mfa_serial = {DEVICE}

[profile ada]
aws_access_key_id = test
aws_secret_access_key = test
"""
WITH_LOGIN = """\
[profile class]
region = us-east-1
login_session = arn:aws:iam::123456789012:user/ada
"""
WITH_SSO = """\
[profile class]
region = us-east-1
sso_session = school
sso_account_id = 123456789012
sso_role_name = Learner

[sso-session school]
sso_region = us-east-1
sso_start_url = https://example.com/start
"""


def credentials(**more: str) -> dict[str, str]:
    """Return credentials that are valid for an hour."""
    later = datetime.now(UTC) + timedelta(hours=1)
    return {"AccessKeyId": "x", "SecretAccessKey": "x", "SessionToken": "x", "Expiration": f"{later:%FT%TZ}"} | more


def xml(content: Any) -> str:
    """Return elements for the names and values of `content`."""
    if not isinstance(content, dict):
        return str(content)
    return "".join(f"<{name}>{xml(value)}</{name}>" for name, value in content.items())


def role(**more: str) -> Answer:
    """Return STS's answer to AssumeRole."""
    result = {"AssumedRoleUser": {"Arn": "x", "AssumedRoleId": "x"}, "Credentials": credentials(**more)}
    return 200, xml({"AssumeRoleResponse": {"AssumeRoleResult": result}}).encode()


def refused_role(code: str, message: str) -> Answer:
    """Return STS's refusal."""
    return 403, xml({"ErrorResponse": {"Error": {"Code": code, "Message": message}}}).encode()


@pytest.fixture
def settings(home: Path) -> Callable[[str], None]:
    """Return a function that writes AWS's config file."""
    (home / ".aws").mkdir()
    return (home / ".aws/config").write_text  # type: ignore[return-value]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, one_try: None) -> Iterator[Stub]:
    """Serve STS, which gives a role, and DynamoDB, where table Rides is empty."""

    def answer(operation: str, _: Any) -> Answer:
        if operation == "POST /":
            return role()
        return described("ACTIVE") if operation == "DescribeTable" else (200, {"Items": [], "Count": 0})

    with stub(answer) as served:
        monkeypatch.setenv("AWS_ENDPOINT_URL", served.url)
        yield served


def without_terminal(*words: str, stdin: str = "") -> Ended:
    """Run a command that has no terminal, not even that of these tests."""
    ended = subprocess.run(
        [*PROGRAM, *words], input=stdin, capture_output=True, text=True, timeout=60, check=False, start_new_session=True
    )
    return Ended(ended.returncode, ended.stdout, ended.stderr)


class TestMFA:
    @pytest.fixture(autouse=True)
    def profile(self, settings: Callable[[str], None]) -> None:
        settings(WITH_MFA)

    @pytest.mark.parametrize("words", [("rides", "list"), ("delete-table",), ("status",)], ids=" ".join)
    def test_nothing_is_drawn_before_the_question_for_the_code(self, aws: Stub, words: tuple[str, ...]) -> None:
        terminal = Terminal(*words, "--profile", "class")
        assert terminal.until(PROMPT) == PROMPT
        assert terminal.answer("\x03").must(130).out == f"{PROMPT}\n"
        assert aws.asked == []

    def test_ctrl_c_at_the_question_does_not_claim_that_a_ride_may_be_recorded(self, aws: Stub) -> None:
        terminal = Terminal("request", "--lat", "1", "--lon", "2", "--profile", "class")
        terminal.until(PROMPT)
        ended = terminal.answer("\x03").must(130)
        assert "recorded" not in ended.out

    def test_a_command_goes_on_with_the_code(self, aws: Stub) -> None:
        terminal = Terminal("rides", "list", "--profile", "class")
        terminal.until(PROMPT)
        ended = terminal.answer(f"{CODE}\r").must()
        assert CODE not in ended.out
        assert "using table Rides in us-east-1" in ended.out
        codes = [body for operation, body in aws.asked if operation == "POST /"]
        assert [f"TokenCode={CODE}".encode() in body for body in codes] == [True]

    def test_a_code_that_aws_refuses_is_an_error_that_says_how_to_get_another(
        self, monkeypatch: pytest.MonkeyPatch, one_try: None
    ) -> None:
        said = "MultiFactorAuthentication failed with invalid MFA one time pass code. "
        with stub(lambda *_: refused_role("AccessDenied", said)) as served:
            monkeypatch.setenv("AWS_ENDPOINT_URL", served.url)
            terminal = Terminal("rides", "list", "--profile", "class")
            terminal.until(PROMPT)
            ended = terminal.answer(f"{CODE}\r").must(3)
        assert "invalid MFA one time pass code" in ended.out
        assert "AWS takes each code once" in ended.out

    def test_no_code_is_an_error(self, aws: Stub) -> None:
        terminal = Terminal("rides", "list", "--profile", "class")
        terminal.until(PROMPT)
        ended = terminal.answer("\x04").must(3)
        assert "no MFA code was given" in ended.out.removeprefix(PROMPT).splitlines()[1]
        assert aws.asked == []

    @pytest.mark.parametrize("words", [("rides", "list"), ("request", "--from", "-")], ids=" ".join)
    def test_without_a_terminal_the_error_names_mfa(self, aws: Stub, words: tuple[str, ...]) -> None:
        ended = without_terminal(*words, "--profile", "class", stdin="lat,lon\n1,2\n")
        message, hint = ended.error(3)
        assert "needs an MFA code" in message
        assert "aws configure export-credentials --profile class" in hint
        assert aws.asked == []


class TestRole:
    @pytest.fixture(autouse=True)
    def profile(self, settings: Callable[[str], None]) -> None:
        settings(WITH_MFA.replace("mfa_serial", "#"))

    def test_credentials_are_requested_once_however_many_services_a_command_uses(
        self, wildrydes: Cli, aws: Stub
    ) -> None:
        ended = wildrydes("status", "--profile", "class", "--verbose").must(4)  # only DynamoDB is there
        roles = [body for operation, body in aws.asked if operation == "POST /" and b"AssumeRole" in body]
        assert len(roles) == 1
        assert f"sent {len(aws.asked)} requests to AWS" in ended.err

    @pytest.mark.parametrize(
        ("refused", "said", "advice"),
        [
            (refused_role("AccessDenied", "may not"), "access denied (may not)", "check role_arn"),
            (refused_role("ValidationError", "not an ARN"), "refused (ValidationError: not an ARN)", "check role_arn"),
            (refused_role("ExpiredToken", "expired"), "have expired", "aws sso login"),
            (refused_role("InvalidClientTokenId", "invalid"), "were refused", "aws configure"),
        ],
    )
    def test_a_refused_role_is_an_error_of_the_configuration(
        self,
        wildrydes: Cli,
        monkeypatch: pytest.MonkeyPatch,
        one_try: None,
        refused: Answer,
        said: str,
        advice: str,
    ) -> None:
        with stub(lambda *_: refused) as served:
            monkeypatch.setenv("AWS_ENDPOINT_URL", served.url)
            message, hint = wildrydes("rides", "list", "--profile", "class").error(3)
        assert message.startswith("cannot log in to AWS: ")
        assert said in message
        assert advice in hint

    def test_a_role_that_is_refused_later_is_an_error_of_the_configuration_too(
        self, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, one_try: None
    ) -> None:
        in_a_minute = f"{datetime.now(UTC) + timedelta(minutes=1):%FT%TZ}"
        answers = iter([role(Expiration=in_a_minute)])
        with stub(lambda *_: next(answers, refused_role("AccessDenied", "no more"))) as served:
            monkeypatch.setenv("AWS_ENDPOINT_URL", served.url)
            message, hint = wildrydes("rides", "list", "--profile", "class").error(3)
        assert message.startswith("cannot read the rides of table Rides")
        assert "access denied (no more)" in message
        assert "check role_arn" in hint

    def test_no_error_shows_a_credential_that_sts_sends_back(
        self, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, one_try: None
    ) -> None:
        with stub(lambda *_: refused_role("SignatureDoesNotMatch", CANONICAL)) as served:
            monkeypatch.setenv("AWS_ENDPOINT_URL", served.url)
            ended = wildrydes("rides", "list", "--profile", "class", "--debug").must(3)
        assert "Traceback" in ended.err
        assert reveals(ended.out + ended.err) == []

    def test_credentials_that_are_expired_at_once_mean_a_wrong_clock(
        self, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, one_try: None
    ) -> None:
        with stub(lambda *_: role(Expiration="2026-01-01T00:00:00Z")) as served:
            monkeypatch.setenv("AWS_ENDPOINT_URL", served.url)
            message, hint = wildrydes("rides", "list", "--profile", "class").error(3)
        assert "still expired" in message
        assert "clock" in hint


def test_credentials_without_a_key_are_an_error_of_the_configuration(
    wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, one_try: None
) -> None:
    with stub(lambda *_: (200, b'{"Token": "x"}')) as served:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", served.url)
        message, _ = wildrydes("rides", "list").error(3)
    assert message == "cannot log in to AWS: the credentials can't be read (KeyError: 'AccessKeyId')"


def test_a_web_identity_that_is_refused_is_an_error_of_the_configuration(
    wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, one_try: None
) -> None:
    (tmp_path / "token").write_text("token")
    monkeypatch.setenv("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/class")
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    with stub(lambda *_: refused_role("InvalidIdentityToken", "No provider.")) as served:
        message, hint = wildrydes("rides", "list", env={"AWS_ENDPOINT_URL": served.url}).error(3)
    assert message == "cannot log in to AWS: the service refused (InvalidIdentityToken: No provider.)"
    assert "AWS_WEB_IDENTITY_TOKEN_FILE" in hint


class TestSSO:
    @pytest.fixture(autouse=True)
    def profile(self, settings: Callable[[str], None]) -> None:
        settings(WITH_SSO)

    @pytest.fixture
    def logged_in(self, home: Path) -> None:
        """Be a user who ran `aws sso login`. botocore looks for the token where HOME was when it was imported."""
        tokens = home / ".aws/sso/cache"
        tokens.mkdir(parents=True)
        later = datetime.now(UTC) + timedelta(hours=1)
        token = {"accessToken": "x", "expiresAt": f"{later:%FT%TZ}", "startUrl": "https://example.com/start"}
        (tokens / f"{hashlib.sha1(b'school').hexdigest()}.json").write_text(json.dumps(token))

    def test_without_a_login_the_hint_is_to_log_in(self, wildrydes: Cli) -> None:
        _, hint = wildrydes("rides", "list", "--profile", "class").error(3)
        assert hint == "run aws sso login --profile class"

    @pytest.mark.usefixtures("logged_in", "one_try")
    def test_a_role_that_the_user_may_not_use_is_an_error_of_the_configuration(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # https://github.com/aws/aws-sam-cli/issues/2129
        with stub(lambda *_: (403, b'{"message": "No access"}'), {"x-amzn-ErrorType": "ForbiddenException"}) as served:
            monkeypatch.setenv("AWS_ENDPOINT_URL_SSO", served.url)
            message, hint = without_terminal("rides", "list", "--profile", "class").error(3)
        assert message == "cannot log in to AWS: the service refused (ForbiddenException: No access)"
        assert "check sso_account_id and sso_role_name" in hint

    @pytest.mark.usefixtures("logged_in", "one_try")
    def test_a_login_that_fails_is_a_failure_of_the_service(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with stub(lambda *_: (503, b"")) as served:
            monkeypatch.setenv("AWS_ENDPOINT_URL_SSO", served.url)
            message, _ = without_terminal("rides", "list", "--profile", "class").error(4)
        assert message.startswith("cannot log in to AWS: the service failed")


class Key:
    """Stands in for `awscrt.crypto.EC`, as far as botocore uses it. The stub does not check what is signed."""

    @staticmethod
    def new_key_from_der_data(_: bytes) -> "Key":
        return Key()

    @staticmethod
    def decode_der_signature_to_padded_pair(signature: bytes, **_: int) -> bytes:
        return signature

    def get_public_coords(self) -> tuple[bytes, bytes]:
        return b"x", b"y"

    def sign(self, _: bytes) -> bytes:
        return b"signature"


class TestLogin:
    """`aws login`: https://docs.aws.amazon.com/sdkref/latest/guide/feature-login-credentials.html."""

    SESSION = "arn:aws:iam::123456789012:user/ada"

    @pytest.fixture(autouse=True)
    def profile(self, settings: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, one_try: None) -> None:
        settings(WITH_LOGIN)
        monkeypatch.setattr("botocore.credentials.EC", Key)

    @pytest.fixture
    def token(self, home: Path) -> Path:
        """Be a user who ran `aws login` an hour ago. Returns the file with the token."""
        token = {
            "accessToken": {
                "accessKeyId": "x",
                "secretAccessKey": "x",
                "sessionToken": "x",
                "accountId": "123456789012",
                "expiresAt": f"{datetime.now(UTC) - timedelta(minutes=45):%FT%TZ}",
            },
            "refreshToken": "x",
            "clientId": "arn:aws:signin:::devtools/same-device",
            "dpopKey": "",
        }
        folder = home / ".aws/login/cache"
        folder.mkdir(parents=True)
        file = folder / f"{hashlib.sha256(self.SESSION.encode()).hexdigest()}.json"
        file.write_text(json.dumps(token))
        return file

    def test_without_awscrt_the_hint_says_how_to_add_it(self, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("botocore.credentials.EC", None)
        message, hint = wildrydes("rides", "list", "--profile", "class").error(3)
        assert "awscrt, which is not installed" in message
        for command in ("uv tool install", "pipx install --force", "pip install"):
            assert f"{command} 'wildrydes[login]'" in hint

    def test_without_a_login_the_hint_is_to_log_in(self, wildrydes: Cli) -> None:
        message, hint = wildrydes("rides", "list", "--profile", "class").error(3)
        assert message.startswith("cannot log in to AWS: Error loading login session token")
        assert hint == "run aws login --profile class"

    def test_a_session_is_renewed(self, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, token: Path) -> None:
        renewed = {"accessKeyId": "y", "secretAccessKey": "y", "sessionToken": "y"}

        def answer(operation: str, _: Any) -> Answer:
            if operation == "POST /v1/token":
                token = {"accessToken": renewed, "tokenType": "aws_sigv4", "expiresIn": 900, "refreshToken": "z"}
                return 200, json.dumps(token).encode()
            return described("ACTIVE")

        with stub(answer) as served:
            monkeypatch.setenv("AWS_ENDPOINT_URL", served.url)
            wildrydes("setup-table", "--profile", "class").must()
        assert [operation for operation, _ in served.asked].count("POST /v1/token") == 1
        written = json.loads(token.read_text())
        assert written["accessToken"].items() >= renewed.items()
        assert written["refreshToken"] == "z"

    @pytest.mark.usefixtures("token")
    @pytest.mark.parametrize(
        ("error", "said", "advice"),
        [
            ("TOKEN_EXPIRED", "session has expired", "run aws login --profile class"),
            ("USER_CREDENTIALS_CHANGED", "credentials have changed", "run aws login --profile class"),
            ("INSUFFICIENT_PERMISSIONS", "signin:CreateOAuth2Token", "SignInLocalDevelopmentAccess"),
            ("AUTHCODE_EXPIRED", "login session", "run aws login --profile class"),
        ],
    )
    def test_a_session_that_is_refused_is_an_error_of_the_configuration(
        self, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch, error: str, said: str, advice: str
    ) -> None:
        refused = json.dumps({"error": error, "message": "No."}).encode()
        with stub(lambda *_: (400, refused), {"x-amzn-ErrorType": "AccessDeniedException"}) as served:
            monkeypatch.setenv("AWS_ENDPOINT_URL", served.url)
            message, hint = wildrydes("rides", "list", "--profile", "class").error(3)
        assert message.startswith("cannot log in to AWS: ")
        assert said in message
        assert advice in hint

    @pytest.mark.usefixtures("token")
    def test_a_sign_in_that_is_refused_otherwise_is_an_error_of_the_configuration(
        self, wildrydes: Cli, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        refused = json.dumps({"error": "invalid_grant", "message": "No such token."}).encode()
        with stub(lambda *_: (400, refused), {"x-amzn-ErrorType": "ValidationException"}) as served:
            monkeypatch.setenv("AWS_ENDPOINT_URL", served.url)
            message, hint = wildrydes("rides", "list", "--profile", "class").error(3)
        assert "No such token." in message
        assert hint == "run aws login --profile class"
