// Messages of LLRP read and written anew by llrpjs: lines of hexadecimal in, lines of JSON out.
//
// For each line {"hex": what llrpjs writes for what it has read, "message": what it has read}, or {"error": …}.
"use strict";

const readline = require("node:readline");
const { LLRPMessage } = require("llrpjs");

const plain = (_key, value) => (typeof value === "bigint" ? value.toString() : value);

readline.createInterface({ input: process.stdin }).on("line", (line) => {
    let answer;
    try {
        const message = new LLRPMessage(Buffer.from(line, "hex")).decode().toLLRPData();
        const written = new LLRPMessage(message).encode().getBuffer();
        answer = { hex: written.toString("hex").toUpperCase(), message };
    } catch (error) {
        answer = { error: `${error.name}: ${error.message}` };
    }
    process.stdout.write(JSON.stringify(answer, plain) + "\n");
});
