declare const content: unique symbol

/** A text column that holds `Value` as JSON. */
export type Json<Value> = string & { readonly [content]: Value }

export function toJson<Value>(value: Value): Json<Value> {
  // The text of this very value.
  return JSON.stringify(value) as Json<Value>
}

/** Trusts the database, which toolyard alone writes: its text is parsed, and its shape is not checked. */
export function fromJson<Value>(text: Json<Value>): Value {
  // The brand says what toJson wrote.
  return JSON.parse(text) as Value
}

export function toJsonOrNull<Value>(value: Value | null): Json<Value> | null {
  return value === null ? null : toJson(value)
}

export function fromJsonOrNull<Value>(text: Json<Value> | null): Value | null {
  return text === null ? null : fromJson(text)
}
