// Each e-mail at 10.00, and twice what the models have cost, from the day named on: product, customer, active order.
import { PaidClient } from "@paid-ai/paid-node";
import { API, PAID_API_KEY, tell } from "./environment.mjs";

const [startDate] = process.argv.slice(2);
const paid = new PaidClient({ token: PAID_API_KEY, baseUrl: API });

const product = await paid.products.createProduct({ name: "AI SDR", externalId: "sdr" });
const pricePoints = [{ currency: "USD", unitPrice: 1000 }];
// The client's types do not have them yet, and it sends what it is given.
const productAttributes = [
    { name: "E-mails", pricing: { pricingType: "UsagePerUnit", eventName: "email_sent", pricePoints } },
    { name: "Models", pricing: { pricingType: "UsageCostPlus", costPlusMultiplier: 2 } },
];
await paid.products.updateProductById({ id: product.id, body: { productAttributes } });
const customer = await paid.customers.createCustomer({ name: "Acme Ltd", externalId: "acme" });
const order = await paid.orders.createOrder({
    customerId: customer.id,
    startDate: `${startDate}T00:00:00Z`,
    currency: "USD",
    creationState: "active",
    lines: [{ productId: product.id }],
});
tell({ customer: customer.id, order });
