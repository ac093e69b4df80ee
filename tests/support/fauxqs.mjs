// fauxqs on one port of the loopback; its own command listens on every address.
//   node fauxqs.mjs HOME PORT
const [home, port] = process.argv.slice(2);
const { buildApp } = await import(`${home}/node_modules/fauxqs/dist/app.js`);
await buildApp({ logger: false }).listen({ host: "127.0.0.1", port: Number(port) });
