"""Runs the event source mappings of DynamoDB streams as AWS does; MiniStack's own poller does less.

MiniStack takes one batch at a time and treats every answer as a success. Here it is as on AWS:
- Records of one item stay in order; different items are worked on in ParallelizationFactor lanes.
- A batch that fails is retried: from the first failed item on, if the function reports it (ReportBatchItemFailures); in
  halves, if it does not and BisectBatchOnFunctionError is set.
- A batch that has been retried MaximumRetryAttempts times, or has a record older than MaximumRecordAgeInSeconds, is given
  up and reported to the failure destination.
Only the wait between tries is shorter.
"""

import contextvars
import json
import logging
import queue
import threading
import time

from ministack.core.arn import parse_arn
from ministack.services import dynamodb, lambda_svc

BETWEEN_TRIES = 0.2
TAKEN_AT_ONCE = 100

logger = logging.getLogger("streams")
lanes = {}


class Lane:
    """Works on its records in their order, batch by batch."""

    def __init__(self):
        self.records = queue.Queue()
        threading.Thread(target=contextvars.copy_context().run, args=(self.work,), daemon=True).start()

    def work(self):
        while True:
            mapping, first = self.records.get()
            batch = [first]
            try:
                while len(batch) < mapping.get("BatchSize", 100):
                    batch.append(self.records.get_nowait()[1])
            except queue.Empty:
                pass
            try:
                deliver(mapping, batch)
            except Exception:
                logger.exception("a batch was lost")
            for _ in batch:
                self.records.task_done()


def poll():
    """Takes what is new in each stream; returns whether there was anything."""
    taken = False
    for account, region, mapping in lambda_svc._iter_all_esms():
        source = mapping.get("EventSourceArn", "")
        if ":dynamodb:" not in source or not mapping.get("Enabled", True):
            continue
        lambda_svc._request_account_id.set(account)
        lambda_svc._request_region.set(region)
        table = lambda_svc._dynamodb_stream_table_from_arn_spec(parse_arn(source))[0]
        if dynamodb._tables.get(table, {}).get("LatestStreamArn") != source:
            continue
        taken = take(mapping, table) or taken
    return taken


def take(mapping, table):
    positions, horizon = lambda_svc._dynamodb_stream_positions, dynamodb.stream_start_position(table)
    with lambda_svc._dynamodb_stream_positions_lock:
        if mapping["UUID"] not in positions:
            from_start = mapping.get("StartingPosition") == "TRIM_HORIZON"
            positions[mapping["UUID"]] = horizon if from_start else dynamodb.stream_end_position(table)
        position = max(positions[mapping["UUID"]], horizon)
        records = dynamodb.stream_records_since(table, position, TAKEN_AT_ONCE)
        for record in lambda_svc._apply_filter_criteria(records, mapping) if records else []:
            keys = json.dumps(record["dynamodb"]["Keys"], sort_keys=True)
            lane = mapping["UUID"], hash(keys) % (mapping.get("ParallelizationFactor") or 1)
            if lane not in lanes:
                lanes[lane] = Lane()
            lanes[lane].records.put((mapping, record))
        positions[mapping["UUID"]] = position + len(records)
    return bool(records)


def waiting():
    """Records that lanes have taken and not yet settled."""
    return sum(lane.records.unfinished_tasks for lane in list(lanes.values()))


def deliver(mapping, batch):
    """Invokes the function until the batch is settled or given up."""
    function, _ = lambda_svc._get_func_record_for_qualifier(mapping["FunctionName"], mapping.get("Qualifier"))
    tries = 0
    while batch and function is not None:
        result = lambda_svc._execute_function(function, {"Records": batch})
        tries += 1
        failed = bool(result.get("error"))
        if not failed:
            batch = batch[first_failed(mapping, batch, result.get("body")):]
            if not batch:
                return
        reason = given_up(mapping, batch, tries)
        if reason:
            lambda_svc._send_ddb_stream_failure_record(
                mapping, function, batch, mapping["EventSourceArn"], result, reason)
            return
        time.sleep(BETWEEN_TRIES)
        if failed and mapping.get("BisectBatchOnFunctionError") and len(batch) > 1:
            half = len(batch) // 2
            deliver(mapping, batch[:half])
            deliver(mapping, batch[half:])
            return


def first_failed(mapping, batch, body):
    """Where the retry begins: at the first item that the function reports."""
    if "ReportBatchItemFailures" not in mapping.get("FunctionResponseTypes", []):
        return len(batch)
    body = json.loads(body) if isinstance(body, (str, bytes)) else body
    reported = {failure["itemIdentifier"] for failure in (body or {}).get("batchItemFailures", [])}
    places = [place for place, record in enumerate(batch) if record["dynamodb"]["SequenceNumber"] in reported]
    return min(places, default=0 if reported else len(batch))


def given_up(mapping, batch, tries):
    """Why the batch is not tried again; None if it is."""
    retries, age = mapping.get("MaximumRetryAttempts", -1), mapping.get("MaximumRecordAgeInSeconds", -1)
    oldest = min(float(record["dynamodb"].get("ApproximateCreationDateTime", time.time())) for record in batch)
    if retries is not None and 0 <= int(retries) < tries:
        return "RetryAttemptsExhausted"
    if age is not None and 0 < int(age) < time.time() - oldest:
        return "MaxRecordAgeExceeded"
    return None


lambda_svc._poll_dynamodb_streams = poll
