import pytest

from functions.billing.errors import NotFound
from functions.billing.models.pricing import BillingFrequency
from functions.billing.models.product import UpgradePath, attribute_id, product_id_of
from tests.builders import NOW, RECURRING, make_price, make_pricing, make_product, make_product_attribute

OLD, NEW = make_pricing(RECURRING, make_price(500_00)), make_pricing(RECURRING, make_price(550_00))


def test_a_new_price_is_a_version_after_those_that_stay() -> None:
    before = make_product_attribute(OLD)

    after = before.sold_at(NEW, now=NOW)

    assert (after.pricing, after.pricing_version) == (NEW, 2)
    assert after.versions[0] == before.versions[0]
    assert after.versions[1].effective_at == NOW


def test_the_price_it_has_already_is_no_new_version() -> None:
    attribute = make_product_attribute(OLD)

    assert attribute.sold_at(OLD, now=NOW) is attribute


def test_a_price_of_the_past_is_a_new_version_when_it_returns() -> None:
    assert make_product_attribute(OLD, NEW).sold_at(OLD, now=NOW).pricing_version == 3


def test_an_attribute_is_found_by_its_id() -> None:
    seats = make_product_attribute(id="pa_1_2")
    product = make_product(make_product_attribute(), seats)

    assert product.attribute("pa_1_2") == seats
    with pytest.raises(NotFound, match="product attribute pa_1_3 was not found"):
        product.attribute("pa_1_3")


@pytest.mark.parametrize("number", [1, 12])
def test_the_id_of_an_attribute_leads_to_its_product(number: int) -> None:
    assert product_id_of(attribute_id("prod_0abcXYZ", number)) == "prod_0abcXYZ"


# ---- upgrade paths

MONTHLY, ANNUAL = BillingFrequency.MONTHLY, BillingFrequency.ANNUAL


def path(frequency: BillingFrequency | None, *plan_ids: str) -> UpgradePath:
    return UpgradePath(frequency=frequency, plan_ids=plan_ids)


@pytest.mark.parametrize(
    ("given", "stand"),
    [
        ((path(ANNUAL, "y"),), (path(MONTHLY, "a", "b"), path(ANNUAL, "y"))),
        ((path(MONTHLY, "b", "c"),), (path(MONTHLY, "b", "c"),)),
        ((path(None, "a"),), (path(MONTHLY, "b"), path(None, "a"))),
        ((path(ANNUAL, "b", "a"),), (path(ANNUAL, "b", "a"),)),
        ((path(MONTHLY),), ()),
        ((path(MONTHLY, "c"), path(ANNUAL, "a")), (path(MONTHLY, "c"), path(ANNUAL, "a"))),
        ((), (path(MONTHLY, "a", "b"),)),
    ],
)
def test_a_path_replaces_that_of_its_frequency_and_takes_its_plans_from_the_others(
    given: tuple[UpgradePath, ...], stand: tuple[UpgradePath, ...]
) -> None:
    product = make_product(upgrade_paths=(path(MONTHLY, "a", "b"),))

    assert product.with_upgrade_paths(given).upgrade_paths == stand
