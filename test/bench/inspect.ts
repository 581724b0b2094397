import type { HeapProfiler, Profiler } from 'node:inspector'
import { Session } from 'node:inspector/promises'

/** Methods of the DevTools protocol that profile a process, and their results. */
interface Results {
  'Profiler.enable': unknown
  'Profiler.setSamplingInterval': unknown
  'Profiler.start': unknown
  'Profiler.stop': Profiler.StopReturnType
  'HeapProfiler.startSampling': unknown
  'HeapProfiler.stopSampling': HeapProfiler.StopSamplingReturnType
}

/** The DevTools protocol of a process. */
export interface Inspector {
  post<Method extends keyof Results>(method: Method, params?: object): Promise<Results[Method]>
  close(): void
}

/** Inspects this process. */
export function inspectSelf(): Inspector {
  const session = new Session()
  session.connect()
  // The session's own overloads name each method.
  const post = session.post.bind(session) as Inspector['post']
  return { post, close: () => session.disconnect() }
}

/** Inspects a process that was started with `--inspect`, at the URL that it printed. */
export async function inspectProcess(url: string): Promise<Inspector> {
  const socket = new WebSocket(url)
  const opened = Promise.withResolvers<void>()
  socket.addEventListener('open', () => opened.resolve())
  socket.addEventListener('error', () => opened.reject(new Error(`The inspector at ${url} cannot be reached`)))
  const waiting = new Map<number, PromiseWithResolvers<unknown>>()
  socket.addEventListener('message', ({ data }) => {
    // The protocol defines its answers; its notifications have no id.
    const { id, result, error } = JSON.parse(String(data)) as { id?: number; result?: unknown; error?: object }
    const caller = id === undefined ? undefined : waiting.get(id)
    if (id === undefined || !caller) return
    waiting.delete(id)
    if (error) caller.reject(new Error(`The inspector answered ${JSON.stringify(error)}`))
    else caller.resolve(result)
  })
  socket.addEventListener('close', () => {
    for (const { reject } of waiting.values()) reject(new Error(`The inspector at ${url} closed the connection`))
  })
  await opened.promise
  let last = 0
  // The result is that of the method, as the protocol defines it.
  const post = ((method, params = {}) => {
    last += 1
    const answer = Promise.withResolvers<unknown>()
    waiting.set(last, answer)
    socket.send(JSON.stringify({ id: last, method, params }))
    return answer.promise
  }) as Inspector['post']
  return { post, close: () => socket.close() }
}
