"""The whole life of a deployment, step by step: made, used, changed, and removed without losing anything."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from infra.layers import PROJECT
from infra.resources import BUCKETS, FUNCTIONS, SIGNALS, TABLES
from local.deployment import billing_run
from local.deployment.cdk import DATA, SERVICE, App, Cdk
from local.deployment.commands import Commands
from local.deployment.deployed import Deployed
from local.deployment.journey import Journey
from local.deployment.missing_grant import take_a_grant_away
from local.deployment.poison import poison_every_queue
from local.deployment.steps import Step, take
from local.deployment.tools import deploying_environment, prepare
from local.deployment.waiting import check

CHANGED = {"log_level": "DEBUG"}
OWED_SECONDS = 120


@dataclass
class Findings:
    """What the steps saw, for whoever asserts on it; filled as far as they came."""

    differs: list[bool] = field(default_factory=list)
    """What `cdk diff` said: after deploying, of the change before it, and after it."""
    log_levels: Mapping[str, str] = field(default_factory=dict)
    """Of each deployed function after the change, by the name of its row."""
    spans: str = ""
    costs: str = ""
    invoices: str = ""
    margin: str = ""
    documents: str = ""
    routes: str = ""
    ends_of_poison: Mapping[str, str] = field(default_factory=dict)
    """Where the message ended, by the name of its queue."""
    refusal: str = ""
    balance: str = ""
    logs: Mapping[str, str] = field(default_factory=dict)
    """All that each function has logged, by the name of its row."""
    segments: list[int] = field(default_factory=list)
    """In the signals table: with both stacks, without the service, and without the data stack."""


class Story:
    """`endpoint` is that of the emulator, which must be empty; `folder` takes what is synthesised, and the logs."""

    def __init__(self, endpoint: str, folder: Path) -> None:
        self._endpoint = endpoint
        self._folder = folder
        environment = deploying_environment(endpoint, folder)
        self._commands = Commands(cwd=PROJECT, logs=folder / "logs", environment=environment)
        self._cdk = Cdk(self._commands, folder)
        self.findings = Findings()

    def play(self, terminal: TextIO) -> None:
        try:
            take(self._steps(), terminal)
        except Exception:
            # What the emulator kept of them ends with it, and the reason is often there.
            Deployed(self._endpoint, {}).keep_logs(self._folder / "logs" / "functions")
            raise

    def _steps(self) -> tuple[Step, ...]:
        return (
            Step("prepare: npm ci, layers for this machine", lambda: prepare(self._folder / "logs" / "desk")),
            Step("cdk synth, and with a change", self._synthesise),
            Step("cdk bootstrap", self._bootstrap),
            Step("cdk deploy --all", self._deploy),
            Step("cdk diff", self._diff),
            Step("owed org create --aws", self._create_organization),
            # While few functions run: ministack takes four seconds to replace each that does.
            Step("cdk deploy of a change", self._update),
            Step("journey: products, customer, order", self._sell),
            Step("journey: activation whose message is lost", self._activate),
            Step("journey: signals, some twice", self._use),
            Step("journey: spans in each form, all twice", self._trace),
            Step("journey: costs, by themselves and in a signal", self._cost),
            Step("journey: billing run by the schedule", self._bill),
            Step("journey: the margin of last month", self._read_margin),
            Step("journey: documents in S3 and in the API", self._documents),
            Step("journey: every route", self._routes),
            Step("a poison message in each queue", self._poison),
            Step("a grant taken away", self._take_a_grant_away),
            Step("owed balance and owed replay --aws", self._audit),
            Step("the logs of all functions", self._read_logs),
            Step("cdk destroy of the service", self._destroy_service),
            Step("cdk destroy of the data stack", self._destroy_data),
        )

    def _synthesise(self) -> str:
        self._app = self._cdk.synthesise("app")
        self._changed = self._cdk.synthesise("changed", CHANGED)
        return f"log level {CHANGED['log_level']} is the change"

    def _bootstrap(self) -> str:
        self._cdk.bootstrap(self._app)
        return ""

    def _deploy(self) -> str:
        self._deployed = Deployed(self._endpoint, self._cdk.deploy(self._app))
        made = self._deployed.functions()
        check("the deployed functions", sorted(made), sorted(row.name for row in FUNCTIONS))
        return f"{len(made)} functions"

    def _diff(self) -> str:
        self._note_difference(self._app, expected=False)
        self._note_difference(self._changed, expected=True)
        return "none, and some with the change"

    def _note_difference(self, app: App, *, expected: bool) -> None:
        differs = self._cdk.differs(app)
        self.findings.differs.append(differs)
        check("whether cdk diff finds differences", differs, expected)

    def _create_organization(self) -> str:
        made = json.loads(self._owed("org", "create", "Acme AI", "--json"))
        self._organization = str(made["organization"]["id"])
        self._journey = Journey(self._deployed.root, str(made["key"]["secret"]))
        return self._organization

    def _update(self) -> str:
        self._cdk.deploy(self._changed)
        self._note_difference(self._changed, expected=False)
        made = self._deployed.functions()
        self.findings.log_levels = {
            name: function.get("LoggingConfig", {}).get("ApplicationLogLevel", "") for name, function in made.items()
        }
        check("the log levels", set(self.findings.log_levels.values()), {CHANGED["log_level"]})
        return "changed, and nothing left to change"

    def _sell(self) -> str:
        return self._journey.sell()

    def _use(self) -> str:
        return self._journey.use()

    def _activate(self) -> str:
        return billing_run.lose_the_request(self._deployed, self._journey)

    def _trace(self) -> str:
        self.findings.spans = self._journey.trace()
        return self.findings.spans

    def _cost(self) -> str:
        self.findings.costs = self._journey.cost()
        return self.findings.costs

    def _bill(self) -> str:
        self.findings.invoices = billing_run.run_on_schedule(self._deployed, self._journey)
        return self.findings.invoices

    def _read_margin(self) -> str:
        self.findings.margin = self._journey.margin()
        return self.findings.margin

    def _documents(self) -> str:
        self.findings.documents = billing_run.check_documents(self._deployed, self._journey)
        return self.findings.documents

    def _routes(self) -> str:
        self.findings.routes = self._journey.ask_every_route()
        return self.findings.routes

    def _poison(self) -> str:
        self.findings.ends_of_poison = poison_every_queue(self._deployed)
        return "; ".join(f"{queue}: {end}" for queue, end in self.findings.ends_of_poison.items())

    def _take_a_grant_away(self) -> str:
        self.findings.refusal = take_a_grant_away(self._deployed, self._journey)
        return "AccessDenied, in IAM's words"

    def _audit(self) -> str:
        self.findings.balance = self._owed("balance", self._organization)
        self._owed("replay", self._organization)
        return "both add up"

    def _read_logs(self) -> str:
        self.findings.logs = self._deployed.logs()
        return f"{sum(len(log.splitlines()) for log in self.findings.logs.values()):,} lines"

    def _destroy_service(self) -> str:
        self.findings.segments.append(self._deployed.items_in(SIGNALS))
        self._cdk.destroy(self._changed, SERVICE)
        check("the functions left", sorted(self._deployed.functions()), [])
        self.findings.segments.append(self._deployed.items_in(SIGNALS))
        return f"{self.findings.segments[-1]} segments of signals retained"

    def _destroy_data(self) -> str:
        self._cdk.destroy(self._changed, DATA)
        self.findings.segments.append(self._deployed.items_in(SIGNALS))
        check("the segments of signals", set(self.findings.segments), {self.findings.segments[0]})
        return f"{len(TABLES)} tables and {len(BUCKETS)} buckets retained"

    def _owed(self, *arguments: str) -> str:
        """As an operator asks it, with the name that the deployment gave as an output."""
        function = self._deployed.outputs["AdminFunctionName"]
        command = (sys.executable, "-m", "local.cli", *arguments, "--aws", function)
        return self._commands.succeed(*command, seconds=OWED_SECONDS)
