import { expect, it } from 'vitest'
import { textPieces } from './text-pieces.ts'

it('a long text is cut at the ends of lines, and within a line that is too long', () => {
  const lines = Array.from({ length: 5_000 }, (_, n) => `line ${n}`).join('\n')
  expect(textPieces(lines).join('\n')).toBe(lines)
  expect(textPieces(lines).every((piece) => piece.length <= 20_000)).toBe(true)
  const long = `a${'😀'.repeat(30_000)}`
  expect(textPieces(long).join('')).toBe(long)
  expect(textPieces(long).every((piece) => piece.isWellFormed())).toBe(true)
  expect(textPieces('short')).toEqual(['short'])
  expect(textPieces('')).toEqual([])
})
