"""A stand-in for AWS Amplify Hosting, which no emulator has: apps without a repository, branches, and deployments.

It knows the operations that `wildrydes` uses, keeps everything in memory, and is as strict as AWS where that is known:
one unfinished job a branch, upload URLs that work once, jobs that take a moment and can fail. Every request and every
answer is held against the service's own model in botocore. It does not check signatures or permissions, and it has no
CDN. `amplify_server` puts it on a socket.
"""

import fnmatch
import io
import json
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

import yaml  # type: ignore[import-untyped]
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel

from tests.support.service_model import problems

Json = dict[str, Any]

UNFINISHED = ("CREATED", "PENDING", "RUNNING", "CANCELLING")
MOST_APPS = 25
"""How many apps an account has in a region (Amplify: "Service quotas")."""
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".json": "application/json"}


@cache
def model() -> ServiceModel:
    """Return botocore's model of Amplify."""
    return ServiceModel(Loader().load_service_model("amplify", "service-2"), "amplify")


class AmplifyError(Exception):
    """Amplify refuses a request with a code and a status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


class Served(NamedTuple):
    """What the hosted page, or the URL for an upload, answers."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Job:
    """A deployment of a branch."""

    number: str
    made: float
    status: str = "CREATED"
    zip: bytes = b""
    started: float = 0
    ended: float = 0
    reason: str = ""

    def summary(self) -> Json:
        """Return the job as ListJobs describes it."""
        ended = {"endTime": self.ended} if self.ended else {}
        return {
            "jobArn": f"arn:aws:amplify:us-east-1:123456789012:apps/d1/branches/main/jobs/{self.number}",
            "jobId": self.number,
            "commitId": "",
            "commitMessage": "",
            "commitTime": self.made,
            "startTime": self.started or self.made,
            "status": self.status,
            "jobType": "MANUAL",
            **ended,
        }


@dataclass
class Branch:
    """A branch of an app, its jobs, and what it serves: the files and headers of the last job that succeeded."""

    name: str
    settings: Json
    made: float
    jobs: dict[str, Job] = field(default_factory=dict)
    active: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    headers: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def description(self, app: str) -> Json:
        """Return the branch as GetBranch describes it."""
        return {
            "branchArn": f"arn:aws:amplify:us-east-1:123456789012:apps/{app}/branches/{self.name}",
            "branchName": self.name,
            "description": self.settings.get("description", ""),
            "stage": self.settings.get("stage", "PRODUCTION"),
            "displayName": self.name,
            "enableNotification": False,
            "createTime": self.made,
            "updateTime": self.made,
            "environmentVariables": {},
            "enableAutoBuild": self.settings.get("enableAutoBuild", True),
            "customDomains": [],
            "framework": "Web",
            "activeJobId": self.active,
            "totalNumberOfJobs": str(len(self.jobs)),
            "enableBasicAuth": False,
            "ttl": "5",
            "enablePullRequestPreview": False,
        }


@dataclass
class App:
    """An app and its branches."""

    id: str
    settings: Json
    made: float
    branches: dict[str, Branch] = field(default_factory=dict)


@dataclass
class Amplify:
    """The account's Amplify. A job takes `seconds`. Pages are served at http://BRANCH.APP.`domain`/."""

    seconds: float = 0
    domain: str = "amplifyapp.com"
    upload_url: str = "https://uploads.example/zip"
    now: Callable[[], float] = time.time
    apps: dict[str, App] = field(default_factory=dict)
    fails: str = ""
    """Why jobs fail, if they do."""
    _uploads: dict[str, Job] = field(default_factory=dict)
    _made: int = 0
    """How many apps and uploads there have been, for their ids."""

    def call(self, operation: str, parameters: Json) -> Json:
        """Answer an operation. Raises `AmplifyError` if Amplify refuses it."""
        shapes = model().operation_model(operation)
        if wrong := list(problems(parameters, shapes.input_shape, operation)):
            raise AmplifyError("BadRequestException", "; ".join(wrong))
        answer: Json = getattr(self, f"_{xform_name(operation)}")(**parameters)
        wrong = list(problems(answer, shapes.output_shape, f"the answer to {operation}"))
        assert not wrong, wrong
        return answer

    def upload(self, key: str, body: bytes) -> Served:
        """Take the zip of a job, once."""
        job = self._uploads.pop(key, None)
        if job is None:
            return Served(403, {"Content-Type": "application/xml"}, b"<Error><Code>AccessDenied</Code></Error>")
        job.zip = body
        return Served(200, {}, b"")

    def page(self, host: str, path: str) -> Served:
        """Answer a request for a file of a hosted page."""
        branch, _, app = host.removesuffix(f".{self.domain}").partition(".")
        found = self.apps[app].branches.get(branch) if app in self.apps else None
        name = path.partition("?")[0].lstrip("/") or "index.html"
        content = found.files.get(name) if found else None
        headers = {"Content-Type": TYPES.get(name[name.rfind(".") :], "application/octet-stream")}
        for pattern, added in found.headers if found else ():
            if fnmatch.fnmatch(name, pattern):
                headers |= added
        return Served(404 if content is None else 200, headers, content or b"")

    # What the operations do

    def _create_app(self, name: str, **settings: Any) -> Json:
        if len(self.apps) >= MOST_APPS:
            message = "You have reached the maximum number of apps in this account."
            raise AmplifyError("LimitExceededException", message, 429)
        app = App(f"d{self._number():05}", {"name": name, **settings}, self.now())
        self.apps[app.id] = app
        return {"app": self._described(app)}

    def _list_apps(self, nextToken: str = "0", maxResults: int = 10) -> Json:
        start, apps = int(nextToken), list(self.apps.values())
        more = {"nextToken": str(start + maxResults)} if start + maxResults < len(apps) else {}
        return {"apps": [self._described(app) for app in apps[start : start + maxResults]], **more}

    def _delete_app(self, appId: str) -> Json:
        answer = {"app": self._described(self._app(appId))}
        del self.apps[appId]
        return answer

    def _create_branch(self, appId: str, branchName: str, **settings: Any) -> Json:
        branches = self._app(appId).branches
        if branchName in branches:
            # The words that users report (github.com/aws-amplify/amplify-hosting, issue 2604).
            message = f"Failed to create branch. The branch {branchName} already exists for the app {appId}"
            raise AmplifyError("BadRequestException", message)
        branches[branchName] = Branch(branchName, settings, self.now())
        return {"branch": branches[branchName].description(appId)}

    def _get_branch(self, appId: str, branchName: str) -> Json:
        return {"branch": self._branch(appId, branchName).description(appId)}

    def _update_branch(self, appId: str, branchName: str, **settings: Any) -> Json:
        self._branch(appId, branchName).settings.update(settings)
        return self._get_branch(appId, branchName)

    def _create_deployment(self, appId: str, branchName: str) -> Json:
        if self._app(appId).settings.get("repository"):
            message = "Operation not supported. App is already connected a repository."
            raise AmplifyError("BadRequestException", message)
        branch = self._branch(appId, branchName)
        for job in branch.jobs.values():
            if self._advanced(branch, job).status in UNFINISHED:
                # The words that users report (github.com/aws-amplify/amplify-backend, issue 1528).
                raise AmplifyError(
                    "BadRequestException",
                    f"The last job(deployment) {job.number} was not finished, please wait until it finish or use "
                    "StopJob operation to cancel it before creating a new deployment.",
                )
        job = Job(str(len(branch.jobs) + 1), self.now())
        branch.jobs[job.number] = job
        key = f"key{self._number()}"
        self._uploads[key] = job
        return {"jobId": job.number, "fileUploadUrls": {}, "zipUploadUrl": f"{self.upload_url}?X-Amz-Signature={key}"}

    def _start_deployment(self, appId: str, branchName: str, jobId: str) -> Json:
        job = self._job(appId, branchName, jobId)
        if job.status != "CREATED":
            raise AmplifyError("BadRequestException", f"The job {jobId} was started already.")
        job.status, job.started = "PENDING", self.now()
        return {"jobSummary": job.summary()}

    def _get_job(self, appId: str, branchName: str, jobId: str) -> Json:
        job = self._job(appId, branchName, jobId)
        step = {
            "stepName": "DEPLOY",
            "startTime": job.started or job.made,
            "endTime": job.ended or job.made,
            "status": job.status,
            **({"statusReason": job.reason} if job.reason else {}),
        }
        summary = job.summary()
        if job.status == "CANCELLING":  # it takes a moment, which ends with the first look
            job.status, job.ended = "CANCELLED", self.now()
        return {"job": {"summary": summary, "steps": [step]}}

    def _list_jobs(self, appId: str, branchName: str, maxResults: int = 50) -> Json:
        branch = self._branch(appId, branchName)
        newest = sorted(branch.jobs.values(), key=lambda job: -int(job.number))[:maxResults]
        return {"jobSummaries": [self._advanced(branch, job).summary() for job in newest]}

    def _stop_job(self, appId: str, branchName: str, jobId: str) -> Json:
        job = self._job(appId, branchName, jobId)
        if job.status in UNFINISHED:
            job.status = "CANCELLING"
        return {"jobSummary": job.summary()}

    # What is found, or not

    def _number(self) -> int:
        self._made += 1
        return self._made - 1

    def _app(self, identifier: str) -> App:
        if identifier not in self.apps:
            raise AmplifyError("NotFoundException", f"App {identifier} not found.", 404)
        return self.apps[identifier]

    def _branch(self, app: str, name: str) -> Branch:
        if not (branch := self._app(app).branches.get(name)):
            raise AmplifyError("NotFoundException", f"Branch {name} not found.", 404)
        return branch

    def _job(self, app: str, branch: str, number: str) -> Job:
        found = self._branch(app, branch)
        if number not in found.jobs:
            raise AmplifyError("NotFoundException", f"Job {number} not found.", 404)
        return self._advanced(found, found.jobs[number])

    def _advanced(self, branch: Branch, job: Job) -> Job:
        """Let time pass for a job that was started."""
        if job.status in ("PENDING", "RUNNING"):
            passed = self.now() - job.started
            job.status = "PENDING" if passed < self.seconds / 3 else "RUNNING"
            if passed >= self.seconds:
                self._finish(branch, job)
        return job

    def _finish(self, branch: Branch, job: Job) -> None:
        job.ended = self.now()
        try:
            with zipfile.ZipFile(io.BytesIO(job.zip)) as zipped:
                files = {name: zipped.read(name) for name in zipped.namelist()}
            rules = yaml.safe_load(files.pop("customHttp.yml", b"customHeaders: []"))["customHeaders"]
            headers = [(rule["pattern"], {each["key"]: each["value"] for each in rule["headers"]}) for rule in rules]
        except (zipfile.BadZipFile, yaml.YAMLError, KeyError, TypeError) as error:
            job.status, job.reason = "FAILED", f"The artifact can't be deployed: {error}"
            return
        if self.fails:
            job.status, job.reason = "FAILED", self.fails
            return
        job.status, branch.active, branch.files, branch.headers = "SUCCEED", job.number, files, headers

    def _described(self, app: App) -> Json:
        return {
            "appId": app.id,
            "appArn": f"arn:aws:amplify:us-east-1:123456789012:apps/{app.id}",
            "name": app.settings["name"],
            "description": "",
            "repository": app.settings.get("repository", ""),
            "platform": "WEB",
            "tags": app.settings.get("tags", {}),
            "createTime": app.made,
            "updateTime": app.made,
            "environmentVariables": {},
            "defaultDomain": f"{app.id}.{self.domain}",
            "enableBranchAutoBuild": False,
            "enableBasicAuth": False,
        }


def settings_of(files: dict[str, bytes]) -> Any:
    """Return the settings of a deployed page."""
    return json.loads(files["config.json"])
