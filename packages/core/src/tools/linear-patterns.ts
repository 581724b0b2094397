import type { RegExpEngine, RegExpLike } from 'ajv/dist/types/index.js'
import { RE2JS } from 're2js'

/** Longer ones take too long to compile. */
const maxPatternLength = 4_096
/** Steps that checking one text may take: some 30 ms. */
const maxSteps = 400_000
/** Of a program this small each step is so short that the limit of a run's args is enough. */
const smallProgram = 64

/**
 * Patterns of foreign schemas, matched in time that grows with the text and no faster: JavaScript's own would take for
 * ever for some (`^(a+)+$`), and nobody else would have a turn meanwhile. What cannot be matched so is left to the server,
 * and `onSkipped` is told.
 */
export function linearPatterns(onSkipped: (reason: string) => void): RegExpEngine {
  function compile(pattern: string): RE2JS | undefined {
    if (pattern.length > maxPatternLength) {
      onSkipped(`a pattern of ${pattern.length} characters, expected at most ${maxPatternLength}`)
      return undefined
    }
    try {
      return RE2JS.compile(RE2JS.translateRegExp(pattern))
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      onSkipped(
        `the pattern ${JSON.stringify(pattern).slice(0, 200)}, which cannot be matched in linear time: ${reason}`,
      )
      return undefined
    }
  }

  const engine = (pattern: string): RegExpLike => {
    // ajv throws what it does for a pattern that is none.
    new RegExp(pattern, 'u')
    const compiled = compile(pattern)
    const matcher = {
      test(text: string) {
        if (!compiled) return true
        const size = compiled.programSize()
        if (size <= smallProgram || size * text.length <= maxSteps) return compiled.test(text)
        onSkipped(`a text of ${text.length} characters against the pattern ${JSON.stringify(pattern).slice(0, 200)}`)
        return true
      },
      // By which ajv tells patterns apart.
      toString: () => `/${pattern}/u`,
    }
    return matcher
  }
  return Object.assign(engine, { code: 'linearPatterns' })
}
