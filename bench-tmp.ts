import { startScripted } from './test/fixtures/mcp/scripted-http.ts'
const { createRegistry } = await import('@toolyard/core')
await using server = await startScripted()
const registry = await createRegistry()
const s = await registry.servers.create({ name: 'a', config: { transport: 'streamableHttp', serverUrl: server.url }, refresh: false })
await (await registry.servers.refresh(s.id)).result()
const run = async (n) => { for (let i = 0; i < n; i += 1) { await registry.tools.run({ server: 'a', tool: 'echo' }, { n: i }); if (i % 200 === 0) server.forget() } }
await run(1500)
const out = []
for (let k = 0; k < 8; k += 1) { const c = process.cpuUsage(); const t = performance.now(); await run(500); const d = process.cpuUsage(c); out.push(((d.user + d.system) / 500).toFixed(0)) }
console.log(out.sort((a, b) => a - b).join(' '))
await registry.close()
process.exit(0)
