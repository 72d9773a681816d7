import { generateKeyPairSync, sign } from "node:crypto";

/** One value of DER. */
const der = (tag: number, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const long = Buffer.from(body.length > 0xff ? [0x82, body.length >> 8, body.length & 0xff] : [0x81, body.length]);
  return Buffer.concat([Buffer.from([tag]), body.length < 0x80 ? Buffer.from([body.length]) : long, body]);
};
const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const hex = (text: string): Buffer => Buffer.from(text, "hex");
const text = (tag: number, value: string): Buffer => der(tag, Buffer.from(value));

const COMMON_NAME = der(0x06, hex("550403"));
const ALTERNATIVE_NAME = der(0x06, hex("551d11"));
const ECDSA_SHA256 = sequence(der(0x06, hex("2a8648ce3d040302")));
const VALID = sequence(text(0x17, "200101000000Z"), text(0x17, "491231235959Z"));

/** A certificate for `name`, signed by itself, and its key, both in PEM. */
export function selfSigned(name: string): { readonly cert: string; readonly key: string } {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const who = sequence(der(0x31, sequence(COMMON_NAME, text(0x0c, name))));
  const names = sequence(ALTERNATIVE_NAME, der(0x04, sequence(text(0x82, name))));
  const signed = sequence(
    der(0xa0, der(0x02, hex("02"))),
    der(0x02, hex("01")),
    ECDSA_SHA256,
    who,
    VALID,
    who,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(names)),
  );
  const signature = der(0x03, hex("00"), sign("sha256", signed, privateKey));
  const body = sequence(signed, ECDSA_SHA256, signature).toString("base64");
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${body.replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}
