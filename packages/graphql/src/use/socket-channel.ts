import type { Duplex } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { TokenBuckets } from '@toolyard/core/budgets/token-buckets'
import { slices } from '@toolyard/core/slices'
import type { WebSocket } from 'ws'
import type { LimitMeter } from '../limits/limit-meter.ts'
import type { TakeTenantTurn } from './tenant-turns.ts'

/** What a WebSocket may hold while all of them hold too much, in bytes. */
const fairBytes = 16_384
/** Messages that count while they are executed, in bytes; smaller ones are bounded by their number. */
const longMessage = 8_192
/** Messages that are handled before everything else has its turn. */
const messagesAtOnce = 16
/** Interval between looks at a socket that is not read, in ms. */
const retryMs = 50
/** Interval between pings, in ms: a client can vanish without a word. */
const pingMs = 12_000

/** What all sockets of one bridge share. */
export interface SharedBySockets {
  readonly meter: LimitMeter
  readonly buckets: TokenBuckets | undefined
  readonly takeTurn: TakeTenantTurn
  /** Bytes that all sockets hold. */
  held: number
}

export interface ChannelOptions {
  readonly socket: WebSocket
  /** Below it. */
  readonly duplex: Duplex & { readonly bytesWritten?: number }
  readonly shared: SharedBySockets
  /** Names the socket among all. */
  readonly name: string
}

/** A WebSocket that is read only as fast as its client reads, and as its messages' rate and its tenant's turns allow. */
export class SocketChannel {
  /** Whose turns its messages take; '' for all that are not authenticated yet. */
  tenant = ''
  readonly #socket: WebSocket
  readonly #duplex: ChannelOptions['duplex']
  readonly #shared: SharedBySockets
  readonly #name: string
  readonly #keepAlive: NodeJS.Timeout
  #onMessage: (text: string) => Promise<void> = async () => undefined
  /** What has come and was not handled yet, the oldest first. */
  #inbox: (() => void)[] = []
  #retry: NodeJS.Timeout | undefined
  #isWaiting = false
  /** Bytes of the message that is under way, and of long ones that are executed. */
  #coming = 0
  #executed = 0
  /** What this socket adds to `held`. */
  #counted = 0
  #operations = 0
  /** Until the message is sent that goes in pieces: no other may come between them. */
  #lastSend: Promise<void> | undefined
  #queued = 0
  #isHeard = true
  #sentBefore = 0
  #stalledMs = 0
  #sincePingMs = 0

  constructor({ socket, duplex, shared, name }: ChannelOptions) {
    this.#socket = socket
    this.#duplex = duplex
    this.#shared = shared
    this.#name = name
    // Before the messages in it are told of.
    duplex.prependListener('data', (chunk: Buffer) => this.#onBytes(chunk.length))
    socket.on('message', (data) => this.#onWhole(() => this.#handle(String(data))))
    socket.on('ping', (data) => this.#onWhole(() => socket.pong(data)))
    socket.on('pong', () => this.#onWhole(() => undefined))
    const everyMs = Math.min(pingMs, shared.meter.limits.answerTimeoutMs)
    this.#keepAlive = setInterval(() => this.#checkAlive(everyMs), everyMs)
    socket.once('close', () => this.#close())
  }

  get isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN
  }

  /** Operations that are under way, subscriptions included. */
  get operations(): number {
    return this.#operations
  }

  /** Bytes that the client has not taken yet. */
  get unsent(): number {
    return this.#socket.bufferedAmount + this.#queued
  }

  /** Calls `onMessage` for each message in order; the promise that it answers is that of the operation. It must not reject. */
  receive(onMessage: (text: string) => Promise<void>): void {
    this.#onMessage = onMessage
  }

  /** Resolves once the text is sent, or the socket closed. */
  async send(text: string): Promise<void> {
    if (this.#lastSend === undefined) return this.#write(text, true)
    this.#queued += text.length
    await this.#lastSend
    this.#queued -= text.length
    return this.send(text)
  }

  /** Sends the text without saying when. */
  post(text: string): void {
    if (this.#lastSend !== undefined) void this.send(text)
    else if (this.isOpen) this.#socket.send(text)
  }

  /** One message in pieces, each when the client has taken the one before. */
  async sendPieces(pieces: Iterable<string>): Promise<void> {
    while (this.#lastSend) await this.#lastSend
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#lastSend = promise
    try {
      for (const piece of pieces) {
        const turn = slices.turn()
        if (turn) await turn
        if (!this.isOpen) return
        await this.#write(piece, false)
      }
      await this.#write('', true)
    } finally {
      this.#lastSend = undefined
      resolve()
    }
  }

  #write(text: string, fin: boolean): Promise<void> {
    if (!this.isOpen) return Promise.resolve()
    return new Promise((resolve) => {
      // What becomes of it the socket tells itself, when it closes.
      this.#socket.send(text, { fin }, () => {
        resolve()
        // Not if the others have their turn.
        if (this.#retry !== undefined) this.#pump()
      })
    })
  }

  #onBytes(length: number): void {
    this.#coming += length
    const { meter, held } = this.#shared
    this.#count()
    if (held <= meter.limits.socketsBufferBytes || this.#coming <= fairBytes) return
    meter.count('socketsBufferBytes')
    this.#socket.terminate()
  }

  #onWhole(handle: () => void): void {
    this.#isHeard = true
    this.#coming = 0
    this.#inbox.push(handle)
    if (!this.#isWaiting) this.#pump()
  }

  #handle(text: string): void {
    const bytes = text.length > longMessage ? text.length : 0
    this.#executed += bytes
    this.#operations += 1
    void this.#onMessage(text).finally(() => {
      this.#executed -= bytes
      this.#operations -= 1
      this.#count()
    })
  }

  /** Brings up to date what all sockets hold. */
  #count(): void {
    const counted = this.isOpen ? this.#coming + this.#executed + this.unsent : 0
    this.#shared.held += counted - this.#counted
    this.#counted = counted
  }

  /** For how long nothing more is handled, in ms; 0: until the next turn. Undefined goes on. */
  #pause(): number | undefined {
    const { meter, buckets, held } = this.#shared
    const { socketBufferBytes, socketsBufferBytes } = meter.limits
    const isBehind = this.unsent > socketBufferBytes
    if (isBehind || (held > socketsBufferBytes && this.#counted > fairBytes)) {
      if (!this.#isWaiting) meter.count(isBehind ? 'socketBufferBytes' : 'socketsBufferBytes')
      return retryMs
    }
    const refused = buckets?.take(this.#name, 1)
    if (!refused) return undefined
    if (!this.#isWaiting) meter.count('messageRate')
    return Math.max(retryMs, refused.retryAfterMs)
  }

  /** Handles what has come, and reads on once nothing of it is left. */
  #pump(hasTurn = false): void {
    clearTimeout(this.#retry)
    this.#retry = undefined
    const inbox = this.#inbox
    let next = 0
    for (; next < inbox.length && this.isOpen; next += 1) {
      // What a message leads to is done in microtasks, which come behind this loop.
      const isEnough = next === messagesAtOnce
      const turn = this.#turn(isEnough, hasTurn)
      const pauseMs = turn ? 0 : this.#pause()
      if (pauseMs !== undefined) {
        this.#inbox = inbox.slice(next)
        this.#wait(
          turn?.then(() => this.#pump(!isEnough)),
          pauseMs,
        )
        return
      }
      inbox[next]?.()
      this.#count()
    }
    this.#inbox = []
    this.#isWaiting = false
    // Also where it is closing: the other side's Close has to be read.
    if (this.#socket.isPaused) this.#socket.resume()
  }

  /** What a message waits for, unless it has had that already. */
  #turn(isEnough: boolean, hasTurn: boolean): Promise<void> | undefined {
    if (isEnough) return nextTurn()
    return hasTurn ? undefined : this.#shared.takeTurn(this.tenant)
  }

  /** For the turn, or else for so long. */
  #wait(turn: Promise<void> | undefined, pauseMs: number): void {
    this.#isWaiting = true
    this.#socket.pause()
    if (!turn) this.#retry = setTimeout(() => this.#pump(), pauseMs)
  }

  /** Ends the socket of a client that takes nothing of what it is sent, or that is no longer there. */
  #checkAlive(everyMs: number): void {
    const { meter } = this.#shared
    const sent = (this.#duplex.bytesWritten ?? 0) - this.#duplex.writableLength
    const isStuck = this.unsent > 0 && sent === this.#sentBefore
    this.#sentBefore = sent
    this.#stalledMs = isStuck ? this.#stalledMs + everyMs : 0
    this.#count()
    if (this.#stalledMs >= meter.limits.answerTimeoutMs) {
      meter.count('answerTimeoutMs')
      this.#socket.terminate()
      return
    }
    this.#sincePingMs += everyMs
    if (this.#sincePingMs < pingMs) return
    // Behind what it has not read yet, it would not see a ping; and its pong is not read.
    if (this.unsent > 0 || this.#isWaiting || !this.isOpen) return
    if (!this.#isHeard) {
      this.#socket.terminate()
      return
    }
    this.#isHeard = false
    this.#sincePingMs = 0
    this.#socket.ping()
  }

  #close(): void {
    clearInterval(this.#keepAlive)
    clearTimeout(this.#retry)
    this.#inbox = []
    this.#executed = 0
    this.#coming = 0
    this.#count()
  }
}
