"""What `make demo` says in the end."""

NEXT_STEPS = """
All amounts are as they must be. To go on with a system of your own:

    make run

It prints its address, an organization and a key, and writes them to .local/endpoint.json. With them, elsewhere:

    curl -H "Authorization: Bearer <the key>" http://127.0.0.1:8400/api/v2/products/

    import json                                     # with .venv/bin/python
    from paid import Paid
    at = json.load(open(".local/endpoint.json"))
    client = Paid(token=at["key"], base_url=at["api"])
    client.products.create_product(name="My agent", external_id="my-agent")

    .venv/bin/owed clock <the organization> 2027-01-01    its clock stands still from then on
"""
