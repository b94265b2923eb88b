// An OPC UA client of node-opcua for tests. Its first argument is a JSON object: url, namespace (URI), read (names of
// string nodes), watch (one of them), write ({name: [type, value]}). It prints what it read as {name: [value, type]},
// the status codes of its writes, and what the watched node told: the values that came until it had `count` of them.
"use strict";

const { AttributeIds, ClientMonitoredItem, DataType, OPCUAClient, TimestampsToReturn } = require("node-opcua");

const { url, namespace, read, watch, count, write } = JSON.parse(process.argv[2]);

async function main() {
    const client = OPCUAClient.create({ endpointMustExist: false, connectionStrategy: { maxRetry: 0 } });
    await client.connect(url);
    const session = await client.createSession();
    const index = (await session.readNamespaceArray()).indexOf(namespace);
    const node = (name) => `ns=${index};s=${name}`;
    const values = {};
    for (const name of read) {
        const { value } = await session.read({ nodeId: node(name), attributeId: AttributeIds.Value });
        values[name] = [value.value, DataType[value.dataType]];
    }
    const subscription = await session.createSubscription2({
        requestedPublishingInterval: 100, requestedMaxKeepAliveCount: 10, requestedLifetimeCount: 100,
        maxNotificationsPerPublish: 100, publishingEnabled: true, priority: 1,
    });
    const told = [];
    const item = ClientMonitoredItem.create(
        subscription, { nodeId: node(watch), attributeId: AttributeIds.Value },
        { samplingInterval: 0, queueSize: 20, discardOldest: true }, TimestampsToReturn.Both,
    );
    const come = (number) => new Promise((resolve) => {
        item.on("changed", () => told.length >= number && resolve());
    });
    item.on("changed", ({ value }) => told.push(value.value));
    const everything = come(count);
    await come(1);
    const statuses = {};
    for (const [name, [type, value]] of Object.entries(write)) {
        const status = await session.write({
            nodeId: node(name), attributeId: AttributeIds.Value, value: { value: { dataType: DataType[type], value } },
        });
        statuses[name] = status.name;
    }
    await everything;
    await session.close();
    await client.disconnect();
    process.stdout.write(JSON.stringify({ values, statuses, told }) + "\n");
}

main().catch((error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
});
