import { Pool } from 'undici'

/** A cheap client with connections that stay open: what a caller pays at least. */
export interface JsonClient {
  post(path: string, body: unknown): Promise<unknown>
  close(): Promise<void>
}

export function jsonClient(origin: string, headers: Readonly<Record<string, string>> = {}): JsonClient {
  const pool = new Pool(origin, { connections: 64, keepAliveTimeout: 60_000 })
  return {
    async post(path, body) {
      const { statusCode, body: answer } = await pool.request({
        path,
        method: 'POST',
        headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
        body: JSON.stringify(body),
      })
      const text = await answer.text()
      if (statusCode !== 200) throw new Error(`${origin}${path} answered ${statusCode}: ${text.slice(0, 500)}`)
      return JSON.parse(text)
    },
    close: () => pool.close(),
  }
}
