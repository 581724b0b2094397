import { cut, type IssueSink, type Place, pointerOf, quoted } from './issues.ts'
import type { Resource } from './resources.ts'
import type { Steps } from './steps.ts'
import { UNKNOWN, type Verdict, verdictOf } from './verdict.ts'

const maxNotes = 5
const maxNote = 400
const stepsOfNote = 4

/** Steps from which a match is remembered: args that do not fit are walked again, for their issues. */
const worthKnowing = 1_000

/** A test of texts, which cannot be interrupted. */
export interface TextTest {
  readonly test: (text: string) => boolean
  /** The test, as it reads after "against" in a message. */
  readonly name: string
}

/** One check of one value: the steps that it may take, and the faults that it finds. */
export class CheckRun {
  readonly steps: Steps
  /** The resources that the evaluation passed through, outermost first: the dynamic scope of JSON Schema 2020-12, 7.1. */
  readonly scope: Resource[] = []
  /** Depth of nested evaluations. */
  depth = 0
  /** Whether a part was not checked for lack of steps. */
  isShortOfSteps = false
  #issues: IssueSink | undefined
  // Created when first needed: most checks have neither.
  #notes: Set<string> | undefined
  #matched: Map<TextTest, { readonly text: string; readonly verdict: Verdict }> | undefined
  /** Formats that a value does not match, with the first place of each if it is known. */
  #formats: Map<string, string | undefined> | undefined

  constructor(steps: Steps) {
    this.steps = steps
  }

  /** Makes it as good as new, for the check of another value. */
  restart(): void {
    this.collect(undefined)
    this.isShortOfSteps = false
    this.#notes = undefined
    this.#matched = undefined
    this.#formats = undefined
  }

  /** Begins another walk over the value, which reports its issues to `issues` if that is given. */
  collect(issues: IssueSink | undefined): void {
    this.scope.length = 0
    this.depth = 0
    this.#issues = issues
  }

  /** The parts that could not be checked; undefined if everything was. */
  get unchecked(): string | undefined {
    return this.#notes && [...this.#notes].join('; ')
  }

  /** As `unchecked`, with the formats that did not match. */
  get uncheckedAndFormats(): string | undefined {
    if (!this.#formats) return this.unchecked
    const formats = [...this.#formats].map(([name, pointer]) => {
      const where = pointer === undefined ? 'a value' : `the value at ${pointer}`
      return `${where} does not match the format ${quoted(name)}, which is an annotation`
    })
    return [...(this.#notes ?? []), ...formats].join('; ')
  }

  get hasOtherFormats(): boolean {
    return this.#formats !== undefined
  }

  /** Notes a value that does not match a format, which asserts nothing (JSON Schema 2020-12 Validation, 7.2.1). */
  otherFormat(place: Place | undefined, name: string): void {
    this.#formats ??= new Map()
    const pointer = this.#formats.get(name)
    if (pointer !== undefined || (this.#formats.size >= maxNotes && !this.#formats.has(name))) return
    this.#formats.set(name, place && pointerOf(place))
  }

  /** Notes a part that cannot be checked. Takes steps, as the part may be met for every member and pattern. */
  note(reason: string): void {
    this.#notes ??= new Set()
    if (this.#notes.size < maxNotes) this.#notes.add(cut(reason, maxNote))
    this.steps.take(stepsOfNote)
  }

  /** Reports a fault. Without a place, the value is only tried, and nothing is reported. */
  report(place: Place | undefined, keyword: string, message: string): void {
    if (place) this.#issues?.add(place, keyword, message)
  }

  /** Matches a text if the `work` steps that it takes are left. */
  match(by: TextTest, text: string, work: number): Verdict {
    const steps = Math.ceil(work)
    const known = steps < worthKnowing ? undefined : this.#matched?.get(by)
    if (known?.text === text) return known.verdict
    if (!this.steps.afford(steps)) {
      this.isShortOfSteps = true
      this.note(`a text of ${text.length} characters against ${by.name}`)
      return UNKNOWN
    }
    const verdict = verdictOf(by.test(text))
    if (steps >= worthKnowing) {
      this.#matched ??= new Map()
      this.#matched.set(by, { text, verdict })
    }
    return verdict
  }
}
