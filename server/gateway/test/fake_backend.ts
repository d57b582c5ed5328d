// A gRPC server whose methods are the test's.

import { once } from "node:events";
import http2 from "node:http2";
import type { AddressInfo } from "node:net";
import type { ServiceImpl } from "@connectrpc/connect";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { AccountService, HistoryService, PipelineService } from "@perennial/client";

export interface FakeBackend {
  target: string;
  stop(): void;
}

export async function startFakeBackend(methods: {
  accounts?: Partial<ServiceImpl<typeof AccountService>>;
  history?: Partial<ServiceImpl<typeof HistoryService>>;
  pipeline?: Partial<ServiceImpl<typeof PipelineService>>;
}): Promise<FakeBackend> {
  const handler = connectNodeAdapter({
    routes: (router) =>
      router
        .service(AccountService, methods.accounts ?? {})
        .service(HistoryService, methods.history ?? {})
        .service(PipelineService, methods.pipeline ?? {}),
  });
  const server = http2.createServer(handler);
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on("session", (session) => sessions.add(session));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    target: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop() {
      server.close();
      for (const session of sessions) session.destroy();
    },
  };
}
