"""What a round begins with: customers, their other names, products, and orders that wait to be activated."""

from datetime import date

from benchmarks.soak.bulks import alias_of
from benchmarks.soak.oracle import Group, SoldOrder
from benchmarks.soak.setting import Setting
from functions.billing.models.customer import CustomerAlias
from functions.wiring import entities, people
from tests.builders import NOW, USAGE, make_attribute, make_customer, make_line, make_order, make_pricing, make_product

PRODUCTS = {"prod_1": "sdr", "prod_2": "dialer"}

TERMS: tuple[tuple[date, str, tuple[str, ...]], ...] = (
    (date(2025, 6, 1), "prod_1", ("email_sent", "call_made")),
    (date(2025, 5, 1), "prod_1", ("email_sent", "email_sent")),
    (date(2025, 5, 10), "prod_2", ("call_made",)),
    (date(2025, 5, 20), "prod_1", ("email_sent",)),
)
"""Start, product and events of the orders that a customer may have; they overlap, and one counts an event twice."""


def furnish(setting: Setting, *, customers: int, moving: int) -> None:
    """The first customer is the hottest, and has all the orders there are; the others have some."""
    for product_id, name in PRODUCTS.items():
        entities.products().insert(setting.tenant.organization_id, make_product(id=product_id, external_id=name))
    for number in range(customers):
        _customer(setting, f"customer-{number}", f"cus_{number}")
        many = len(TERMS) if number == 0 else setting.dice.randint(0, len(TERMS))
        for place, (start, product_id, events) in enumerate(setting.dice.sample(TERMS, many)):
            _order(setting, f"customer-{number}", f"ord_{number}_{place}", start, product_id, events)
    setting.moving = tuple(f"mover-{number}" for number in range(moving))
    for name in setting.moving:
        entities.customers().insert(
            setting.tenant.organization_id,
            make_customer(id=f"cus_{name.replace('-', '')}", external_id=name),
        )


def _customer(setting: Setting, group: Group, customer_id: str) -> None:
    organization_id = setting.tenant.organization_id
    entities.customers().insert(organization_id, make_customer(id=customer_id, external_id=group))
    alias = CustomerAlias(alias=alias_of(group), customer_id=customer_id, created_at=NOW, updated_at=NOW)
    people.aliases().insert(organization_id, alias)
    setting.customers[group] = customer_id


def _order(
    setting: Setting, group: Group, order_id: str, start: date, product_id: str, events: tuple[str, ...]
) -> None:
    sold = {f"{order_id}_{place}": event for place, event in enumerate(events)}
    attributes = [make_attribute(make_pricing(USAGE, event_name=event), id=name) for name, event in sold.items()]
    line = make_line(*attributes, product_id=product_id, product_external_id=PRODUCTS[product_id])
    entities.orders().insert(
        setting.tenant.organization_id,
        make_order(id=order_id, customer_id=setting.customers[group], start=start, billing_anchor=1, lines=(line,)),
    )
    setting.oracle.orders.append(SoldOrder(order_id, group, product_id, PRODUCTS[product_id], sold, start))
