"""Who calls: keys are looked up, remembered for a while, and told nothing about when they do not open."""

import hmac
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.billing.errors import Forbidden
from functions.billing.models.organization import ApiKey, Scope
from functions.runtime.api import Principal
from functions.runtime.auth import Authenticator, hash_secret
from tests.builders import NOW, make_key, make_organization
from tests.fakes.organizations import FakeOrganizations

SECRET = "owed_live_" + "k" * 43


@dataclass
class FakeKeys:
    """Fulfils `Keys`; `found` counts look-ups, `noted` holds the moments of the uses."""

    stored: dict[str, ApiKey]
    found: int = 0
    noted: list[datetime] = field(default_factory=list)

    def find(self, sha256: str) -> ApiKey | None:
        self.found += 1
        return self.stored.get(sha256)

    def note_use(self, key: ApiKey, *, now: datetime) -> None:
        assert key in self.stored.values()
        self.noted.append(now)


@dataclass
class Environment:
    """One execution environment with clocks of its own, which a test moves."""

    keys: FakeKeys
    organizations: FakeOrganizations = field(default_factory=lambda: FakeOrganizations(make_organization()))
    wall: datetime = NOW
    uptime: float = 0

    def __post_init__(self) -> None:
        self.authenticate = Authenticator(
            keys=self.keys,
            organizations=self.organizations,
            real_now=lambda: self.wall,
            uptime_seconds=lambda: self.uptime,
        )

    def wait(self, seconds: float, *, wall: float | None = None, uptime: float | None = None) -> None:
        """Time passes, on each clock so much if it is said."""
        self.wall += timedelta(seconds=seconds if wall is None else wall)
        self.uptime += seconds if uptime is None else uptime

    def call(self, secret: str = SECRET) -> Principal:
        return self.authenticate(f"Bearer {secret}")

    def opens(self) -> bool:
        try:
            self.call()
        except Forbidden:
            return False
        return True

    def change(self, **fields: object) -> None:
        key = self.keys.stored[hash_secret(SECRET)]
        self.keys.stored[key.sha256] = key.model_copy(update=fields)


def environment(**key: object) -> Environment:
    sha256 = hash_secret(SECRET)
    return Environment(FakeKeys({sha256: make_key(sha256=sha256, **key)}))


def test_a_key_tells_who_calls_and_what_it_may_do() -> None:
    principal = environment(scopes=(Scope.SIGNALS,)).call()

    assert (principal.organization_id, principal.now, principal.scopes) == ("org_1", NOW, frozenset({Scope.SIGNALS}))
    assert principal.may(Scope.SIGNALS)
    assert not principal.may(Scope.READ)


def test_an_administrators_key_may_do_everything() -> None:
    principal = environment(scopes=(Scope.ADMIN,)).call()

    assert all(principal.may(scope) for scope in Scope)


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer  ", "Basic YTpi", SECRET])
def test_a_missing_key_is_told_how_to_send_one(authorization: str | None) -> None:
    with pytest.raises(Forbidden, match="is missing, expected the header 'Authorization: Bearer <key>'"):
        environment().authenticate(authorization)


@pytest.mark.parametrize(
    "secret",
    [
        "owed_live_" + "x" * 43,  # well made, and nobody's
        SECRET[:-1],
        SECRET + "k",
        SECRET.replace("live", "test"),
        SECRET.upper(),
        f"{SECRET}\x00",
        "ключ",
        "x" * 100_000,
    ],
)
def test_a_key_that_does_not_open_is_not_told_why(secret: str) -> None:
    with pytest.raises(Forbidden) as refused:
        environment().call(secret)

    assert refused.value.sentence == "the API key is not valid"


@pytest.mark.parametrize(
    "ended", [{"revoked_at": NOW}, {"expires_at": NOW}, {"retires_at": NOW}, {"expires_at": NOW - timedelta(days=1)}]
)
def test_a_key_that_has_ended_is_answered_as_one_that_nobody_has(ended: dict[str, datetime]) -> None:
    with pytest.raises(Forbidden) as refused:
        environment(**ended).call()

    assert refused.value.sentence == "the API key is not valid"


def test_what_cannot_be_a_key_is_not_looked_up() -> None:
    made = environment()

    with pytest.raises(Forbidden):
        made.call("owed_live_guess")

    assert made.keys.found == 0


def test_an_item_that_holds_another_hash_opens_nothing() -> None:
    """Nothing like it should ever be stored; what is compared is not the secret."""
    made = environment()
    made.keys.stored[hash_secret(SECRET)] = make_key(sha256=hash_secret("owed_live_" + "x" * 43))

    assert not made.opens()


def test_hashes_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `==` says would be the same: how long it takes would tell where two hashes differ."""
    compared: list[tuple[object, object]] = []

    def answer(ours: object, theirs: object) -> bool:
        compared.append((ours, theirs))
        return False

    monkeypatch.setattr(hmac, "compare_digest", answer)
    made = environment()

    assert not made.opens()  # although the hashes are equal: nothing but this function decides
    assert compared == [(hash_secret(SECRET), hash_secret(SECRET))]


@pytest.mark.parametrize(("seconds", "lookups"), [(0, 1), (30, 1), (30.001, 2)])
def test_a_key_is_looked_up_again_after_thirty_seconds(seconds: float, lookups: int) -> None:
    made = environment()

    made.call()
    made.wait(seconds)
    made.call()

    assert made.keys.found == lookups


def test_a_test_organization_is_read_at_each_call() -> None:
    made = environment()
    made.organizations.insert(make_organization(test=True, clock=date(2025, 1, 1)))

    before = made.call().now
    made.organizations.insert(make_organization(test=True, clock=date(2025, 2, 1)))

    assert (before.date(), made.call().now.date()) == (date(2025, 1, 1), date(2025, 2, 1))
    assert made.keys.found == 1


# ---- revoked and expired


@pytest.mark.parametrize(("seconds", "opens"), [(30, True), (31, False), (60, False)])
def test_a_revoked_key_opens_for_thirty_seconds_at_most(seconds: int, *, opens: bool) -> None:
    made = environment()
    made.call()

    made.change(revoked_at=NOW)
    made.wait(seconds)

    assert made.opens() is opens


STEPS = st.lists(st.tuples(st.floats(0, 120), st.floats(-7200, 7200)), max_size=8)


@given(before=STEPS, after=STEPS)
def test_sixty_seconds_after_it_is_revoked_no_key_opens_though_the_clock_is_set_back_and_forth(
    before: list[tuple[float, float]], after: list[tuple[float, float]]
) -> None:
    made = environment()
    for seconds, wall in before:
        made.wait(seconds, wall=wall)
        made.opens()
    made.change(revoked_at=NOW)

    passed = 0.0
    for seconds, wall in after:
        made.wait(seconds, wall=wall)
        passed += seconds
        assert not (made.opens() and passed >= 60)


@given(before=STEPS, after=STEPS)
def test_sixty_seconds_after_it_is_revoked_no_key_opens_in_a_process_that_slept(
    before: list[tuple[float, float]], after: list[tuple[float, float]]
) -> None:
    """While Lambda holds a process still, the clock that nobody sets may stand still with it."""
    made = environment()
    for seconds, _ in before:
        made.wait(seconds, uptime=0)
        made.opens()
    made.change(revoked_at=NOW)

    passed = 0.0
    for seconds, _ in after:
        made.wait(seconds, uptime=0)
        passed += seconds
        assert not (made.opens() and passed >= 60)


@pytest.mark.parametrize("end", ["expires_at", "retires_at"])
def test_a_remembered_key_ends_on_the_second(end: str) -> None:
    made = environment(**{end: NOW + timedelta(seconds=10)})

    made.call()
    made.wait(9)
    assert made.opens()
    made.wait(1)

    assert not made.opens()


# ---- last use


def test_a_use_is_noted_once_an_hour() -> None:
    made = environment()

    for minutes in (0, 59, 60, 61, 122):
        made.wall, made.uptime = NOW + timedelta(minutes=minutes), minutes * 60
        made.call()

    assert made.keys.noted == [NOW, NOW + timedelta(minutes=61), NOW + timedelta(minutes=122)]


def test_what_does_not_open_is_not_noted() -> None:
    made = environment(revoked_at=NOW)

    assert not made.opens()
    assert made.keys.noted == []
