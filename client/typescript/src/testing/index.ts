// For tests (Node only): a throw-away server whose clock the test moves.
//
//   const server = await TestServer.start({ date: "2025-01-01", seed: "seed.textproto" });
//   const pipeline = createClient(PipelineService, server.transport);
//   await server.moveDays(400);
//   await server.stop();

export {
  TestServer,
  TestServer as ThrowawayServer, // as in the other languages
  type TestServerOptions,
} from "./server.js";
