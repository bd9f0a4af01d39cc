"""Contacts, as a kind of things: beside the others they would be loaded by whoever knows one of those."""

from functions.adapters.dynamodb.collection import Kind
from functions.billing.models.contact import Contact

CONTACT = Kind("contact", Contact, owner_kind="customer", owner=lambda contact: contact.customer_id)
