// An RFID reader of llrpjs for tests: tags with their memory behind it.
//
// Its first argument is a JSON list of tags {tid, epc, user}, hexadecimal. It prints {"port": …} when it serves. On its
// standard input it takes {"get": null}, answered by {"tags": […], "requests": […names], "acks": signs of life that the
// client has answered}. It ends with its standard input.
"use strict";

const readline = require("node:readline");
const { LLRPServer, LLRPCore } = require("llrpjs");

const say = (message) => process.stdout.write(JSON.stringify(message) + "\n");
const list = (value) => (value === undefined ? [] : Array.isArray(value) ? value : [value]);
const words = (hex) => hex.match(/.{4}/g) ?? [];
const pc = (epc) => (words(epc).length << 11).toString(16).padStart(4, "0").toUpperCase();

const tags = JSON.parse(process.argv[2]).map(({ tid, epc, user }) => ({
    0: words("0".repeat(16)), 1: words("0000" + pc(epc) + epc.padEnd(32, "0")), 2: words(tid), 3: words(user),
}));
const epcOf = (tag) => tag[1].slice(2, 2 + (parseInt(tag[1][1], 16) >> 11)).join("");

const server = new LLRPServer({ host: "127.0.0.1", port: 0 });
const requests = [];
let acks = 0, program = null, access = null, timer = null, id = 1000;

function carryOut(tag, operation, kind) {
    const { OpSpecID, MB, WordPointer } = operation;
    if (kind === "C1G2Read") {
        const found = tag[MB].slice(WordPointer, WordPointer + operation.WordCount);
        const enough = found.length === operation.WordCount;
        return { Result: enough ? "Success" : "Nonspecific_Tag_Error", OpSpecID, ReadData: enough ? found.join("") : "" };
    }
    const data = words(operation.WriteData);
    if (WordPointer + data.length > tag[MB].length) {
        return { Result: "Tag_Memory_Overrun_Error", OpSpecID, NumWordsWritten: 0 };
    }
    tag[MB].splice(WordPointer, data.length, ...data);
    return { Result: "Success", OpSpecID, NumWordsWritten: data.length };
}

function report(tag) {
    const now = new Date();
    const epc = epcOf(tag);
    const data = {
        ...(epc.length === 24 ? { EPC_96: { EPC: epc } } : { EPCData: { EPC: epc } }),
        ROSpecID: { ROSpecID: program.ROSpecID }, AntennaID: { AntennaID: 2 }, PeakRSSI: { PeakRSSI: -48 },
        FirstSeenTimestampUTC: { Microseconds: now }, LastSeenTimestampUTC: { Microseconds: now },
        TagSeenCount: { TagCount: 1 },
    };
    const target = access?.AccessCommand.C1G2TagSpec.C1G2TargetTag;
    if (target && tag[target.MB].join("").startsWith(target.TagData)) {
        data.AccessSpecID = { AccessSpecID: access.AccessSpecID };
        for (const kind of ["C1G2Read", "C1G2Write"]) {
            const results = list(access.AccessCommand[kind]).map((operation) => carryOut(tag, operation, kind));
            if (results.length) data[`${kind}OpSpecResult`] = results.length > 1 ? results : results[0];
        }
        if (access.AccessSpecStopTrigger.AccessSpecStopTrigger === "Operation_Count") access = null;
    }
    return data;
}

function look() {
    const found = tags.map(report);
    server.send(new LLRPCore.RO_ACCESS_REPORT({ id: (id += 1), data: { TagReportData: found } }));
}

const handlers = {
    GET_READER_CAPABILITIES: () => ({
        GeneralDeviceCapabilities: {
            MaxNumberOfAntennaSupported: 4, CanSetAntennaProperties: 0, HasUTCClockCapability: 1,
            DeviceManufacturerName: 25882, ModelName: 7, ReaderFirmwareVersion: "llrpjs",
            ReceiveSensitivityTableEntry: { Index: 1, ReceiveSensitivityValue: 0 },
            GPIOCapabilities: { NumGPIs: 0, NumGPOs: 0 },
            PerAntennaAirProtocol: { AntennaID: 1, ProtocolID: ["EPCGlobalClass1Gen2"] },
        },
        LLRPCapabilities: {
            CanDoRFSurvey: 0, CanReportBufferFillWarning: 0, SupportsClientRequestOpSpec: 0,
            CanDoTagInventoryStateAwareSingulation: 0, SupportsEventAndReportHolding: 0,
            MaxNumPriorityLevelsSupported: 1, ClientRequestOpSpecTimeout: 0, MaxNumROSpecs: 1,
            MaxNumSpecsPerROSpec: 1, MaxNumInventoryParameterSpecsPerAISpec: 1, MaxNumAccessSpecs: 1,
            MaxNumOpSpecsPerAccessSpec: 1,
        },
    }),
    SET_READER_CONFIG: () => server.send(new LLRPCore.KEEPALIVE({ id: (id += 1) })) && {},
    ADD_ROSPEC: ({ ROSpec }) => { program = ROSpec; },
    ADD_ACCESSSPEC: ({ AccessSpec }) => { access = AccessSpec; },
    ENABLE_ROSPEC: () => ({}),
    ENABLE_ACCESSSPEC: () => ({}),
    START_ROSPEC: () => { timer = setInterval(look, 10); },
    STOP_ROSPEC: () => clearInterval(timer),
    DELETE_ROSPEC: () => clearInterval(timer),
    DELETE_ACCESSSPEC: () => { access = null; },
    CLOSE_CONNECTION: () => ({}),
};

for (const [name, handler] of Object.entries(handlers)) {
    server.on(name, (message) => {
        requests.push(name);
        const more = handler(message.toLLRPData().data ?? {});
        const data = { LLRPStatus: { StatusCode: "M_Success", ErrorDescription: "" } };
        if (name === "GET_READER_CAPABILITIES") Object.assign(data, more);
        server.send(new LLRPCore[`${name}_RESPONSE`]({ id: message.getMessageId(), data }));
    });
}
server.on("KEEPALIVE_ACK", () => { acks += 1; });
server.on("error", (error) => process.stderr.write(`${error.stack}\n`));
server.on("disconnect", () => clearInterval(timer));
server.on("connection", () => {
    // llrpjs takes one message out of each piece of the stream; the empty pieces make it look for the next.
    server._tcp.on("data", () => { for (let more = 0; more < 8; more += 1) server.onData(Buffer.alloc(0)); });
    server.send(new LLRPCore.READER_EVENT_NOTIFICATION({
        id: (id += 1),
        data: {
            ReaderEventNotificationData: {
                UTCTimestamp: { Microseconds: new Date() }, ConnectionAttemptEvent: { Status: "Success" },
            },
        },
    }));
});

server._server.on("listening", () => say({ port: server._server.address().port }));
const orders = readline.createInterface({ input: process.stdin });
orders.on("line", () => say({
    tags: tags.map((tag) => ({ tid: tag[2].join(""), pc: tag[1][1], epc: epcOf(tag), user: tag[3].join("") })),
    requests, acks,
}));
orders.on("close", () => process.exit(0));
server.listen();
