// Encodes and decodes Sparkplug B payloads: one JSON document a line in, one a line out.
// {"encode": payload} gives {"bytes": base64}; {"decode": base64} gives {"payload": payload}.
// Numbers beyond 2^53 travel as {"long": "decimal digits"}, bytes as {"base64": "..."}.
const readline = require("node:readline");
const Long = require("long");
const sparkplug = require("sparkplug-payload").get("spBv1.0");

function fromJson(value) {
  if (value && typeof value === "object" && "long" in value) return Long.fromString(value.long, value.unsigned);
  if (value && typeof value === "object" && "base64" in value) return Buffer.from(value.base64, "base64");
  return value;
}

function toJson(key, value) {
  if (Long.isLong(value)) return { long: value.toString() };
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString("base64") };
  if (value && value.type === "Buffer") return { base64: Buffer.from(value.data).toString("base64") };
  return value;
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const asked = JSON.parse(line);
  if (asked.encode) {
    for (const metric of asked.encode.metrics) metric.value = fromJson(metric.value);
    const bytes = Buffer.from(sparkplug.encodePayload(asked.encode));
    process.stdout.write(JSON.stringify({ bytes: bytes.toString("base64") }) + "\n");
  } else {
    const payload = sparkplug.decodePayload(Buffer.from(asked.decode, "base64"));
    process.stdout.write(JSON.stringify({ payload }, toJson) + "\n");
  }
});
