"""An engine that answers as AWS does, but for some answers that are nonsense. It has no socket: see `Engine.send`."""

import copy
import io
import json
import random
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote
from xml.sax.saxutils import escape

from botocore import xform_name
from botocore.awsrequest import AWSResponse

from tests.support.hostile import HOSTILE
from wildrydes_cli.deploy.policies import MANAGED_POLICY, TRUST_POLICY, table_policy

ACCOUNT = "123456789012"
TABLE_ARN = f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/Rides"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/WildRydesLambda"
MANAGED_ARN = f"arn:aws:iam::aws:policy/service-role/{MANAGED_POLICY}"
FUNCTION_ARN = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:RequestUnicorn"
POOL_ARN = f"arn:aws:cognito-idp:us-east-1:{ACCOUNT}:userpool/us-east-1_x"

MOST_REQUESTS = 600
"""What no command needs, however long it waits: one that asks more often would never end."""


class EndlessError(BaseException):
    """A command asked again and again. It is no `Exception`, so that no command can take it for a failing request."""


@dataclass
class Reply:
    """An answer on its way: a status, a body and headers."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


class Text(str):
    """JSON that `json` would not write: a number without end, nesting without end."""

    __slots__ = ()


def _nested(depth: int) -> list[Text]:
    return [Text("[" * depth + "]" * depth), Text('{"a":' * depth + "1" + "}" * depth)]


NUMBERS = [0, -1, 1, 1.5, True, 10**20, 10**400, *map(Text, ("NaN", "Infinity", "-Infinity", "1e999", "-0", "1E5"))]
DIGITS = [Text("9" * 4300), Text("-" + "9" * 4300), Text("9" * 4301), Text("9" * 20_000)]
TEXTS = [
    "",
    "x",
    "NaN",
    "null",
    "1E+999999999999",
    "1e400",
    "9" * 5000,
    "x" * 200_000,
    "2026-11-23",
    "arn:::::",
    "A" * 9,
]
ODD = [
    *HOSTILE,
    Text('"\\ud800"'),
    "error: not an error",
    "\u0663",
    "%s {0} [red]",
    "9999-12-31T23:59:59-23:59",
    "\x00",
]
SHAPES: list[Any] = [None, [], {}, [None], [[[]]], [1], {"S": 1}, {"S": None}, {"N": "NaN"}, {"M": []}, {"": ""}, [{}]]
DEEP = [text for depth in (50, 400, 880, 940, 5000) for text in _nested(depth)]
KINDS: list[list[Any]] = [NUMBERS, NUMBERS, DIGITS, TEXTS, TEXTS, ODD, SHAPES, SHAPES, SHAPES, DEEP]
STATUSES = [200, 200, 201, 204, 206, 301, 302, 307, 400, 400, 403, 404, 409, 413, 429, 500, 502, 503, 504, 599, 999]
PAGES = [
    b"",
    b" ",
    b"null",
    b"[]",
    b"{}",
    b'"text"',
    b"7",
    b"NaN",
    b"true",
    b"[{}]",
    b'{"hello": "world"}',
    b"<html><body>Log in \x1b[31m</body></html>",
    b"<?xml version='1.0'?><a/>",
    b"\xff\xfe\x00{",
    b"\x00" * 64,
    b"\x1f\x8b\x08",
    b"<" * 5000,
    b"<a>" * 5000,
    b"{" * 5000,
    b'{"Error": 1, "ResponseMetadata": 2}',
    b'{"__type": [], "message": {}}',
    b'{"__type": 7, "Message": null}',
    b'{"__type": "#", "code": {"a": 1}}',
    b'{"__type": "x#ResourceNotFoundException"}',
    b'{"__type": "ConditionalCheckFailedException", "Item": []}',
    b'{"__type": "ConditionalCheckFailedException", "Item": {"RideId": {"S": 7}}}',
    b'{"__type": "ValidationException", "message": ["\\ud800"]}',
    b'{"Error": "text"}',
    b'{"Error": {"Code": [], "Message": {}}}',
    b"<ErrorResponse><Error/></ErrorResponse>",
    b"<ErrorResponse><Error><Code><a/></Code></Error></ErrorResponse>",
    b"<ErrorResponse>text</ErrorResponse>",
    b'<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><a>&c;&d;</a>',
]
HEADERS = {
    "Content-Type": [
        "text/html",
        "application/json; charset=utf-7",
        "",
        "\udc80",
        "application/x-amz-json-9.9",
        "a/b;=",
    ],
    "Content-Length": ["0", "-1", "x", "7", "99999999999"],
    "x-amz-crc32": ["0", "x", "-1", "99999999999999999999"],
    "x-amzn-errortype": ["", ":", "x:y", "ResourceNotFoundException", "\x1b[31m", "ThrottlingException:http://x"],
    "x-amzn-RequestId": ["", "x" * 100_000, "\x1b[31m"],
    "X-Amz-Function-Error": ["", "x", "Unhandled"],
    "X-Amz-Log-Result": ["", "*", "\u00e9", "8J+mhA==", "G1szMW0=", "/w=="],
    "x-amzn-query-error": ["", ";", "a;b;c", "x"],
    "Retry-After": ["x", "-1", "99999999999"],
    "Date": ["x"],
    "Location": ["http://192.0.2.1/", "x"],
}


def written(value: Any) -> bytes:
    """Return `value` as JSON, a `Text` in it as it is."""
    texts: list[str] = []

    def put(inner: Any) -> Any:
        if isinstance(inner, Text):
            texts.append(str(inner))
            return f"@@{len(texts) - 1}@@"
        if isinstance(inner, dict):
            return {name: put(each) for name, each in inner.items()}
        return [put(each) for each in inner] if isinstance(inner, list) else inner

    out = json.dumps(put(value))
    for number, text in enumerate(texts):
        out = out.replace(f'"@@{number}@@"', text)
    return out.encode()


def _xml(name: str, value: Any) -> str:
    if isinstance(value, dict):
        inner = "".join(_xml(each, below) for each, below in value.items())
    elif isinstance(value, list):
        inner = "".join(_xml("member", each) for each in value)
    elif isinstance(value, bool):
        inner = str(value).lower()
    else:
        inner = "" if value is None else escape("".join(each for each in str(value) if each.isprintable()))
    return f"<{name}>{inner}</{name}>" if name.isidentifier() else inner


class Engine:
    """AWS, in which some of the things that wildrydes uses exist.

    `chooser` decides which, and which answers are nonsense: that many of them as `chance` says.
    """

    def __init__(self, chooser: random.Random, chance: float = 0.3) -> None:
        self.choose = chooser
        self._chance = chance
        self._sticky: dict[str, Reply] = {}
        """Operations whose answer is always the same nonsense."""
        self.asked: list[str] = []
        self.nonsense: list[tuple[str, Reply]] = []
        self.acknowledged = False
        """Whether the last write was acknowledged by an answer with its cost, or by the ride that has its id."""
        self.table = chooser.choice([None, "ACTIVE", "ACTIVE", "ACTIVE", "CREATING", "UPDATING", "DELETING"])
        self.indexes = chooser.choice([[], ["RidesByUser"], ["RidesByUser", "RidesByTime"]])
        self.large = chooser.random() < 0.5
        self.role = chooser.random() < 0.7
        self.function = chooser.random() < 0.7
        self.inline = chooser.random() < 0.7
        self.crashes = chooser.random() < 0.3
        self.repeats = chooser.random() < 0.3
        self.pool = chooser.random() < 0.7
        self.api = chooser.random() < 0.7

    # The answers

    def send(self, *, event_name: str, request: Any, **_: object) -> AWSResponse:
        """Answer a request in place of its endpoint: a handler for botocore's event before-send."""
        reply = self.reply(event_name.partition(".")[2], request.body)
        return AWSResponse(request.url, reply.status, reply.headers, _Raw(reply.body))

    def reply(self, operation: str, body: Any) -> Reply:
        """Answer an `operation`, such as `dynamodb.PutItem`."""
        self.asked.append(operation)
        if len(self.asked) > MOST_REQUESTS:
            raise EndlessError(f"{len(self.asked)} requests, the last {self.asked[-8:]}")
        service, name = operation.split(".")
        text = (body or b"{}").decode() if isinstance(body, bytes | type(None)) else str(body)
        asked = json.loads(text) if service in ("dynamodb", "cloudwatch-logs", "cognito-identity-provider") else {}
        if service == "iam":
            asked = {key: values[0] for key, values in parse_qs(text).items()}
        reply = self._sticky.get(operation)
        if not reply:
            reply = self._reply(service, name, asked)
            if self.nonsense_wanted():
                reply = self._mutated(service, name, asked)
                self.nonsense.append((operation, reply))
                if self.choose.random() < 0.5:
                    self._sticky[operation] = reply
        self._watch(name, reply)
        return reply

    def nonsense_wanted(self) -> bool:
        return self.choose.random() < self._chance

    def _usual(self, name: str, asked: Any) -> tuple[int, Any]:
        usual: tuple[int, Any] = getattr(self, f"_{xform_name(name)}")(asked)
        return usual

    def _reply(self, service: str, name: str, asked: Any) -> Reply:
        status, value = self._usual(name, asked)
        return self._packed(service, name, status, value)

    def _packed(self, service: str, name: str, status: int, value: Any) -> Reply:
        if service == "iam":
            error = "ErrorResponse" if status >= 300 else f"{name}Response"
            result = value if status >= 300 else {f"{name}Result": value}
            return Reply(status, _xml(error, result).encode(), {"Content-Type": "text/xml"})
        if name == "Invoke" and status < 300:
            headers = {
                "X-Amz-Log-Result": "8J+mhA==",
                **({"X-Amz-Function-Error": "Unhandled"} if self.crashes else {}),
            }
            return Reply(status, written(value), {**headers, "Content-Type": "application/json"})
        headers = {"Content-Type": "application/x-amz-json-1.0"}
        if status >= 300:
            headers["x-amzn-errortype"] = str(value.get("__type", "")) if isinstance(value, dict) else ""
        data = written(value)
        if service == "dynamodb":
            headers["x-amz-crc32"] = str(zlib.crc32(data))
        return Reply(status, data, headers)

    def _mutated(self, service: str, name: str, asked: Any) -> Reply:
        choose = self.choose
        status, value = self._usual(name, asked)
        if choose.random() < 0.6:
            for _ in range(choose.choice([1, 1, 1, 2, 4])):
                value = mutate(value, choose)
        reply = self._packed(service, name, status, value)
        kind = choose.randrange(14)
        if kind == 0:
            reply.status = choose.choice(STATUSES)
        elif kind == 1:
            reply = Reply(choose.choice([200, reply.status, *STATUSES]), choose.choice(PAGES), reply.headers)
        elif kind == 2:
            reply.body = reply.body[: choose.randrange(len(reply.body) + 1)]
        elif kind == 3:
            at = choose.randrange(len(reply.body) + 1)
            reply.body = reply.body[:at] + choose.randbytes(choose.randrange(1, 9)) + reply.body[at:]
        elif kind == 4:
            marked, wide = b"\xef\xbb\xbf" + reply.body, reply.body.decode().encode("utf-16")
            reply.body = choose.choice([marked, wide, reply.body * 2])
        elif kind == 5:
            error = {"__type": choose.choice(choose.choice(KINDS)), "message": choose.choice(choose.choice(KINDS))}
            wrapped = {"Error": {"Code": error["__type"], "Message": error["message"]}} if service == "iam" else error
            reply = self._packed(service, name, choose.choice([400, 403, 500]), wrapped)
            reply.headers.pop("x-amzn-errortype", None)
        if choose.random() < 0.7:
            reply.headers["x-amz-crc32"] = str(zlib.crc32(reply.body))
        if choose.random() < 0.2:
            header = choose.choice(list(HEADERS))
            reply.headers[header] = choose.choice(HEADERS[header])
        if choose.random() < 0.05:
            reply.headers = {}
        return reply

    def _watch(self, name: str, reply: Reply) -> None:
        """Notice whether a write is acknowledged."""
        if name not in ("PutItem", "BatchWriteItem", "GetItem"):
            return
        try:
            body = json.loads(reply.body)
        except (ValueError, RecursionError):
            return
        if not isinstance(body, dict):
            return
        cost = body.get("ConsumedCapacity")
        written_now = reply.status < 300 and isinstance(cost, list if name == "BatchWriteItem" else dict)
        known = "Item" in body and (name == "GetItem" or reply.status >= 300)
        self.acknowledged |= (written_now and name != "GetItem") or known

    # What AWS answers: a status and a body each

    def _missing(self, code: str = "ResourceNotFoundException") -> tuple[int, Any]:
        return 400 if code == "ResourceNotFoundException" else 404, {"__type": f"x#{code}", "message": "Not there."}

    def _refused(self, code: str, **more: Any) -> tuple[int, Any]:
        return 400, {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "No.", **more}

    def _no_entity(self) -> tuple[int, Any]:
        return 404, {"Error": {"Type": "Sender", "Code": "NoSuchEntity", "Message": "Not there."}, "RequestId": "x"}

    def _cost(self) -> dict[str, Any]:
        return {"ConsumedCapacity": {"TableName": "Rides", "CapacityUnits": 0.5}}

    def _items(self) -> list[dict[str, Any]]:
        return [ride(f"r{number}", self.choose.choice(["ada", "bob"])) for number in range(self.choose.randrange(4))]

    def _describe_table(self, asked: Any) -> tuple[int, Any]:
        if self.table is None:
            return self._missing()
        status, self.table = self.table, None if self.table == "DELETING" else "ACTIVE"
        keys = {"RidesByUser": "User", "RidesByTime": "TimeShard"}
        types = {"RideId": "S", "User": "S", "TimeShard": "N", "RequestTime": "S"}
        return 200, {
            "Table": {
                "TableName": "Rides",
                "TableArn": TABLE_ARN,
                "TableStatus": status,
                "ItemCount": 7,
                "KeySchema": [{"AttributeName": "RideId", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": n, "AttributeType": t} for n, t in types.items()],
                "BillingModeSummary": {"BillingMode": "PROVISIONED"},
                "ProvisionedThroughput": {"ReadCapacityUnits": 5, "WriteCapacityUnits": 5},
                "GlobalSecondaryIndexes": [
                    {
                        "IndexName": name,
                        "IndexStatus": "ACTIVE",
                        "ItemCount": 3,
                        "KeySchema": [
                            {"AttributeName": keys[name], "KeyType": "HASH"},
                            {"AttributeName": "RequestTime", "KeyType": "RANGE"},
                        ],
                        "Projection": {"ProjectionType": "ALL"},
                    }
                    for name in self.indexes
                ],
            }
        }

    def _create_table(self, asked: Any) -> tuple[int, Any]:
        self.table, self.indexes = "CREATING", ["RidesByUser", "RidesByTime"]
        return 200, {"TableDescription": {"TableStatus": "CREATING"}}

    def _update_table(self, asked: Any) -> tuple[int, Any]:
        for update in asked.get("GlobalSecondaryIndexUpdates", ()):
            self.indexes = [*self.indexes, update["Create"]["IndexName"]]
        return 200, {"TableDescription": {"TableStatus": "UPDATING"}}

    def _delete_table(self, asked: Any) -> tuple[int, Any]:
        if self.table is None:
            return self._missing()
        self.table = "DELETING"
        return 200, {"TableDescription": {"TableStatus": "DELETING"}}

    def _put_item(self, asked: Any) -> tuple[int, Any]:
        if self.table is None:
            return self._missing()
        if self.repeats:
            item = {"Item": asked["Item"]} if self.choose.random() < 0.7 else {}
            return self._refused("ConditionalCheckFailedException", **item)
        return 200, self._cost()

    def _batch_write_item(self, asked: Any) -> tuple[int, Any]:
        left = asked["RequestItems"] if self.choose.random() < 0.3 else {}
        return 200, {"ConsumedCapacity": [self._cost()["ConsumedCapacity"]], "UnprocessedItems": left}

    def _get_item(self, asked: Any) -> tuple[int, Any]:
        item = {"Item": ride(asked["Key"]["RideId"]["S"])} if self.choose.random() < 0.8 else {}
        return 200, {**self._cost(), **item}

    def _update_item(self, asked: Any) -> tuple[int, Any]:
        return 200, self._cost()

    def _query(self, asked: Any) -> tuple[int, Any]:
        if not self.indexes:
            return self._refused("ValidationException")
        more = {"LastEvaluatedKey": {"RideId": {"S": "r1"}}} if "ExclusiveStartKey" not in asked and self.large else {}
        return 200, {"Items": self._items(), "Count": 2, "ScannedCount": 2, **self._cost(), **more}

    def _scan(self, asked: Any) -> tuple[int, Any]:
        more = {"LastEvaluatedKey": {"RideId": {"S": "r1"}}} if "ExclusiveStartKey" not in asked and self.large else {}
        items = {} if asked.get("Select") == "COUNT" else {"Items": self._items()}
        return 200, {**items, "Count": 2, "ScannedCount": 2, **self._cost(), **more}

    def _get_function(self, asked: Any) -> tuple[int, Any]:
        if not self.function:
            return self._missing()
        configuration = {
            "FunctionName": "RequestUnicorn",
            "FunctionArn": FUNCTION_ARN,
            "Role": ROLE_ARN,
            "Runtime": "python3.13",
            "Handler": self.choose.choice(["wildrydes_cli.function.handler.handler", "index.handler"]),
            "CodeSha256": "x",
            "Timeout": 10,
            "MemorySize": 128,
            "LastModified": "2026-11-23T08:15:30.123+0000",
            "State": "Active",
            "LastUpdateStatus": "Successful",
            "PackageType": "Zip",
            "Architectures": ["arm64"],
            "Environment": {"Variables": {"WILDRYDES_TABLE": "Rides"}},
        }
        return 200, {"Configuration": configuration}

    def _list_functions(self, asked: Any) -> tuple[int, Any]:
        other = {
            "FunctionName": "Other",
            "Role": self.choose.choice([ROLE_ARN, "arn:aws:iam::123456789012:role/Other"]),
        }
        return 200, {"Functions": [other]}

    def _create_function(self, asked: Any) -> tuple[int, Any]:
        if self.choose.random() < 0.3:
            return 400, {"__type": "InvalidParameterValueException", "message": "The role cannot be assumed by Lambda."}
        self.function = True
        return 201, {"FunctionName": "RequestUnicorn", "State": "Pending"}

    def _update_function_configuration(self, asked: Any) -> tuple[int, Any]:
        return (200, {"FunctionName": "RequestUnicorn"}) if self.choose.random() < 0.8 else self._busy()

    def _update_function_code(self, asked: Any) -> tuple[int, Any]:
        return (200, {"FunctionName": "RequestUnicorn"}) if self.choose.random() < 0.8 else self._busy()

    def _busy(self) -> tuple[int, Any]:
        return 409, {"__type": "ResourceConflictException", "message": "Others change it."}

    def _delete_function(self, asked: Any) -> tuple[int, Any]:
        return (204, {}) if self.function else self._missing()

    def _invoke(self, asked: Any) -> tuple[int, Any]:
        if not self.function:
            return self._missing()
        if self.crashes:
            return 200, {"errorType": "KeyError", "errorMessage": "boom", "stackTrace": ["x"]}
        body = json.dumps({"RideId": "x", "Unicorn": {"Name": "Angel"}, "Eta": "30 seconds", "Rider": "ada"})
        if self.choose.random() < 0.3:
            body = written(self.choose.choice(self.choose.choice(KINDS))).decode()
        return 200, {"statusCode": self.choose.choice([201, 400, 500]), "headers": {}, "body": body}

    def _get_role(self, asked: Any) -> tuple[int, Any]:
        if not self.role:
            return self._no_entity()
        policy = self.choose.choice([TRUST_POLICY, {}, {"Statement": [{"Effect": "Deny"}]}, []])
        return 200, {
            "Role": {
                "Path": "/",
                "RoleName": "WildRydesLambda",
                "RoleId": "AROAEXAMPLE",
                "Arn": ROLE_ARN,
                "CreateDate": self.choose.choice(["2026-11-23T08:00:00Z", "2026-11-23T09:00:00Z"]),
                "AssumeRolePolicyDocument": self._document(policy),
                "MaxSessionDuration": 3600,
            }
        }

    def _document(self, policy: Any) -> str:
        if self.nonsense_wanted():
            policy = mutate(copy.deepcopy(policy), self.choose)
        return quote(written(policy).decode())

    def _create_role(self, asked: Any) -> tuple[int, Any]:
        self.role = True
        return 200, {"Role": {"Arn": ROLE_ARN, "RoleName": "WildRydesLambda", "CreateDate": "2026-11-23T08:00:00Z"}}

    def _get_role_policy(self, asked: Any) -> tuple[int, Any]:
        if not self.inline:
            return self._no_entity()
        policy = self.choose.choice([table_policy(TABLE_ARN), table_policy("arn:other"), {}, {"Statement": "x"}])
        return 200, {
            "RoleName": "WildRydesLambda",
            "PolicyName": "DynamoDBWriteAccess",
            "PolicyDocument": self._document(policy),
        }

    def _done(self, asked: Any) -> tuple[int, Any]:
        return (200, {}) if self.choose.random() < 0.9 else self._concurrent()

    def _concurrent(self) -> tuple[int, Any]:
        return 409, {"Error": {"Type": "Sender", "Code": "ConcurrentModification", "Message": "Others change it."}}

    _put_role_policy = _attach_role_policy = _update_assume_role_policy = _done

    def _gone(self, asked: Any) -> tuple[int, Any]:
        return (200, {}) if self.role else self._no_entity()

    _detach_role_policy = _delete_role_policy = _delete_role = _gone

    def _list_attached_role_policies(self, asked: Any) -> tuple[int, Any]:
        if not self.role:
            return self._no_entity()
        more: dict[str, Any] = {"IsTruncated": False}
        if "Marker" not in asked and self.choose.random() < 0.3:
            more = {"IsTruncated": True, "Marker": "next"}
        return 200, {"AttachedPolicies": [{"PolicyName": MANAGED_POLICY, "PolicyArn": MANAGED_ARN}], **more}

    def _list_role_policies(self, asked: Any) -> tuple[int, Any]:
        return (200, {"PolicyNames": ["x", "y"], "IsTruncated": False}) if self.role else self._no_entity()

    def _filter_log_events(self, asked: Any) -> tuple[int, Any]:
        if not self.function:
            return self._missing()
        more = {"nextToken": "next"} if "nextToken" not in asked and self.choose.random() < 0.3 else {}
        events = [
            {
                "timestamp": 1790000000000 + number,
                "message": self.choose.choice(["START", "a\nb", *HOSTILE]),
                "logStreamName": "2026/11/23/[$LATEST]x",
                "eventId": str(number),
            }
            for number in range(self.choose.randrange(4))
        ]
        return 200, {"events": events, "searchedLogStreams": [], **more}

    def _delete_log_group(self, asked: Any) -> tuple[int, Any]:
        return (200, {}) if self.function else self._missing()

    def _describe_log_groups(self, asked: Any) -> tuple[int, Any]:
        return 200, {"logGroups": [{"logGroupName": "/aws/lambda/RequestUnicorn"}] if self.function else []}

    def _get_policy(self, asked: Any) -> tuple[int, Any]:
        statement = {
            "Sid": "wildrydes-WildRydes",
            "Effect": "Allow",
            "Principal": {"Service": "apigateway.amazonaws.com"},
            "Action": "lambda:InvokeFunction",
            "Resource": FUNCTION_ARN,
            "Condition": {"ArnLike": {"AWS:SourceArn": f"arn:aws:execute-api:us-east-1:{ACCOUNT}:abc/*/POST/ride"}},
        }
        if self.nonsense_wanted():
            statement = mutate(statement, self.choose)
        policy = written({"Version": "2012-10-17", "Statement": [statement]}).decode()
        return (200, {"Policy": policy, "RevisionId": "1"}) if self.function else self._missing()

    def _add_permission(self, asked: Any) -> tuple[int, Any]:
        return (201, {"Statement": "{}"}) if self.choose.random() < 0.8 else self._busy()

    def _remove_permission(self, asked: Any) -> tuple[int, Any]:
        return (204, {}) if self.function else self._missing()

    def _list_user_pools(self, asked: Any) -> tuple[int, Any]:
        more = {"NextToken": "next"} if "NextToken" not in asked and self.choose.random() < 0.2 else {}
        return 200, {
            "UserPools": [{"Id": "us-east-1_x", "Name": "WildRydes"}] if self.pool and not more else [],
            **more,
        }

    def _describe_user_pool(self, asked: Any) -> tuple[int, Any]:
        pool = {"Id": "us-east-1_x", "Name": "WildRydes", "Arn": POOL_ARN, "EstimatedNumberOfUsers": 3}
        return 200, {"UserPool": {**pool, "DeletionProtection": self.choose.choice(["ACTIVE", "INACTIVE"])}}

    def _create_user_pool(self, asked: Any) -> tuple[int, Any]:
        return self._describe_user_pool(asked) if self.choose.random() < 0.8 else self._throttled()

    def _list_user_pool_clients(self, asked: Any) -> tuple[int, Any]:
        return 200, {"UserPoolClients": [{"ClientId": "client", "ClientName": "WildRydesWebApp"}] if self.api else []}

    def _describe_user_pool_client(self, asked: Any) -> tuple[int, Any]:
        flows = self.choose.choice([["ALLOW_ADMIN_USER_PASSWORD_AUTH"], []])
        return 200, {"UserPoolClient": {"ClientId": "client", "ExplicitAuthFlows": flows}}

    def _create_user_pool_client(self, asked: Any) -> tuple[int, Any]:
        return self._describe_user_pool_client(asked)

    def _admin_create_user(self, asked: Any) -> tuple[int, Any]:
        exists = 400, {"__type": "UsernameExistsException", "message": "User account already exists"}
        return (200, {"User": {"Username": "ada"}}) if self.choose.random() < 0.9 else exists

    def _admin_initiate_auth(self, asked: Any) -> tuple[int, Any]:
        challenge = {"ChallengeName": "SMS_MFA", "ChallengeParameters": {}}
        return 200, {"AuthenticationResult": {"IdToken": "a.b.c"}} if self.choose.random() < 0.9 else challenge

    def _nothing(self, asked: Any) -> tuple[int, Any]:
        return 200, {}

    _admin_set_user_password = _admin_delete_user = _delete_user_pool = _delete_user_pool_client = _nothing

    def _throttled(self) -> tuple[int, Any]:
        return 429, {"__type": "TooManyRequestsException", "message": "Too Many Requests"}

    def _get_rest_apis(self, asked: Any) -> tuple[int, Any]:
        api = {"id": "abc", "name": "WildRydes", "createdDate": 1790000000, "tags": {"wildrydes": "api"}}
        if self.choose.random() < 0.3:
            del api["tags"]
        return 200, {"item": [api] if self.api else []}

    def _create_rest_api(self, asked: Any) -> tuple[int, Any]:
        self.api = True
        return (201, {"id": "abc", "name": "WildRydes"}) if self.choose.random() < 0.8 else self._throttled()

    def _get_resources(self, asked: Any) -> tuple[int, Any]:
        ride: dict[str, Any] = {"id": "r2", "parentId": "r1", "pathPart": "ride", "path": "/ride"}
        ride["resourceMethods"] = self.choose.choice([{}, {"POST": {}, "OPTIONS": {}}, {"POST": {}}, {"GET": {}}])
        return 200, {"item": self.choose.choice([[{"id": "r1", "path": "/"}, ride], [{"id": "r1", "path": "/"}]])}

    def _create_resource(self, asked: Any) -> tuple[int, Any]:
        return 201, {"id": "r2", "path": "/ride", "pathPart": "ride"}

    def _get_method(self, asked: Any) -> tuple[int, Any]:
        uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION_ARN}/invocations"
        header = {"method.response.header.Access-Control-Allow-Origin": "'*'"}
        return 200, {
            "httpMethod": "POST",
            "authorizationType": self.choose.choice(["COGNITO_USER_POOLS", "NONE"]),
            "authorizerId": "auth",
            "apiKeyRequired": False,
            "methodIntegration": {
                "type": self.choose.choice(["AWS_PROXY", "MOCK"]),
                "uri": uri,
                "integrationResponses": {"200": {"statusCode": "200", "responseParameters": header}},
            },
        }

    def _get_authorizers(self, asked: Any) -> tuple[int, Any]:
        source = {"identitySource": "method.request.header.Authorization", "providerARNs": [POOL_ARN]}
        return 200, {"item": [{"id": "auth", "name": "WildRydes", "type": "COGNITO_USER_POOLS", **source}]}

    def _create_authorizer(self, asked: Any) -> tuple[int, Any]:
        return 201, {"id": "auth2", "name": "WildRydes"}

    def _get_gateway_responses(self, asked: Any) -> tuple[int, Any]:
        header = {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}
        kinds = ("DEFAULT_4XX", "DEFAULT_5XX")
        return 200, {"item": [{"responseType": kind, "responseParameters": header} for kind in kinds]}

    def _get_stages(self, asked: Any) -> tuple[int, Any]:
        throttling = {"*/*": {"throttlingRateLimit": 10.0, "throttlingBurstLimit": 20}}
        stage = {"stageName": "prod", "deploymentId": "d", "methodSettings": throttling, "createdDate": 1790000000}
        return 200, {"item": [stage] if self.choose.random() < 0.7 else []}

    def _get_deployment(self, asked: Any) -> tuple[int, Any]:
        return 200, {"id": "d", "description": "wildrydes x", "createdDate": 1790000000}

    def _changed(self, asked: Any) -> tuple[int, Any]:
        return (200, {}) if self.choose.random() < 0.9 else self._throttled()

    _put_method = _put_integration = _put_method_response = _put_integration_response = _changed
    _put_gateway_response = _create_deployment = _update_stage = _delete_method = _delete_authorizer = _changed
    _delete_rest_api = _changed


class _Raw(io.BytesIO):
    """A body as urllib3 gives it."""

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.read()


def ride(ride_id: str, rider: str = "ada") -> dict[str, Any]:
    """Return the item of a ride."""
    return {
        "RideId": {"S": ride_id},
        "User": {"S": rider},
        "Unicorn": {"M": {"Name": {"S": "Angel"}, "Color": {"S": "White"}, "Gender": {"S": "Female"}}},
        "PickupLocation": {"M": {"Latitude": {"N": "1.0"}, "Longitude": {"N": "2.0"}}},
        "RequestTime": {"S": "2026-11-23T08:15:30.123Z"},
        "TimeShard": {"N": "3"},
    }


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each container in `value` with each of its names or indexes."""
    if isinstance(value, Mapping):
        for name in value:
            yield value, name
            yield from _places(value[name])
    elif isinstance(value, list):
        for number in range(len(value)):
            yield value, number
            yield from _places(value[number])


def mutate(value: Any, choose: random.Random) -> Any:
    """Return `value` with one thing in it that is wrong."""
    value = copy.deepcopy(value)
    nonsense = choose.choice(choose.choice(KINDS))
    places = list(_places(value))
    if not places or choose.random() < 0.05:
        return nonsense if isinstance(value, dict) and choose.random() < 0.5 else {"x": nonsense}
    holder, place = choose.choice(places)
    kind = choose.randrange(8)
    if kind == 0:
        del holder[place]
    elif kind == 1:
        holder[place] = [holder[place]]
    elif kind == 2:
        holder[place] = {choose.choice(["S", "N", "M", "L", "x", ""]): holder[place]}
    elif kind == 3 and isinstance(holder, dict):
        # A name from elsewhere: a page that goes on, an error in an answer that is none.
        name = choose.choice(["LastEvaluatedKey", "nextToken", "Marker", "Error", "ResponseMetadata", "Item", "Items"])
        holder[name] = choose.choice([nonsense, "again", {"RideId": {"S": "again"}}])
    else:
        holder[place] = nonsense
    return value
