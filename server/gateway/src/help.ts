// What is said to somebody who asked for what there is not.

import type { DescMethod, DescService, FileRegistry } from "@bufbuild/protobuf";
import { getExample, isRead, pathOf, postExample } from "./calling.js";
import { didYouMean, near } from "./near.js";
import { quoted, type Refusal } from "./refusal.js";

const referenceOf = (service: DescService) => `${service.file.name}.proto`;

export class Help {
  readonly #services: Map<string, DescService>;
  readonly #methods: DescMethod[];

  constructor(registry: FileRegistry) {
    const services = [...registry].filter((each) => each.kind === "service");
    this.#services = new Map(services.map((service) => [service.typeName, service]));
    this.#methods = services.flatMap(({ methods }) => methods);
  }

  /** For a path that is no method's. */
  notFound(path: string, baseUrl: string): Refusal {
    const [, serviceName = "", methodName = ""] = /^\/([^/]*\.[^/]*)\/([^/]+)$/.exec(path) ?? [];
    if (!methodName) return this.#noCall(path, baseUrl);
    const service = this.#services.get(serviceName);
    const message = service
      ? this.#noMethod(service, methodName)
      : this.#noService(serviceName, methodName);
    return { status: 404, code: "unimplemented", message };
  }

  #noMethod(service: DescService, asked: string): string {
    const own = near(asked, namesOf(service.methods));
    const meant = own.length > 0 ? own : this.#elsewhere(asked);
    const reference = `The reference is ${referenceOf(service)}`;
    return `${service.typeName} has no method ${quoted(asked)}${didYouMean(meant) || "."} ${reference}`;
  }

  #noService(asked: string, methodName: string): string {
    const byName = near(asked, this.#services.keys());
    const meant = byName.length > 0 ? byName : this.#byLastName(asked);
    const others = meant.length > 0 ? meant : this.#elsewhere(methodName);
    const all = `The services are ${[...this.#services.keys()].join(", ")}`;
    const hint = didYouMean(others) || `. ${all}`;
    const found = this.#services.get(others[0] ?? "");
    const reference = found ? ` The reference is ${referenceOf(found)}` : "";
    return `there is no service ${quoted(asked)}${hint}${reference}`;
  }

  /** Of services whose packages are not what was asked. */
  #byLastName(asked: string): string[] {
    const last = lastNameOf(asked);
    const names = [...this.#services.keys()];
    const meant = near(last, names.map(lastNameOf));
    return meant.flatMap((each) => names.filter((name) => lastNameOf(name) === each));
  }

  #elsewhere(asked: string): string[] {
    return near(asked, namesOf(this.#methods)).flatMap((name) =>
      this.#methods.filter((method) => method.name === name).map((method) => pathOf(method)),
    );
  }

  #noCall(path: string, baseUrl: string): Refusal {
    const meant = this.#elsewhere(path.slice(path.lastIndexOf("/") + 1));
    const services = [...this.#services.values()];
    return {
      status: 404,
      code: "not_found",
      message: `there is nothing at ${quoted(path)}${didYouMean(meant) || "."} Methods are called at /SERVICE/METHOD`,
      more: {
        ...this.#examples(baseUrl),
        // Where each is explained.
        services: Object.fromEntries(services.map((each) => [each.typeName, referenceOf(each)])),
      },
    };
  }

  // Lists are what is answered without having to be told anything.
  #examples(baseUrl: string): object {
    const list = this.#methods.find((method) => isRead(method) && method.name.startsWith("List"));
    const any = list ?? this.#methods.find(({ methodKind }) => methodKind === "unary");
    if (!any) return {};
    const url = baseUrl + pathOf(any);
    const example = postExample(url);
    return isRead(any) ? { example, cacheable: getExample(url) } : { example };
  }
}

const namesOf = (methods: readonly DescMethod[]) => methods.map(({ name }) => name);
const lastNameOf = (name: string) => name.slice(name.lastIndexOf(".") + 1);
