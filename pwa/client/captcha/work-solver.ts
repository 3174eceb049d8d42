/** How the client has a captcha's work done: by a worker in the browser, so that the page stays free. */
import type { CaptchaWork } from '../../../server/wire/captcha.ts'

export interface WorkOptions {
  /** Told after each part. */
  readonly onPart: (partsDone: number) => void
  /** Ends the work. */
  readonly signal: AbortSignal
}

export interface WorkSolver {
  /** One number for each part. Throws the signal's reason when it ends the work. */
  solve(work: CaptchaWork, options: WorkOptions): Promise<number[]>
}
