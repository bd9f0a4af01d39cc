// The invoices that there are, each with its lines.
import { PaidClient } from "@paid-ai/paid-node";
import { API, PAID_API_KEY, tell } from "./environment.mjs";

const paid = new PaidClient({ token: PAID_API_KEY, baseUrl: API });

const { data } = await paid.invoices.listInvoices();
const lines = data.map(async ({ id }) => (await paid.invoices.getInvoiceLines({ id })).data);
tell({ invoices: data, lines: (await Promise.all(lines)).flat() });
