"""The deployment of the page: its files, with the settings and headers of one API and its users."""

import hashlib
import json
import time
from collections.abc import Mapping

from wildrydes_cli import aws, page
from wildrydes_cli.aws_errors import refusal
from wildrydes_cli.deploy.app import BRANCH, REFUSED, Branch
from wildrydes_cli.deploy.archive import archive
from wildrydes_cli.deploy.plan import MISSING, UNCHANGED, Difference, Json, broken, differs
from wildrydes_cli.deploy.rest_api import RestApi
from wildrydes_cli.deploy.sign_in import Domain, PageClient, page_settings
from wildrydes_cli.errors import ServiceError

PROBE_SECONDS = 60
"""How long to wait until Amplify's network serves what was just deployed."""

_UPLOAD_SECONDS = 60
_OVER = ("SUCCEED", "FAILED", "CANCELLED")
"""How a job can have ended."""
_JOB = {"jobId": str, "status": str}


class Deployment:
    """What is deployed to `branch`: the page, for the riders of `client`, who ride through `api`.

    The branch's description has the job that deployed it, and digests of its settings and its files. It is written
    before the job starts. So wherever a deployment is interrupted, the next one knows whether the job was ours and
    succeeded.
    """

    def __init__(self, branch: Branch, api: RestApi, domain: Domain, client: PageClient) -> None:
        self.branch = branch
        self._api = api
        self._domain = domain
        self._client = client
        self._newest: Json | None = None
        """The newest job of the branch, the only one that can be unfinished."""
        self.needs = (branch, api, domain, client)

    def find(self) -> None:
        """Ask Amplify for the newest job."""
        if self.branch.found:
            shape = {"jobSummaries": [_JOB]}
            listed = self.branch.app.ask_branch("list_jobs", "list the jobs", answer=shape, maxResults=1)
            self._newest = next(iter(listed["jobSummaries"]), None)

    def look(self) -> Difference:
        """Compare what is deployed."""
        app = self.branch.app
        if app.repository:
            return UNCHANGED
        if not self.branch.found:
            return MISSING
        if not self._newest:
            return Difference("created", (broken("nothing is deployed to its branch"),))
        job, status = self._newest["jobId"], self._newest["status"]
        mark = (self.branch.found.get("description") or "").split()
        if mark[:1] != ["wildrydes"] or mark[-1:] != [job]:
            no_loss = app.is_ours and status != "SUCCEED" and not self._serves_a_later_job(mark)
            lost = "" if no_loss else f"what somebody deployed to {app.label}"
            return Difference("updated", (differs(f"job {job} was deployed by somebody else"),), lost)
        if status != "SUCCEED":
            how = "did not succeed" if status in _OVER else "is not done yet"
            return Difference("updated", (broken(f"its deployment {how}: {status}"),))
        if not (self._api.found and self._client.found and self._domain.found):
            return Difference("updated", (broken("the API, the app client or the sign-in pages are missing"),))
        settings, files = self._digests
        if mark[1] != settings:
            return Difference("updated", (broken("it uses another API or another user pool"),))
        return UNCHANGED if mark[2] == files else Difference("updated", (differs("its files are different"),))

    def _serves_a_later_job(self, mark: list[str]) -> bool:
        """Whether the branch serves a job that ended before the newest, and that came after the one in our mark."""
        active = (self.branch.found or {}).get("activeJobId") or ""
        marked = mark[-1] if mark[:1] == ["wildrydes"] else ""
        return active != (self._newest or {}).get("jobId") and _number(active) > _number(marked)

    def apply(self, _: Difference) -> None:
        """Deploy the files. A job that is unfinished is stopped first, because there can be only one."""
        app = self.branch.app
        if self._newest and self._newest["status"] not in _OVER:
            # Amplify may refuse to stop a job that has ended since we looked.
            stop = "stop the unfinished job"
            app.ask_branch("stop_job", stop, expected=REFUSED, jobId=self._newest["jobId"])
            self._wait(self._newest["jobId"], f"{stop} of {app.label}")
        upload, deploy = f"upload the page to {app.label}", f"deploy the page to {app.label}"
        at = {"appId": app.id, "branchName": BRANCH}
        job = app.create("create_deployment", upload, {"jobId": str, "zipUploadUrl": str}, expected=REFUSED, **at)
        if "Error" in job:
            raise self._hindered() or refusal(job, upload)
        self._upload(job["zipUploadUrl"], upload)
        app.ask_branch("update_branch", "mark the branch", description=self._mark(job["jobId"]))
        shape = {"jobSummary": _JOB}
        started = app.create("start_deployment", deploy, shape, expected=REFUSED, jobId=job["jobId"], **at)
        if "Error" in started and self._look_at(job["jobId"])["summary"]["status"] == "CREATED":
            raise refusal(started, deploy)
        app.announce(f"wait for job {job['jobId']} of {app.label}")
        status, reason = self._wait(job["jobId"], deploy)
        if status != "SUCCEED":
            raise ServiceError(f"cannot {deploy}: the job ended as {status}{reason}", hint="run this again")

    def probe(self) -> str:
        """Ask for the hosted page, until it has our settings and headers. Returns what is wrong, or "".

        It can take a while until Amplify's network has a deployment, and until a new name is known.
        """
        url, problem = self.branch.app.url, ""
        until = time.monotonic() + PROBE_SECONDS
        wanted = page.headers(*self._urls)["Content-Security-Policy"]
        for _ in aws.polls(PROBE_SECONDS, longest=5):
            try:
                answer = self.branch.app.account.send("GET", f"{url}{page.SETTINGS}", "look at the page")
            except ServiceError as error:
                problem = error.message
                if time.monotonic() > until:  # a try that hangs takes longer than the pause before it
                    break
                continue
            if answer.status != 200 or answer.body != self._made[page.SETTINGS].decode():
                problem = f"{url}{page.SETTINGS} is not what was deployed (status {answer.status})"
            elif answer.headers.get("content-security-policy") != wanted:
                problem = f"{url} lacks the header Content-Security-Policy of customHttp.yml"
            else:
                return ""
        return problem

    @property
    def _settings(self) -> dict[str, str]:
        return page_settings(self._api, self._domain, self._client)

    @property
    def _urls(self) -> tuple[str, str]:
        """Where the page sends requests."""
        return self._settings["InvokeUrl"], self._settings["SignInUrl"]

    @property
    def _made(self) -> dict[str, bytes]:
        """The files that are made for this API and these users."""
        settings = json.dumps(self._settings, indent=2)
        return {page.SETTINGS: settings.encode(), "customHttp.yml": _custom_http(page.headers(*self._urls)).encode()}

    @property
    def _zip(self) -> bytes:
        read = {name: page.read(name) for name in page.names()}
        return archive(sorted({**read, **self._made}.items()))

    @property
    def _digests(self) -> list[str]:
        """The digests of the settings and of all files."""
        return [hashlib.sha256(content).hexdigest()[:16] for content in (self._made[page.SETTINGS], self._zip)]

    def _mark(self, job: str) -> str:
        return " ".join(("wildrydes", *self._digests, "job", job))

    def _upload(self, url: str, action: str) -> None:
        """Upload the zip. Whoever knows the URL can upload, so no message has the URL."""
        headers = {"Content-Type": "application/zip"}
        answer = self.branch.app.account.send(
            "PUT", url, action, headers=headers, body=self._zip, seconds=_UPLOAD_SECONDS
        )
        if answer.status != 200:
            raise ServiceError(f"cannot {action}: the upload was answered with {answer.status}", hint="run this again")

    def _wait(self, job: str, action: str) -> tuple[str, str]:
        """Return how the job ended, and why. Raises `ServiceError`: "cannot `action`", if it has not ended in time."""
        found: Json = {}
        for _ in aws.polls(aws.WAIT_SECONDS, longest=2):
            found = self._look_at(job)
            if found["summary"]["status"] in _OVER:
                reasons = [step["statusReason"] for step in found.get("steps") or [] if step.get("statusReason")]
                return found["summary"]["status"], "".join(f": {reason}" for reason in reasons[-1:])
        still = f"job {job} is still {found['summary']['status']} after {aws.WAIT_SECONDS} s"
        raise ServiceError(f"cannot {action}: {still}", hint="run this again: it stops the job if that is not done")

    def _look_at(self, job: str) -> Json:
        shape = {"job": {"summary": _JOB}}
        found: Json = self.branch.app.ask_branch("get_job", "look at the job", answer=shape, jobId=job)["job"]
        return found

    def _hindered(self) -> ServiceError | None:
        """Return the error for a job of somebody else that has come first, if there is one. It may have ended since."""
        seen = _number((self._newest or {}).get("jobId") or "")
        self.find()
        newest = self._newest
        if not newest or (newest["status"] in _OVER and _number(newest["jobId"]) <= seen):
            return None
        label = f"job {newest['jobId']} of {self.branch.app.label}"
        return ServiceError(f"{label} came first: somebody else is deploying the page", hint="run this again")


def _number(job: str) -> int:
    """Return the number of a job, or 0 if there is none (Amplify: "GetJob", jobId)."""
    return int(job) if job.isdecimal() else 0


def _custom_http(headers: Mapping[str, str]) -> str:
    """Return Amplify's file of headers (Amplify: "Custom header YAML reference"). It overrides the app's settings."""
    lines = ["customHeaders:", "  - pattern: '**'", "    headers:"]
    for name, value in {**headers, "Strict-Transport-Security": "max-age=31536000"}.items():
        quoted = value.replace("'", "''")
        lines += [f"      - key: '{name}'", f"        value: '{quoted}'"]
    return "\n".join(lines) + "\n"
