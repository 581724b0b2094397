import type { Transform } from 'node:stream'
import { constants, createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import type { Source } from '../incoming/pauses.ts'
import type { Sink } from './sinks.ts'

const sync = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH }

/** The decompression for a content encoding; undefined for an encoding that was not asked for. */
export function decoderFor(encoding: string | undefined): Transform | undefined {
  switch (encoding?.toLowerCase()) {
    case 'gzip':
    case 'x-gzip':
      return createGunzip(sync)
    case 'deflate':
      return createInflate(sync)
    case 'br':
      return createBrotliDecompress({
        flush: constants.BROTLI_OPERATION_FLUSH,
        finishFlush: constants.BROTLI_OPERATION_FLUSH,
      })
    default:
      return undefined
  }
}

/** Puts the decompression before `target`. Pauses the socket while the decompression is busy or paused by `target`. */
export function createDecodedSink(
  decoder: Transform,
  target: Sink,
  socket: Source,
  onError: (error: Error) => void,
): Sink {
  decoder.on('data', (chunk: Buffer) => target.push(chunk))
  decoder.on('end', () => target.end())
  decoder.on('error', onError)
  decoder.on('drain', () => socket.resume())
  return {
    push(chunk) {
      if (!decoder.write(chunk)) socket.pause()
    },
    end: () => decoder.end(),
    drop() {
      decoder.destroy()
      target.drop()
    },
  }
}
