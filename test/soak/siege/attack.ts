/** What a siege goes against: a server, or the sink in its place. */
export interface Target {
  readonly url: string
  readonly key: string
  readonly isSink: boolean
}

/** Goes on until the signal aborts, whatever becomes of what it sends. Servers that it starts end with its process. */
export type Attack = (attacker: Attacker, signal: AbortSignal) => Promise<void>

/** A tenant of the target, which does its worst with what its key allows. */
export interface Attacker {
  readonly target: Target
  /** Sends an operation; the body of the answer is read and thrown away, unless `read` takes it. */
  ask(query: string, variables?: object): Promise<unknown>
  /** Registers an MCP server, which the sink dials, reads and throws away. Answers its id. */
  addServer(name: string, config: ServerConfig, more?: object): Promise<string>
  refresh(id: string, wait?: boolean): Promise<unknown>
  run(server: string, tool: string, args?: object, more?: object): Promise<unknown>
  /** Says that all is set up, and resolves once all attacks begin: one must not keep another from its servers. */
  begin(): Promise<void>
}

/** As `McpServerConfigInput` has it. */
export type ServerConfig =
  | { readonly streamableHttp: { readonly serverUrl: string } }
  | { readonly stdio: { readonly command: string; readonly args: readonly string[] } }

const isRecord = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === 'object' && value !== null

/** What stands at the path in an answer, where there is something. */
export function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value
  for (const name of path) found = isRecord(found) ? found[name] : undefined
  return found
}

const creation = `mutation ($input: CreateMcpServerInput!) { createMcpServer(input: $input) {
  ... on CreateMcpServerPayload { server { ... on McpServerBase { id } } } ... on UserError { code message } } }`
const refreshing = `mutation ($input: RefreshMcpServerInput!) { refreshMcpServer(input: $input) {
  ... on RefreshMcpServerPayload { refresh { status } } ... on UserError { code message } } }`
const running = `mutation ($input: RunMcpToolInput!) { runMcpTool(input: $input) {
  ... on RunMcpToolPayload { run { status } } ... on UserError { code message } } }`

/** No answer is waited for longer. */
const answerMs = 30_000

export function createAttacker(target: Target, signal: AbortSignal, begin: () => Promise<void>): Attacker {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${target.key}` }

  async function post(url: string | URL, body: object): Promise<unknown> {
    const ending = AbortSignal.any([signal, AbortSignal.timeout(answerMs)])
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal: ending })
    const text = await response.text()
    return text.startsWith('{') ? JSON.parse(text) : undefined
  }
  const ask = (query: string, variables: object = {}) => post(target.url, { query, variables })

  return {
    target,
    ask,
    async addServer(name, config, more = {}) {
      if (target.isSink) await post(new URL('/dial', target.url), config)
      const answer = await ask(creation, { input: { name, config, refresh: false, ...more } })
      return String(at(answer, 'data', 'createMcpServer', 'server', 'id'))
    },
    refresh: (id, wait = true) => ask(refreshing, { input: { id, wait } }),
    run: (server, tool, args = {}, more = {}) =>
      ask(running, { input: { tool: { qualified: { server, tool } }, args, ...more } }),
    begin,
  }
}

/** Does `work` again and again, at most so often; what it rejects with changes nothing for one that attacks. */
export async function again(
  signal: AbortSignal,
  everyMs: number,
  work: (n: number) => Promise<unknown>,
): Promise<void> {
  for (let n = 0; !signal.aborted; n += 1) {
    const [result] = await Promise.allSettled([work(n), pause(everyMs, signal)])
    if (result?.status === 'rejected') await pause(100, signal)
  }
}

/** So many at a time. */
export async function atATime(
  signal: AbortSignal,
  count: number,
  work: (n: number) => Promise<unknown>,
): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, n) => again(signal, 10, () => work(n))))
}

export function pause(ms: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(done, ms)
  signal.addEventListener('abort', done, { once: true })
  function done(): void {
    clearTimeout(timer)
    signal.removeEventListener('abort', done)
    resolve()
  }
  if (signal.aborted) done()
  return promise
}
