// An agent's work, as often as the argument says: calls of models by each wrapper, and what they were good for.
// The client learns from PAID_OTEL_COLLECTOR_ENDPOINT where its spans go.
import { createOpenAI } from "@ai-sdk/openai";
import Anthropic from "@anthropic-ai/sdk";
import { PaidClient } from "@paid-ai/paid-node";
import { PaidAnthropic } from "@paid-ai/paid-node/anthropic";
import { PaidOpenAI } from "@paid-ai/paid-node/openai";
import { getPaidTracer, getPaidTracerProvider, initializeTracing, signal, trace } from "@paid-ai/paid-node/tracing";
import { paidVercelEmbed } from "@paid-ai/paid-node/vercel";
import { generateText } from "ai";
import OpenAI from "openai";
import { API, PAID_API_KEY, tell, VENDORS } from "./environment.mjs";

initializeTracing();
const paid = new PaidClient({ token: PAID_API_KEY, baseUrl: API });
const openai = new PaidOpenAI(new OpenAI({ apiKey: "none", baseURL: VENDORS }));
const anthropic = new PaidAnthropic(new Anthropic({ apiKey: "none", baseURL: VENDORS }));
const vercel = createOpenAI({ apiKey: "none", baseURL: VENDORS });
const telemetry = { isEnabled: true, tracer: getPaidTracer() };
const question = "Is this a lead?";

async function work() {
    await openai.responses.create({ model: "gpt-4o", input: question });
    await anthropic.messages.create({
        model: "claude-sonnet-4-20250514",
        max_tokens: 10_000,
        messages: [{ role: "user", content: question }],
    });
    await generateText({ model: vercel.chat("gpt-4o"), prompt: question, experimental_telemetry: telemetry });
    await paidVercelEmbed({ model: vercel.embedding("text-embedding-3-small"), value: question });
    signal("email_sent", true, { lead: true });
}

const [runs] = process.argv.slice(2).map(Number);
for (let run = 0; run < runs; run++) {
    await trace({ externalCustomerId: "acme", externalProductId: "sdr" }, work);
}
await getPaidTracerProvider().forceFlush();

const customer = { externalCustomerId: "acme" };
const product = { externalProductId: "sdr" };
tell(
    await paid.signals.createSignals({
        signals: [{ eventName: "email_sent", customer, attribution: product, idempotencyKey: "by-rest" }],
    }),
);
