import { z } from "zod";
import { Settings } from "./settings.ts";

/** The JSON Schema of the file that BELLWIRE_CONFIG names, as text: editors complete and check it. */
export function settingsSchemaText(): string {
  const schema = z.toJSONSchema(Settings, { io: "input", unrepresentable: "any" });
  const { $schema, ...rest } = schema;
  const document = {
    $schema,
    title: "bellwire node configuration",
    description: "The JSON file that BELLWIRE_CONFIG names. Generated from the zod schema of services/node.",
    ...rest,
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
