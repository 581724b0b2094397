import { Fragment } from 'react'
import { labelsOf } from './press.ts'

/** The presses of a shortcut. */
export function KeyLabels({ presses }: { readonly presses: readonly string[] }) {
  return (
    <span className="keys">
      {presses.map((press, index) => (
        <Fragment key={press}>
          {index > 0 && <span className="quiet"> then </span>}
          {labelsOf(press).map((label) => (
            <kbd key={label}>{label}</kbd>
          ))}
        </Fragment>
      ))}
    </span>
  )
}
