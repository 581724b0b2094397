import { measureAnswer } from '../limits/measure-answer.ts'

/** Length of a piece, in characters. */
const pieceLength = 65_536

/** Cuts a text into pieces. A surrogate pair that a cut divides is escaped on both sides, and whole again once parsed. */
function* textPieces(text: string): Generator<string> {
  yield '"'
  for (let at = 0; at < text.length; at += pieceLength) {
    yield JSON.stringify(text.slice(at, at + pieceLength)).slice(1, -1)
  }
  yield '"'
}

function* listPieces(items: readonly unknown[]): Generator<string> {
  yield '['
  for (const [index, item] of items.entries()) {
    if (index > 0) yield ','
    yield* parts(item ?? null)
  }
  yield ']'
}

function* memberPieces(value: object): Generator<string> {
  let separator = '{'
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue
    yield `${separator}${JSON.stringify(name)}:`
    yield* parts(member)
    separator = ','
  }
  yield separator === '{' ? '{}' : '}'
}

function* parts(value: unknown): Generator<string> {
  const isSmall = measureAnswer(value, pieceLength) <= pieceLength
  if (isSmall || value === null || (typeof value === 'object' && 'toJSON' in value)) yield JSON.stringify(value)
  else if (typeof value === 'string') yield* textPieces(value)
  else if (Array.isArray(value)) yield* listPieces(value)
  else if (typeof value === 'object') yield* memberPieces(value)
  else yield JSON.stringify(value)
}

/** Prints JSON as `JSON.stringify` does, in pieces of some 64 KiB, so that a long answer is never one text. */
export function* jsonPieces(value: unknown): Generator<string, void, undefined> {
  let piece = ''
  for (const part of parts(value)) {
    piece += part
    if (piece.length < pieceLength) continue
    yield piece
    piece = ''
  }
  if (piece !== '') yield piece
}
