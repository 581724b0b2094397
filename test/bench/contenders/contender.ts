import type { Target } from '../fixture/start.ts'
import type { Inspector } from '../inspect.ts'

/** A way to call a tool. */
export interface Contender {
  readonly name: string
  /** Connects, so that calls find everything warm. If `isProfiled`, some contenders come with an inspector. */
  open(target: Target, isProfiled: boolean): Promise<Opened>
}

export interface Opened {
  /** Calls `add` and answers the text of its result. */
  call(a: number, b: number): Promise<string>
  /** CPU time so far, in ms, of the process that does the work: this one, or the gateway's. */
  cpu(): number
  /** That of the same process. */
  readonly inspector?: Inspector | undefined
  close(): Promise<void>
}

/** The text of `{ content: [{ type: 'text', text }] }`, the result of a call; throws where it has another form. */
export function textOf(result: unknown): string {
  if (typeof result === 'object' && result !== null && 'content' in result && Array.isArray(result.content)) {
    const [block]: unknown[] = result.content
    if (typeof block === 'object' && block !== null && 'text' in block && typeof block.text === 'string') {
      return block.text
    }
  }
  throw new Error(`Expected a result with a text, got ${JSON.stringify(result)}`)
}
