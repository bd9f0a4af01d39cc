"""The synthesised templates as plain dicts, with references between the two stacks followed."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Resource = dict[str, Any]


@dataclass(frozen=True)
class Assembly:
    """What one synth wrote, and what cdk-nag said of it; read many times, synthesised once."""

    folder: Path
    data: dict[str, Any]
    service: dict[str, Any]
    findings: list[dict[str, Any]]
    acknowledged: dict[str, str]

    @property
    def resources(self) -> dict[str, Resource]:
        return {**self.data["Resources"], **self.service["Resources"]}

    def of_type(self, kind: str) -> dict[str, Resource]:
        return {name: made for name, made in self.resources.items() if made["Type"] == kind}

    def properties(self, kind: str) -> list[dict[str, Any]]:
        return [made["Properties"] for made in self.of_type(kind).values()]

    def functions(self) -> dict[str, dict[str, Any]]:
        """Each function's properties by the name of its row, which its handler string spells."""
        return {made["Handler"].split(".")[1]: made for made in self.properties("AWS::Lambda::Function")}

    def function_id(self, name: str) -> str:
        handler = f"functions.{name}.handler.handler"
        made = self.of_type("AWS::Lambda::Function")
        return next(key for key in made if made[key]["Properties"]["Handler"] == handler)

    def environment(self, name: str) -> dict[str, str]:
        variables = self.functions()[name].get("Environment", {}).get("Variables", {})
        return {key: self.read(value) for key, value in variables.items()}

    def statements(self, name: str) -> list[dict[str, Any]]:
        """What a function's role allows, each with lists of actions and of resources as readable strings."""
        role = self.read(self.functions()[name]["Role"]).removesuffix(".Arn")
        return self.role_statements(role)

    def role_statements(self, role: str) -> list[dict[str, Any]]:
        policies = (made for made in self.properties("AWS::IAM::Policy") if {"Ref": role} in made["Roles"])
        return [
            {
                "Effect": statement["Effect"],
                "Action": as_list(statement["Action"]),
                "Resource": [self.read(resource) for resource in as_list(statement["Resource"])],
                "Condition": statement.get("Condition", {}),
            }
            for policy in policies
            for statement in policy["PolicyDocument"]["Statement"]
        ]

    def read(self, value: Any) -> str:
        """An intrinsic as text: `SignalsTable.Arn/index/by_time`; imports lead to what was exported."""
        match value:
            case str():
                return value
            case {"Ref": name}:
                return str(name)
            case {"Fn::GetAtt": [name, attribute]}:
                return f"{name}.{attribute}"
            case {"Fn::Join": [separator, parts]}:
                return str(separator).join(self.read(part) for part in parts)
            case {"Fn::ImportValue": export}:
                return self.read(self._exports()[str(export)])
            case _:
                raise AssertionError(f"an intrinsic these tests cannot read: {json.dumps(value)}")

    def _exports(self) -> dict[str, Any]:
        outputs = self.data["Outputs"].values()
        return {output["Export"]["Name"]: output["Value"] for output in outputs}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
