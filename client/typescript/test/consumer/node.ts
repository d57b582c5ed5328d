// A program in Node, as another project has it: it starts a server, and calls it.

import { create as theirCreate } from "@bufbuild/protobuf";
import { createClient as theirCreateClient } from "@connectrpc/connect";
import { AccountService, create, createClient, HistoryService, mirror } from "@perennial/client";
import { connect } from "@perennial/client/node";
import { TestServer } from "@perennial/client/testing";

if (create !== theirCreate || createClient !== theirCreateClient) {
  throw new Error("the libraries beneath are there twice");
}
const server = await TestServer.start();
const transport = connect(server.baseUrl, { actor: "consumer" });
const accounts = createClient(AccountService, transport);
await accounts.createAccount({ accountId: "acme", account: { displayName: "Acme" } });
const all = mirror(accounts.listAccounts, {}, createClient(HistoryService, transport));
await all.synced;
console.log(all.get("accounts/acme")?.displayName);
all.close();
await server.stop();
// The server's connection is shared, and that of connect() is kept open for the next call.
process.exit();
