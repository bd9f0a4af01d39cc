"""The guide's story up to its draft order, through the published client; what is sold and sent is `local.guide`'s."""

from paid import Order, Paid
from paid.core import RequestOptions

from local import guide


def draft_order(paid: Paid) -> Order:
    """Product, customer, contact and a draft order for ten seats from 1 June 2025."""
    product = paid.products.create_product(name="AI SDR", external_id=guide.PRODUCT, product_code="PROD-001")
    paid.products.update_product_by_id(product.id, product_attributes=guide.prices())
    customer = paid.customers.create_customer(name="Acme Ltd", external_id=guide.CUSTOMER)
    contact = paid.contacts.create_contact(
        customer_id=customer.id, first_name="John", last_name="Doe", email="john@acme.example", roles=["BILLING"]
    )
    order: Order = paid.orders.create_order(
        customer_id=customer.id,
        billing_contact_ids=[contact.id],
        name="AI SDR Pro",
        start_date=guide.START,
        currency="USD",
        payment_terms="Net 30",
        purchase_order_reference="PO-2025-117",
        auto_post_invoices=True,
        request_options=RequestOptions(additional_body_parameters=guide.order_lines(product.id)),
    )
    return order
