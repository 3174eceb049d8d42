/** Runs a script of this folder in a process of its own, because it replaces the clocks. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface Simulated {
  readonly code: number | null
  readonly output: string
}

export async function simulate(
  script: 'main.ts' | 'crash-points.ts',
  ...args: readonly string[]
): Promise<Simulated> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const output = await Promise.all([child.stdout.toArray(), child.stderr.toArray()])
  const code = child.exitCode ?? (await new Promise<number | null>((resolve) => child.once('close', resolve)))
  return { code, output: output.flat().join('') }
}
