"""Starts MiniStack with shorter waits, ways to look into it, five additions and eight corrections.

Waits: MiniStack looks at schedules every 10 s, and delays each invocation because of Nagle's algorithm and of log lines
that never come. That is too slow for a stack that goes through weeks in minutes. And once the time has been moved, Python's
own waits lose their time limit, because libfaketime does not know the call that they make. So where MiniStack waits for a
function that may have been killed, it waits for a signal of ours instead.

Ways to look into it:
- `GET /_local/busy` says what is under way and when the next schedule is due, so that the time is moved only when the stack
  is at rest.
- Every email that SES accepts is appended, as it was sent, to the file that MAIL_FILE names. Email to anybody at
  refused.example is refused for good.
- Every action that a role's policies allowed is written once for each resource to the file that ACCESS_FILE names.
- `POST /_local/feedback` lets SES report, for instance, that an email that it accepted bounced.
- `POST /_local/scan` lets GuardDuty scan an object again, and find what the request says.

Additions: `scanner.py`, beside this file, replaces GuardDuty. MiniStack stores SES event destinations but never uses them;
here SES tells the destinations of an email's configuration set what became of the email, with the documented event on the
default bus, where the template's rule must match it: email to anybody at bounced.example bounces at once, and anybody at
complained.example complains. CloudWatch reads metrics from log lines in the embedded metric format, so that alarms on them
can be tested. A client of a user pool may have two secrets, each of which is good, while one replaces the other. A stack may
have CodeDeploy's resources, which do nothing here; and what a stack publishes of a function is always its newest state, so that
an alias never stays behind when only a parameter changed: MiniStack's transform of language extensions leaves parameters to be
filled in after SAM's, which then sees no difference.

Corrections: four make the template's permissions be judged as on AWS. A schedule's ARN names its group; SES authorizes the
sender's identity and knows `ses:FromAddress`; a condition on the principal sees the role's own ARN, and one on S3 how the
request was signed; a request that arrives on this machine counts as sent over TLS. The fifth makes a stream's mapping do
everything that the template configures: see `streams.py`, beside this file. The sixth lets a copy in S3 overwrite nothing if
its request says so. The seventh lets a refreshed token of the pool's
own pages carry the person's groups and attributes, as the first one does. The eighth lets an update of the stack leave alone who
may call the API from a page of another site: the API's body says that, which the stack wires and MiniStack does not read.
"""

import contextvars
import json
import os
import select
import socketserver
import time
from datetime import datetime, timezone
from email.utils import parseaddr
from urllib.parse import unquote

from ministack import app as gateway
from ministack.core import iam_actions, iam_evaluator, lambda_runtime
from ministack.services import (
    apigateway, cloudwatch, cloudwatch_logs, cognito, dynamodb, eventbridge, lambda_svc, s3, scheduler, ses_v2,
)
from ministack.services.cloudformation import provisioners

import scanner
import streams

scheduler._SCHEDULE_TICK_INTERVAL = 0.2
eventbridge._SCHEDULER_TICK_INTERVAL = 0.2
socketserver.StreamRequestHandler.disable_nagle_algorithm = True
lambda_runtime.Worker._drain_stderr_bounded.__defaults__ = (0.005, 0.002, 0.25)



class Signal:
    """An event whose wait is limited by the kernel, whose time nobody moves."""

    def __init__(self):
        self.file = os.eventfd(0, os.EFD_NONBLOCK)

    def __del__(self):
        os.close(self.file)

    def set(self):
        os.eventfd_write(self.file, 1)

    def clear(self):
        if self.is_set():
            os.eventfd_read(self.file)

    def is_set(self):
        return self.wait(0)

    def wait(self, timeout=None):
        waiting = select.poll()
        waiting.register(self.file, select.POLLIN)
        return bool(waiting.poll(None if timeout is None else max(0, timeout) * 1000))


make_worker = lambda_runtime.ProvidedWorker.__init__


def make_worker_with_signals(self, *named):
    make_worker(self, *named)
    self._response_ready, self._init_settled = Signal(), Signal()


lambda_runtime.ProvidedWorker.__init__ = make_worker_with_signals

# Lets the poller of event source mappings look every second after the time was moved; otherwise it waits for a write.
more = Signal()
lambda_svc._esm_wake.set, lambda_svc._esm_wake.clear, lambda_svc._esm_wake.wait = more.set, more.clear, more.wait

requests_in_flight = 0
serve = gateway.app


async def app(scope, receive, send):
    global requests_in_flight
    if scope["type"] != "http":
        return await serve(scope, receive, send)
    if scope["path"] == "/_local/busy":
        return await answer(send, busy())
    if scope["path"] == "/_local/scan":
        return await answer(send, {"scans": scanner.scan(**json.loads((await receive())["body"]))})
    if scope["path"] == "/_local/feedback":
        return await answer(send, {"told": feed_back(**json.loads((await receive())["body"]))})
    requests_in_flight += 1
    try:
        await serve(scope, receive, send)
    finally:
        requests_in_flight -= 1


def busy():
    due, upcoming = schedules()
    return {
        "requests": requests_in_flight,
        "invocations": lambda_svc.executions_in_flight()[0],
        "streamRecords": stream_records(),
        "scans": scanner.under_way,
        "dueSchedules": due,
        "nextSchedule": upcoming,
    }


def stream_records():
    """Records of every table's stream that its mappings have not settled yet."""
    waiting = streams.waiting()
    for account, region, mapping in lambda_svc._iter_all_esms():
        arn = mapping.get("EventSourceArn", "")
        if ":dynamodb:" not in arn or not mapping.get("Enabled", True):
            continue
        table = arn.split("/stream/")[0].split("/")[-1]
        end = dynamodb.stream_end_position(table, account_id=account, region=region)
        position = lambda_svc._dynamodb_stream_positions._data.get((account, region, mapping["UUID"]), end)
        waiting += max(0, end - position)
    return waiting


def schedules():
    """How many one-time schedules are due but not fired, and when the next one is (epoch seconds)."""
    now, due, upcoming = time.time(), 0, None
    for key, schedule in list(scheduler._schedules._data.items()):
        at = scheduler._at_time_epoch(schedule.get("ScheduleExpression", ""))
        if at is None or schedule.get("State") != "ENABLED" or key in scheduler._schedule_last_fired:
            continue
        if at <= now:
            due += 1
        elif upcoming is None or at < upcoming:
            upcoming = at
    return due, upcoming


async def answer(send, body):
    await send({
        "type": "http.response.start",
        "status": 200,
        "headers": [(b"content-type", b"application/json")],
    })
    await send({"type": "http.response.body", "body": json.dumps(body).encode()})


send_v2 = ses_v2.handle_request


async def record_mail(method, path, headers, body, query_params):
    sends = method == "POST" and path.rstrip("/").endswith("/outbound-emails")
    if sends and any(to.endswith("@refused.example") for to in json.loads(body)["Destination"]["ToAddresses"]):
        refusal = {"Content-Type": "application/json", "x-amzn-ErrorType": "MessageRejected"}
        return 400, refusal, json.dumps({"message": "The local stack refuses email to refused.example."}).encode()
    response = await send_v2(method, path, headers, body, query_params)
    if sends and response[0] == 200:
        accepted = json.loads(response[2])
        mail = {"messageId": accepted["MessageId"], "sentAt": time.time(), "request": json.loads(body)}
        with open(os.environ["MAIL_FILE"], "a") as file:
            file.write(json.dumps(mail) + "\n")
        domains = {to.rpartition("@")[2] for to in mail["request"]["Destination"]["ToAddresses"]}
        for domain in domains & FATES.keys():
            tell(mail, FATES[domain])
    return response


ses_v2.handle_request = record_mail

# What SES reports about an email: the event's type and detail-type, and its own part of the detail.
BOUNCE, COMPLAINT, REJECT = ("Bounce", "Email Bounced"), ("Complaint", "Email Complaint Received"), ("Reject", "Email Rejected")
FEEDBACK = {
    "bounced": (*BOUNCE, {"bounceType": "Permanent", "bounceSubType": "General"}),
    "delayed": (*BOUNCE, {"bounceType": "Transient", "bounceSubType": "MailboxFull"}),
    "complained": (*COMPLAINT, {"complaintSubType": None, "complaintFeedbackType": "abuse"}),
    "suppressed": (*COMPLAINT, {"complaintSubType": "OnAccountSuppressionList"}),
    "rejected": (*REJECT, {"reason": "Bad content"}),
}
FATES = {"bounced.example": "bounced", "complained.example": "complained"}


def feed_back(messageId, feedback):
    with open(os.environ["MAIL_FILE"]) as file:
        mails = [json.loads(line) for line in file]
    return sum(tell(mail, feedback) for mail in mails if mail["messageId"] == messageId)


def tell(mail, feedback):
    """Tells the event destinations of the email's configuration set that match; returns how many were told."""
    kind, detail_type, facts = FEEDBACK[feedback]
    request, recipients = mail["request"], mail["request"]["Destination"]["ToAddresses"]
    name = request.get("ConfigurationSetName")
    if kind == "Bounce":
        bounced = [{"emailAddress": to, "action": "failed", "diagnosticCode": f"smtp; 550 <{to}>"} for to in recipients]
        facts = {**facts, "bouncedRecipients": bounced}
    tags = {tag["Name"]: [tag["Value"]] for tag in request.get("EmailTags", [])}
    detail = {
        "eventType": kind,
        "mail": {
            "timestamp": iso(mail["sentAt"]),
            "source": request["FromEmailAddress"],
            "messageId": mail["messageId"],
            "destination": recipients,
            "tags": {"ses:configuration-set": [name], **tags},
        },
        kind.lower(): facts if kind == "Reject" else {**facts, "timestamp": iso(time.time())},
    }
    destinations = (ses_v2._config_sets.get(name) or {}).get("EventDestinations") or {}
    wanting = [
        one for one in destinations.values()
        if one.get("Enabled") and "EventBridgeDestination" in one and kind.upper() in one["MatchingEventTypes"]
    ]
    for _ in wanting:
        put_event("aws.ses", detail_type, detail)
    return len(wanting)


def put_event(source, detail_type, detail, resources=()):
    """Puts an event of an AWS service on the default bus, where rules match it."""
    entry = {"Source": source, "DetailType": detail_type, "Detail": json.dumps(detail), "Resources": list(resources)}
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)


def iso(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


append_log_events = cloudwatch_logs._append_log_events


def record_metrics(stream, events):
    for event in events:
        if event["message"].startswith("{") and '"_aws"' in event["message"]:
            line = json.loads(event["message"])
            for about in line["_aws"]["CloudWatchMetrics"]:
                dimensions = {name: line[name] for name in about["Dimensions"][0]}
                for metric in about["Metrics"]:
                    for value in line[metric["Name"]]:
                        cloudwatch.record_metric(
                            about["Namespace"], metric["Name"], value, metric["Unit"], dimensions
                        )
                for alarm in cloudwatch._alarms.values():
                    if alarm.get("Namespace") == about["Namespace"]:
                        cloudwatch._evaluate_alarm(alarm)
    return append_log_events(stream, events)


cloudwatch_logs._append_log_events = record_metrics

sender = contextvars.ContextVar("sender", default="")
resource_of = iam_actions.extract_resource_arn
authorize = iam_evaluator.enforce
remember_origin = gateway.pin_request_origin


def resource_arn(service, method, path, headers, body, query_params, region, account_id):
    if service == "scheduler" and path.startswith("/schedules/"):
        named = query_params.get("groupName") or (json.loads(body).get("GroupName") if body else None) or "default"
        group = named[0] if isinstance(named, list) else named
        name = unquote(path.removeprefix("/schedules/"))
        return f"arn:aws:scheduler:{region}:{account_id}:schedule/{group}/{name}"
    if service == "ses" and method == "POST" and path.rstrip("/") == "/v2/email/outbound-emails":
        sender.set(parseaddr(json.loads(body).get("FromEmailAddress", ""))[1])
        return f"arn:aws:ses:{region}:{account_id}:identity/{sender.get()}"
    return resource_of(service, method, path, headers, body, query_params, region, account_id)


judge = iam_evaluator.evaluate
allowed = set()


def evaluate(context, policies, *limits):
    result = judge(context, policies, *limits)
    principal = context.principal_arn.split("/")
    used = (principal[1] if principal[0].endswith(":assumed-role") else "", context.action, context.resource_arn)
    if result.decision == "Allow" and used[0] and used not in allowed:
        allowed.add(used)
        with open(os.environ["ACCESS_FILE"], "a") as file:
            file.write(json.dumps(used) + "\n")
    return result


def enforce(access_key, action, *rest, **named):
    if action == "ses:SendEmail":
        named["service_context"] = {**(named.get("service_context") or {}), "ses:FromAddress": sender.get()}
    return authorize(access_key, action, *rest, **named)


s3_context = iam_actions.s3_service_context
condition_key = iam_evaluator._resolve_condition_key


def s3_service_context(action, query_params, *rest, **named):
    signed = any(name.lower() == "x-amz-signature" for name in query_params or {})
    context = s3_context(action, query_params, *rest, **named)
    return {**context, "s3:authType": "REST-QUERY-STRING" if signed else "REST-HEADER"}


def resolve_condition_key(key, context):
    value = condition_key(key, context)
    if key.lower() == "aws:principalarn" and ":assumed-role/" in str(value):
        account, role = value.split(":")[4], value.split("/")[1]
        return f"arn:aws:iam::{account}:role/{role}"
    return value


iam_actions.s3_service_context = s3_service_context
iam_evaluator._resolve_condition_key = resolve_condition_key
iam_actions.extract_resource_arn = resource_arn
iam_evaluator.enforce = enforce
iam_evaluator.evaluate = evaluate
gateway.pin_request_origin = lambda address, _secure: remember_origin(address, True)
copy_object = s3._copy_object


def copy_if_free(bucket, key, headers):
    if headers.get("if-none-match") == "*" and s3._get_object_data(bucket, key) is not None:
        return s3._error("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412)
    return copy_object(bucket, key, headers)


s3._copy_object = copy_if_free
make_token = cognito._fake_token


def make_token_for_somebody(sub, pool_id, client_id, token_type="access", username="", user_attrs=None, groups=None, **more):
    user = (cognito._get_pool_unscoped(pool_id) or {}).get("_users", {}).get(username)
    if user and groups is None:
        groups = user.get("_groups", [])
        user_attrs = user_attrs or cognito._attr_list_to_dict(user.get("Attributes", []))
    return make_token(sub, pool_id, client_id, token_type, username, user_attrs, groups, **more)


cognito._fake_token = make_token_for_somebody
send_to_pool, authenticate_client = cognito._dispatch_idp, cognito._authenticate_client


def secrets_of(client):
    """A client's secrets by their ids, the oldest first."""
    first = {f"{client['ClientId']}--{int(client['CreationDate'])}": client["ClientSecret"]}
    return client.setdefault("_secrets", first)


def described_secret(name, **more):
    return {"ClientSecretId": name, "ClientSecretCreateDate": int(name.rpartition("--")[2]), **more}


def add_secret(client, _):
    if len(secrets_of(client)) > 1:
        return cognito.error_response_json("LimitExceededException", "A client has two secrets at most.", 400)
    made = max(int(time.time()), 1 + max(int(name.rpartition("--")[2]) for name in secrets_of(client)))
    name, secret = f"{client['ClientId']}--{made}", cognito._client_secret()
    secrets_of(client)[name] = secret
    return cognito.json_response({"ClientSecretDescriptor": described_secret(name, ClientSecretValue=secret)})


def list_secrets(client, _):
    return cognito.json_response({"ClientSecrets": [described_secret(name) for name in secrets_of(client)]})


def delete_secret(client, data):
    secrets = secrets_of(client)
    if len(secrets) < 2 or secrets.pop(data["ClientSecretId"], None) is None:
        return cognito.error_response_json("InvalidParameterException", "There is no other secret.", 400)
    client["ClientSecret"] = next(iter(secrets.values()))
    return cognito.json_response({})


SECRETS = {
    "AddUserPoolClientSecret": add_secret,
    "ListUserPoolClientSecrets": list_secrets,
    "DeleteUserPoolClientSecret": delete_secret,
}


async def dispatch_to_pool(action, data):
    if action not in SECRETS:
        return await send_to_pool(action, data)
    client = (cognito._get_pool_unscoped(data["UserPoolId"]) or {}).get("_clients", {}).get(data["ClientId"])
    if client is None:
        return cognito.error_response_json("ResourceNotFoundException", "There is no such client.", 400)
    return SECRETS[action](client, data)


def authenticate_by_any_secret(headers, form):
    client_id, secret = authenticate_client(headers, form)
    _, _, client = cognito._find_pool_by_client_id(client_id)
    if client and client.get("ClientSecret") and secret in secrets_of(client).values():
        secret = client["ClientSecret"]
    return client_id, secret


cognito._dispatch_idp, cognito._authenticate_client = dispatch_to_pool, authenticate_by_any_secret
api_handlers = provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::Api"]
update_api = api_handlers["update"]


def update_api_keeping_cors(api, *rest):
    cors = apigateway._apis.get(api, {}).get("corsConfiguration")
    updated = update_api(api, *rest)
    if cors:
        apigateway._apis[api]["corsConfiguration"] = cors
    return updated


api_handlers["update"] = update_api_keeping_cors


def inert(**attributes):
    """How a stack makes a resource that does nothing."""
    return {"create": lambda name, _, stack: (f"{stack}-{name}", attributes), "delete": lambda *_: None}


provisioners._RESOURCE_HANDLERS.update({
    "AWS::CodeDeploy::Application": inert(),
    "AWS::CodeDeploy::DeploymentGroup": inert(),
    "AWS::Lambda::Version": inert(Version="$LATEST"),
})
scanner.start(put_event)
gateway.app = app
gateway.main()
