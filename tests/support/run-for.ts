import { spawn } from 'node:child_process'

export interface Ran {
  readonly code: number | null
  /** Standard output and standard error, as they came. */
  readonly text: string
}

/** Runs a program with nothing to read to its end; a failure is an answer, too. Ends it after `mostMs`. */
export function runFor(program: string, args: readonly string[], mostMs = 100_000): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: mostMs })
    let text = ''
    const collect = (part: string): void => {
      text += part
    }
    child.stdout.setEncoding('utf8').on('data', collect)
    child.stderr.setEncoding('utf8').on('data', collect)
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, text }))
  })
}
