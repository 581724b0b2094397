/** A part of one of two texts: whether the other has it, too. */
export interface DiffPart {
  readonly text: string
  readonly isChanged: boolean
}

export interface WordDiff {
  readonly before: readonly DiffPart[]
  readonly after: readonly DiffPart[]
}

/** Most words of a text that are compared: the work grows with the square. */
const maxWords = 600

/** Words, the white space between them, and single signs. */
const wordsOf = (text: string): readonly string[] => text.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? []

/** Joins neighbours of one kind. */
function joined(parts: readonly DiffPart[]): readonly DiffPart[] {
  const result: DiffPart[] = []
  for (const part of parts) {
    const last = result.at(-1)
    if (last?.isChanged === part.isChanged) result[result.length - 1] = { ...last, text: last.text + part.text }
    else result.push(part)
  }
  return result
}

/** Lengths of the longest common subsequences of all rests of the two lists. */
function commonLengths(one: readonly string[], other: readonly string[]): readonly Uint16Array[] {
  const lengths = Array.from({ length: one.length + 1 }, () => new Uint16Array(other.length + 1))
  for (let i = one.length - 1; i >= 0; i--) {
    for (let j = other.length - 1; j >= 0; j--) {
      const row = lengths[i]
      const next = lengths[i + 1]
      if (!row || !next) continue
      row[j] = one[i] === other[j] ? (next[j + 1] ?? 0) + 1 : Math.max(next[j] ?? 0, row[j + 1] ?? 0)
    }
  }
  return lengths
}

/** Compares two texts word by word. Returns undefined if they are too long to compare. */
export function wordDiff(before: string, after: string): WordDiff | undefined {
  const one = wordsOf(before)
  const other = wordsOf(after)
  if (one.length > maxWords || other.length > maxWords) return undefined
  const lengths = commonLengths(one, other)
  const parts = { before: [] as DiffPart[], after: [] as DiffPart[] }
  let i = 0
  let j = 0
  while (i < one.length || j < other.length) {
    const mine = one[i]
    const theirs = other[j]
    if (mine !== undefined && mine === theirs) {
      parts.before.push({ text: mine, isChanged: false })
      parts.after.push({ text: mine, isChanged: false })
      i += 1
      j += 1
    } else if (
      mine !== undefined &&
      (theirs === undefined || (lengths[i + 1]?.[j] ?? 0) >= (lengths[i]?.[j + 1] ?? 0))
    ) {
      parts.before.push({ text: mine, isChanged: true })
      i += 1
    } else if (theirs !== undefined) {
      parts.after.push({ text: theirs, isChanged: true })
      j += 1
    }
  }
  return { before: joined(parts.before), after: joined(parts.after) }
}
