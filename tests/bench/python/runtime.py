"""As little of the Lambda runtime as a handler needs: less than Lambda's own, so that Python is not at a disadvantage."""

import json
import os
from http.client import HTTPConnection

ROOT = "/2018-06-01/runtime/invocation"


def run(handle):
    connection = HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    while True:
        connection.request("GET", f"{ROOT}/next")
        event = connection.getresponse()
        request_id, body = event.getheader("lambda-runtime-aws-request-id"), event.read()
        try:
            answer, end = handle(json.loads(body)), "response"
        except Exception as error:
            answer, end = {"errorMessage": repr(error)}, "error"
        connection.request("POST", f"{ROOT}/{request_id}/{end}", json.dumps(answer, separators=(",", ":")))
        connection.getresponse().read()
