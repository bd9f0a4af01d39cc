"""Which environment variables a function's code can reach: its handler's `wiring` names, followed down to settings.

Read from the source, not by running it: the composition root is lazy, so no import shows what a function needs.
"""

import ast
from pathlib import Path

from infra.layers import PROJECT
from local.environment import WEBHOOKS_GO_ANYWHERE

FUNCTIONS = PROJECT / "functions"


SET_BY_LAMBDA = {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE"}
SET_LOCALLY = set(WEBHOOKS_GO_ANYWHERE)


def variables_read_by(function: str) -> set[str]:
    """Those that we have to set."""
    bodies = _wiring_bodies()
    reached: set[str] = set()
    waiting = {name for module in (FUNCTIONS / function).glob("*.py") for name in _qualified(_parse(module), "")}
    waiting &= bodies.keys()
    while waiting:
        name = waiting.pop()
        reached.add(name)
        waiting |= (_qualified(bodies[name], name.partition(".")[0]) & bodies.keys()) - reached
    read = {attribute for name in reached for attribute in _attributes_of("settings", bodies[name])}
    variables = _variable_of_each_setting()
    return {variables[name] for name in read} - SET_BY_LAMBDA - SET_LOCALLY


def clients_made() -> set[str]:
    """The AWS services the composition root opens clients for."""
    calls = (node for node in ast.walk(_parse(FUNCTIONS / "wiring" / "aws.py")) if isinstance(node, ast.Call))
    return {
        str(call.args[0].value)
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "client"
        and call.args
        and isinstance(call.args[0], ast.Constant)
    }


def _wiring_bodies() -> dict[str, ast.FunctionDef]:
    """`entities.customers` -> its factory, for every module of the composition root."""
    modules = (FUNCTIONS / "wiring").glob("*.py")
    return {f"{module.stem}.{name}": body for module in modules for name, body in _bodies(module).items()}


def _qualified(tree: ast.AST, own_module: str) -> set[str]:
    """The factories that code names: as `module.name`, or bare within their own module."""
    bare = {f"{own_module}.{node.id}" for node in ast.walk(tree) if isinstance(node, ast.Name)}
    dotted = {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    return bare | dotted


def _variable_of_each_setting() -> dict[str, str]:
    """`records_table` -> `RECORDS_TABLE`, from the text each setting reads."""
    return {
        name: node.value
        for name, body in _bodies(FUNCTIONS / "runtime" / "settings.py").items()
        for node in ast.walk(body)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isupper()
    }


def _bodies(module: Path) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in _parse(module).body if isinstance(node, ast.FunctionDef)}


def _attributes_of(module: str, tree: ast.AST) -> set[str]:
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == module
    }


def _parse(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))
