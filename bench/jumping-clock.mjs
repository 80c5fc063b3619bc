// The machine's clock, which can jump: two minutes pass at once, and every timer in them becomes due in one pass of
// Node's timers, as after a laptop has slept.

export class JumpingClock {
  #skewMs = 0
  #waits = new Set()

  now() {
    return performance.now() + this.#skewMs
  }

  timestamp() {
    return Date.now() + this.#skewMs
  }

  at(at, fire, background = false) {
    const wait = { at, timer: null, fire: () => this.#waits.delete(wait) && fire(), background }
    this.#waits.add(wait)
    this.#set(wait)
    return {
      cancel: () => {
        clearTimeout(wait.timer)
        this.#waits.delete(wait)
      },
      inBackground: (is) => {
        wait.background = is
        if (is) wait.timer.unref()
        else wait.timer.ref()
      },
    }
  }

  soon(fire) {
    setImmediate(fire)
  }

  jump(ms) {
    this.#skewMs += ms
    for (const wait of this.#waits) {
      clearTimeout(wait.timer)
      this.#set(wait)
    }
  }

  #set(wait) {
    wait.timer = setTimeout(wait.fire, Math.max(0, Math.ceil(wait.at - this.now())))
    if (wait.background) wait.timer.unref()
  }
}
