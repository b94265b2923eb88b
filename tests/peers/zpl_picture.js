// Pictures of ZPL by zpl-renderer-js (zebrash): one JSON document a line in, {"zpl", "width_mm", "height_mm", "dpmm"};
// one a line out, {"png": base64} or {"error": text}.
const readline = require("node:readline");
const { ready } = require("zpl-renderer-js");

async function main() {
  const { api } = await ready;
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const asked = JSON.parse(line);
    try {
      const png = await api.zplToBase64Async(asked.zpl, asked.width_mm, asked.height_mm, asked.dpmm);
      process.stdout.write(JSON.stringify({ png }) + "\n");
    } catch (error) {
      process.stdout.write(JSON.stringify({ error: String(error) }) + "\n");
    }
  }
  process.exit(0);
}

main();
