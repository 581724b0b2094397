import { cutText } from '../base/cut-text.ts'
import type { BudgetMeter } from '../budgets/budget-meter.ts'
import { budgetTable } from '../budgets/budget-table.ts'
import type { JobEvent, RefreshEvent, RunEvent } from '../model/events.ts'

type Said =
  | Extract<RunEvent, { type: 'ToolRunProgress' | 'ToolRunOutput' }>
  | Extract<RefreshEvent, { type: 'RefreshLog' }>

/** Events of a kind that pass in a row. Then one passes each `pauseMs`: with the last one at the end, 20 in any second. */
const atOnce = 8
/** Interval between later events of a kind, in ms. */
const pauseMs = 91
/** Lines and characters that are merged into one event while it waits. */
const maxLines = 64
const maxCharacters = 65_536

/**
 * Passes on a server's progress and output, and keeps a server that says too much from filling the log. It keeps the last
 * value of progress, and merges lines; of too many lines it keeps the first ones and the last. Whatever it drops, it counts.
 */
export interface EventThrottle {
  push(event: Said): void
  /** Passes on what waits, and ignores later events. */
  close(): void
}

/** Events that wait to be passed on as one. */
interface Waiting {
  /** The last progress, or the first line. */
  readonly event: Said
  /** The lines after the first one. */
  readonly lines: readonly string[]
  readonly characters: number
  readonly leftOut: number
}

interface Gate {
  allowed: number
  timer: NodeJS.Timeout | undefined
  waiting: Waiting | undefined
}

/** Sessions cut texts to the operator's budget `textBytes`; this is the most that it can be. */
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
  // Without room, the last line is replaced.
  return { ...before, lines: [...lines.slice(0, -1), event.text], leftOut: leftOut + 1 }
}

function merged({ event, lines, leftOut }: Waiting): Said {
  const counted = leftOut === 0 ? {} : { leftOut }
  return event.type === 'ToolRunProgress'
    ? { ...event, ...counted }
    : { ...event, text: [event.text, ...lines].join('\n'), ...counted }
}

/** Characters that an event takes in the log beside its text, at least. */
const eventCharacters = 64

function charactersOf(event: Said): number {
  return eventCharacters + (event.type === 'ToolRunProgress' ? (event.message?.length ?? 0) : event.text.length)
}

const linesOf = (event: Said) => (event.type === 'ToolRunProgress' ? 1 : event.text.split('\n').length)

/** The event, with the count of those of its kind before it that were dropped. */
function leavingOut(before: Said | undefined, event: Said): Said {
  const leftOut = (before ? linesOf(before) + (before.leftOut ?? 0) : 0) + (event.leftOut ?? 0)
  return leftOut === 0 ? event : { ...event, leftOut }
}

/** Beyond the budget `jobTextBytes`, `pass` receives only the last event of each kind, at `close`. */
export function createEventThrottle(pass: (event: JobEvent) => void, meter: BudgetMeter): EventThrottle {
  return new GatedEvents(pass, meter)
}

class GatedEvents implements EventThrottle {
  readonly #pass: (event: JobEvent) => void
  readonly #meter: BudgetMeter
  // Most jobs say nothing.
  #gates: Map<string, Gate> | undefined
  #beyond: Map<string, Said> | undefined
  #left: number
  #isClosed = false

  constructor(pass: (event: JobEvent) => void, meter: BudgetMeter) {
    this.#pass = pass
    this.#meter = meter
    this.#left = meter.budgets.jobTextBytes
  }

  push(said: Said): void {
    if (this.#isClosed) return
    const event = short(said)
    const kind = kindOf(event)
    this.#gates ??= new Map()
    const gate = this.#gates.get(kind) ?? { allowed: atOnce, timer: undefined, waiting: undefined }
    this.#gates.set(kind, gate)
    if (gate.allowed > 0) {
      gate.allowed -= 1
      this.#append(event)
    } else gate.waiting = waitingWith(gate.waiting, event)
    gate.timer ??= setTimeout(() => this.#refill(gate), pauseMs)
  }

  close(): void {
    this.#isClosed = true
    for (const { timer, waiting } of this.#gates?.values() ?? []) {
      clearTimeout(timer)
      if (waiting) this.#append(merged(waiting))
    }
    for (const event of this.#beyond?.values() ?? []) this.#pass(event)
    this.#beyond = undefined
  }

  #append(event: Said): void {
    this.#left = Math.max(-1, this.#left - charactersOf(event))
    if (this.#left >= 0) {
      this.#pass(event)
      return
    }
    if (!this.#beyond) this.#meter.count('jobTextBytes')
    this.#beyond ??= new Map()
    const kind = kindOf(event)
    this.#beyond.set(kind, leavingOut(this.#beyond.get(kind), event))
  }

  #refill(gate: Gate): void {
    gate.timer = undefined
    const { waiting } = gate
    gate.waiting = undefined
    if (waiting) this.#append(merged(waiting))
    else gate.allowed += 1
    if (gate.allowed < atOnce) gate.timer = setTimeout(() => this.#refill(gate), pauseMs)
  }
}
