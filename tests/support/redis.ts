/** Redis as Debian packages it, on a port of its own, keeping nothing. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { findFreePort } from './free-port.ts'
import { isOpen } from './is-open.ts'

const READY_WITHIN_MS = 10_000

export class Redis {
  readonly port: number
  #child: ChildProcess | null = null

  static async start(): Promise<Redis> {
    const redis = new Redis(await findFreePort())
    await redis.restart()
    return redis
  }

  private constructor(port: number) {
    this.port = port
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`
  }

  /** Starts it again on the same port, after a kill where it still runs. */
  async restart(): Promise<void> {
    await this.kill()
    const options = ['--port', String(this.port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no']
    // It ends with the test, however that ends.
    this.#child = spawn('setpriv', ['--pdeathsig', 'KILL', 'redis-server', ...options], { stdio: 'ignore' })
    const deadlineMs = Date.now() + READY_WITHIN_MS
    while (!(await isOpen(this.port))) {
      if (Date.now() > deadlineMs) throw new Error('Redis does not answer')
      await delay(20)
    }
  }

  /** Connections stay, and nothing goes through them until `resume`. */
  pause(): void {
    this.#child?.kill('SIGSTOP')
  }

  resume(): void {
    this.#child?.kill('SIGCONT')
  }

  /** Ends it without warning. */
  async kill(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
}
