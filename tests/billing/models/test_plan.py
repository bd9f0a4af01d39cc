import pytest

from functions.billing.errors import InvalidInput
from functions.billing.models.plan import Plan, Variant, check_plan
from functions.billing.models.pricing import BillingFrequency, Pricing, PricingModel
from functions.billing.models.product import UpgradePath
from tests.builders import (
    NOW,
    ONE_TIME,
    RECURRING,
    USAGE,
    make_plan_of,
    make_price,
    make_pricing,
    make_product,
    make_product_attribute,
)

FEE, MAILS = make_product_attribute(), make_product_attribute(make_pricing(USAGE), id="pa_1_2", name="E-mails")
PRODUCT = make_product(FEE, MAILS)
SUPPORT = make_pricing(RECURRING, model=PricingModel.PERCENT_OF_TOTAL, percentage=2)


def in_currencies(*currencies: str) -> Pricing:
    return make_pricing(RECURRING, *[make_price(currency=currency) for currency in currencies])


def plan(*prices: Pricing, **fields: object) -> Plan:
    return make_plan_of(PRODUCT, *(prices or (make_pricing(),)), **fields)


@pytest.mark.parametrize(
    ("prices", "supported"),
    [
        ((in_currencies("USD"),), ("USD",)),
        ((in_currencies("EUR", "USD"), in_currencies("USD", "EUR", "GBP")), ("EUR", "USD")),
        ((in_currencies("EUR", "USD"), in_currencies("GBP", "USD")), ("USD",)),
        ((in_currencies("EUR"), SUPPORT), ("EUR",)),
        ((SUPPORT,), ()),
    ],
)
def test_a_plan_is_sold_in_what_each_of_its_components_is_priced_in(
    prices: tuple[Pricing, ...], supported: tuple[str, ...]
) -> None:
    made = plan(*prices)

    check_plan(made, PRODUCT)
    assert made.supported_currencies == supported


def test_a_plan_that_needs_no_price_points_is_sold_in_any_currency_or_in_those_it_names() -> None:
    plan(SUPPORT).check_sale("JPY", named="it")
    kept = plan(SUPPORT, currencies=("EUR",))

    check_plan(kept, PRODUCT)
    kept.check_sale("EUR", named="it")
    with pytest.raises(InvalidInput, match="it, which is sold in EUR: expected a plan that is sold in JPY"):
        kept.check_sale("JPY", named="it")


def test_components_without_a_currency_in_common_make_no_plan() -> None:
    with pytest.raises(InvalidInput, match="attributes have no currency in common"):
        check_plan(plan(in_currencies("EUR"), in_currencies("USD")), PRODUCT)


def test_a_plan_supports_no_currency_that_one_of_its_components_lacks() -> None:
    with pytest.raises(InvalidInput, match=r"supportedCurrencies has EUR, .* has a price point in: USD$"):
        check_plan(plan(in_currencies("EUR", "USD"), in_currencies("USD"), currencies=("USD", "EUR")), PRODUCT)


def test_a_product_at_a_plans_prices_has_its_other_components_at_its_own() -> None:
    dear = make_pricing(RECURRING, make_price(9))

    priced = plan(dear, pricing_version=3, updated_at=NOW).applied_to(PRODUCT)

    sold, other = priced.attributes
    assert (sold.id, sold.name, sold.active) == (FEE.id, FEE.name, FEE.active)
    assert (sold.pricing, sold.pricing_version, sold.versions[0].effective_at) == (dear, 3, NOW)
    assert other == MAILS
    assert priced.model_copy(update={"attributes": PRODUCT.attributes}) == PRODUCT


def test_what_is_charged_once_recurs_at_no_frequency() -> None:
    monthly, annual = BillingFrequency.MONTHLY, BillingFrequency.ANNUAL
    once, yearly = make_pricing(ONE_TIME), make_pricing(RECURRING, frequency=annual)

    assert not plan(once).recurs(monthly)
    assert plan(once, yearly).recurs(annual)
    assert not plan(once, yearly).recurs(monthly)


def test_a_plan_has_the_place_of_its_path_and_none_without_one() -> None:
    paths = (UpgradePath(plan_ids=("plan_2",)), UpgradePath(frequency="monthly", plan_ids=("plan_3", "plan_1")))
    product = make_product(FEE, upgrade_paths=paths, default_plan_id="plan_1")

    places = [
        Variant(product, plan(id=plan_id)).upgrade_path_order for plan_id in ("plan_1", "plan_2", "plan_3", "plan_4")
    ]

    assert places == [1, 0, 0, None]
    assert [Variant(product, plan(id=plan_id)).is_default for plan_id in ("plan_1", "plan_2")] == [True, False]
