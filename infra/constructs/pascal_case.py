"""The one spelling of construct ids: changing it would replace every resource, tables included."""


def pascal_case(name: str) -> str:
    return "".join(word.capitalize() for word in name.replace("-", "_").split("_"))
