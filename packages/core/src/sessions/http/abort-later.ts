import type { Exchange } from './exchange.ts'

/** Aborts the exchange unless it ends within `graceMs`. */
export function abortLater(exchange: Exchange, graceMs: number, reason: string): void {
  const timer = setTimeout(() => exchange.abort(new Error(reason)), graceMs).unref()
  void exchange.over.then(() => clearTimeout(timer))
}
