import { config } from 'rxjs'

// Errors that nothing has handled: unhandled rejections, and what RxJS reports. While this listens, no
// other handler is told.

export interface Strays {
  readonly rejections: readonly unknown[]
  readonly reported: readonly unknown[]
  /** Others hear of it again. */
  end(): void
}

export function listenForStrays(): Strays {
  const rejections: unknown[] = []
  const reported: unknown[] = []
  const others = process.rawListeners('unhandledRejection')
  const { onUnhandledError } = config
  const listener = (reason: unknown) => rejections.push(reason)
  process.removeAllListeners('unhandledRejection')
  process.on('unhandledRejection', listener)
  config.onUnhandledError = (error) => reported.push(error)
  return {
    rejections,
    reported,
    end() {
      process.off('unhandledRejection', listener)
      for (const other of others) process.on('unhandledRejection', other as () => void)
      config.onUnhandledError = onUnhandledError
    },
  }
}
