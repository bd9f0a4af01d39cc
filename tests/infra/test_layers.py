"""The layer builder does nothing twice and leaves out what no function loads."""

from pathlib import Path

import pytest

from infra import layers

pytestmark = pytest.mark.infra


def test_an_unchanged_lock_builds_nothing(tmp_path: Path) -> None:
    lock = tmp_path / "layer-runtime.txt"
    lock.write_text("nonexistent-wheel==1.0 --hash=sha256:00")
    (tmp_path / "runtime" / "python").mkdir(parents=True)
    (tmp_path / "runtime.stamp").write_text(layers.fingerprint(lock))

    told = layers.build("runtime", lock=lock, into=tmp_path)

    assert told == "layer runtime: unchanged, 0.0 MB"


def test_another_lock_has_another_fingerprint(tmp_path: Path) -> None:
    lock = tmp_path / "layer-runtime.txt"
    lock.write_text("pydantic==2.14.2")
    before = layers.fingerprint(lock)
    lock.write_text("pydantic==2.14.3")

    assert layers.fingerprint(lock) != before


def test_descriptions_of_other_services_and_metadata_are_left_out(tmp_path: Path) -> None:
    kept = ["botocore/data/dynamodb", "botocore/data/s3", "pydantic", "typst"]
    kept += ["genai_prices-0.2.3.dist-info", "httpcore2-2.16.2.dist-info", "httpx2-2.16.2.dist-info"]
    dropped = ["botocore/data/ec2", "boto3/data", "pydantic-2.14.3.dist-info", "six/tests", "typst/__pycache__", "bin"]
    for folder in (*kept, *dropped):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "botocore" / "data" / "endpoints.json").write_text("{}")

    found = {path.relative_to(tmp_path).as_posix() for path in layers.unused(tmp_path)}

    assert found == set(dropped)


def test_a_layer_that_another_stands_beside_has_another_fingerprint_with_it(tmp_path: Path) -> None:
    beside, lock = tmp_path / "layer-runtime.txt", tmp_path / "layer-telemetry.txt"
    lock.write_text("genai-prices==0.2.3")
    beside.write_text("pydantic==2.14.3")
    before = layers.fingerprint(lock, beside)
    beside.write_text("")

    assert layers.fingerprint(lock, beside) != before


def test_a_layer_has_nothing_that_the_layer_beside_it_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheels = {"runtime": ["pydantic", "boto3"], "telemetry": ["pydantic", "genai_prices"]}
    for name, packages in wheels.items():
        lock = tmp_path / f"layer-{name}.txt"
        lock.write_text(name)

        def install(_: Path, target: Path, *, packages: list[str] = packages, **__: object) -> None:
            for package in packages:
                (target / package).mkdir(parents=True)

        monkeypatch.setattr(layers, "_install", install)
        layers.build(name, lock=lock, into=tmp_path)

    built = {name: {path.name for path in (tmp_path / name / "python").iterdir()} for name in wheels}
    assert built == {"runtime": {"pydantic", "boto3"}, "telemetry": {"genai_prices"}}


@pytest.mark.parametrize("name", layers.LAYERS)
def test_every_layer_has_a_lock_with_hashes(name: str) -> None:
    lock = (layers.PROJECT / "requirements" / f"layer-{name}.txt").read_text()

    assert lock.count("==") > 0
    assert lock.count("--hash=sha256:") >= lock.count("==")
