"""A claim from its draft to incentive assessment, through a client that a published generator made from the contract.

`cargo xtask conform` runs it.
"""

import hashlib
import json
import subprocess
import sys
import uuid
from http import HTTPStatus
from typing import Any, TypeVar

import httpx
import localhost  # noqa: F401
from claims_client import AuthenticatedClient
from claims_client.api.claims import create_claim, edit_claim, read_claim, submit_claim
from claims_client.api.evidence import announce_evidence, complete_evidence
from claims_client.api.review import approve_claim, start_review
from claims_client.models import (
    AnnouncedEvidence,
    AssessmentState,
    BusinessApplicationsClaimBody,
    BusinessApplicationsClaimBodyActivitiesItem,
    BusinessApplicationsClaimBodySolutionArea,
    BusinessApplicationsClaimProductBody,
    BusinessApplicationsClaimProductBodyProduct,
    Claim,
    ClaimStatus,
    ContactBody,
    ContactBodyLanguageType0,
    CustomerBody,
    EditClaimBody,
    PartnerContactBody,
    Problem,
    UploadAnnouncementBody,
)
from claims_client.types import Response, Unset

ADDRESS, XTASK, PORT = sys.argv[1:]
T = TypeVar("T")


def stack(*words: str) -> str:
    """What a person would do at the command line."""
    return subprocess.run(
        [XTASK, *words, "--port", PORT], check=True, text=True, stdout=subprocess.PIPE
    ).stdout.strip()


def client(user: str) -> AuthenticatedClient:
    """A client of the API for one person."""
    return AuthenticatedClient(base_url=ADDRESS, token=stack("token", user), raise_on_unexpected_status=True)


def answered(response: Response[Any], kind: type[T]) -> T:
    """The answer, or the problem in its own words."""
    assert isinstance(response.parsed, kind), f"{response.status_code}: {response.content!r}"
    return response.parsed


def main() -> None:
    """Walks the claim."""
    partner, reviewer = client("nadia"), client("rita")
    draft = BusinessApplicationsClaimBody(
        name="Blue Yonder Python pre-sales",
        mpn_id="4711001",
        solution_area=BusinessApplicationsClaimBodySolutionArea.BUSINESS_APPLICATIONS,
        activities=[BusinessApplicationsClaimBodyActivitiesItem.PRESALES],
        customer=CustomerBody(
            tenant_id=uuid.UUID("b1e00000-0000-4000-8000-000000000001"),
            domain="blueyonder.example",
            name="Blue Yonder",
            contact=ContactBody(
                name="Bea Young",
                title="Head of Sales",
                email="bea@blueyonder.example",
                language=ContactBodyLanguageType0.FR,
            ),
        ),
        partner_contact=PartnerContactBody(name="Nadia Rahman", email="nadia@northwind.example"),
        products=[
            BusinessApplicationsClaimProductBody(
                product=BusinessApplicationsClaimProductBodyProduct.SALES, subscription_id=uuid.uuid4()
            )
        ],
    )
    key = str(uuid.uuid4())
    created = create_claim.sync_detailed(client=partner, body=draft, idempotency_key=key)
    claim = answered(created, Claim)
    again = create_claim.sync_detailed(client=partner, body=draft, idempotency_key=key)
    assert answered(again, Claim).id == claim.id, "the same key gets the first answer again"
    print(f"created {claim.id}")

    etag = created.headers["etag"]
    patch = EditClaimBody(name="Blue Yonder pre-sales")
    named = edit_claim.sync_detailed(claim.id, client=partner, body=patch, if_match=etag)
    assert answered(named, Claim).name == "Blue Yonder pre-sales"
    stale = edit_claim.sync_detailed(claim.id, client=partner, body=patch, if_match=etag)
    assert stale.status_code == HTTPStatus.PRECONDITION_FAILED
    assert answered(stale, Problem).type_ == "/v1/problems/revision-stale"

    proof = b"%PDF-1.4\n%%EOF\n"
    announcement = UploadAnnouncementBody(
        file_name="proof.pdf", size=len(proof), sha256=hashlib.sha256(proof).hexdigest()
    )
    announced = answered(
        announce_evidence.sync_detailed(claim.id, client=partner, body=announcement), AnnouncedEvidence
    )
    upload = announced.upload
    assert not isinstance(upload, Unset), "a document that was just announced can be uploaded"
    put = httpx.request(upload.method, upload.url, headers=upload.headers.to_dict(), content=proof)
    assert put.status_code == HTTPStatus.OK, put.text
    complete = complete_evidence.sync_detailed(claim.id, announced.evidence.id, client=partner)
    answered(complete, Claim)
    submitted = answered(submit_claim.sync_detailed(claim.id, client=partner), Claim)
    assert submitted.status == ClaimStatus.SUBMITTED
    print("submitted, with proof")

    started = start_review.sync_detailed(claim.id, client=reviewer)
    answered(started, Claim)
    approved = approve_claim.sync_detailed(claim.id, client=reviewer, if_match=started.headers["etag"])
    assert answered(approved, Claim).status == ClaimStatus.APPROVED
    print("approved")

    stack("clock", "+8d")
    messages = [json.loads(line) for line in stack("assessment").splitlines()]
    message = next(message for message in messages if message["claimId"] == claim.id)
    assert message["kind"] == "requested", message
    assert message["products"] == [product.to_dict() for product in draft.products], message
    # The tokens of eight days ago have expired.
    ended = answered(read_claim.sync_detailed(claim.id, client=client("nadia")), Claim)
    assert not isinstance(ended.assessment, Unset)
    assert ended.assessment.state == AssessmentState.REQUESTED
    print("handed off to assessment")


if __name__ == "__main__":
    main()
