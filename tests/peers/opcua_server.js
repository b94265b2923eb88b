// An OPC UA server of node-opcua for tests, told by lines of JSON what to do.
//
// Its first argument is a JSON object: port (0: any), folder (for certificates that clients show), certificate and key
// (files, PEM), users (name: password), anonymous, security ("none" or all modes of Basic256Sha256), nodes (name:
// {type, value, writable}) of the namespace urn:acme, and namespaces that come before it.
// It prints {"port": …} when it serves. On its standard input it takes {"set": {name: value}}, {"status": {name:
// statusCode}}, {"time": milliseconds} for the source time of what is set next; each is answered by {"done": true}, and
// {"get": name} by {"value": …}, {"keys": null} by how many keys the last channel has had. It ends with its standard
// input.
"use strict";

const net = require("node:net");
const readline = require("node:readline");
const {
    DataType, MessageSecurityMode, OPCUACertificateManager, OPCUAServer, SecurityPolicy, StatusCodes, Variant,
} = require("node-opcua");

const config = JSON.parse(process.argv[2]);
const say = (message) => process.stdout.write(JSON.stringify(message) + "\n");

function freePort() {
    return new Promise((resolve) => {
        const probe = net.createServer().listen(0, "127.0.0.1", () => {
            const { port } = probe.address();
            probe.close(() => resolve(port));
        });
    });
}

function accepts(user, password) {
    return Object.hasOwn(config.users ?? {}, user) && config.users[user] === password;
}

async function main() {
    const port = config.port || (await freePort());
    const clients = new OPCUACertificateManager({
        rootFolder: config.folder, automaticallyAcceptUnknownCertificate: true,
    });
    await clients.initialize();
    const isOpen = config.security === "none";
    const server = new OPCUAServer({
        port,
        hostname: "127.0.0.1",
        resourcePath: "/robot",
        allowAnonymous: config.anonymous ?? true,
        userManager: { isValidUser: accepts },
        securityPolicies: isOpen ? [SecurityPolicy.None] : [SecurityPolicy.None, SecurityPolicy.Basic256Sha256],
        securityModes: isOpen
            ? [MessageSecurityMode.None]
            : [MessageSecurityMode.None, MessageSecurityMode.Sign, MessageSecurityMode.SignAndEncrypt],
        serverCertificateManager: clients,
        userCertificateManager: clients,
        certificateFile: config.certificate,
        privateKeyFile: config.key,
        buildInfo: { productName: "test robot" },
    });
    await server.initialize();
    const space = server.engine.addressSpace;
    for (const uri of config.namespaces ?? []) space.registerNamespace(uri);
    const namespace = space.registerNamespace("urn:acme");
    const robot = namespace.addObject({ organizedBy: space.rootFolder.objects, browseName: "Robot" });
    const nodes = {};
    for (const [name, { type, value, writable }] of Object.entries(config.nodes)) {
        const access = writable ? "CurrentRead | CurrentWrite" : "CurrentRead";
        nodes[name] = namespace.addVariable({
            componentOf: robot, browseName: name, nodeId: `s=${name}`, dataType: type,
            accessLevel: access, userAccessLevel: access, minimumSamplingInterval: 0,
        });
        nodes[name].setValueFromSource(new Variant({ dataType: DataType[type], value }));
    }
    await server.start();
    let channel = null;
    for (const endpoint of server.endpoints) endpoint.on("newChannel", (made) => { channel = made; });
    let time = null;
    const set = (name, value, status) => {
        const dataType = DataType[config.nodes[name].type];
        nodes[name].setValueFromSource(new Variant({ dataType, value }), status, time ?? new Date());
    };
    const orders = {
        set: (values) => Object.entries(values).forEach(([name, value]) => set(name, value, StatusCodes.Good)),
        status: (codes) => Object.entries(codes).forEach(([name, code]) =>
            set(name, nodes[name].readValue().value.value, StatusCodes[code])),
        time: (milliseconds) => { time = milliseconds === null ? null : new Date(milliseconds); },
    };
    const lines = readline.createInterface({ input: process.stdin });
    lines.on("line", (line) => {
        const [[order, what]] = Object.entries(JSON.parse(line));
        if (order === "get") return say({ value: nodes[what].readValue().value.value });
        if (order === "keys") return say({ value: channel.securityTokenCount });
        orders[order](what);
        return say({ done: true });
    });
    lines.on("close", () => process.exit(0));
    say({ port });
}

main().catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
});
