// A Sparkplug B edge node with one device, on MQTT.js and sparkplug-payload.
// Arguments: broker URL, MQTT version (4 or 5), group, node, device.
// One JSON document a line in: {"ddata": {metric: value}}, {"lose": 1} (a message that never goes out), {"ddeath": true},
// {"dbirth": true}, {"cut": true} (the connection breaks: its will is published), {"restart": true} (a new session), {"limit": n} (commands are
// taken up to n only).
// One a line out: {"ready": true}, {"rebirth": n}, {"command": {metric: value}}.
const readline = require("node:readline");
const mqtt = require("mqtt");
const sparkplug = require("sparkplug-payload").get("spBv1.0");

const [url, version, group, node, device] = process.argv.slice(2);
const topic = (kind, of) => `spBv1.0/${group}/${kind}/${node}` + (of ? `/${of}` : "");
const ALIASES = { State: 1, Kilograms: 2, Pieces: 3, Program: 4, Recipe: 5 };
const values = { State: 2, Kilograms: 412.5, Pieces: 7, Program: "P-1", Recipe: 0 };
const types = { State: "Int16", Kilograms: "Float", Pieces: "UInt32", Program: "String", Recipe: "UInt32" };
let client, bdSeq = -1, seq = 0, rebirths = 0, limit = Infinity;

const say = (document) => process.stdout.write(JSON.stringify(document) + "\n");
const bd = () => ({ name: "bdSeq", type: "UInt64", value: bdSeq });
const send = (kind, of, payload) => client.publish(topic(kind, of), Buffer.from(sparkplug.encodePayload(payload)));

function counted(metrics) {
  const payload = { timestamp: Date.now(), metrics, seq };
  seq = (seq + 1) % 256;
  return payload;
}

function nodeBirth() {
  seq = 0;
  const rebirth = { name: "Node Control/Rebirth", type: "Boolean", value: false };
  send("NBIRTH", null, counted([bd(), rebirth, { name: "Node/Uptime", alias: 100, type: "UInt64", value: 12 }]));
}

function deviceBirth() {
  const metrics = Object.keys(values).map((name) => ({
    name, alias: ALIASES[name], type: types[name], value: values[name], timestamp: Date.now(),
  }));
  send("DBIRTH", device, counted(metrics));
}

function deviceData(changes) {
  Object.assign(values, changes);
  const metrics = Object.keys(changes).map((name) => ({
    alias: ALIASES[name], type: types[name], value: values[name], timestamp: Date.now(),
  }));
  send("DDATA", device, counted(metrics));
}

function heard(on, bytes) {
  const { metrics } = sparkplug.decodePayload(bytes);
  if (on === topic("NCMD")) {
    say({ rebirth: ++rebirths });
    nodeBirth();
    deviceBirth();
  } else if (on === topic("DCMD", device)) {
    const names = Object.keys(ALIASES);
    const changes = {};
    for (const metric of metrics) {
      const name = metric.name || names.find((known) => ALIASES[known] === Number(metric.alias));
      changes[name] = typeof metric.value === "string" ? metric.value : Math.min(limit, Number(metric.value));
    }
    say({ command: changes });
    deviceData(changes);
  }
}

function start() {
  bdSeq += 1;
  const death = Buffer.from(sparkplug.encodePayload({ timestamp: Date.now(), metrics: [bd()] }));
  client = mqtt.connect(url, {
    protocolVersion: Number(version), reconnectPeriod: 0, clean: true, will: { topic: topic("NDEATH"), payload: death, qos: 1 },
  });
  client.on("message", heard);
  client.on("error", (error) => say({ error: String(error) }));
  client.on("connect", () => {
    client.subscribe([topic("NCMD"), topic("DCMD", device)], { qos: 1 }, () => {
      nodeBirth();
      deviceBirth();
      say({ ready: true });
    });
  });
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const asked = JSON.parse(line);
  if (asked.ddata) deviceData(asked.ddata);
  if (asked.lose) seq = (seq + asked.lose) % 256;
  if (asked.ddeath) send("DDEATH", device, counted([]));
  if (asked.dbirth) deviceBirth();
  if (asked.limit) limit = asked.limit;
  if (asked.cut) client.stream.destroy();
  if (asked.restart) { Object.assign(values, { Pieces: 0 }); start(); }
}).on("close", () => process.exit(0));

start();
