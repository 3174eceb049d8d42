import { type ChildProcess, spawn } from 'node:child_process'

const underWay = new Set<ChildProcess>()

/** Runs a program to its end and gives its output. Throws with that output when it fails. */
export function runStep(
  program: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
    underWay.add(child)
    let output = ''
    const collect = (text: string): void => {
      output += text
    }
    child.stdout.setEncoding('utf8').on('data', collect)
    child.stderr.setEncoding('utf8').on('data', collect)
    child.once('error', (error) => reject(new Error(`${program}: ${error.message}`, { cause: error })))
    child.once('close', (code) => {
      underWay.delete(child)
      if (code === 0) resolve(output)
      else reject(new Error(`${program} failed (${code})\n${output}`))
    })
  })
}

/** Ends the steps that are under way: each of them fails. */
export function endSteps(): void {
  for (const child of underWay) child.kill('SIGTERM')
}
