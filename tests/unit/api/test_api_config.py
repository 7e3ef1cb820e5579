"""`api config` prints the tutorial's `config.js`, and changes nothing."""

import json
import re

import pytest

from tests.support.console import Console
from tests.support.fake_aws import AWS
from tests.support.running import Cli

pytestmark = pytest.mark.usefixtures("lambda_function")


def deploy(wildrydes: Cli, *words: str) -> dict[str, str]:
    """Deploy, and return the values that the file needs."""
    values: dict[str, str] = wildrydes("api", "deploy", "-o", "json", *words).must().json
    return values


def test_the_file_is_as_the_tutorials_website_reads_it(aws: AWS, wildrydes: Cli) -> None:
    """The website's own file (aws-samples/aws-serverless-workshops, js/config.js) has these names in this order."""
    values = deploy(wildrydes)
    aws.calls.clear()
    ended = wildrydes("api", "config").must()
    assert ended.out == (
        "window._config = {\n"
        "    cognito: {\n"
        f'        userPoolId: "{values["UserPoolId"]}",\n'
        f'        userPoolClientId: "{values["UserPoolClientId"]}",\n'
        '        region: "us-east-1"\n'
        "    },\n"
        "    api: {\n"
        f'        invokeUrl: "{values["InvokeUrl"]}"\n'
        "    }\n"
        "};\n"
    )
    assert ended.err == ""
    assert aws.writes == []


def test_json_has_the_same_values(wildrydes: Cli) -> None:
    deploy(wildrydes)
    script = wildrydes("api", "config").must().out
    names_quoted = re.sub(r"^( *)(\w+):", r'\1"\2":', script, flags=re.MULTILINE)
    value = names_quoted.removeprefix("window._config = ").rstrip().removesuffix(";")
    assert wildrydes("api", "config", "-o", "json").must().json == json.loads(value)


def test_it_is_for_the_names_that_are_given(wildrydes: Cli) -> None:
    deploy(wildrydes)
    named = ("--api-name", "Ada", "--user-pool-name", "Ada")
    values = deploy(wildrydes, *named)
    config = wildrydes("api", "config", "-o", "json", *named).must().json
    assert config["api"]["invokeUrl"] == values["InvokeUrl"]
    assert config["cognito"]["userPoolId"] == values["UserPoolId"]


def test_what_is_missing_is_named_with_what_creates_it(aws: AWS, wildrydes: Cli, console: Console) -> None:
    create = "wildrydes api deploy"
    steps = (
        ("user pool WildRydes in us-east-1 does not exist", console.create_pool),
        ("app client WildRydesWebApp of user pool WildRydes in us-east-1 does not exist", console.create_client),
        ("REST API WildRydes in us-east-1 does not exist", console.create_tutorial_api),
        ("stage prod of REST API WildRydes in us-east-1 does not exist", console.deploy),
    )
    for said, make in steps:
        message, hint = wildrydes("api", "config").error(3)
        assert message == said
        assert hint.endswith(create)
        make()
    wildrydes("api", "config").must()
