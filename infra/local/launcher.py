"""Starts the AWS emulator (MiniStack, the version in requirements.txt) with what it lacks put right.

Development only, and nothing of Carillon's own: each change here makes the emulator answer as AWS does, or sooner.
They reach into private names, which is why the version is pinned; when a new version has a change built in, drop it.
"""
import socketserver

# The Lambda Runtime API is served by the standard library, which leaves Nagle's algorithm on: 40 ms an invocation.
socketserver.StreamRequestHandler.disable_nagle_algorithm = True

import ministack.core.lambda_runtime as lambda_runtime  # noqa: E402
import ministack.services.cloudformation.provisioners as provisioners  # noqa: E402
import ministack.services.scheduler as scheduler  # noqa: E402
import queries  # noqa: E402

# A function that wrote nothing to its log is otherwise held for 100 ms, in case it still does.
lambda_runtime.Worker._drain_stderr_bounded.__defaults__ = (0.004, 0.002, 0.250)

# A page of a long list otherwise takes as long as the list is.
queries.answered_by_key()

# Schedules are looked at every ten seconds; AWS keeps them to the second.
scheduler._SCHEDULE_TICK_INTERVAL = 1


def _cors_as_stored(properties):
    """CloudFormation writes AllowOrigins, the API's store allowOrigins; without this no preflight is answered."""
    cors = properties.get("CorsConfiguration")
    if not isinstance(cors, dict):
        return properties
    return {**properties, "CorsConfiguration": {name[:1].lower() + name[1:]: value for name, value in cors.items()}}


_api = provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::Api"]
_create_api, _update_api = _api["create"], _api["update"]
_api["create"] = lambda logical_id, properties, stack: _create_api(logical_id, _cors_as_stored(properties), stack)
_api["update"] = lambda physical_id, old, new, *rest, **more: _update_api(
    physical_id, _cors_as_stored(old), _cors_as_stored(new), *rest, **more
)


def _numbers_as_numbers(properties):
    """A template's Number parameter arrives as text; AWS takes it for the number it is, the queue's poller compares it."""
    scaling = properties.get("ScalingConfig")
    if not isinstance(scaling, dict):
        return properties
    return {**properties, "ScalingConfig": {name: int(value) for name, value in scaling.items()}}


_mapping = provisioners._RESOURCE_HANDLERS["AWS::Lambda::EventSourceMapping"]
_create_mapping, _update_mapping = _mapping["create"], _mapping["update"]
_mapping["create"] = lambda logical_id, properties, stack: _create_mapping(
    logical_id, _numbers_as_numbers(properties), stack
)
_mapping["update"] = lambda physical_id, old, new, *rest, **more: _update_mapping(
    physical_id, _numbers_as_numbers(old), _numbers_as_numbers(new), *rest, **more
)

from ministack.services.cloudformation import _stacks  # noqa: E402

_update_resource = provisioners._update_resource


def _update_keeping_attributes(resource_type, physical_id, old, new, stack_name, logical_id=None, old_attrs=None):
    """What has not changed in a child stack keeps its attributes; otherwise nothing there can refer to them any more."""
    if old_attrs is None and logical_id:
        old_attrs = _stacks.get(stack_name, {}).get("_resources", {}).get(logical_id, {}).get("Attributes")
    return _update_resource(resource_type, physical_id, old, new, stack_name, logical_id, old_attrs)


provisioners._update_resource = _update_keeping_attributes

import json  # noqa: E402

import ministack.core.iam_actions as iam_actions  # noqa: E402
import ministack.core.iam_evaluator as iam_evaluator  # noqa: E402

# What a request to KMS says it is about decides, by policy, whether it may be made.
_tag_context = iam_actions.request_tag_context


def _with_encryption_context(service, action, body, *rest):
    context = _tag_context(service, action, body, *rest)
    if service == "kms" and action in ("kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey"):
        named = json.loads(body or b"{}").get("EncryptionContext") or {}
        context = {**context, **{f"kms:EncryptionContext:{name}": value for name, value in named.items()}}
    return context


iam_actions.request_tag_context = _with_encryption_context

# Which permissions are used, by whom, once each: what `cargo xtask least-privilege` compares with what is granted.
_evaluate, _used = iam_evaluator.evaluate, set()


def _evaluate_and_note(context, *policies):
    if context.action.startswith("sqs:") and context.action.endswith("Batch"):
        context.action = context.action.removesuffix("Batch")  # AWS knows no permission for batches
    result = _evaluate(context, *policies)
    use = (context.principal_arn.split("/")[1] if "/" in context.principal_arn else "", context.action)
    if result.decision == "Allow" and use not in _used:
        _used.add(use)
        with open("permissions-used.txt", "a", encoding="utf-8") as file:
            file.write(" ".join(use) + "\n")
    return result


iam_evaluator.evaluate = _evaluate_and_note

from ministack.app import main  # noqa: E402

main()
