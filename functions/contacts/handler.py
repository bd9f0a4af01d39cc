"""`/contacts`: who at a customer receives its invoices."""

from functions.billing.models.contact import Contact
from functions.billing.models.organization import Scope
from functions.contacts.schemas import ContactOut, CreateContact, UpdateContact, contact_out
from functions.runtime.api import Api, Json, Request
from functions.runtime.chance import new_id
from functions.runtime.naming import named_id
from functions.runtime.wire import Listing, Paging, changes, listing
from functions.wiring import entities, identity

api = Api(identity.authenticate)
handler = api.handle


@api.route("GET", "/contacts/", scope=Scope.READ)
def list_contacts(request: Request) -> Listing[ContactOut]:
    paging = request.query_as(Paging)
    page = entities.contacts().page(request.organization_id, limit=paging.limit, offset=paging.offset)
    return listing([contact_out(contact) for contact in page.items], page.total, paging)


@api.route("POST", "/contacts/", scope=Scope.WRITE, status=201)
def create_contact(request: Request) -> ContactOut:
    new = request.body_as(CreateContact)
    contact = Contact(id=new_id("con"), created_at=request.now, updated_at=request.now, **changes(new))
    entities.contacts().insert(request.organization_id, contact)
    return contact_out(contact)


@api.route("GET", "/contacts/external/{external_id}", scope=Scope.READ)
@api.route("GET", "/contacts/{id}", scope=Scope.READ)
def get_contact(request: Request) -> ContactOut:
    return contact_out(entities.contacts().get(request.organization_id, _contact_id(request)))


@api.route("PUT", "/contacts/external/{external_id}", scope=Scope.WRITE)
@api.route("PUT", "/contacts/{id}", scope=Scope.WRITE)
def update_contact(request: Request) -> ContactOut:
    update = {**changes(request.body_as(UpdateContact)), "updated_at": request.now}
    contact = entities.contacts().modify(
        request.organization_id, _contact_id(request), lambda contact: contact.model_copy(update=update)
    )
    return contact_out(contact)


@api.route("DELETE", "/contacts/external/{external_id}", scope=Scope.WRITE)
@api.route("DELETE", "/contacts/{id}", scope=Scope.WRITE)
def delete_contact(request: Request) -> Json:
    entities.contacts().delete(request.organization_id, _contact_id(request))
    return {}


def _contact_id(request: Request) -> str:
    return named_id(request, entities.contacts(), "contact")
