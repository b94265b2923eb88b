// A client of llrpjs for tests: it takes an inventory with the TIDs, writes to one tag, and says what it was told.
//
// Its first argument is a JSON object: port, tid (of the tag to write to), user (hexadecimal, its new USER bank). It
// prints {"greeting", "capabilities", "statuses": {request: status}, "seen": {tid: epc}, "written": result,
// "signs": signs of life} and ends.
"use strict";

const { LLRPClient, LLRPCore } = require("llrpjs");

const config = JSON.parse(process.argv[2]);
const client = new LLRPClient({ host: "127.0.0.1", port: config.port });
const list = (value) => (value === undefined ? [] : Array.isArray(value) ? value : [value]);
const told = { statuses: {}, seen: {}, written: null, signs: 0 };
let id = 0;

// Not llrpjs's own transact(), which never ends where a report comes before the answer.
async function ask(name, data) {
    const coming = new Promise((resolve) => client._ee.once(`${name}_RESPONSE`, resolve));
    await client.send(new LLRPCore[name]({ id: (id += 1), data }));
    const answer = await coming;
    const content = answer.toLLRPData().data;
    told.statuses[name] = content.LLRPStatus.StatusCode;
    return content;
}

const program = {
    ROSpecID: 12, Priority: 0, CurrentState: "Disabled",
    ROBoundarySpec: {
        ROSpecStartTrigger: { ROSpecStartTriggerType: "Null" },
        ROSpecStopTrigger: { ROSpecStopTriggerType: "Null", DurationTriggerValue: 0 },
    },
    AISpec: {
        AntennaIDs: [1, 2], AISpecStopTrigger: { AISpecStopTriggerType: "Null", DurationTrigger: 0 },
        InventoryParameterSpec: { InventoryParameterSpecID: 1, ProtocolID: "EPCGlobalClass1Gen2" },
    },
    ROReportSpec: {
        ROReportTrigger: "Upon_N_Tags_Or_End_Of_ROSpec", N: 1,
        TagReportContentSelector: {
            EnableROSpecID: true, EnableSpecIndex: false, EnableInventoryParameterSpecID: false,
            EnableAntennaID: true, EnableChannelIndex: false, EnablePeakRSSI: true, EnableFirstSeenTimestamp: true,
            EnableLastSeenTimestamp: true, EnableTagSeenCount: true, EnableAccessSpecID: true,
        },
    },
};

function access(AccessSpecID, count, mask, TagData, operation) {
    return {
        AccessSpecID, AntennaID: 0, ProtocolID: "EPCGlobalClass1Gen2", CurrentState: "Disabled", ROSpecID: 12,
        AccessSpecStopTrigger: { AccessSpecStopTrigger: count ? "Operation_Count" : "Null", OperationCountValue: count },
        AccessCommand: {
            C1G2TagSpec: { C1G2TargetTag: { MB: 2, Match: 1, Pointer: 0, TagMask: mask, TagData } }, ...operation,
        },
        AccessReportSpec: { AccessReportTrigger: "End_Of_AccessSpec" },
    };
}

async function until(holds) {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

function take(message) {
    for (const tag of list(message.toLLRPData().data?.TagReportData)) {
        const epc = (tag.EPC_96 ?? tag.EPCData).EPC;
        for (const read of list(tag.C1G2ReadOpSpecResult)) told.seen[read.ReadData] = epc;
        for (const written of list(tag.C1G2WriteOpSpecResult)) told.written = written;
    }
}

async function main() {
    client.on("RO_ACCESS_REPORT", take);
    client.on("KEEPALIVE", () => {
        told.signs += 1;
        client.send(new LLRPCore.KEEPALIVE_ACK({ id: (id += 1) }));
    });
    const greeting = new Promise((resolve) => client.on("READER_EVENT_NOTIFICATION", resolve));
    client.on("error", (error) => { throw error; });
    await client.connect();
    // llrpjs takes one message out of each piece of the stream; the empty pieces make it look for the next.
    client._tcp.on("data", () => { for (let more = 0; more < 8; more += 1) client.onData(Buffer.alloc(0)); });
    told.greeting = (await greeting).toLLRPData().data.ReaderEventNotificationData.ConnectionAttemptEvent.Status;
    told.capabilities = await ask("GET_READER_CAPABILITIES", { RequestedData: "All" });
    await ask("SET_READER_CONFIG", {
        ResetToFactoryDefault: true, KeepaliveSpec: { KeepaliveTriggerType: "Periodic", PeriodicTriggerValue: 20 },
    });
    await ask("DELETE_ROSPEC", { ROSpecID: 0 });
    await ask("ADD_ROSPEC", { ROSpec: program });
    const read = { C1G2Read: { OpSpecID: 1, AccessPassword: 0, MB: 2, WordPointer: 0, WordCount: 6 } };
    await ask("ADD_ACCESSSPEC", { AccessSpec: access(1, 0, "", "", read) });
    await ask("ENABLE_ACCESSSPEC", { AccessSpecID: 1 });
    await ask("ENABLE_ROSPEC", { ROSpecID: 12 });
    await ask("START_ROSPEC", { ROSpecID: 12 });
    await until(() => Object.keys(told.seen).length === 2 && told.signs);
    await ask("DELETE_ACCESSSPEC", { AccessSpecID: 1 });
    const write = { C1G2Write: { OpSpecID: 9, AccessPassword: 0, MB: 3, WordPointer: 0, WriteData: config.user } };
    const mask = "F".repeat(config.tid.length);
    await ask("ADD_ACCESSSPEC", { AccessSpec: access(2, 1, mask, config.tid, write) });
    await ask("ENABLE_ACCESSSPEC", { AccessSpecID: 2 });
    await until(() => told.written);
    await ask("STOP_ROSPEC", { ROSpecID: 12 });
    await ask("CLOSE_CONNECTION", {});
    process.stdout.write(JSON.stringify(told, (_key, value) => (typeof value === "bigint" ? `${value}` : value)) + "\n");
    process.exit(0);
}

main().catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
});
