import { startHaproxy } from "./haproxy.ts";
import { startNginx } from "./nginx.ts";
import { startOurs } from "./ours.ts";
import type { NamedNode, Subject, SubjectOptions } from "./subject.ts";

const starts = { ours: startOurs, nginx: startNginx, haproxy: startHaproxy };

export type SubjectName = keyof typeof starts;

/** Starts one of the three in front of `nodes`, by least connections unless told otherwise; resolves once it serves. */
export const startSubject = (
  name: SubjectName,
  nodes: readonly NamedNode[],
  options: SubjectOptions = {},
): Promise<Subject> => starts[name](nodes, { strategy: "least-connections", ...options });
