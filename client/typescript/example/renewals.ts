// Lists the renewals that come next, tries to advance the first, says what its gate asks for, and
// then tells what happens, until Ctrl-C.
//
//   npm run example --workspace client/typescript -- http://127.0.0.1:50051

import { createGrpcTransport } from "@connectrpc/connect-node";
import {
  createClient,
  detailsOf,
  ErrorReason,
  HistoryService,
  list,
  Opportunity_Stage,
  perennialTransport,
  PipelineService,
  watch,
} from "@perennial/client";

const baseUrl = process.argv[2] ?? "http://127.0.0.1:50051";
const transport = perennialTransport(createGrpcTransport({ baseUrl }), { actor: "example" });
const pipeline = createClient(PipelineService, transport);
const history = createClient(HistoryService, transport);

const renewals = list(pipeline.listOpportunities, {
  parent: "accounts/-",
  filter: "outcome = OPEN",
  orderBy: "renewal_date",
});
let first: string | undefined;
for await (const { name, stage, renewalDate: day } of renewals) {
  first ??= name;
  console.log(`${day?.year}-${day?.month}-${day?.day}  ${Opportunity_Stage[stage]}  ${name}`);
}

if (first) {
  try {
    const { stage } = await pipeline.advanceOpportunity({ name: first });
    console.log(`${first} is in ${Opportunity_Stage[stage]}`);
  } catch (error) {
    const { reason, violations } = detailsOf(error);
    if (reason !== ErrorReason.GATE_UNMET) throw error;
    console.log(`${first} needs:`);
    for (const { subject, description } of violations) console.log(`  ${subject}: ${description}`);
  }
}

const stop = new AbortController();
process.once("SIGINT", () => stop.abort());
const { resumeToken } = renewals;
for await (const { changes } of watch(history, { resumeToken }, { signal: stop.signal })) {
  for (const { actor, method, resourceName } of changes) {
    console.log(`${actor} called ${method}: ${resourceName}`);
  }
}
