// Lists the renewals that come next, tries to advance the first, says what its gate asks for, and
// then tells what happens, until Ctrl-C.
//
//   npm run example -- http://127.0.0.1:50051

import {
  createClient,
  Criterion_Type,
  detailsOf,
  ErrorReason,
  formatDate,
  HistoryService,
  isReason,
  label,
  list,
  Opportunity_Stage as Stage,
  PipelineService,
  watch,
} from "@perennial/client";
import { connect } from "@perennial/client/node";

const baseUrl = process.argv[2] ?? "http://127.0.0.1:50051";
const transport = connect(baseUrl, { actor: "example" });
const pipeline = createClient(PipelineService, transport);
const history = createClient(HistoryService, transport);

const renewals = list(pipeline.listOpportunities, {
  parent: "accounts/-",
  filter: "outcome = OPEN",
  orderBy: "renewal_date",
});
let first: string | undefined;
for await (const { name, stage, renewalDate } of renewals) {
  first ??= name;
  console.log(`${formatDate(renewalDate)}  ${label(Stage, stage)}  ${name}`);
}

if (first) {
  try {
    const { stage } = await pipeline.advanceOpportunity({ name: first });
    console.log(`${first} is in ${label(Stage, stage)}`);
  } catch (error) {
    if (!isReason(error, ErrorReason.GATE_UNMET)) throw error;
    console.log(`${first} needs:`);
    for (const { criterion, description } of detailsOf(error).unmet) {
      console.log(`  ${label(Criterion_Type, criterion)}: ${description}`);
    }
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
