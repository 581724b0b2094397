/** A counted repetition such as `{2,5}`. */
const repetition = /\{(\d{1,9})(,?)(\d{0,9})\}/y

/** A class such as `[a-z]`, which is one instruction. */
const characterClass = /\[\^?(?:\\.|[^\]\\])*\]/suy
const escaped = /\\(?:[pP]\{[^}]*\}|u\{[^}]*\}|.)/suy

/**
 * Estimates the number of instructions of a pattern, at most: compiling it unrolls repetitions, so a few characters may become
 * a million.
 */
export function patternSize(pattern: string): number {
  /** Sizes of the open groups, and of the last item in each, which a repetition repeats. */
  const open = [{ size: 0, last: 0 }]
  const current = () => open.at(-1) ?? { size: 0, last: 0 }
  const item = (size: number) => {
    const group = current()
    group.size += size
    group.last = size
  }
  for (let at = 0; at < pattern.length; ) {
    const matched = [characterClass, escaped, repetition].find((each) => {
      each.lastIndex = at
      return each.test(pattern)
    })
    if (matched === repetition) {
      const [, least = '0', , most = ''] = pattern.slice(at, matched.lastIndex).match(/\{(\d*)(,?)(\d*)\}/) ?? []
      const group = current()
      const times = Math.max(1, Number(least), Number(most))
      group.size += group.last * (times - 1)
      group.last *= times
    } else if (matched) item(1)
    else if (pattern[at] === '(') open.push({ size: 2, last: 0 })
    else if (pattern[at] === ')' && open.length > 1) item(open.pop()?.size ?? 0)
    else item(1)
    at = matched ? matched.lastIndex : at + 1
  }
  return open.reduce((sum, { size }) => sum + size, 0)
}
