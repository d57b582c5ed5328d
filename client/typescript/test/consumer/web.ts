// An app in a browser, as another project has it: compiled strictly, without Node's types.

import { createClient, list, mirror, HistoryService, PipelineService } from "@perennial/client";
import { connect } from "@perennial/client/web";

const transport = connect("http://127.0.0.1:8080", { actor: "page" });
export const pipeline = createClient(PipelineService, transport);
export const history = createClient(HistoryService, transport);
export const all = list(pipeline.listOpportunities, { parent: "accounts/-" });
export const open = () => mirror(pipeline.listOpportunities, { parent: "accounts/-" }, history);
