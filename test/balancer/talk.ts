import type { Tunnel } from "./client.ts";

/** Numbered messages on many tunnels at a steady pace, and their echoes. */
export class Talk {
  echoes = 0;
  readonly #waiting = new Map<Tunnel, Set<string>>();
  readonly #timer: NodeJS.Timeout;
  #round = 0;

  constructor(tunnels: readonly Tunnel[], everyMs: number) {
    for (const tunnel of tunnels) {
      const waiting = new Set<string>();
      this.#waiting.set(tunnel, waiting);
      tunnel.socket.on("message", (data) => {
        if (waiting.delete(String(data))) this.echoes++;
      });
    }
    this.#timer = setInterval(() => this.#say(), everyMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Messages of these tunnels that have not come back. */
  unanswered(tunnels: readonly Tunnel[]): number {
    return tunnels.reduce((sum, tunnel) => sum + (this.#waiting.get(tunnel)?.size ?? 0), 0);
  }

  #say(): void {
    const text = `message ${this.#round++}`;
    for (const [{ socket }, waiting] of this.#waiting) {
      if (socket.readyState !== socket.OPEN) continue;
      waiting.add(text);
      socket.send(text);
    }
  }
}
