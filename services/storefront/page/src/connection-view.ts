import { arrange, make, setText } from "./element.ts";
import type { Proof } from "./proof.ts";
import type { Connection, ConnectionState } from "./push.ts";
import type { Visit } from "./visit.ts";
import type { ChannelRecord } from "./witness.ts";

const stateNames: Readonly<Record<ConnectionState, string>> = {
  connecting: "Connecting",
  live: "Live",
  reconnecting: "Reconnecting",
  refused: "Not connected",
};

/** The connection in two words, for the header. */
export class ConnectionPill {
  readonly #text = make("span.pill-text");
  readonly #node = make("span.pill-node");
  readonly element = make(
    "p.pill",
    { attributes: { role: "status", "aria-label": "Connection" } },
    make("span.pill-dot"),
    this.#text,
    this.#node,
  );

  update(connection: Connection | undefined): void {
    this.element.hidden = connection === undefined;
    if (connection === undefined) return;
    this.element.dataset.state = connection.state;
    setText(this.#text, stateNames[connection.state]);
    setText(this.#node, connection.state === "live" && connection.node !== undefined ? connection.node : "");
  }
}

/** The connection in full, for the curious. */
export class ConnectionDetails {
  readonly #facts = make("dl.facts");
  readonly #channels = make("div.channels");
  readonly element = make(
    "details.details",
    {},
    make("summary", {}, "Connection details"),
    make("div.details-body", {}, this.#facts, this.#channels),
  );

  update(visit: Visit, proof: Proof | undefined): void {
    const { connection, witness } = visit;
    const rows: readonly (readonly [string, string, string?])[] = [
      ["State", connection === undefined ? "Connecting" : stateNames[connection.state]],
      ["Node", connection?.node ?? "–"],
      ["Nodes so far", [...visit.nodesSeen].join(", ") || "–"],
      ["Transport", connection?.transport ?? "–"],
      ["Client id", connection?.client ?? "–"],
      ["Reconnects", String(connection?.reconnects ?? 0)],
      ["Events seen", String(witness.seen)],
      ["Duplicates", String(witness.duplicates), witness.duplicates > 0 ? "bad" : "good"],
      ["Gaps", String(witness.gaps), witness.gaps > 0 ? "bad" : "good"],
      ["Steps backward", String(witness.backward), witness.backward > 0 ? "bad" : "good"],
      ["Proofs of display", proofFact(proof)],
      ...(visit.book.dropped > 0 ? [["Orders not kept", String(visit.book.dropped), "bad"] as const] : []),
      ...(connection?.reason === undefined ? [] : [["Last trouble", connection.reason] as const]),
    ];
    arrange(
      this.#facts,
      rows.flatMap(([name, value, verdict]) => [
        make("dt", {}, name),
        make("dd", { attributes: { "data-verdict": verdict } }, value),
      ]),
    );
    arrange(
      this.#channels,
      [...witness.channels].map(([channel, record]) =>
        make("div.channel", {}, make("p.channel-name", {}, channel), make("p.channel-facts", {}, channelFacts(record))),
      ),
    );
  }
}

const proofFact = (proof: Proof | undefined): string => (proof === undefined || proof.off ? "–" : String(proof.kept));

function channelFacts({ offset, seen, recovered, lastRecovery }: ChannelRecord): string {
  const recovery =
    lastRecovery === undefined ? "no recovery needed" : `recovered: ${lastRecovery}, ${recovered} events`;
  return `offset ${offset} · ${seen} seen · ${recovery}`;
}
