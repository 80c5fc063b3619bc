/** The specs of the whole ring. */
export const whole: readonly string[]

/** The specs that run on the brokers of each release, the oldest first. */
export const rings: Readonly<Record<string, readonly string[]>>
