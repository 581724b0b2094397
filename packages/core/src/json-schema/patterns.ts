import { RE2JS } from 're2js'
import type { CheckRun, TextTest } from './check-run.ts'
import { quoted } from './issues.ts'
import { patternSize } from './pattern-size.ts'
import { UNKNOWN, type Verdict } from './verdict.ts'

/** Longest pattern, in characters: longer ones take too long to compile. */
const maxPatternLength = 4_096
const maxProgramSize = 5_000
/** Steps to compile an instruction, and a Unicode class. */
const stepsToCompile = 30
const stepsOfUnicodeClass = 800

/** A pattern of a foreign schema. */
export interface Matcher {
  test(text: string, run: CheckRun): Verdict
}

interface Compiled extends TextTest {
  /** Each character may need a new state of the automaton, of up to all instructions. */
  readonly stepsOfCharacter: number
}

/** Measured with patterns such as `[ab]*a[ab]{20}$`, whose automata are the largest possible. */
function stepsOfCharacter(size: number): number {
  return Math.max(0.6, Math.min(0.4 * size, 2 ** ((size - 11) / 4)))
}

function compile(pattern: string, run: CheckRun): Compiled | string {
  if (pattern.length > maxPatternLength) {
    return `a pattern of ${pattern.length} characters, expected at most ${maxPatternLength}`
  }
  try {
    new RegExp(pattern, 'u')
  } catch (error) {
    return `the pattern ${quoted(pattern)}, which does not compile: ${error instanceof Error ? error.message : ''}`
  }
  const size = patternSize(pattern)
  if (size > maxProgramSize) {
    return `the pattern ${quoted(pattern)}, which becomes ${size} instructions, expected at most ${maxProgramSize}`
  }
  run.steps.take(size * stepsToCompile + (pattern.match(/\\p/gi)?.length ?? 0) * stepsOfUnicodeClass)
  try {
    const program = RE2JS.compile(RE2JS.translateRegExp(pattern))
    return {
      name: `the pattern ${quoted(pattern)}`,
      test: (text) => program.test(text),
      stepsOfCharacter: stepsOfCharacter(program.programSize()),
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return `the pattern ${quoted(pattern)}, which cannot be matched in linear time: ${reason}`
  }
}

/**
 * Answers the matcher of a pattern, which is compiled when first needed. Matching takes linear time, while JavaScript's own
 * matcher may take for ever (`^(a+)+$`).
 */
export function createMatcher(pattern: string): Matcher {
  let compiled: Compiled | string | undefined
  return {
    test(text, run) {
      compiled ??= compile(pattern, run)
      if (typeof compiled !== 'string') return run.match(compiled, text, 8 + text.length * compiled.stepsOfCharacter)
      run.note(compiled)
      return UNKNOWN
    },
  }
}
