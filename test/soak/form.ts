/** `TOOLYARD_SOAK=long` asks for the long form, of some 20 minutes; the short one holds the same to the same bounds, less often. */
export const isLong = process.env.TOOLYARD_SOAK === 'long'

/** How often, how long or how much: in the long form, and in the short one. */
export const inForm = (long: number, short: number): number => (isLong ? long : short)

/** As the names of tests have it. */
export const counted = (n: number): string => n.toLocaleString('en')
