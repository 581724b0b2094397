const body = JSON.stringify({ query: '{ registryInfo { version } }' })
const headers = { 'content-type': 'application/json' }
const asked = await POST(new Request('http://127.0.0.1:4000/graphql', { method: 'POST', headers, body }))
const answered = await asked.text()
if (!answered.includes('"version"')) throw new Error(answered)
await (await kept.registry)?.close()
