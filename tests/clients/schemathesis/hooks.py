"""What schemathesis cannot know of the API: how its formats look, and which refusals are by design."""

from datetime import date, timedelta
from http import HTTPStatus
from typing import Any

import localhost  # noqa: F401
import schemathesis
from hypothesis import strategies as st
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.openapi.checks import RejectedPositiveData

LETTERS = st.characters(categories=["Lu", "Ll", "Nd"])
LINE = st.text(LETTERS, min_size=1, max_size=200)
schemathesis.openapi.format("name", LINE)
schemathesis.openapi.format("line", LINE)
# Days ahead, wherever the clock of the stack has been moved to.
schemathesis.openapi.format(
    "date", st.dates(date.today() + timedelta(days=400), date.today() + timedelta(days=3000)).map(str)
)
schemathesis.openapi.format("entity-tags", st.sampled_from(['"7-c0ffee5eed5ca1ab"', 'W/"7"', '"7", "8"']))
schemathesis.openapi.format("file-name", LINE.map(lambda name: f"{name[:190]}.pdf"))
schemathesis.openapi.format("media-type", st.just("application/pdf"))
schemathesis.openapi.format("text", st.lists(LINE, min_size=1, max_size=3).map("\n".join))


# What is in a claim that is changed or cloned decides what these may be.
OF_A_KIND = ("/solutionArea", "/activities", "/products", "/technicalContact", "/revenueAssociation")
# What is wrong with a value that is good by itself: the token has no such MPN id, the claim no such product, another field says
# the same, the document belongs to this claim, is deleted or cannot be read, no change has the number yet, there are webhooks
# enough, the address is none that is sent to, and the day has passed, or is too far ahead.
FOR_WHAT_THERE_IS = frozenset(
    (
        *("foreignMpn", "notInClaim", "duplicate", "same", "deleted", "unreadable"),
        *("ahead", "limit", "private", "past", "far"),
    )
)


def is_by_design(case: Any, response: Any) -> bool:
    """Whether a request was refused for what no schema can say: what else there is, and what was said before."""
    # The contract's example of an ETag is no claim's.
    if response.status_code == HTTPStatus.PRECONDITION_FAILED:
        return "If-Match" in response.request.headers
    if response.headers["content-type"] != ["application/problem+json"]:
        return False
    problem = response.json()
    errors = problem.get("errors", [])
    match problem["type"].removeprefix("/v1/problems/"):
        # The contract's example of a key comes with many bodies.
        case "key-reused":
            return True
        # Which products a claim has decides how many can be removed.
        case "every-product-removed":
            return True
        # Without a justification, a dispute needs proof that was added for it.
        case "dispute-empty":
            return not (isinstance(case.body, dict) and case.body.get("justification"))
        # A cursor is one that a page of the same list gave, and a number one that a change has; and what to check is a tenant
        # with products, or a subscription.
        case "invalid-query":
            return all(
                error.get("parameter") == "cursor" or error["code"] in ("ahead", "required", "conflict")
                for error in errors
            )
        case "invalid-input":
            return all(is_of_what_there_is(case.path, error["pointer"], error["code"]) for error in errors)
    return False


def is_of_what_there_is(path: str, pointer: str, code: str) -> bool:
    """Whether a value is good by itself and not for what there is."""
    if code in FOR_WHAT_THERE_IS:
        return True
    if path in ("/v1/claims/{id}", "/v1/claims/{id}/clone"):
        return pointer.startswith(OF_A_KIND)
    return pointer.startswith("/from/") and code == "unknown"


def is_refused_by_row(case: Any, response: Any) -> bool:
    """Whether many things were sent, of which each has an answer of its own, and what is wrong was refused there."""
    if case.path not in ("/v1/claims/batch", "/v1/claims/submit") or response.status_code != HTTPStatus.OK:
        return False
    return any(item["status"] >= HTTPStatus.BAD_REQUEST for item in response.json()["items"])


@schemathesis.hook
def filter_failure(context: Any, failure: Any, case: Any, response: Any) -> bool:
    """Keeps a failure, unless it is a refusal by design of what a schema allows."""
    if isinstance(failure, RejectedPositiveData):
        return not is_by_design(case, response)
    return not (isinstance(failure, AcceptedNegativeData) and is_refused_by_row(case, response))
