/** Longer words are cut, where they are kept and where they are looked for. In UTF-16 units. */
const maxWordLength = 64

const plain = /^[\0-\x7f]*$/
const plainRuns = /[A-Za-z0-9]+/g
const runs = /[\p{L}\p{N}\p{M}]+/gu
const humps = /[\p{Ll}\p{N}]\p{Lu}|\p{Lu}\p{Lu}\p{Ll}/u
const humpEnds = /(?<=[\p{Ll}\p{N}])(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u
const diacritics = /[\u0300-\u036f]/g

/** A run of letters and digits, folded. */
export interface Word {
  readonly word: string
  /** What it is made of, where it is written in camelCase; else nothing. */
  readonly parts: readonly string[]
}

function cut(word: string): string {
  if (word.length <= maxWordLength) return word
  const end = word.slice(0, maxWordLength)
  return end.isWellFormed() ? end : end.slice(0, -1)
}

/**
 * The words of a text in order: runs of letters and digits, without case and diacritics. This is the one place that says
 * what a word is, for what is found and for what is looked for.
 */
export function splitWords(text: string): readonly Word[] {
  const isPlain = plain.test(text)
  const found = isPlain ? text.match(plainRuns) : text.normalize('NFKD').replace(diacritics, '').match(runs)
  return (found ?? []).map((run) => {
    const word = cut(run.toLowerCase())
    return { word, parts: humps.test(run) ? run.split(humpEnds).map((part) => cut(part.toLowerCase())) : [] }
  })
}

/** All of a text as one word: `read_file`, `readFile` and `Read file` are the same one. Empty where there is none. */
export function joinWords(words: readonly Word[]): string {
  const [first, ...others] = words
  return others.length === 0 ? (first?.word ?? '') : cut(words.map(({ word }) => word).join(''))
}
