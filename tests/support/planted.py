"""Fake credentials that must never be printed, and the commands that could print them."""

REQUEST = ("request", "--lat", "1", "--lon", "2")


COMMANDS = (
    REQUEST,
    ("rides", "list"),
    ("rides", "list", "-o", "json"),
    ("rides", "show", "x"),
    ("rides", "stats"),
    ("setup-table",),
    ("setup-table", "--add-indexes"),
    ("delete-table", "--yes"),
)


AWS_COMMANDS = (
    ("function", "deploy"),
    ("function", "invoke"),
    ("function", "invoke", "--local"),
    ("function", "logs"),
    ("api", "deploy"),
    ("api", "invoke"),
    ("status",),
    ("api", "delete", "--users", "--yes"),
    ("function", "delete", "--yes"),
)


TOKEN = "plantedSessionToken//////////0123456789=="


SECRETS = {
    "AWS_ACCESS_KEY_ID": "AKIAPLANTEDACCESSKEY",
    "AWS_SECRET_ACCESS_KEY": "planted/secret+key/0123456789abcdef",
    "AWS_SESSION_TOKEN": TOKEN,
}


SIGNATURE = "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"


AUTHORIZATION = (
    f"AWS4-HMAC-SHA256 Credential={SECRETS['AWS_ACCESS_KEY_ID']}/20261123/eu-west-1/dynamodb/aws4_request, "
    f"SignedHeaders=host;x-amz-date;x-amz-security-token, Signature={SIGNATURE}"
)


CANONICAL = (
    "The request signature we calculated does not match the signature you provided.\n\n"
    "The Canonical String for this request should have been\n"
    f"'POST\n/\n\nhost:dynamodb.eu-west-1.amazonaws.com\nx-amz-security-token:{TOKEN}\n\nhost;x-amz-security-token'"
)


BEARER = "plantedBearerToken"


def reveals(text: str) -> list[str]:
    return [secret for secret in (*SECRETS.values(), SIGNATURE, BEARER) if secret in text]
