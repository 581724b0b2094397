import { budgetTable } from '../budgets/budget-table.ts'
import { cutText } from '../cut-text.ts'
import type { JobEvent, RefreshEvent, RunEvent } from '../events/events.ts'

type Said =
  | Extract<RunEvent, { type: 'ToolRunProgress' | 'ToolRunOutput' }>
  | Extract<RefreshEvent, { type: 'RefreshLog' }>

/** Events of a kind go on at once so many in a row, then one each `pauseMs`: with the last at the end, 20 in any second. */
const atOnce = 8
const pauseMs = 91
/** What comes while one waits is told with it, up to here. */
const maxLines = 64
const maxCharacters = 65_536

/**
 * Lets through what a server says while it works, and keeps a server that says too much from filling the log: of progress
 * the last value counts; lines are told together, and of too many the first ones and the last. Nothing is left out
 * without being counted.
 */
export interface FloodGate {
  tell(event: Said): void
  /** Lets through what waits, and takes nothing more. */
  close(): void
}

/** What waits to be told together. */
interface Waiting {
  /** Of progress the last one, of lines the first one. */
  readonly event: Said
  /** Those that came after the first. */
  readonly lines: readonly string[]
  readonly characters: number
  readonly leftOut: number
}

interface Gate {
  allowed: number
  timer: NodeJS.Timeout | undefined
  waiting: Waiting | undefined
}

/** A session cuts to what the operator allows (`textBytes`); this is the most that may be. */
const cut = (text: string) => cutText(text, budgetTable.textBytes.max)

function short(event: Said): Said {
  if (event.type !== 'ToolRunProgress') return { ...event, text: cut(event.text) }
  return event.message === undefined ? event : { ...event, message: cut(event.message) }
}

const kindOf = (event: Said) => (event.type === 'ToolRunProgress' ? event.type : event.stream)

function waitingWith(before: Waiting | undefined, event: Said): Waiting {
  if (!before) return { event, lines: [], characters: 0, leftOut: 0 }
  if (event.type === 'ToolRunProgress') return { ...before, event, leftOut: before.leftOut + 1 }
  const { lines, characters, leftOut } = before
  const isFull = lines.length >= maxLines || characters >= maxCharacters
  const last = lines.at(-1)
  if (!isFull || last === undefined) {
    return { ...before, lines: [...lines, event.text], characters: characters + event.text.length }
  }
  // The last line of those that are full gives way to the one that comes after it.
  return { ...before, lines: [...lines.slice(0, -1), event.text], leftOut: leftOut + 1 }
}

function told({ event, lines, leftOut }: Waiting): Said {
  const counted = leftOut === 0 ? {} : { leftOut }
  return event.type === 'ToolRunProgress'
    ? { ...event, ...counted }
    : { ...event, text: [event.text, ...lines].join('\n'), ...counted }
}

export function createFloodGate(tell: (event: JobEvent) => void): FloodGate {
  const gates = new Map<string, Gate>()
  let isClosed = false

  function refill(gate: Gate): void {
    gate.timer = undefined
    const { waiting } = gate
    gate.waiting = undefined
    if (waiting) tell(told(waiting))
    else gate.allowed += 1
    if (gate.allowed < atOnce) gate.timer = setTimeout(refill, pauseMs, gate)
  }

  return {
    tell(said) {
      if (isClosed) return
      const event = short(said)
      const kind = kindOf(event)
      const gate = gates.get(kind) ?? { allowed: atOnce, timer: undefined, waiting: undefined }
      gates.set(kind, gate)
      if (gate.allowed > 0) {
        gate.allowed -= 1
        tell(event)
      } else gate.waiting = waitingWith(gate.waiting, event)
      gate.timer ??= setTimeout(refill, pauseMs, gate)
    },
    close() {
      isClosed = true
      for (const { timer, waiting } of gates.values()) {
        clearTimeout(timer)
        if (waiting) tell(told(waiting))
      }
    },
  }
}
