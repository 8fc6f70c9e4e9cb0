"""GuardDuty Malware Protection for S3, which MiniStack lacks, as far as the template uses it.

The template's protection plan is stored. What is uploaded under its prefixes is scanned within a second: the object gets
the tag GuardDutyMalwareScanStatus, and the documented event, which the template's rule must match, is put on the default
bus. A file with the EICAR test string is a threat; an encrypted PDF cannot be scanned; a file that asks for it is scanned
slowly, so that a test can look at it meanwhile.
"""

import contextvars
import threading
import time

from ministack.services import s3
from ministack.services.cloudformation import provisioners

# In two halves, so that no scanner takes this file for a threat.
THREAT = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
ENCRYPTED = b"/Encrypt"
SLOWLY = b"%% scan slowly"
DELAY, LONG_DELAY = 0.3, 3

under_way = 0
plans = {}
tell = None
guard = threading.Lock()
dispatch = s3._dispatch


def start(put_event):
    """Scans from now on, and reports to `put_event`."""
    global tell
    tell = put_event
    s3._dispatch = watch
    provisioners._RESOURCE_HANDLERS["AWS::GuardDuty::MalwareProtectionPlan"] = {
        "create": lambda name, props, stack: (keep(f"{stack}-{name}".lower(), props), {}),
        "update": lambda plan, old, new, stack: (keep(plan, new), {}),
        "delete": lambda plan, props: plans.pop(plan, None),
    }


def keep(plan, props):
    plans[plan] = props
    return plan


def watch(method, bucket, key, headers, body, query_params):
    answer = dispatch(method, bucket, key, headers, body, query_params)
    is_new = method == "PUT" and key and answer[0] == 200 and "tagging" not in query_params
    if is_new and plan_of(bucket, key):
        scan(bucket, key, DELAY if SLOWLY not in body else LONG_DELAY)
    return answer


def plan_of(bucket, key):
    for plan, props in plans.items():
        protected = props["ProtectedResource"]["S3Bucket"]
        prefixes = protected.get("ObjectPrefixes") or [""]
        if protected["BucketName"] == bucket and any(key.startswith(prefix) for prefix in prefixes):
            return plan
    return None


def scan(bucket, key, delay=0, status=None):
    """Scans an object after `delay`, in a thread of its own; `status`, if given, is the result whatever is in it."""
    global under_way
    with guard:
        under_way += 1
    threading.Thread(
        target=contextvars.copy_context().run, args=(look, bucket, key, delay, status), daemon=True
    ).start()


def look(bucket, key, delay, status):
    global under_way
    try:
        time.sleep(delay)
        content = s3._get_object_data(bucket, key)
        if content is not None:
            conclude(bucket, key, status or found_in(content))
    finally:
        with guard:
            under_way -= 1


def found_in(content):
    if THREAT in content:
        return "THREATS_FOUND"
    return "UNSUPPORTED" if ENCRYPTED in content else "NO_THREATS_FOUND"


def conclude(bucket, key, status):
    plan = plan_of(bucket, key)
    version = s3._resolve_subresource_version({}, s3._buckets[bucket], key)
    if plans[plan].get("Actions", {}).get("Tagging", {}).get("Status") == "ENABLED":
        tags = s3._object_tags.get((bucket, key, version), {})
        s3._object_tags[(bucket, key, version)] = {**tags, "GuardDutyMalwareScanStatus": status}
    skipped = status in ("UNSUPPORTED", "ACCESS_DENIED")
    detail = {
        "schemaVersion": "1.0",
        "scanStatus": "SKIPPED" if skipped else "FAILED" if status == "FAILED" else "COMPLETED",
        "resourceType": "S3_OBJECT",
        "s3ObjectDetails": {"bucketName": bucket, "objectKey": key, "versionId": version, "s3Throttled": False},
        "scanResultDetails": {
            "scanResultStatus": status,
            "threats": [{"name": "EICAR-Test-File"}] if status == "THREATS_FOUND" else None,
            "statusReasons": ["PASSWORD_PROTECTED"] if skipped else None,
        },
    }
    tell("aws.guardduty", "GuardDuty Malware Protection Object Scan Result", detail, [plan])
