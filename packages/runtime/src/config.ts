import { z } from "zod";

/** The environment, or a part of it, as text. */
export type Env = Readonly<Record<string, string | undefined>>;

/** A configuration that cannot be used. The message names each variable, what is wrong with it, and what it was. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Parses the environment; an empty variable counts as absent. Throws ConfigError with every bad variable by name. */
export function readEnv<Shape extends z.ZodRawShape>(env: Env, shape: Shape): z.infer<z.ZodObject<Shape>> {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
  const parsed = z.object(shape).safeParse(present);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => {
    const name = String(issue.path[0]);
    const given = present[name];
    const shown =
      given === undefined ? "not set" : SECRET.test(name) ? "its value is not shown" : JSON.stringify(given);
    return `${name}: ${issue.message} (${shown})`;
  });
  throw new ConfigError(`bad configuration: ${lines.join("; ")}`);
}

const SECRET = /SECRET|KEY|PASSWORD|TOKEN|URL/;

/** A TCP port; 0 lets the system choose. */
export const port = (fallback: number) => z.coerce.number().int().min(0).max(65_535).default(fallback);

/** A whole number within bounds. */
export const whole = (fallback: number, min: number, max: number) =>
  z.coerce.number().int().min(min).max(max).default(fallback);

/** `true` or `false`. */
export const flag = (fallback: boolean) =>
  z
    .enum(["true", "false"])
    .default(fallback ? "true" : "false")
    .transform((text) => text === "true");

/** A comma-separated list without empty entries. */
export const list = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .transform((text) =>
      text
        .split(",")
        .map((entry) => entry.trim())
        .filter((entry) => entry !== ""),
    );
