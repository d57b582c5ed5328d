// The open renewals in a terminal, a column for each stage, current until Ctrl-C.
//
//   npm run board -- http://127.0.0.1:50051

import {
  createClient,
  formatDate,
  formatMoney,
  HistoryService,
  label,
  mirror,
  Opportunity_Stage as Stage,
  PipelineService,
} from "@perennial/client";
import { connect } from "@perennial/client/node";

const transport = connect(process.argv[2] ?? "http://127.0.0.1:50051", { actor: "board" });
const pipeline = createClient(PipelineService, transport);
const history = createClient(HistoryService, transport);

const request = { parent: "accounts/-", filter: "outcome = OPEN" };
const renewals = mirror(pipeline.listOpportunities, request, history);
const byArr = renewals.sorted((a, b) => Number((b.arr?.micros ?? 0n) - (a.arr?.micros ?? 0n)));

function show(): void {
  for (const stage of [Stage.OUTREACH, Stage.ADOPTION_REVIEW, Stage.UPSELL, Stage.RENEWAL]) {
    const column = byArr.getSnapshot().filter((each) => each.stage === stage);
    console.log(`${label(Stage, stage)} (${column.length})`);
    for (const { displayName, arr, renewalDate } of column) {
      console.log(`  ${formatDate(renewalDate)}  ${formatMoney(arr).padStart(17)}  ${displayName}`);
    }
  }
}

process.once("SIGINT", renewals.close);
for await (const { status, error } of renewals) {
  if (status === "listing" || status === "ended") continue;
  console.log(status === "broken" ? `\nAs it was: ${error?.message}` : "\nAs it is");
  show();
}
