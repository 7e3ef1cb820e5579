"""Everything that is deployed, in order, by the tutorial's modules. Each command takes its parts from here."""

import re
from collections.abc import Callable
from functools import cached_property

from wildrydes_cli import aws
from wildrydes_cli.aws import Account
from wildrydes_cli.deploy.app import App, Branch
from wildrydes_cli.deploy.app_client import WebClient
from wildrydes_cli.deploy.app_removal import AppRemoval
from wildrydes_cli.deploy.authorizer import Authorizer
from wildrydes_cli.deploy.caller import account_number
from wildrydes_cli.deploy.function import Function
from wildrydes_cli.deploy.function_policy import FunctionPolicy
from wildrydes_cli.deploy.gateway_responses import GatewayResponses
from wildrydes_cli.deploy.hosting import Deployment
from wildrydes_cli.deploy.log import LogGroup
from wildrydes_cli.deploy.methods import Options, Post
from wildrydes_cli.deploy.names import Names
from wildrydes_cli.deploy.permission import Permission
from wildrydes_cli.deploy.plan import Json, Part, Plan
from wildrydes_cli.deploy.request_unicorn import RequestUnicorn
from wildrydes_cli.deploy.requests import invoke_url
from wildrydes_cli.deploy.resources import Method, Resources
from wildrydes_cli.deploy.rest_api import RestApi
from wildrydes_cli.deploy.role import Role, UsedRole
from wildrydes_cli.deploy.role_policies import InlinePolicy, ManagedPolicy
from wildrydes_cli.deploy.role_removal import KeptRole, RoleRemoval
from wildrydes_cli.deploy.sign_in import Domain, PageClient
from wildrydes_cli.deploy.snapshot import Snapshot
from wildrydes_cli.deploy.stage import Stage
from wildrydes_cli.deploy.state import Step
from wildrydes_cli.deploy.table import Indexes, RidesTable, TableRemoval
from wildrydes_cli.deploy.users import UserPool

PAGE = "1 Host a static website"
USERS = "2 Manage users"
BACKEND = "3 Build a serverless backend"
REST_API = "4 Deploy a RESTful API"
MODULES = (PAGE, USERS, BACKEND, REST_API)
"""The modules of the tutorial that something is deployed in (AWS: "Build a Serverless Web Application")."""

_ARNS = {"table": "TableArn", "function": "FunctionArn", "role": "Arn", "pool": "Arn", "app": "appArn"}
"""The parts of a `Site` that AWS describes with an ARN, and what it is called there."""


class Site:
    """All parts of Wild Rydes in an account. Making one asks nothing of AWS.

    A part is made, with its client, when it is first used: a command needs only some of them.

    Args:
        account: How to reach AWS.
        table: The name of the table of rides.
        names: The names of everything else.
        announce: Told of each change before it is made.
        sign_up: Whether anybody may register in the user pool.
    """

    def __init__(
        self,
        account: Account,
        table: str,
        names: Names,
        announce: Callable[[str], None] = lambda _: None,
        *,
        sign_up: bool = True,
    ) -> None:
        self._account = account
        self._table = table
        self._names = names
        self._announce = announce
        self._sign_up = sign_up
        self._number = ""

    def renamed(self, names: Names) -> "Site":
        """Return the same site with other names."""
        return Site(self._account, self._table, names, self._announce, sign_up=self._sign_up)

    @cached_property
    def table(self) -> RidesTable:
        """The table of rides."""
        return RidesTable(self._account, self._table, self._announce)

    @cached_property
    def table_removal(self) -> TableRemoval:
        """The table, as what is removed."""
        return TableRemoval(self.table, self._announce)

    @cached_property
    def role(self) -> Role:
        """The role that the function runs with, if it is one of ours."""
        return Role(self._account, self._names, self._announce)

    @cached_property
    def role_removal(self) -> RoleRemoval | KeptRole:
        """The role, as what is removed with the function."""
        if self._names.use_role:
            return KeptRole(self._names.use_role)
        return RoleRemoval(self.role, self.function, self.table)

    @cached_property
    def function(self) -> Function:
        """The function, as Lambda knows it."""
        return Function(self._account, self._names, self._announce)

    @cached_property
    def function_policy(self) -> FunctionPolicy:
        """Who may invoke the function."""
        return FunctionPolicy(self.function)

    @cached_property
    def log_group(self) -> LogGroup:
        """The function's log."""
        return LogGroup(self._account, self.function, self._announce)

    @cached_property
    def pool(self) -> UserPool:
        """The users."""
        return UserPool(self._account, self._names, self._announce, sign_up=self._sign_up)

    @cached_property
    def client(self) -> WebClient:
        """What the tutorial's page signs users in with."""
        return WebClient(self.pool)

    @cached_property
    def api(self) -> RestApi:
        """The REST API."""
        return RestApi(self._account, self._names, self._announce)

    @cached_property
    def resources(self) -> Resources:
        """The resources of the REST API."""
        return Resources(self.api)

    @cached_property
    def post(self) -> Method:
        """The method POST of the REST API, as it is."""
        return Method(self.api, self.resources, "POST")

    @cached_property
    def snapshot(self) -> Snapshot:
        """What the stage serves."""
        return Snapshot(self.api)

    @cached_property
    def permission(self) -> Permission:
        """The function's permission for the API."""
        return Permission(self.api, self.function, self.function_policy)

    @cached_property
    def app(self) -> App:
        """The Amplify app that hosts the page."""
        return App(self._account, self._names, self._announce)

    @cached_property
    def app_removal(self) -> AppRemoval:
        """The app, as what is removed."""
        return AppRemoval(self.app)

    @cached_property
    def domain(self) -> Domain:
        """The address of the pages that riders sign in on."""
        return Domain(self.pool)

    @cached_property
    def page_client(self) -> PageClient:
        """What the hosted page signs riders in with."""
        return PageClient(self.pool, self.app)

    @cached_property
    def local_client(self) -> PageClient:
        """The same app client, for the page that `serve --api` serves."""
        return PageClient(self.pool, None)

    @cached_property
    def deployment(self) -> Deployment:
        """What is deployed to the hosted page."""
        return Deployment(Branch(self.app), self.api, self.domain, self.page_client)

    @cached_property
    def function_parts(self) -> dict[str, Part]:
        """What `function deploy` deploys, in order."""
        if self._names.use_role:
            used = UsedRole(self._account, self._names.use_role)
            return {"Role": used, "Function": self._request_unicorn(used)}
        managed = ManagedPolicy(self.role)
        return {
            "Role": self.role,
            "ManagedPolicy": managed,
            "InlinePolicy": InlinePolicy(self.role, self.table, managed),
            "Function": self._request_unicorn(self.role),
        }

    def _request_unicorn(self, role: Role | UsedRole) -> RequestUnicorn:
        return RequestUnicorn(self.function, self.function_policy, role, self._table, self._names)

    @cached_property
    def api_parts(self) -> dict[str, Part]:
        """What `api deploy` deploys, in order."""
        options = Method(self.api, self.resources, "OPTIONS")
        authorizer = Authorizer(self.api, self.post, options, self.pool)
        contents: dict[str, Part] = {
            "Post": Post(self.api, self.post, authorizer, self.function),
            "Options": Options(self.api, options),
            "GatewayResponses": GatewayResponses(self.api),
        }
        stage = Stage(
            self.api,
            self.snapshot,
            (self.post, options),
            self.resources,
            authorizer,
            tuple(contents.values()),
            self.function,
        )
        return {
            "UserPool": self.pool,
            "AppClient": self.client,
            "RestApi": self.resources,
            "Authorizer": authorizer,
            **contents,
            "Permission": self.permission,
            "Stage": stage,
        }

    @cached_property
    def page_parts(self) -> dict[str, Part]:
        """What `page deploy` deploys, in order.

        The domain is first, because it takes a minute. The client needs the app's URL, and the deployment the client.
        """
        return {
            "Domain": self.domain,
            "App": self.app,
            "Branch": self.deployment.branch,
            "PageClient": self.page_client,
            "Deployment": self.deployment,
        }

    @property
    def place(self) -> str:
        """Where all of it is, for people, with the account if that is known."""
        number = self._number or self._number_in_arns
        return f"in {aws.location(self.table.table.client)}{f' (account {number})' if number else ''}"

    def find_account(self) -> None:
        """Ask STS for the account, so that `place` has it, unless something with an ARN has been found."""
        self._number = self._number_in_arns or account_number(self._account)

    @property
    def _number_in_arns(self) -> str:
        made = vars(self)  # a part that no command has used found nothing, and is not made for this
        arns = [str((made[part].found or {}).get(key)) for part, key in _ARNS.items() if part in made]
        numbers = [match[1] for arn in arns if (match := re.match(r"arn:[^:]*:[^:]*:[^:]*:(\d{12}):", arn))]
        return next(iter(numbers), "")

    def parts(self, *, page: bool) -> dict[str, Part]:
        """Return what `deploy` deploys, in order, with or without the page."""
        return {"Table": self.table, **self.function_parts, **self.api_parts, **(self.page_parts if page else {})}

    def overwrites(self, plan: Plan) -> list[str]:
        """Return what deploying would overwrite. An API that serves something else too comes first."""
        others = self.resources.others
        of_the_api = self.api_parts.keys() - {"UserPool", "AppClient", "Permission"}
        if not others or all(plan.changes[part] == "unchanged" for part in of_the_api):
            return plan.overwrites
        return [f"REST API {self.api.name}, which also has {', '.join(others)}", *plan.overwrites]

    @property
    def steps(self) -> dict[str, Step]:
        """Every part, in the order in which it is deployed. The log comes last: the first invocation creates it."""
        function, api, page = (self._names.command(group, "deploy") for group in ("function", "api", "page"))
        users = ("UserPool", "AppClient", "Domain", "PageClient")
        needed = ("Function", "UserPool", "RestApi")
        return {
            "Table": Step(BACKEND, self.table, ("setup-table",), needed_by=self.function, is_needed_later=True),
            "Indexes": Step(BACKEND, Indexes(self.table), ("setup-table", "--add-indexes")),
            **{
                name: Step(BACKEND, part, function, is_needed_later=name in needed)
                for name, part in self.function_parts.items()
            },
            **{
                name: Step(USERS if name in users else REST_API, part, api, is_needed_later=name in needed)
                for name, part in self.api_parts.items()
            },
            **{name: Step(USERS if name in users else PAGE, part, page) for name, part in self.page_parts.items()},
            "LogGroup": Step(BACKEND, self.log_group, self._names.command("function", "invoke")),
        }

    @property
    def values(self) -> dict[str, str | None]:
        """What a reader of the tutorial copies from one step to the next, as far as it has been found."""
        found: list[tuple[str, Json | None, str]] = [
            ("TableArn", self.table.found, "TableArn"),
            ("FunctionArn", self.function.found, "FunctionArn"),
            ("InvokeUrl", self.api.found and {"url": invoke_url(self.api)}, "url"),
            ("UserPoolId", self.pool.found, "Id"),
            ("UserPoolClientId", self.client.found, "ClientId"),
            ("PageUrl", self.app.found and {"url": self.app.url}, "url"),
        ]
        return {name: description[key] if description else None for name, description, key in found}
