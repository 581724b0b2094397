import { inspect } from 'node:util'

const shown = '[sealed]'

/** A text that no log, JSON or error message shows: it prints as `[sealed]`. */
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

/** A plaintext secret. Only the code that uses it calls `reveal`. */
export class Secret extends Hidden {
  // Makes the types distinct: neither this nor Sealed passes for the other.
  readonly kind = 'SECRET'

  reveal(): string {
    return this.hidden
  }
}

/** A stored secret, useless without its key. */
export class Sealed extends Hidden {
  readonly kind = 'SEALED'

  /** For the storage. */
  get text(): string {
    return this.hidden
  }
}
