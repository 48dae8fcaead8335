"""What the ready-made checkers let pass: `python check.py template.yaml out_dir`.

- The SAM translator accepts the template, as the transform on AWS will.
- No policy grants a `*` resource, save those named below with their reason; nor does the SAM translator, which attaches
  AWS's own policies to a function's role for every queue or stream among its `Events`.
- Every function, state machine and dead-letter queue has an alarm, every alarm its paragraph in docs/runbook.md, and the
  runbook no other.
- Every metric that the code counts is on the operator's dashboard, and an alarm asks for none that it does not count.
- Every folder of functions/ is deployed, and nothing else is.
- A function is given each variable that its wiring asks for, and none that it never reads.
- No YAML alias: CloudFormation does not know them.

Writes each state machine, with its substitutions filled in, to out_dir for asl-validator, and checks what that
misses: that JSONata expressions are closed and that each task has a time-out, a jittered retry and a catch.
"""
import json
import os
import pathlib
import re
import sys

os.environ.setdefault("AWS_DEFAULT_REGION", "eu-central-1")

from samtranslator.translator.transform import transform  # noqa: E402
from samtranslator.yaml_helper import yaml_parse  # noqa: E402

# Statement ids that may say `Resource: "*"`: actions which accept nothing narrower, and key policies.
STAR_ALLOWED = {"DeliverLogs", "SendTraces", "AccountDecidesByIam"}

# AWS's own policies that a role may have: to write its log and its traces. What AWS grants to read a queue or a stream is
# good for every one of the account, so those are event source mappings with statements of their own.
AWS_POLICIES_ALLOWED = {"AWSLambdaBasicExecutionRole", "AWSXrayWriteOnlyAccess"}

problems = []


def problem(text):
    problems.append(text)


def statements(node, path=""):
    """Every policy statement anywhere below `node`, with where it stands."""
    if isinstance(node, dict):
        if "Effect" in node and ("Action" in node or "NotAction" in node):
            yield path, node
        for key, value in node.items():
            yield from statements(value, f"{path}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from statements(value, f"{path}/{index}")


def check_policies(template):
    for path, statement in statements(template["Resources"]):
        if statement["Effect"] != "Allow" or "Principal" in statement and "Resource" not in statement:
            continue
        resources = statement.get("Resource", [])
        resources = resources if isinstance(resources, list) else [resources]
        if "*" in resources and statement.get("Sid") not in STAR_ALLOWED:
            problem(f"{path}: grants on every resource")
        actions = statement.get("Action", [])
        actions = actions if isinstance(actions, list) else [actions]
        if any(action.endswith("*") for action in actions) and statement.get("Sid") not in STAR_ALLOWED:
            problem(f"{path}: grants every action of a kind")


def check_roles(translated):
    """What the roles come to that are deployed, those included that the template does not show."""
    for name, resource in translated["Resources"].items():
        if resource["Type"] != "AWS::IAM::Role":
            continue
        for policy in resource["Properties"].get("ManagedPolicyArns", []):
            text = json.dumps(policy, default=str)
            aws_own = re.search(r":aws:policy/(?:[\w-]+/)*([\w-]+)", text)
            if aws_own and aws_own.group(1) not in AWS_POLICIES_ALLOWED:
                problem(f"{name}: AWS's {aws_own.group(1)} grants on every resource")
    check_policies(translated)


def check_alarms(template, alarms):
    watched = json.dumps(alarms["Resources"])
    for name, resource in template["Resources"].items():
        kind = resource["Type"]
        wanted = kind in ("AWS::Serverless::Function", "AWS::Serverless::StateMachine") or (
            kind == "AWS::SQS::Queue" and name.endswith("DeadLetters")
        )
        if wanted and f'{{"Ref": "{name}"}}' not in watched:
            problem(f"{name}: has no alarm")


def check_runbook(alarms, root):
    headings = set(re.findall(r"^## ([a-z0-9-]+)$", (root / "docs" / "runbook.md").read_text(), re.MULTILINE))
    for name, resource in alarms["Resources"].items():
        anchor = re.sub(r"(?<!^)(?=[A-Z])", "-", name.removesuffix("Alarm")).lower()
        if not resource["Properties"]["AlarmDescription"].endswith(f" docs/runbook.md#{anchor}"):
            problem(f"{name}: its description does not end in docs/runbook.md#{anchor}")
        if anchor not in headings:
            problem(f"docs/runbook.md: nothing about {anchor}")
        headings.discard(anchor)
    for anchor in sorted(headings):
        problem(f"docs/runbook.md: {anchor} is no alarm")


def check_metrics(alarms, dashboard, root):
    source = "".join(path.read_text() for part in ("crates", "functions") for path in (root / part).glob("*/src/**/*.rs"))
    counted = set(re.findall(r"metric\.([a-z_]+) =", source))
    shown = set(re.findall(r'"Carillon", "([a-z_]+)"', dashboard))
    for name in sorted(counted - shown):
        problem(f"dashboard-metrics.yaml: does not show {name}")
    alarmed = {r["Properties"]["MetricName"] for r in alarms["Resources"].values() if r["Properties"]["Namespace"] == "Carillon"}
    for name in sorted((alarmed | shown) - counted):
        problem(f"{name}: nothing counts it")


# Read by crates/shell, whatever the function.
SHARED_VARIABLES = {"RUST_LOG", "STACK"}


def check_functions(template, root):
    shared = set(template["Globals"]["Function"]["Environment"]["Variables"])
    deployed = set()
    for name, resource in template["Resources"].items():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        properties = resource["Properties"]
        binary = resource["Metadata"]["BuildProperties"]["Binary"]
        deployed.add(binary)
        if pathlib.PurePath(properties["CodeUri"]).name != binary:
            problem(f"{name}: builds {binary} from {properties['CodeUri']}")
        given = shared | set(properties.get("Environment", {}).get("Variables", {}))
        source = "".join(path.read_text() for path in sorted((root / "functions" / binary / "src").rglob("*.rs")))
        # env.require("X"), env.parse_required::<u16>("X"), env.get("X"), env.parse("X")
        asked = re.findall(r"env\.(\w+)(?:::<[^>]*>)?\(\s*\"([A-Z_]+)\"", source)
        required = {variable for method, variable in asked if "require" in method}
        for variable in sorted(required - given):
            problem(f"{name}: {binary} requires {variable}, and the template does not give it")
        for variable in sorted(given - SHARED_VARIABLES - {variable for _, variable in asked}):
            problem(f"{name}: {binary} never reads {variable}")
    folders = {path.parent.name for path in (root / "functions").glob("*/Cargo.toml")}
    for binary in sorted(folders ^ deployed):
        problem(f"functions/{binary}: {'not deployed' if binary in folders else 'does not exist'}")


def states(machine):
    for name, state in machine["States"].items():
        yield name, state
        for branch in state.get("Branches", []) + [state[key] for key in ("ItemProcessor", "Iterator") if key in state]:
            yield from states(branch)


def strings(node):
    if isinstance(node, dict):
        for value in node.values():
            yield from strings(value)
    elif isinstance(node, list):
        for value in node:
            yield from strings(value)
    elif isinstance(node, str):
        yield node


def check_machine(name, text, out_dir):
    unfilled = re.findall(r"\$\{(\w+)\}", text)
    if unfilled:
        problem(f"{name}: nobody fills in {sorted(set(unfilled))}")
    machine = json.loads(text)
    if machine.get("QueryLanguage") != "JSONata":
        problem(f"{name}: QueryLanguage is not JSONata")
    for state_name, state in states(machine):
        where = f"{name}: {state_name!r}"
        for value in strings(state):
            if value.startswith("{%") != value.endswith("%}"):
                problem(f"{where}: a JSONata expression is not closed: {value}")
        if state["Type"] != "Task":
            continue
        if "TimeoutSeconds" not in state:
            problem(f"{where}: has no time-out")
        if not any(catch["ErrorEquals"] == ["States.ALL"] for catch in state.get("Catch", [])):
            problem(f"{where}: does not catch everything")
        retries = [retry for retry in state.get("Retry", []) if retry.get("MaxAttempts") != 0]
        if not retries or any(retry.get("JitterStrategy") != "FULL" for retry in retries):
            problem(f"{where}: has no retry, or one without full jitter")
    (out_dir / name).write_text(text)


def check_machines(template, folder, out_dir):
    samples = {"Partition": "aws", "WavesPerExecution": "2000"}
    for resource in template["Resources"].values():
        if resource["Type"] != "AWS::Serverless::StateMachine":
            continue
        path = (folder / resource["Properties"]["DefinitionUri"]).resolve()
        text = path.read_text()
        for key in resource["Properties"].get("DefinitionSubstitutions", {}):
            sample = samples.get(key, f"arn:aws:lambda:eu-central-1:111122223333:function:{key}")
            if f"${{{key}}}" not in text:
                problem(f"{path.name}: does not use the substitution {key}")
            text = text.replace(f"${{{key}}}", sample)
        check_machine(path.name, text, out_dir)


def main():
    path, out_dir = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2])
    out_dir.mkdir(parents=True, exist_ok=True)
    source = path.read_text()
    for line, text in enumerate(source.splitlines(), 1):
        if re.search(r"(?:^|[\s\[:-])[&*][A-Za-z]\w*\s*$", text.split(" #")[0]):
            problem(f"{path.name}:{line}: a YAML anchor or alias")
    template = yaml_parse(source)
    alarms = yaml_parse((path.parent / "alarms.yaml").read_text())
    check_functions(template, path.parent.parent)
    check_policies(template)
    check_alarms(template, alarms)
    check_runbook(alarms, path.parent.parent)
    check_metrics(alarms, (path.parent / "dashboard-metrics.yaml").read_text(), path.parent.parent)
    check_machines(template, path.parent, out_dir)
    # The transform wants packaged code; any address will do.
    for resource in template["Resources"].values():
        for key in ("CodeUri", "DefinitionUri"):
            if key in resource.get("Properties", {}):
                resource["Properties"][key] = "s3://bucket/key"
    values = {name: str(entry.get("Default", "")) for name, entry in template["Parameters"].items()}
    translated = transform(template, values, type("NoManagedPolicies", (), {"load": staticmethod(dict)})())
    check_roles(translated)
    (out_dir / "translated.json").write_text(json.dumps(translated, indent=1, default=str))
    for text in problems:
        print(text, file=sys.stderr)
    return 1 if problems else 0


sys.exit(main())
