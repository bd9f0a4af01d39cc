"""`/contacts` through its handler."""

from tests.world import World


def test_a_contact_is_created_and_read_by_both_ids(world: World) -> None:
    acme = world.tenant()
    customer = acme.create("/customers/", name="Acme Ltd")

    contact = acme.create("/contacts/", customerId=customer["id"], email="john@acme.example", externalId="john")

    assert acme.get(f"/contacts/{contact['id']}") == contact
    assert acme.get("/contacts/external/john") == contact
