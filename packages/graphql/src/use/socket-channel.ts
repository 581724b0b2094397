import type { Duplex } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { slices } from '@toolyard/core/internal/slices'
import type { TokenBuckets } from '@toolyard/core/internal/token-buckets'
import type { WebSocket } from 'ws'
import type { LimitMeter } from '../limits/limit-meter.ts'
import type { CollectedWrites } from './collected-writes.ts'
import type { TakeTenantTurn } from './tenant-turns.ts'

/** Bytes that a WebSocket may hold while all of them together hold too much. */
const fairBytes = 16_384
/** Length from which a message counts while it is executed, in characters; the number of shorter ones is limited. */
const longMessage = 8_192
/** Messages that are handled in one turn of the event loop. */
const messagesAtOnce = 16
/** Interval between checks of a socket that is not read, in ms. */
const retryMs = 50
/** Interval between pings, in ms: a connection can die without a Close. */
const pingMs = 12_000

/** State that all sockets of one bridge share. */
export interface SharedBySockets {
  readonly meter: LimitMeter
  readonly buckets: TokenBuckets | undefined
  readonly takeTurn: TakeTenantTurn
  /** Bytes that all sockets hold. */
  held: number
  readonly writes: CollectedWrites
}

export interface ChannelOptions {
  readonly socket: WebSocket
  /** The connection below the WebSocket. */
  readonly duplex: Duplex & { readonly bytesWritten?: number }
  readonly shared: SharedBySockets
  /** Name of the socket, unique in the bridge. */
  readonly name: string
}

/** A WebSocket that is read only as fast as its client reads, the rate limit of messages and its tenant's turns allow. */
export class SocketChannel {
  /** The tenant whose turns the messages take; '' until the socket is authenticated. */
  tenant = ''
  readonly #socket: WebSocket
  readonly #duplex: ChannelOptions['duplex']
  readonly #shared: SharedBySockets
  readonly #name: string
  readonly #keepAlive: NodeJS.Timeout
  #onMessage: (text: string) => Promise<void> = async () => undefined
  /** Handlers of received frames that wait, the oldest first. */
  #inbox: (() => void)[] = []
  #retry: NodeJS.Timeout | undefined
  #isWaiting = false
  /** Bytes of the incomplete message. */
  #incoming = 0
  /** Characters of the long messages that are executed. */
  #executed = 0
  /** Bytes that this socket has added to `held`. */
  #counted = 0
  #operations = 0
  /** Resolves when the message in pieces is sent: other messages must not come between its pieces. */
  #lastSend: Promise<void> | undefined
  #queued = 0
  #isAlive = true
  #sentBefore = 0
  #stalledMs = 0
  #sincePingMs = 0

  constructor({ socket, duplex, shared, name }: ChannelOptions) {
    this.#socket = socket
    this.#duplex = duplex
    this.#shared = shared
    this.#name = name
    // Before ws emits the messages in the chunk.
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

  /** Number of running operations, including subscriptions. */
  get operations(): number {
    return this.#operations
  }

  /** Bytes that the client has not read yet. */
  get unsent(): number {
    return this.#socket.bufferedAmount + this.#queued
  }

  /** Calls `onMessage` for each message in order. Its promise lasts as long as the operation, and must not reject. */
  receive(onMessage: (text: string) => Promise<void>): void {
    this.#onMessage = onMessage
  }

  /** Resolves when the text is sent or the socket is closed. */
  async send(text: string | Buffer): Promise<void> {
    if (this.#lastSend === undefined) return this.#write(text, true)
    this.#queued += text.length
    await this.#lastSend
    this.#queued -= text.length
    return this.send(text)
  }

  /** Sends the text without reporting when, with all that is posted in this turn of the event loop. */
  post(text: string | Buffer): void {
    if (this.#lastSend !== undefined) void this.send(text)
    else if (this.isOpen) {
      this.#shared.writes.collect(this.#duplex)
      this.#socket.send(text, { binary: false })
    }
  }

  /** Sends one message in pieces, each after the client has read the one before. */
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

  #write(text: string | Buffer, fin: boolean): Promise<void> {
    if (!this.isOpen) return Promise.resolve()
    return new Promise((resolve) => {
      // The callback's error is ignored: the socket closes after it.
      this.#socket.send(text, { fin, binary: false }, () => {
        resolve()
        // Only if a timer is set: a pump that waits for its turn must keep waiting.
        if (this.#retry !== undefined) this.#pump()
      })
    })
  }

  #onBytes(length: number): void {
    this.#incoming += length
    const { meter, held } = this.#shared
    this.#count()
    if (held <= meter.limits.socketsBufferBytes || this.#incoming <= fairBytes) return
    meter.count('socketsBufferBytes')
    this.#socket.terminate()
  }

  #onWhole(handle: () => void): void {
    this.#isAlive = true
    this.#incoming = 0
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

  /** Updates the bytes that all sockets hold. */
  #count(): void {
    const counted = this.isOpen ? this.#incoming + this.#executed + this.unsent : 0
    this.#shared.held += counted - this.#counted
    this.#counted = counted
  }

  /** Returns the delay before the next message, in ms; undefined to continue. */
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

  /** Handles the inbox, and reads on when it is empty. */
  #pump(hasTurn = false): void {
    clearTimeout(this.#retry)
    this.#retry = undefined
    const inbox = this.#inbox
    let next = 0
    for (; next < inbox.length && this.isOpen; next += 1) {
      // The work of a message runs in microtasks, after this loop.
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
    // Also if the socket is closing: the client's Close has to be read.
    if (this.#socket.isPaused) this.#socket.resume()
  }

  /** Returns the turn that a message waits for, if any. */
  #turn(isEnough: boolean, hasTurn: boolean): Promise<void> | undefined {
    if (isEnough) return nextTurn()
    return hasTurn ? undefined : this.#shared.takeTurn(this.tenant)
  }

  /** Stops reading until the turn comes, or for the pause. */
  #wait(turn: Promise<void> | undefined, pauseMs: number): void {
    this.#isWaiting = true
    this.#socket.pause()
    if (!turn) this.#retry = setTimeout(() => this.#pump(), pauseMs)
  }

  /** Terminates the socket of a client that does not read, or is dead. */
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
    // A client that has not read everything would not see the ping, and a paused socket would not read the pong.
    if (this.unsent > 0 || this.#isWaiting || !this.isOpen) return
    if (!this.#isAlive) {
      this.#socket.terminate()
      return
    }
    this.#isAlive = false
    this.#sincePingMs = 0
    this.#socket.ping()
  }

  #close(): void {
    clearInterval(this.#keepAlive)
    clearTimeout(this.#retry)
    this.#inbox = []
    this.#executed = 0
    this.#incoming = 0
    this.#count()
  }
}
