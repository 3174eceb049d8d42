/** The openssl command, as an operator would type it. */
import { execFile } from 'node:child_process'

export interface Said {
  readonly isGood: boolean
  /** Standard output, then standard error. */
  readonly text: string
}

/** Runs `openssl` with these arguments; a failure is an answer, too. */
export function openssl(...args: readonly string[]): Promise<Said> {
  return new Promise((resolve) => {
    execFile('openssl', args, (error, output, complaint) =>
      resolve({ isGood: error === null, text: output + complaint }),
    )
  })
}

/** Runs `openssl` with these arguments. Throws with what it said when it fails. */
export async function mustOpenssl(...args: readonly string[]): Promise<string> {
  const { isGood, text } = await openssl(...args)
  if (!isGood) throw new Error(`openssl ${args.join(' ')}\n${text}`)
  return text
}
