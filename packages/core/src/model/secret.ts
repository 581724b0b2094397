import { inspect } from 'node:util'

const shown = '[sealed]'

/** A text that no log, JSON or error message shows: whatever prints it gets `[sealed]`. */
abstract class Hidden {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  protected get hidden(): string {
    return this.#text
  }

  toString(): string {
    return shown
  }

  toJSON(): string {
    return shown
  }

  [Symbol.toPrimitive](): string {
    return shown
  }

  [inspect.custom](): string {
    return shown
  }
}

/** A secret in clear. It is asked for its text where it is used, and nowhere else. */
export class Secret extends Hidden {
  // A type of its own: neither this nor Sealed passes for the other.
  readonly kind = 'SECRET'

  reveal(): string {
    return this.hidden
  }
}

/** A secret as it is stored: of no use without the key. */
export class Sealed extends Hidden {
  readonly kind = 'SEALED'

  /** For the storage. */
  get text(): string {
    return this.hidden
  }
}
