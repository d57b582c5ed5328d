// A board of the open renewals: it lists them, advances one on a click, says what an unmet gate asks
// for, and moves by itself with what others do.
//
//   ?gateway=http://127.0.0.1:8080&protocol=grpc-web

import { ConnectError } from "@connectrpc/connect";
import { createConnectTransport, createGrpcWebTransport } from "@connectrpc/connect-web";
import {
  Change_Operation as Operation,
  createClient,
  detailsOf,
  ErrorReason,
  HistoryService,
  list,
  Opportunity_Outcome as Outcome,
  Opportunity_Stage as Stage,
  perennialTransport,
  PipelineService,
  watch,
  type Change,
  type Opportunity,
} from "@perennial/client";

const query = new URLSearchParams(location.search);
const baseUrl = query.get("gateway")!;
const base =
  query.get("protocol") === "grpc-web"
    ? createGrpcWebTransport({ baseUrl })
    : createConnectTransport({ baseUrl });
const transport = perennialTransport(base, { actor: "page" });
const pipeline = createClient(PipelineService, transport);
const history = createClient(HistoryService, transport);

const renewals = new Map<string, Opportunity>();

function put(opportunity: Opportunity): void {
  if (opportunity.outcome === Outcome.OPEN) renewals.set(opportunity.name, opportunity);
  else renewals.delete(opportunity.name);
}

function apply({ operation, resourceName, resource }: Change): void {
  if (operation === Operation.DELETED) renewals.delete(resourceName);
  else if (resource?.kind.case === "opportunity") put(resource.kind.value);
}

function render(): void {
  const stages = [Stage.OUTREACH, Stage.ADOPTION_REVIEW, Stage.UPSELL, Stage.RENEWAL];
  const columns = stages.map((stage) => {
    const cards = [...renewals.values()].filter((each) => each.stage === stage).map(card);
    const column = element("section", element("h2", Stage[stage]), ...cards);
    column.setAttribute("aria-label", Stage[stage]);
    return column;
  });
  document.querySelector("main")!.replaceChildren(...columns);
}

function card({ name, displayName }: Opportunity): HTMLElement {
  const advance = element("button", "Advance");
  advance.onclick = () => void tryToAdvance(name);
  return element("article", element("p", displayName), advance);
}

async function tryToAdvance(name: string): Promise<void> {
  say("alert");
  try {
    put(await pipeline.advanceOpportunity({ name }));
    render();
  } catch (error) {
    const { rawMessage } = ConnectError.from(error);
    const needs = detailsOf(error).violations.map(({ subject, description }) =>
      element("li", `${subject}: ${description}`),
    );
    say("alert", rawMessage, element("ul", ...needs));
  }
}

async function follow(): Promise<void> {
  const open = list(pipeline.listOpportunities, {
    parent: "accounts/-",
    filter: "outcome = OPEN",
    orderBy: "renewal_date",
  });
  renewals.clear();
  for await (const each of open) renewals.set(each.name, each);
  render();
  const request = { resumeToken: open.resumeToken, resourceTypes: ["Opportunity"] };
  const onBreak = () => say("status", "Connecting");
  for await (const { changes } of watch(history, request, { onBreak })) {
    changes.forEach(apply);
    render();
    say("status", "Live");
  }
}

function say(role: "status" | "alert", ...content: (Node | string)[]): void {
  document.querySelector(`[role=${role}]`)!.replaceChildren(...content);
}

function element<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, ...content: (Node | string)[]) {
  const made = document.createElement(tag);
  made.append(...content);
  return made;
}

for (;;) {
  try {
    await follow();
  } catch (error) {
    // Away for too long: what happened meanwhile is not told any more, but can be listed.
    if (detailsOf(error).reason === ErrorReason.RESUME_TOKEN_EXPIRED) continue;
    say("status", ConnectError.from(error).message);
    break;
  }
}
