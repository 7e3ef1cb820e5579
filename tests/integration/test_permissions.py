"""The policies in docs/policies are sufficient for their commands, and every action in them is necessary.

The tests narrow each policy to one region and one account, as the reference says. The engine differs from AWS, so these
tests cannot prove two things. It does not require `iam:PassRole` and `cognito-idp:TagResource`, although AWS does; the
tests only check that this has not changed. It checks `lambda:CreateFunction` against the resource `*`, and AWS against
the function's ARN; the tests allow it on everything. It checks `lambda:PutFunctionConcurrency` where AWS checks
`lambda:DeleteFunctionConcurrency`. It has no Amplify: a stand-in answers, and `Gate` refuses the
actions that the policy does not have, on any resource.
"""

import copy
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, NoReturn

import pytest

from tests.integration.conftest import UseAWS
from tests.support.amplify import Amplify, AmplifyError
from tests.support.amplify_server import amplify_server
from tests.support.markdown import POLICIES_FOLDER, narrowed, policy_files
from tests.support.repeat import THOROUGH, some_of
from tests.support.running import Cli, Ended
from wildrydes_cli.aws import Account
from wildrydes_cli.deploy.calls import create_once

Policy = dict[str, Any]

NOT_ENFORCED = {"iam:PassRole", "cognito-idp:TagResource"}
OTHER_NAME = ("lambda:DeleteFunctionConcurrency", "lambda:PutFunctionConcurrency")
"""An action as AWS calls it, and as the engine does."""
DISPENSABLE = {
    "page delete": ["amplify:ListApps"],
    "delete": ["amplify:ListApps", "dynamodb:Scan"],
    "delete-table": ["dynamodb:Scan"],
}
"""What a command only looks at, and can do without: it says that it could not."""
HERE = ("--lat", "47.6174", "--lon", "-122.2884")
ROW = json.dumps({"lat": 47.6174, "lon": -122.2884})

POLICIES: dict[str, Policy] = {}
"""What each command needs. If that is several policies, their statements are in one."""
for command, files in policy_files().items():
    read = [json.loads(narrowed((POLICIES_FOLDER / file).read_text(encoding="utf-8"))) for file in files]
    POLICIES[command] = {**read[0], "Statement": [statement for policy in read for statement in policy["Statement"]]}

EXACT = [command for command, files in policy_files().items() if len(files) == 1]
"""The commands with a policy of their own, which has what they need and nothing else."""


def actions(policy: Policy) -> list[str]:
    return [action for statement in policy["Statement"] for action in statement["Action"]]


def tried(policy: Policy) -> list[str]:
    """Return the actions that are taken out of `policy`, one by one: all of them in CI, else the last."""
    return actions(policy)[0 if THOROUGH else -1 :]


def without(policy: Policy, action: str) -> Policy:
    """Return `policy` with `action` replaced by one that no command uses, because a list must not be empty."""
    rest = copy.deepcopy(policy)
    for statement in rest["Statement"]:
        statement["Action"] = [each if each != action else "dynamodb:ListTables" for each in statement["Action"]]
    return rest


def adapted_to_the_engine(policy: Policy) -> Policy:
    """Return `policy` as the engine checks it."""
    text = json.dumps(policy).replace(*OTHER_NAME)
    if "lambda:CreateFunction" not in actions(policy):
        adapted: Policy = json.loads(text)
        return adapted
    widened = {"Effect": "Allow", "Action": ["lambda:CreateFunction"], "Resource": "*"}
    return {**policy, "Statement": [*json.loads(text)["Statement"], widened]}


class Owner:
    """The account's owner. Each method prepares something that a command needs to find."""

    def __init__(self, wildrydes: Cli) -> None:
        self.wildrydes = wildrydes

    def client(self, service: str) -> Any:
        return Account().client(service)

    def no_table(self) -> None:
        self.wildrydes("delete-table", "--yes").must()

    def table(self) -> None:
        self.wildrydes("setup-table", "--add-indexes").must()  # another test may have left one without them

    def table_without_indexes(self) -> None:
        self.no_table()
        self.wildrydes("setup-table", "--no-indexes").must()
        ride = {"RideId": {"S": "old"}, "User": {"S": "ada"}, "RequestTime": {"S": "2026-11-23T08:15:30.123Z"}}
        self.client("dynamodb").put_item(TableName="Rides", Item=ride)

    def ride(self) -> None:
        self.table()
        self.wildrydes("request", *HERE, "--rider", "ada", "--ride-id", "known").must()

    def no_function(self) -> None:
        self.function()  # a role that another test changed is not deleted
        self.wildrydes("function", "delete", "--yes").must()

    def function(self) -> None:
        self.table()
        self.wildrydes("function", "deploy", "--yes").must()

    def function_that_answers(self) -> None:
        """Replace the function's code with a stub, so that tests do not depend on how the engine runs functions."""
        self.function()
        package = io.BytesIO()
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("wildrydes_cli/function/handler.py", "def handler(*_): return {'statusCode': 201}")
        self.client("lambda").update_function_code(FunctionName="RequestUnicorn", ZipFile=package.getvalue())

    def function_and_log(self) -> None:
        self.function()
        self.log()

    def log(self) -> None:
        logs = self.client("logs")
        with suppress(logs.exceptions.ResourceAlreadyExistsException):
            logs.create_log_group(logGroupName="/aws/lambda/RequestUnicorn")

    def function_without_its_policy(self) -> None:
        self.page()
        self.client("iam").delete_role_policy(RoleName="WildRydesLambda", PolicyName="DynamoDBWriteAccess")

    def function_that_differs(self) -> None:
        """Change what is changed by a request of its own."""
        self.function_that_answers()
        functions, named = self.client("lambda"), {"FunctionName": "RequestUnicorn"}
        functions.put_function_concurrency(**named, ReservedConcurrentExecutions=0)
        with suppress(functions.exceptions.ResourceConflictException):
            functions.add_permission(**named, StatementId="all", Action="lambda:InvokeFunction", Principal="*")
        with suppress(self.client("iam").exceptions.NoSuchEntityException):
            self.client("iam").delete_role_policy(RoleName="WildRydesLambda", PolicyName="DynamoDBWriteAccess")
        trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
        self.client("iam").update_assume_role_policy(
            RoleName="WildRydesLambda", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        )

    def no_api(self) -> None:
        self.function()
        self.no_page()
        self.wildrydes("api", "delete", "--users", "--yes").must()

    def api(self) -> None:
        self.function()
        self.wildrydes("api", "deploy", "--yes").must()

    def api_that_differs(self) -> None:
        """Change what can be changed, and what can only be replaced: the authorizer, and the function's permission."""
        self.api()
        cognito = self.client("cognito-idp")
        pools = cognito.list_user_pools(MaxResults=60)["UserPools"]
        (pool,) = [each["Id"] for each in pools if each["Name"] == "WildRydes"]
        cognito.update_user_pool(UserPoolId=pool, AdminCreateUserConfig={"AllowAdminCreateUserOnly": True})
        clients = cognito.list_user_pool_clients(UserPoolId=pool, MaxResults=60)["UserPoolClients"]
        (client,) = [each["ClientId"] for each in clients if each["ClientName"] == "WildRydesWebApp"]
        flows = {"ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"]}
        cognito.update_user_pool_client(UserPoolId=pool, ClientId=client, **flows)
        gateway = self.client("apigateway")
        (api,) = [each["id"] for each in gateway.get_rest_apis()["items"] if each["name"] == "WildRydes"]
        (authorizer,) = gateway.get_authorizers(restApiId=api)["items"]
        source = {"op": "replace", "path": "/identitySource", "value": "method.request.header.Token"}
        gateway.update_authorizer(restApiId=api, authorizerId=authorizer["id"], patchOperations=[source])
        functions = self.client("lambda")
        permission = {"FunctionName": "RequestUnicorn", "StatementId": f"wildrydes-{api}"}
        functions.remove_permission(**permission)
        functions.add_permission(**permission, Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com")

    def nothing(self) -> None:
        self.no_api()
        self.no_function()
        self.no_table()

    def no_page(self) -> None:
        self.wildrydes("page", "delete", "--yes").must()

    def api_without_page(self) -> None:
        self.api()
        self.no_page()

    def page(self) -> None:
        self.api()
        self.wildrydes("page", "deploy").must()

    def page_and_log(self) -> None:
        self.page()
        self.log()

    def page_that_differs(self) -> None:
        """Leave a job unfinished, and let the app client bring riders back elsewhere."""
        self.page()
        amplify, cognito = self.client("amplify"), self.client("cognito-idp")
        (app,) = amplify.list_apps()["apps"]
        amplify.create_deployment(appId=app["appId"], branchName="main")
        for pool in cognito.list_user_pools(MaxResults=60)["UserPools"]:
            for client in cognito.list_user_pool_clients(UserPoolId=pool["Id"])["UserPoolClients"]:
                if client["ClientName"] == "WildRydesPage":
                    named = {"UserPoolId": pool["Id"], "ClientId": client["ClientId"]}
                    cognito.update_user_pool_client(**named, CallbackURLs=["https://elsewhere.example/"])

    def everything_that_differs(self) -> None:
        """Change something of each part. What comes later repairs only what it changes itself."""
        self.page_that_differs()
        self.api_that_differs()
        self.function_that_differs()


class Gate:
    """Refuses what the policy does not allow, in front of the stand-in for Amplify."""

    def __init__(self, amplify: Amplify) -> None:
        self.allowed: list[str] | None = None
        """The actions that are allowed, or None for all."""
        self._call = amplify.call

    def call(self, operation: str, parameters: dict[str, Any]) -> dict[str, Any]:
        """Answer an operation. AWS asks for the permission to tag what is created with tags (Amplify: "CreateApp")."""
        needed = [f"amplify:{operation}", *(["amplify:TagResource"] if "tags" in parameters else [])]
        for action in needed:
            if self.allowed is not None and action not in self.allowed:
                raise AmplifyError("AccessDeniedException", f"User: caller is not authorized to perform: {action}", 403)
        return self._call(operation, parameters)


class Run(NamedTuple):
    """One use of a command: its preparation, its words, its stdin, and its exit code if everything is allowed."""

    prepare: Callable[[Owner], None]
    words: Sequence[str]
    stdin: str | None = None
    code: int = 0
    rivals: bool = False
    """Whether somebody else creates the same user pool, app clients and Amplify app a moment earlier."""


RUNS = {
    "setup-table": [Run(Owner.no_table, ["setup-table"]), Run(Owner.table, ["setup-table"])],
    "setup-table --add-indexes": [Run(Owner.table_without_indexes, ["setup-table", "--add-indexes"])],
    "request": [
        Run(Owner.ride, ["request", *HERE]),
        Run(Owner.ride, ["request", *HERE, "--rider", "ada", "--ride-id", "known"]),
    ],
    "request --from": [
        Run(Owner.table, ["request", "--from", "-"], ROW),
        Run(Owner.table, ["request", "--from", "-", "--batch", "monday"], ROW),
    ],
    "rides list": [Run(Owner.ride, ["rides", "list"]), Run(Owner.ride, ["rides", "list", "--rider", "ada"])],
    "rides list --scan": [
        Run(Owner.ride, ["rides", "list", "--scan"]),
        Run(Owner.ride, ["rides", "stats", "--scan"]),
    ],
    "rides show": [Run(Owner.ride, ["rides", "show", "known"])],
    "rides watch": [
        Run(Owner.ride, ["rides", "watch"], code=130),
        Run(Owner.ride, ["rides", "watch", "--rider", "ada"], code=130),
    ],
    "rides stats": [Run(Owner.ride, ["rides", "stats"])],
    "function deploy": [
        Run(Owner.no_function, ["function", "deploy"]),
        Run(Owner.function_that_differs, ["function", "deploy", "--yes"]),
    ],
    "function deploy --dry-run": [
        Run(Owner.no_function, ["function", "deploy", "--dry-run"]),
        Run(Owner.function_that_differs, ["function", "deploy", "--dry-run"]),
        Run(Owner.function, ["function", "deploy"]),  # nothing to change
    ],
    "function invoke": [Run(Owner.function_that_answers, ["function", "invoke"])],
    "function logs": [Run(Owner.function_and_log, ["function", "logs"])],
    "function delete": [Run(Owner.function_and_log, ["function", "delete", "--yes"])],
    "api deploy": [
        Run(Owner.no_api, ["api", "deploy"]),
        Run(Owner.no_api, ["api", "deploy"], rivals=True),
        Run(Owner.api_that_differs, ["api", "deploy", "--yes"]),
    ],
    "api deploy --dry-run": [
        Run(Owner.api, ["api", "deploy", "--dry-run"]),
        Run(Owner.api, ["api", "deploy"]),  # nothing to change
    ],
    "api invoke": [Run(Owner.api, ["api", "invoke"])],
    "api config": [Run(Owner.api, ["api", "config"])],
    "api delete": [Run(Owner.api_without_page, ["api", "delete", "--users", "--yes"])],
    "page deploy": [
        Run(Owner.api_without_page, ["page", "deploy"]),
        Run(Owner.api_without_page, ["page", "deploy"], rivals=True),
        Run(Owner.page_that_differs, ["page", "deploy", "--yes"]),
    ],
    "page deploy --dry-run": [
        Run(Owner.page, ["page", "deploy", "--dry-run"]),
        Run(Owner.page, ["page", "deploy"]),  # nothing to change
    ],
    "page delete": [Run(Owner.page, ["page", "delete", "--yes"])],
    "deploy": [
        Run(Owner.nothing, ["deploy"], rivals=True),
        Run(Owner.everything_that_differs, ["deploy", "--yes"]),
    ],
    "delete": [Run(Owner.page_and_log, ["delete", "--yes"])],
    "status": [Run(Owner.page, ["status"]), Run(Owner.function_without_its_policy, ["status"], code=1)],
    "delete-table": [Run(Owner.ride, ["delete-table", "--yes"])],
}

Try = Callable[[Run, Policy], Ended]


class Rivals:
    """Somebody else, who may do everything, and who creates what a command creates a moment earlier."""

    def __init__(self, gate: Gate) -> None:
        self.are_there = False
        self._gate = gate
        self._cognito = Account().client("cognito-idp")
        self._amplify = Account().client("amplify")

    def create_once(self, operation: Callable[..., Any], action: str, **parameters: Any) -> Any:
        """Create something in place of `calls.create_once`."""
        for client, name in (
            (self._cognito, "create_user_pool"),
            (self._cognito, "create_user_pool_client"),
            (self._amplify, "create_app"),
        ):
            if self.are_there and operation.__name__ == name:
                allowed, self._gate.allowed = self._gate.allowed, None
                getattr(client, name)(**{each: value for each, value in parameters.items() if each != "answer"})
                self._gate.allowed = allowed
        return create_once(operation, action, **parameters)

    def leave(self) -> None:
        """Delete all user pools and apps: without a permission, a command could not delete its own."""
        for pool in self._cognito.list_user_pools(MaxResults=60)["UserPools"] if self.are_there else []:
            self._cognito.delete_user_pool(UserPoolId=pool["Id"])
        for app in self._amplify.list_apps()["apps"] if self.are_there else []:
            self._amplify.delete_app(appId=app["appId"])
        self.are_there = False


@pytest.fixture
def amplify() -> Iterator[tuple[str, Amplify]]:
    """The stand-in for Amplify."""
    with amplify_server(seconds=0) as served:
        yield served


@pytest.fixture
def attempt(
    ministack_auth: str,
    amplify: tuple[str, Amplify],
    use_aws: UseAWS,
    wildrydes: Cli,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Try]:
    """Return a function that executes a run as a user who has only the permissions of a policy."""
    use_aws(ministack_auth)

    def interrupt(_: float) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr("wildrydes_cli.commands.rides_watch.pause", interrupt)
    monkeypatch.setattr("wildrydes_cli.deploy.hosting.Deployment.probe", lambda _: "")  # its host is unknown here
    gate = Gate(amplify[1])
    monkeypatch.setattr(amplify[1], "call", gate.call)
    monkeypatch.setenv("AWS_ENDPOINT_URL_AMPLIFY", amplify[0])
    rivals = Rivals(gate)
    for module in ("users", "app_client", "app"):
        monkeypatch.setattr(f"wildrydes_cli.deploy.{module}.create_once", rivals.create_once)
    iam = Account().client("iam")
    if "caller" not in [user["UserName"] for user in iam.list_users()["Users"]]:
        iam.create_user(UserName="caller")
    key = iam.create_access_key(UserName="caller")["AccessKey"]
    theirs = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}

    def run(run: Run, policy: Policy) -> Ended:
        run.prepare(Owner(wildrydes))
        account = Account().client("sts").get_caller_identity()["Account"]
        document = json.dumps(adapted_to_the_engine(policy)).replace("123456789012", account)
        iam.put_user_policy(UserName="caller", PolicyName="only", PolicyDocument=document)
        gate.allowed, rivals.are_there = actions(policy), run.rivals
        ended = wildrydes(*run.words, stdin=run.stdin, env=theirs)
        gate.allowed = None
        rivals.leave()
        return ended

    yield run
    iam.delete_access_key(UserName="caller", AccessKeyId=key["AccessKeyId"])


def test_every_policy_in_the_reference_is_tested() -> None:
    """The policies of `serve`, which does not end by itself, are those of other commands."""
    assert [command for command in POLICIES if command != "serve"] == list(RUNS)


@pytest.mark.parametrize("command", some_of(list(RUNS), step=3))
def test_the_policy_of_a_command_is_sufficient(command: str, attempt: Try) -> None:
    for run in RUNS[command]:
        attempt(run, POLICIES[command]).must(run.code)


@pytest.mark.parametrize(
    ("command", "action"),
    [
        (command, action)
        for command in some_of(EXACT)
        for action in tried(POLICIES[command])
        if action not in DISPENSABLE.get(command, ())
    ],
)
def test_a_command_is_denied_without_any_one_action_of_its_policy(command: str, action: str, attempt: Try) -> None:
    """One of the command's runs needs the action. The runs before it succeed without it."""
    for run in RUNS[command]:
        ended = attempt(run, without(POLICIES[command], action))
        if ended.code != run.code:
            assert action not in NOT_ENFORCED
            assert "denied" in ended.error(4)[0]
            assert action.replace(*OTHER_NAME) in ended.out + ended.err
            return
    assert action in NOT_ENFORCED


@pytest.mark.parametrize("command", DISPENSABLE)
def test_a_deletion_goes_on_without_what_it_only_looks_at(command: str, attempt: Try) -> None:
    (run,) = RUNS[command]
    for action in DISPENSABLE[command]:
        ended = attempt(run, without(POLICIES[command], action)).must()
        assert "stays: cannot look for" in ended.err if "amplify" in action else "can't be counted" in ended.out


@pytest.mark.parametrize("prepare", [Owner.nothing, Owner.page])
def test_the_policy_of_status_is_sufficient_for_a_dry_run_of_everything(
    prepare: Callable[[Owner], None], attempt: Try
) -> None:
    attempt(Run(prepare, ["deploy", "--dry-run"]), POLICIES["status"]).must()


def test_the_policy_of_request_is_sufficient_for_a_local_invocation(attempt: Try) -> None:
    attempt(Run(Owner.table, ["function", "invoke", "--local"]), POLICIES["request"]).must()


@pytest.mark.parametrize("command", some_of(EXACT))
def test_a_policy_for_another_account_allows_nothing(command: str, attempt: Try) -> None:
    other = json.loads(json.dumps(POLICIES[command]).replace("123456789012", "999999999999"))
    assert "denied" in attempt(RUNS[command][0], other).error(4)[0]


@pytest.mark.parametrize("of_the_role", [["iam:GetRole", "iam:PassRole"], ["iam:PassRole"]], ids=["seen", "unseen"])
def test_in_an_account_of_a_class_the_function_runs_with_the_role_that_there_is(
    of_the_role: list[str], attempt: Try, wildrydes: Cli
) -> None:
    """A student of AWS Academy's Learner Lab may use most services, and of IAM only the role LabRole."""
    iam, role = Account().client("iam"), {"RoleName": "LabRole"}
    services = ["ec2.amazonaws.com", "lambda.amazonaws.com", "cloud9.amazonaws.com"]
    trust = {"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"}
    works = {"Effect": "Allow", "Action": ["dynamodb:*", "logs:*"], "Resource": "*"}
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(**role, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
    iam.put_role_policy(
        **role, PolicyName="Lab", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [works]})
    )
    student: Policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": ["dynamodb:*", "lambda:*", "logs:*"], "Resource": "*"},
            {"Effect": "Allow", "Action": of_the_role, "Resource": "arn:aws:iam::123456789012:role/LabRole"},
        ],
    }

    def roles() -> Any:
        policy = iam.get_role_policy(**role, PolicyName="Lab")["PolicyDocument"]
        return iam.list_roles()["Roles"], iam.list_role_policies(**role)["PolicyNames"], policy

    def run(*words: str, code: int = 0) -> Any:
        return attempt(Run(lambda _: None, [*words, "-o", "json"]), student).must(code).json

    use = ("--use-role", "LabRole")
    Owner(wildrydes).no_function()
    before = roles()
    message, hint = attempt(Run(lambda _: None, ["function", "deploy"]), student).error(4)
    assert "denied" in message
    assert hint.endswith("such as LabRole in AWS Academy: --use-role LabRole")
    deployed = run("function", "deploy", *use)
    assert deployed["Parts"] == {"Role": "unchanged", "Function": "created"}
    assert run("function", "deploy", *use)["Parts"]["Function"] == "unchanged"
    assert run("function", "invoke")["statusCode"] == 201
    found = run("status", *use, code=4)["Parts"]  # students may look at everything, but not this one
    assert [found[part]["State"] for part in ("Role", "Function")] == ["ready", "ready"]
    deleted = run("function", "delete", *use, "--yes")
    assert (deleted["Function"], deleted["Role"]) == ("deleted", "left")
    assert roles() == before
