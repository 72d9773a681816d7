import { createHmac, timingSafeEqual } from "node:crypto";
import { valuesOf } from "../heads/headers.ts";
import type { Stickiness } from "./stickiness.ts";

/** A cookie names the node. It is signed, so that nobody can choose a node for others or aim at one. */
export function stickyByCookie({ name, secret }: { readonly name: string; readonly secret: string }): Stickiness {
  const sign = (node: string): Buffer => createHmac("sha256", secret).update(`${name}=${node}`).digest();
  const signed = (node: string): string =>
    `${Buffer.from(node).toString("base64url")}.${sign(node).toString("base64url")}`;

  const nodeOf = (value: string): string | undefined => {
    const [encoded = "", signature = ""] = value.split(".");
    const node = Buffer.from(encoded, "base64url").toString();
    const given = Buffer.from(signature, "base64url");
    const real = sign(node);
    return given.length === real.length && timingSafeEqual(given, real) ? node : undefined;
  };

  return {
    wantedBy: ({ lines }) => {
      for (const pair of valuesOf(lines, "cookie").flatMap((text) => text.split(";"))) {
        const [key = "", value = ""] = pair.trim().split("=", 2);
        const node = key === name ? nodeOf(value) : undefined;
        if (node !== undefined) return node;
      }
      return undefined;
    },
    marks: (node, wanted, scheme) => {
      if (node === wanted) return [];
      const secure = scheme === "https" ? "; Secure" : "";
      return [["Set-Cookie", `${name}=${signed(node)}; Path=/; HttpOnly; SameSite=Lax${secure}`]];
    },
  };
}
